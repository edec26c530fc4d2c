"""Conversion to GIF beside ffmpeg's one pass: processor time, wall time, memory, bytes and fidelity.

The command is `zoetrope convert`; beside it ffmpeg with palettegen and paletteuse, and a bare decode on one thread. Every
figure is the median of the runs. Fidelity is the PSNR of all frames against the losslessly scaled ones. Then the service
itself: first and last byte, a source at playing speed, results that are there (by `wrk`), 200 callers, and 500 different
sources at once.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from project import CACHE, MEDIA, ZOETROPE, begin, say

from conversion_many import many
from conversion_service import service
from measure import Usage, run
from sources import FFMPEG, GENERATED, MP4, X264
from table import Limit, cell, rendered

SIZE, RATE, COLOURS = 80, 24, 32
# As a camera says it: without tags, ffmpeg takes HD for BT.601, players and Zoetrope for BT.709.
TAGS = ["-bsf:v", "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1"]
FILTER = (
    f"fps={RATE},scale={SIZE}:{SIZE},split[a][b];[a]palettegen=max_colors={COLOURS}[p];[b][p]paletteuse=dither=bayer"
)


def video(name: str, source: str, side: int, seconds: int) -> Path:
    path = CACHE / f"convert-{name}-{side}-709.mp4"
    if not path.exists():
        say(f"making {path.name} …")
        # Square pixels: the scale filter would keep the shape of the source by theirs.
        graph = f"{source},scale={side}:{side},setsar=1"
        subprocess.run([*FFMPEG, "-f", "lavfi", "-i", graph, "-t", str(seconds), *X264, *TAGS, *MP4, path], check=True)
    return path


def recorded(side: int, frames: int) -> list[Path]:
    """A real video if there is one, square and of the side that covers have, each of its pictures shown once."""
    recordings = sorted(MEDIA.glob("*.mp4")) if MEDIA.is_dir() else []
    path = CACHE / f"convert-recorded-{side}-709.mp4"
    if recordings and not path.exists():
        say(f"making {path.name} …")
        graph = f"crop=ih:ih,scale={side}:{side}:flags=lanczos,setpts=N/30/TB,setsar=1"
        command = [*FFMPEG, "-ss", "5", "-i", recordings[0], "-vf", graph, "-r", "30", "-frames:v", str(frames)]
        subprocess.run([*command, *X264, *TAGS, *MP4, path], check=True)
    return [path] if path.exists() else []


def median(usages: list[Usage]) -> Usage:
    return Usage(*(statistics.median(getattr(usage, name) for usage in usages) for name in ("cpu", "wall", "peak")))


def cost(path: Path, runs: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "zoetrope": [ZOETROPE, "convert", path, f"{folder}/ours.gif", "--threads", "2"],
            "zoetrope, 1 thread": [ZOETROPE, "convert", path, f"{folder}/ours.gif", "--threads", "1"],
            "ffmpeg": [*FFMPEG, "-threads", "2", "-i", path, "-vf", FILTER, "-loop", "0", f"{folder}/theirs.gif"],
            "decode": [*FFMPEG, "-threads", "1", "-i", path, "-map", "0:v:0", "-f", "null", "-"],
        }
        usages: dict[str, list[Usage]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                usages[name].append(run(command))
    return {name: median(found).__dict__ for name, found in usages.items()}


def fidelity(path: Path) -> dict:
    import numpy
    from PIL import Image, ImageSequence

    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.gif", Path(folder) / "theirs.gif"
        scaled = f"scale={SIZE}:{SIZE}:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"
        raw = subprocess.run(
            [*FFMPEG, "-i", path, "-vf", scaled, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
            check=True, stdout=subprocess.PIPE,
        ).stdout
        pictures = numpy.frombuffer(raw, numpy.uint8).reshape(-1, SIZE, SIZE, 3)
        # The videos have 30 pictures per second; shown is the last one at or before each frame's time.
        count = -(-len(pictures) * RATE // 30)
        truth = pictures[[min(len(pictures) - 1, frame * 30 // RATE) for frame in range(count)]]
        subprocess.run(
            [*FFMPEG, "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE}x{SIZE}", "-r", str(RATE), "-i", "-",
             "-vf", FILTER.split(",", 2)[2], "-loop", "0", theirs],
            input=truth.tobytes(), check=True,
        )
        run([ZOETROPE, "convert", path, ours])
        result = {}
        for name, gif in (("zoetrope", ours), ("ffmpeg", theirs)):
            shown, times, time = [], [], 0
            for frame in ImageSequence.Iterator(Image.open(io.BytesIO(gif.read_bytes()))):
                times.append(time)
                shown.append(numpy.asarray(frame.convert("RGB"), numpy.float32))
                time += frame.info["duration"]
            position, errors = 0, []
            for number in range(count):
                while position + 1 < len(times) and times[position + 1] <= 10 * ((100 * number + RATE // 2) // RATE):
                    position += 1
                errors.append(float(((shown[position] - truth[number]) ** 2).mean()))
            noise = 10 * numpy.log10(255**2 / max(1e-9, statistics.fmean(errors)))
            result[name] = {"bytes": gif.stat().st_size, "psnr": round(float(noise), 2)}
        return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench convert", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["cost", "fidelity", "service", "many"], help="leave the rest out")
    parser.add_argument("--sources", type=int, default=500, metavar="N", help="of `--only many`")
    parser.add_argument("videos", nargs="*", type=Path, metavar="VIDEO", help="instead of those that are made")
    arguments = parser.parse_args()
    begin()
    report(arguments)


def report(arguments: argparse.Namespace) -> None:
    parts = [arguments.only] if arguments.only else ["cost", "fidelity", "service", "many"]
    larges = [] if parts == ["many"] else arguments.videos or [
        *recorded(1080, 450), video("zoom", GENERATED["zoom"].format(rate=30), 1080, 15)
    ]  # fmt: skip
    figures: dict = {}
    say("measuring …")
    if "cost" in parts:
        figures["cost"] = {path.stem: cost(path, arguments.runs) for path in larges}
    if "fidelity" in parts:
        made = {name: video(name, source.format(rate=30), 480, 6) for name, source in GENERATED.items()}
        # What is given must be square, with 30 frames per second.
        figures["fidelity"] = {name: fidelity(path) for name, path in made.items()}
        figures["fidelity"] |= {path.stem: fidelity(path) for path in larges}
    if "service" in parts:
        figures["service"] = service(larges[0], length(larges[0]), FILTER, arguments.runs)
    if "many" in parts:
        figures["many"] = many(video("zoom", GENERATED["zoom"].format(rate=30), 240, 2), arguments.sources)
    if arguments.json:
        json.dump(figures, sys.stdout, indent=2)
        return
    for name, usages in figures.get("cost", {}).items():
        ours, theirs, decode = (usages[name] for name in ("zoetrope", "ffmpeg", "decode"))
        single = usages["zoetrope, 1 thread"]
        print(name)
        print(f"processor time  {ours['cpu']:.2f} s, {ours['cpu'] / theirs['cpu']:.2f} of ffmpeg's (0.50)")
        print(f"one thread      {single['cpu']:.2f} s, {single['cpu'] / decode['cpu']:.2f} of a bare decode's (1.10)")
        print(f"wall time       {ours['wall']:.2f} s, {ours['wall'] / theirs['wall']:.2f} of ffmpeg's (0.85)")
        print(f"peak memory     {ours['peak'] / 1e6:.0f} MB (80)")
    for name, found in figures.get("fidelity", {}).items():
        left, right = found["zoetrope"], found["ffmpeg"]
        print(
            f"{name:<15} {left['psnr'] - right['psnr']:+.2f} dB, {left['bytes'] / right['bytes']:.2f} of ffmpeg's bytes"
        )
    limits = {
        "processor time of the function, of ffmpeg's": Limit(0.50), "peak memory of the function, MB": Limit(80),
        "first byte, of ffmpeg's wall time": Limit(0.10), "last byte, of ffmpeg's wall time": Limit(0.85),
        "first byte of a source at playing speed, s": Limit(0.5),
        "cached requests a second": Limit(2000, at_least=True), "cached median, ms": Limit(4),
        "200 callers: bytes at the origin, of the source": Limit(1.02), "200 callers: different bodies": Limit(1),
    }  # fmt: skip
    limits |= {
        "results that did not come": Limit(0), "different bodies": Limit(1), "sources fetched more than once": Limit(0),
        "bytes at the origin, of the sources": Limit(1.02),
    }  # fmt: skip
    for part in ("service", "many"):
        if part in figures:
            rows = [[name, cell(figure, ".2f", limits.get(name))] for name, figure in figures[part].items()]
            print(rendered(rows))


def length(path: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
