"""What protects the host, in figures: a synchronised empty file, nested JSON, stalled clients at the end and in memory.

    --only sync|json|end|readers   one of the four
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from project import begin, clean_environment, say

from harness.endpoint import GIFS, Endpoint
from signed import Connection, signed
from table import Limit, cell, rendered

# `zoetrope up` lets open work end for so long.
DRAIN = 20
READERS = 500


def sync(endpoint: Endpoint, folder: Path, rounds: int) -> dict[str, float]:
    """Seconds that an empty file adds to `aws s3 sync` of a tree."""
    trees = {}
    for name in ("full", "empty"):
        tree = folder / name
        tree.mkdir()
        for number in range(20):
            (tree / f"{number}.bin").write_bytes(os.urandom(10_000))
        trees[name] = tree
    (trees["empty"] / "nothing").touch()
    command = Path(sys.executable).with_name("aws")
    times: dict[str, list[float]] = {name: [] for name in trees}
    for turn in range(rounds):
        for name, tree in trees.items():
            began = time.perf_counter()
            subprocess.run(
                [command, "s3", "sync", "--quiet", tree, f"s3://{GIFS}/sync/{turn}/{name}/"], check=True,
                env=clean_environment(**endpoint.environment()))
            times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(found) for name, found in times.items()}
    return {"sync: seconds that an empty file adds": medians["empty"] - medians["full"]}


def nested(endpoint: Endpoint, seconds: float, rate: int = 100, depth: int = 500) -> dict[str, float]:
    """Milliseconds of a GET of one byte while nested JSON arrives: the 99th of 100."""
    client = endpoint.client("s3", signature_version="s3v4")
    client.put_object(Bucket=GIFS, Key="byte", Body=b"x")
    path = client.generate_presigned_url("get_object", {"Bucket": GIFS, "Key": "byte"}).split(str(endpoint.port), 1)[1]
    get = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n\r\n".encode()
    detail = "[" * (depth - 1) + "]" * (depth - 1)
    event = {"Source": "custom.guards", "DetailType": "nested", "Detail": f'{{"value":{detail}}}'}
    headers = {"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"}
    put = signed(endpoint, "events", "/", headers, json.dumps({"Entries": [event]}))
    stopped = threading.Event()
    sent = [0]

    def send() -> None:
        begun = time.perf_counter()
        with Connection(endpoint) as connection:
            while not stopped.is_set():
                connection.send(put)
                connection.answer()
                sent[0] += 1
                time.sleep(max(0, begun + sent[0] / rate - time.perf_counter()))

    sender = threading.Thread(target=send)
    sender.start()
    took = []
    try:
        with Connection(endpoint) as connection:
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                began = time.perf_counter()
                connection.send(get)
                connection.answer()
                took.append((time.perf_counter() - began) * 1000)
                time.sleep(0.002)
    finally:
        stopped.set()
        sender.join()
    return {
        "nested JSON: 99th of 100 GETs, ms": statistics.quantiles(took, n=100)[98],
        "nested JSON: requests a second": sent[0] / seconds,
    }


def stalled(endpoint: Endpoint, count: int) -> list[socket.socket]:
    """Readers of a large object that have read one byte and read no more."""
    client = endpoint.client("s3", signature_version="s3v4")
    client.put_object(Bucket=GIFS, Key="large", Body=bytes(64 << 20))
    path = client.generate_presigned_url("get_object", {"Bucket": GIFS, "Key": "large"}).split(str(endpoint.port), 1)[1]
    readers = []
    for _ in range(count):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(60)
        reader.connect(("127.0.0.1", endpoint.port))
        reader.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n\r\n".encode())
        readers.append(reader)
    for reader in readers:
        reader.recv(1)
    return readers


def memory(pid: int) -> int:
    """Resident and not shared with files, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))


def memory_of_readers(endpoint: Endpoint) -> dict[str, float]:
    warm = stalled(endpoint, 1)
    before = memory(endpoint.pid)
    readers = stalled(endpoint, READERS)
    time.sleep(2)
    used = memory(endpoint.pid) - before
    for reader in warm + readers:
        reader.close()
    return {f"{READERS} stalled readers, MiB": used / (1 << 20), "a stalled reader, KiB": used / READERS / 1024}


def end(endpoint: Endpoint) -> dict[str, float]:
    """Seconds from SIGTERM to the end beyond the time that open work may take. Ends the endpoint."""
    readers = stalled(endpoint, 50)
    began = time.perf_counter()
    code = endpoint.stop(signal.SIGTERM, DRAIN + 60)
    took = time.perf_counter() - began
    for reader in readers:
        reader.close()
    if code != 0:
        sys.exit(f"zoetrope up ended with code {code}: {endpoint.tail()}")
    return {"SIGTERM: seconds beyond the drain time-out": took - DRAIN}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["sync", "json", "end", "readers"])
    parser.add_argument("--seconds", type=float, default=20, help="of nested JSON")
    parser.add_argument("--rounds", type=int, default=5, help="of aws s3 sync")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begin()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as name:
        folder = Path(name)
        parts = {
            "sync": lambda host: sync(host, folder, options.rounds), "json": lambda host: nested(host, options.seconds),
            "readers": memory_of_readers, "end": end,
        }
        for part, measure in parts.items():
            if options.only not in (None, part):
                continue
            say(f"{part} …")
            # Each begins with a process that has done nothing.
            host = Endpoint(folder / f"up-{part}")
            host.start()
            try:
                figures |= measure(host)
            finally:
                if host.is_running:
                    host.stop()
    if options.json:
        print(json.dumps(figures))
        return
    limits = {
        "sync: seconds that an empty file adds": Limit(1), "nested JSON: 99th of 100 GETs, ms": Limit(50),
        f"{READERS} stalled readers, MiB": Limit(128), "a stalled reader, KiB": Limit(128),
        "SIGTERM: seconds beyond the drain time-out": Limit(2),
    }
    print(rendered([[name, cell(figure, ".2f", limits.get(name))] for name, figure in figures.items()]))


if __name__ == "__main__":
    main()
