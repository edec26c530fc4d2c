"""What rendering one clip costs, and how good it looks: ours, the reference's two commands, the best single ffmpeg
command and a bare decode, in turns on the same clips."""

import argparse
import dataclasses
import hashlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from project import CACHE, begin, say

import commands
import quality
import sources
from measure import Failed, Usage, run
from render_report import report

Contender = Callable[[Path, Path], Usage]


def contenders(vectors: str | None) -> dict[str, Contender]:
    """All of them as if the processor had only these vector instructions; None: as it is."""

    def limited(command: list[str | Path], processors: list[int] | None = None) -> Usage:
        return run(commands.limited(command, vectors), processors=processors)

    def reference(video: Path, folder: Path) -> Usage:
        gif, stills = (limited(command) for command in commands.reference(video, folder))
        return gif.then(stills)

    return {
        "reference": reference,
        "single": lambda video, folder: limited(commands.single(video, folder)),
        "decode": lambda video, folder: limited(commands.decode(video)),
        "ours": lambda video, folder: limited(commands.ours(video, folder)),
        "oursOnOneProcessor": lambda video, folder: limited(
            commands.ours(video, folder), [min(os.sched_getaffinity(0))]
        ),
        "keyFrames": lambda video, folder: limited(commands.key_frames(video, folder)),
    }


def measured(clip: sources.Clip, runs: int, vectors: str | None = None) -> dict:
    """Everything about one clip."""
    compared = contenders(vectors)
    usages: dict[str, list[Usage]] = {name: [] for name in compared}
    outputs: set[str] = set()
    names = list(compared)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for turn in range(runs if clip.timed else 0):
            # Another one is first in each run, and every other run goes backwards: who follows whom evens out.
            order = names[turn % len(names) :] + names[: turn % len(names)]
            for name in order if turn % 2 == 0 else reversed(order):
                made = Path(folder) / f"{name}-{turn}"
                made.mkdir()
                usage = compared[name](clip.path, made)
                usages[name].append(usage)
                say(f"{clip.name} run {turn + 1}/{runs}: {name} {usage.cpu:.2f} s CPU, {usage.wall:.2f} s wall")
                if name.startswith("ours"):
                    outputs.add(_digest(made))
        # Not timed, for its pictures.
        made = Path(folder) / "pictures"
        run(commands.ours(clip.path, made))
        outputs.add(_digest(made))
        say(f"{clip.name}: comparing pictures …")
        scores = quality.compare(clip.path, quality.Outputs.within(made), Path(folder))
    result = {
        "name": clip.name,
        "height": clip.height,
        "sourceBytes": clip.path.stat().st_size,
        "deterministic": len(outputs) == 1,
        "quality": {
            kind: {name: dataclasses.asdict(score) for name, score in both.items()} for kind, both in scores.items()
        },
    }
    if clip.timed:
        result["medians"] = {name: _medians(each) for name, each in usages.items()}
        result["ratios"] = _ratios(usages)
        result["runs"] = {name: [dataclasses.asdict(usage) for usage in each] for name, each in usages.items()}
    return result


def _medians(usages: list[Usage]) -> dict[str, float]:
    return {
        field.name: statistics.median(getattr(usage, field.name) for usage in usages)
        for field in dataclasses.fields(Usage)
    }


def _ratios(usages: dict[str, list[Usage]]) -> dict[str, float]:
    """Medians of ratios within one run: what slows a machine down for a while slows all of a run."""

    def median(of: str, to: str, field: str) -> float:
        pairs = zip(usages[of], usages[to], strict=True)
        return statistics.median(getattr(one, field) / getattr(other, field) for one, other in pairs)

    ratios = {f"cpuTo{name.capitalize()}": median("ours", name, "cpu") for name in ("reference", "single", "decode")}
    ratios["cpuOfOneProcessorToDecode"] = median("oursOnOneProcessor", "decode", "cpu")
    ratios["cpuOfKeyFramesToExact"] = median("keyFrames", "ours", "cpu")
    ratios["cpuOfAllProcessorsToOne"] = median("ours", "oursOnOneProcessor", "cpu")
    ratios["wallOfOneProcessorToAll"] = median("oursOnOneProcessor", "ours", "wall")
    ratios["wallOfReferenceToOurs"] = median("reference", "ours", "wall")
    return ratios


def _digest(folder: Path) -> str:
    """Of the names and bytes of all pictures."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".gif", ".jpg"):
            digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="local/bench render", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", metavar="VIDEO", nargs="*", type=Path, help="videos whose first 29 s are rendered")
    parser.add_argument("--runs", type=_positive, default=5, help="how often each is timed (default: 5)")
    parser.add_argument(
        "--vectors", choices=sorted(commands.FLAGS), help="as if the processor had only these vector instructions"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    for video in options.videos:
        if not video.is_file():
            parser.error(f"no such file: {video}")
    begin()
    clips = [sources.given_clip(video) for video in options.videos] or sources.default_clips()
    result = {
        "processors": len(os.sched_getaffinity(0)),
        "ffmpeg": sources.run(["ffmpeg", "-version"]).stdout.split("\n", 1)[0],
        "runs": options.runs,
        "vectors": options.vectors,
        "clips": [measured(clip, options.runs, options.vectors) for clip in clips],
    }
    print(json.dumps(result, indent=2) if options.json else report(result))


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, found {value}")
    return value


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"local/bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
