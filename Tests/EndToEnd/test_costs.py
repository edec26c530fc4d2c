"""docs/AWS.md: the estimate follows from its own formulas, prices and measured seconds."""

import re

import pytest

from harness.installation import PROJECT

TEXT = (PROJECT / "docs" / "AWS.md").read_text()
PERFORMANCE = (PROJECT / "docs" / "PERFORMANCE.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = re.search(rf"(?m)^### {re.escape(heading)}.*?\n(.*?)(?=^#|\Z)", TEXT, re.DOTALL | re.MULTILINE)[1]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(text: str) -> float:
    """A product or quotient of numbers, as the page writes it."""
    bare = text.replace(",", "").replace("×", "*")
    assert re.fullmatch(r"[\d. */+()e-]+", bare), text
    return eval(bare, {"__builtins__": {}})


PRICES = {cells[1]: number(cells[2]) for cells in rows("Prices")}


def amounts(formula: str) -> list[float]:
    """What a formula comes to: two numbers if it says "346 to 857"."""
    for symbol, price in PRICES.items():
        formula = re.sub(rf"\b{symbol}\b", f"{price:.12f}", formula)
    span = re.match(r"([\d,.]+) to ([\d,.]+)(.*)", formula)
    return [number(end + span[3]) for end in span.groups()[:2]] if span else [number(formula)]


def shown(cell: str) -> list[float]:
    return [float(part) for part in cell.replace("*", "").split(" to ")]


def is_rounded(value: float, text: float) -> bool:
    """Whether the page's figure is that value, to half of the last digit that it shows."""
    digits = len(repr(text).split(".")[-1])
    return abs(value - text) <= 0.51 * 10**-digits


@pytest.mark.parametrize("heading", ["An hour of video", "1,000 images"])
def test_the_tables_follow_from_their_formulas(heading: str):
    total: list[float] = [0, 0]
    for what, formula, price in rows(heading):
        if formula:
            found = amounts(formula)
            assert len(found) == len(shown(price))
            assert all(is_rounded(*pair) for pair in zip(found, shown(price), strict=True)), (what, found)
            total = [sum(pair) for pair in zip(total, found * (2 // len(found)), strict=True)]
        else:
            # The sum of what is above it.
            assert what.startswith("**")
            wanted = shown(price) * (2 // len(shown(price)))
            assert all(is_rounded(*pair) for pair in zip(total, wanted, strict=True)), (what, total)


def test_the_table_of_audio_follows_from_its_seconds():
    for target, seconds, processors, requests, total in rows("An hour of audio"):
        product, result = seconds.split(" = ")
        assert abs(number(product) - float(result)) < 0.06, target
        assert is_rounded(number(product) * 1769 / 1024 * PRICES["G"], float(processors)), target
        whole = float(processors) + float(requests)
        assert abs(whole - shown(total)[0]) <= 0.0006, target


@pytest.mark.parametrize("figure", ["115.3", "285.6", "0.69 s", "9.4 s", "45.7", "3.7", "11.4", "590 requests"])
def test_measured_seconds_are_those_of_the_page_on_performance(figure: str):
    assert figure in PERFORMANCE
    assert figure.removesuffix(" s") in TEXT
