"""Derived images beside `vipsthumbnail` and Pillow: processor time, memory, and the same pixels.

One function process handles all images, as it does behind a queue; `vipsthumbnail` starts once per image, and what its
start costs is taken off. Every figure is the median of the runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from project import CACHE, ZOETROPE, begin, clean_environment, say

from harness.platform import runtime_api
from measure import run
from table import Limit, cell, rendered

FUNCTION = ZOETROPE.with_name("TransformImage")
PHOTOGRAPHS = Path("/usr/share/backgrounds/mate")
LARGE = PHOTOGRAPHS / "abstract" / "Elephants_5640x3172.jpg"
SIZES = [(80, 70), (240, 70), (720, 82), (1920, 90)]
VARIANTS = [(80, 80, 70, "jpg"), (240, 240, 70, "webp"), (300, 300, 80, "jpg"), (720, 360, 82, "jpg"), (1920, 1080, 90, "jpg")]
TICKS = os.sysconf("SC_CLK_TCK")


class Worker:
    """A function's process that waits for events."""

    def __init__(self, api):
        self.api = api
        environment = clean_environment(AWS_LAMBDA_RUNTIME_API=api.address, _HANDLER="TransformImage.TransformFile")
        self.process = subprocess.Popen([str(FUNCTION)], env=environment)

    def ticks(self) -> float:
        """Processor seconds so far, those of ended threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, name: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        return 0

    def do(self, **event) -> tuple[float, float]:
        """Processor and wall seconds of one event."""
        before, began = self.ticks(), time.monotonic()
        kind, answer = self.api.invoke(event, self.process)
        assert kind == "response" and not answer.get("error"), answer
        return self.ticks() - before, time.monotonic() - began

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def thumbnail(source: Path, out: Path, width: int, height: int, quality: int) -> list[str]:
    """The same kind of file: progressive and optimised, if it is a JPEG."""
    kind = ",interlace,optimize_coding" if out.suffix == ".jpg" else ""
    return ["vipsthumbnail", str(source), "--size", f"{width}x{height}>", "-o", f"{out}[Q={quality},strip{kind}]"]


def ours(worker: Worker, repeats: int, **event) -> float:
    """Mean processor seconds of `repeats` events: the kernel counts in hundredths."""
    worker.do(**event)
    return sum(worker.do(**event)[0] for _ in range(repeats)) / repeats


def compare(worker: Worker, folder: Path, runs: int) -> tuple[list[list[str]], dict]:
    tiny = folder / "tiny.png"
    subprocess.run(["vips", "black", str(tiny), "8", "8"], check=True)
    figures: dict = {}

    def start(suffix: str) -> float:
        command = thumbnail(tiny, folder / f"tiny-out.{suffix}", 8, 8, 80)
        return statistics.median(run(command).cpu for _ in range(5))

    rows = [["18-megapixel JPEG", "ours", "vipsthumbnail", "ratio"]]
    for suffix in ("jpg", "webp"):
        begun = start(suffix)
        for width, quality in SIZES:
            out = folder / f"out.{suffix}"
            theirs = statistics.median(
                run(thumbnail(LARGE, out, width, 4096, quality)).cpu - begun for _ in range(runs))
            mine = ours(worker, runs, input=str(LARGE), output=str(out), width=width, quality=quality,
                        format="jpeg" if suffix == "jpg" else suffix)
            figures[f"{suffix} {width}"] = mine / theirs
            rows.append([f"{width} px {suffix}", cell(mine, ".3f"), cell(theirs, ".3f"),
                         cell(mine / theirs, ".2f", Limit(1.05))])
    everything = statistics.median(
        sum(run(thumbnail(LARGE, folder / f"v.{suffix}", width, height, quality)).cpu
            for width, height, quality, suffix in VARIANTS) for _ in range(runs))
    (folder / "all").mkdir(exist_ok=True)
    mine = ours(worker, runs, input=str(LARGE), output=str(folder / "all"), format="jpeg", allVariants=True)
    figures["all variants"] = mine / everything
    rows.append(["all five variants", cell(mine, ".3f"), cell(everything, ".3f"),
                 cell(mine / everything, ".2f", Limit(0.40))])
    pillow = statistics.median(run([sys.executable, "-c", PILLOW, LARGE, folder / "p.jpg"]).cpu for _ in range(runs))
    rows.append(["720 px jpg by Pillow, with its start", "", cell(pillow, ".3f"), ""])
    return rows, figures


PILLOW = """
import sys
from PIL import Image
image = Image.open(sys.argv[1])
image.draft("RGB", (1440, 1440))
image.thumbnail((720, 4096), Image.LANCZOS)
image.save(sys.argv[2], quality=82, progressive=True, optimize=True)
"""


def memory(worker: Worker, folder: Path, images: int) -> tuple[list[list[str]], dict]:
    """Many different images in one process."""
    sources = sorted(path for path in PHOTOGRAPHS.rglob("*") if path.suffix in (".jpg", ".png"))
    before = worker.memory("VmRSS")
    for number in range(images):
        worker.do(input=str(sources[number % len(sources)]), output=str(folder / "m.jpg"), width=100 + number,
                  format="jpeg")
    after, peak = worker.memory("VmRSS"), worker.memory("VmHWM")
    mib = 1 << 20
    return [
        [f"memory over {images} images (MiB)", "before", "after", "peak"],
        ["resident", cell(before / mib, ".0f"), cell(after / mib, ".0f"), cell(peak / mib, ".0f", Limit(450))],
    ], {"before": before, "after": after, "peak": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--images", type=int, default=1000, help="images of the memory test")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    begin()
    for path in (FUNCTION, LARGE):
        if not path.exists():
            sys.exit(f"{path} is missing; local/bench brings it")
    with tempfile.TemporaryDirectory(dir=CACHE) as name, runtime_api() as api:
        folder = Path(name)
        worker = Worker(api)
        try:
            say("one derivative, and all of them …")
            rows, figures = compare(worker, folder, arguments.runs)
            say("memory …")
            more, figures["memory"] = memory(worker, folder, arguments.images)
        finally:
            worker.stop()
    if arguments.json:
        print(json.dumps(figures))
    else:
        print(rendered(rows) + "\n\n" + rendered(more))


if __name__ == "__main__":
    main()
