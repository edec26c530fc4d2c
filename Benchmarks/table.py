"""Plain text for people."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """What a figure is to be: at most, or at least, a value."""

    value: float
    at_least: bool = False

    def is_met_by(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value

    def text(self, figure: float, form: str) -> str:
        """The figure with the limit beside it."""
        verdict = "met" if self.is_met_by(figure) else "MISSED"
        sign = "≥" if self.at_least else "≤"
        return f"{figure:{form}} ({sign} {self.value:g} {verdict})"


def cell(figure: float | None, form: str, limit: Limit | None = None) -> str:
    if figure is None or math.isnan(figure):
        return "–"
    return limit.text(figure, form) if limit else f"{figure:{form}}"


def rendered(rows: list[list[str]]) -> str:
    """Aligned columns: names to the left, figures to the right. A row of one cell is a heading and takes no column."""
    full = [row for row in rows if len(row) > 1]
    widths = [max(len(row[column]) for row in full) for column in range(len(full[0]))]
    lines = []
    for row in rows:
        first, *others = row
        cells = [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(others, widths[1:], strict=False))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
