"""Functions over HTTP: what a request costs, latency beside rendering, uploads, followers, slow clients, streams.

`wrk` runs on the same machine. Processor seconds say more than requests a second if the machine has other work.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from project import begin, say

from gateway_parts import PARTS, Figures, served
from table import Limit, cell, rendered


def processor_seconds(leader: int) -> float:
    """Of the process, and of all below it that live."""
    parents, times = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        times[int(folder.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_ours(process: int) -> bool:
        while process > 1:
            if process == leader:
                return True
            process = parents.get(process, 0)
        return False

    return sum(seconds for process, seconds in times.items() if is_ours(process))


def idle_latencies(port: int, count: int) -> list[float]:
    """Milliseconds of requests one after another over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    found = []
    for _ in range(count):
        begun = time.perf_counter()
        connection.request("GET", "/nothing")
        connection.getresponse().read()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def plain(seconds: int, connections: int) -> Figures:
    """Requests a second, one at a time, and what one costs."""
    with served() as host:
        say("warming up …")
        idle_latencies(host.api_port, 200)
        idle = statistics.median(idle_latencies(host.api_port, 2000))
        command = ["wrk", "-t", "1", "-c", connections, "-d", f"{seconds}s", "--latency"]
        before = processor_seconds(host.pid)
        said = subprocess.run(
            [str(part) for part in [*command, f"{host.api_url}/nothing"]], capture_output=True, text=True, check=True
        ).stdout
        used = processor_seconds(host.pid) - before
    requests = int(re.search(r"(\d+) requests in", said)[1])
    if "Non-2xx" in said:
        sys.exit(said)
    return {
        "requests per second": (
            float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), Limit(4000, at_least=True)),
        "median of one at a time, ms": (idle, Limit(1.5)),
        "processor time of a request, µs": (used / requests * 1e6, None),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument(
        "--only", choices=["plain", *PARTS], action="append", help="a part alone; may be repeated (default: all)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begin()
    parts = {"plain": lambda: plain(options.seconds, options.connections), **PARTS}
    figures: Figures = {}
    for name, part in parts.items():
        if not options.only or name in options.only:
            say(f"{name} …")
            figures |= part()
    if options.json:
        print(json.dumps({name: figure for name, (figure, _) in figures.items()}))
        return
    print(rendered([[name, cell(figure, ".2f", limit)] for name, (figure, limit) in figures.items()]))


if __name__ == "__main__":
    main()
