"""What a second node adds: the same job of a function that waits, as one that calls others does, on one node and on two
that share a Redis server. In turns, all on this machine: so the function must not need the processors."""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project import CACHE, begin, say

import signed
import table
from fanout_runtime import template
from harness.nodes import Nodes
from harness.waiting import until
from measure import Failed
from tally import Tally

LIMIT = table.Limit(0.6)


@contextmanager
def cluster(folder: Path, count: int, slots: int, concurrency: int) -> Iterator[tuple[Nodes, Tally]]:
    folder.mkdir()
    tally = Tally(folder / "tally", slots)
    arguments = ("--parameter", f"Tally={tally.path}", "--concurrency", str(concurrency))
    with Nodes(folder, count, template(folder), arguments) as nodes:
        yield nodes, tally
        tally.release()


def job(nodes: Nodes, tally: Tally, count: int, wait: int) -> float:
    """Seconds from the first request, to the first node, until every event is answered."""
    requests = signed.put_events(nodes.nodes[0], range(count), wait)
    began = time.monotonic()
    signed.publish_all(nodes.nodes[0], requests, 1)
    until("all events to be answered", lambda: tally.answered >= count, seconds=1800, every=0.002)
    seconds = time.monotonic() - began
    settle(nodes)
    if tally.received != count:
        raise Failed(f"{tally.received} deliveries of {count} events")
    tally.clear()
    return seconds


def warm_up(nodes: Nodes, tally: Tally, concurrency: int) -> None:
    """Starts all processes of all nodes: what waits keeps its process."""
    count = concurrency * len(nodes.nodes)
    signed.publish_all(nodes.nodes[0], signed.put_events(nodes.nodes[0], range(count), 60_000), 1)
    until("all processes to be at work", lambda: tally.received >= count, seconds=60)
    tally.release()
    until("them to end", lambda: tally.answered >= count, seconds=60)
    settle(nodes)
    tally.clear()


def settle(nodes: Nodes) -> None:
    def idle() -> bool:
        return all(
            nodes.status(number)["running"] == 0 and nodes.status(number)["functions"][0]["queued"] == 0
            for number in range(len(nodes.nodes))
        )

    until("everything to be recorded", idle, seconds=60, every=0.005)


def measure(folder: Path, count: int, wait: int, concurrency: int, runs: int) -> dict:
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for run in range(runs):
        for machines in (1, 2):
            say(f"{machines} node(s), run {run + 1} …")
            with cluster(folder / f"{machines}-{run}", machines, count, concurrency) as (nodes, tally):
                warm_up(nodes, tally, concurrency)
                seconds[machines].append(job(nodes, tally, count, wait))
    one, two = (statistics.median(seconds[machines]) for machines in (1, 2))
    return {
        "events": count, "wait": wait / 1000, "concurrency": concurrency, "runs": runs,
        "ideal": -(-count // concurrency) * wait / 1000, "one": one, "two": two, "ratio": two / one,
    }  # fmt: skip


def report(result: dict) -> str:
    return table.rendered([
        ["events", f"{result['events']}"],
        ["each waits, s", f"{result['wait']:.2f}"],
        ["at the same time on a node", f"{result['concurrency']}"],
        ["one node if nothing cost anything, s", f"{result['ideal']:.2f}"],
        ["one node, s", f"{result['one']:.2f}"],
        ["two nodes, s", f"{result['two']:.2f}"],
        ["ratio", table.cell(result["ratio"], ".3f", LIMIT)],
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench machines", description=__doc__)
    parser.add_argument("count", metavar="N", nargs="?", type=int, default=200, help="events (default: 200)")
    parser.add_argument("--wait", type=int, default=200, help="milliseconds that each waits (default: 200)")
    parser.add_argument("--concurrency", type=int, default=4, help="at the same time on each node (default: 4)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, in turns (default: 3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    if not 1 <= options.count <= 100_000 or min(options.wait, options.concurrency, options.runs) < 1:
        parser.error("N must be from 1 to 100000, the other numbers at least 1")
    begin()
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        result = measure(Path(name), options.count, options.wait, options.concurrency, options.runs)
    print(json.dumps(result, indent=2) if options.json else report(result))


if __name__ == "__main__":
    try:
        main()
    except (Failed, AssertionError, OSError) as failure:
        sys.exit(f"local/bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
