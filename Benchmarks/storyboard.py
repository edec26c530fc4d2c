"""What a storyboard costs of processor time: the tiles that clips make of it, and the sheets that are painted of these. Beside
another build's storyboard, which may read stills instead, if one is named."""

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

from project import CACHE, ZOETROPE, begin, say

import sources
from measure import run

SECONDS = 120


def cost(program: Path, video: Path, width: int) -> tuple[float, int]:
    """Milliseconds of CPU of one job's storyboard of tiles of that width, and how many tiles it has."""
    folder = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        run([program, "render", video, folder / "out", "--parameter", f"StoryboardTileWidth={width}", "--parallel", "1",
             "--json"], output=folder / "manifest.json")
        manifest = json.loads((folder / "manifest.json").read_text())
        # The manifest that `render` prints is the one that was amended.
        storyboard = manifest["storyboard"]
        assert storyboard["tileWidth"] == width, storyboard
    finally:
        shutil.rmtree(folder)
    tiles = sum(clip["timings"].get("tileMilliseconds", 0) for clip in manifest["clips"])
    return tiles + storyboard["timings"]["cpuMilliseconds"], storyboard["tiles"]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="local/bench storyboard", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", type=Path, help="default: two minutes of the default source")
    parser.add_argument("--beside", type=Path, metavar="BUILD", help="a folder with another build's zoetrope")
    parser.add_argument("--tile-width", type=int, default=160, help="pixels, the same in both builds; default: %(default)s")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begin()
    video = options.video or sources.looped(SECONDS, sources.default_source())
    builds = {"ours": ZOETROPE} | ({"beside": options.beside / "zoetrope"} if options.beside else {})
    runs = {name: [] for name in builds}
    for number in range(options.runs):
        for name, program in builds.items():
            milliseconds, tiles = cost(program, video, options.tile_width)
            runs[name].append(milliseconds / tiles)
            say(f"run {number + 1}: {name} {milliseconds / tiles:.2f} ms a tile")
    result = {name: statistics.median(values) for name, values in runs.items()}
    if options.beside:
        result["ratio"] = result["ours"] / result["beside"]
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name}: {value:.2f}" + ("" if name == "ratio" else " ms of CPU a tile"))


if __name__ == "__main__":
    main()
