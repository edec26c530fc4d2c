"""The library's requests: cached and cold derivatives, a slow source, what a 404 tells, many small files at once, many
images that are done.

`wrk` and the clients run on the same machine. Ratios are of one run.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from project import begin, say

from library_parts import PARTS, PHOTOGRAPHS, Figures, get_times, opened, photographs
from table import Limit, cell, rendered

CARD = "format=jpeg&height=360&quality=82&width=720"


def cached(seconds: int, connections: int) -> Figures:
    """A derivative that exists, with membership checked on each request."""
    with opened() as library:
        file = library.upload(photographs(1)[0].read_bytes(), "photo.jpg")
        address = library.image(file, CARD, "photo.jpg")
        assert library.member.get(address).status == 200
        say("warming up …")
        one = get_times(library.member, address, 300)
        said = subprocess.run(
            ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-H",
             f"Authorization: Bearer {library.member.session}", library.endpoint.api_url + address],
            capture_output=True, text=True, check=True,
        ).stdout
        assert library.stranger.get(address).status == 404
    if "Non-2xx" in said:
        sys.exit(said)
    middle, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", said).groups()
    return {
        "cached, requests/s": (float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), Limit(3000, at_least=True)),
        f"cached, median over {connections} connections, ms": (
            float(middle) * {"us": 0.001, "ms": 1, "s": 1000}[unit], Limit(3)),
        "cached, median of one at a time, ms": (statistics.median(one), None),
    }


def cold(runs: int) -> Figures:
    """A derivative of a 2-megapixel photograph that is asked for the first time, beside a process of vipsthumbnail."""
    ours, theirs = [], []
    with opened() as library, tempfile.TemporaryDirectory() as scratch:
        small = Path(scratch) / "small.jpg"
        subprocess.run(["vipsthumbnail", str(photographs(1)[0]), "--size", "1732x", "-o", f"{small}[Q=90]"], check=True)
        file = library.upload(small.read_bytes(), "photo.jpg")
        # The registered sizes are made at once after the upload; these are none of them.
        library.wait(file, lambda record: record.get("imageProxyStatus") in ("ready", None), seconds=120)
        library.member.get(library.image(file, "width=700"))
        for number in range(runs):
            width = 710 + number
            ours += get_times(library.member, library.image(file, f"height=360&quality=82&width={width}"), 1)
            command = ["vipsthumbnail", str(small), "--size", f"{width}x360>", "-o", f"{scratch}/out.jpg[Q=82,strip]"]
            theirs.append(wall(command))
    share = statistics.median(ours) / statistics.median(theirs)
    return {
        "cold, median, ms": (statistics.median(ours), None),
        "vipsthumbnail, median, ms": (statistics.median(theirs), None),
        "cold / vipsthumbnail": (share, Limit(0.8)),
    }


def wall(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench library", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of wrk (20)")
    parser.add_argument("--connections", type=int, default=8, help="of wrk (8)")
    parser.add_argument("--runs", type=int, default=25, help="cold derivatives (25)")
    parser.add_argument("--requests", type=int, default=1000, help="of each kind of 404 (1000)")
    parser.add_argument("--files", type=int, default=500, help="small files at once (500)")
    parser.add_argument("--idle", type=int, default=30, help="seconds of requests to an idle host beforehand (30)")
    parser.add_argument("--records", type=int, default=100_000, help="finished images in the index (100000)")
    names = ["cached", "cold", *PARTS]
    parser.add_argument("--only", choices=names, action="append", help="one part; may be repeated")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    options = parser.parse_args()
    begin()
    if not PHOTOGRAPHS.is_dir():
        sys.exit(f"{PHOTOGRAPHS} is missing: install mate-backgrounds")
    parts = {
        "cached": lambda: cached(options.seconds, options.connections), "cold": lambda: cold(options.runs),
        **{name: (lambda part=part: part(options)) for name, part in PARTS.items()},
    }
    figures: Figures = {}
    for name in options.only or names:
        say(f"{name} …")
        figures |= parts[name]()
    if options.json:
        print(json.dumps({name: figure for name, (figure, _) in figures.items()}, indent=2))
        return
    print(rendered([["figure", "found"], *([name, cell(figure, ".3f", limit)] for name, (figure, limit) in figures.items())]))


if __name__ == "__main__":
    main()
