"""A function over HTTP that does nothing: requests a second, how long one takes, and what it costs the processors.

`wrk` runs on the same machine. Processor seconds say more than requests a second where the machine has other work.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from project import PROJECT, begin, say  # isort: skip
from harness.endpoint import Endpoint
from table import Limit, cell, rendered

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Nothing:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: nothing
      Runtime: provided.al2023
      Timeout: 30
      Events: {Get: {Type: HttpApi, Properties: {Path: /nothing, Method: GET}}}
"""


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begin()
    with tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as name:
        folder = Path(name)
        (folder / "code").mkdir()
        source = PROJECT / "Benchmarks" / "functions" / "nothing.c"
        subprocess.run(["cc", "-O2", "-Wall", "-o", folder / "code" / "bootstrap", source], check=True)
        (folder / "template.yaml").write_text(TEMPLATE)
        host = Endpoint(folder / "up", folder / "template.yaml")
        host.start()
        try:
            say("warming up …")
            idle_latencies(host.api_port, 200)
            idle = statistics.median(idle_latencies(host.api_port, 2000))
            command = ["wrk", "-t", "1", "-c", options.connections, "-d", f"{options.seconds}s", "--latency"]
            before = processor_seconds(host.pid)
            said = subprocess.run(
                [str(part) for part in [*command, f"{host.api_url}/nothing"]], capture_output=True, text=True, check=True
            ).stdout
            used = processor_seconds(host.pid) - before
        finally:
            host.stop()
    requests = int(re.search(r"(\d+) requests in", said)[1])
    if "Non-2xx" in said:
        sys.exit(said)
    figures = {
        "requests per second": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        "median of one at a time, ms": idle,
        "processor time of a request, µs": used / requests * 1e6,
    }
    if options.json:
        print(json.dumps(figures))
        return
    limits = {
        "requests per second": Limit(4000, at_least=True), "median of one at a time, ms": Limit(1.5),
    }
    print(rendered([[name, cell(figure, ".2f", limits.get(name))] for name, figure in figures.items()]))


if __name__ == "__main__":
    main()
