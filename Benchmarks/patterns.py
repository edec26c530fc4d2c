"""local/bench patterns: events a second that the bus compares with its rules, on one thread."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from project import PROJECT, begin, say

from table import Limit, rendered

KINDS = {
    "exact": "different values of one field",
    "mixed": "a shared field, different values, a numeric comparison",
    "prefix": "a shared field, different prefixes",
    "suffix": "different suffixes",
    "wildcard": "different wildcards, asterisks at both ends",
    "exists": "different fields that must be there",
    "anything-but": "different fields, with any value but two",
}
AT_ONE_RULE = 100_000
# Of kinds that are found by other means than a value or its beginning.
AT_10_000_RULES = 100_000


def measured() -> list[dict]:
    """Runs the measurement, which is a test that is skipped otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        command = ["swift", "test", "-c", "release", "--skip-build", "--quiet", "--filter", "PatternBenchmark"]
        ended = subprocess.run(
            command, cwd=PROJECT, env=os.environ | {"PATTERN_BENCHMARK": str(figures)}, capture_output=True, text=True)
        if not figures.exists():
            sys.exit(f"nothing was measured:\n{ended.stdout}{ended.stderr}")
        return json.loads(figures.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench patterns", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the raw figures")
    arguments = parser.parse_args()
    begin()
    say("comparing events with rules (about a minute) …")
    figures = measured()
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    at_one = next(figure["matched"] for figure in figures if figure["kind"] == "exact" and figure["rules"] == 1)
    rows = [["rules", "events/s", "with their envelopes"]]
    for figure in figures:
        if figure["rules"] == 1:
            rows.append([KINDS[figure["kind"]]])
        limit = None
        if figure["kind"] == "exact":
            limit = {1: Limit(AT_ONE_RULE, at_least=True), 10_000: Limit(round(at_one / 2), at_least=True)}.get(
                figure["rules"])
        elif figure["rules"] == 10_000 and figure["kind"] in ("suffix", "wildcard", "exists", "anything-but"):
            limit = Limit(AT_10_000_RULES, at_least=True)
        text = limit.text(figure["matched"], ",.0f") if limit else f"{figure['matched']:,.0f}"
        rows.append([f"{figure['rules']:,}", text, f"{figure['routed']:,.0f}"])
    print(rendered(rows))


if __name__ == "__main__":
    main()
