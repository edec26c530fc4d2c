"""What the whole job of a long video costs, from upload to manifest: ours, the reference's server script, two of the best
single ffmpeg commands side by side, and a bare decode on all processors, which none of them can do without.

How much faster than the script a job can be depends on the video: the more bits, the more of everything is decoding. So
the limits are relative to the decode.
"""

import argparse
import concurrent.futures
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from project import CACHE, ZOETROPE, begin, say

import commands
import sources
from harness.endpoint import Endpoint
from measure import Failed, Usage, run
from video_report import report


def ours(video: Path, folder: Path) -> dict:
    """Uploads the video to an endpoint of its own and waits for the manifest; without a storyboard, which the others do
    not make either."""
    endpoint = Endpoint(folder / "endpoint", arguments=("--parameter", "Storyboard=false"))
    before = _children()
    endpoint.start()
    try:
        answer = folder / "manifest.json"
        process = [ZOETROPE, "process", video, "--key", "video.mp4", "--endpoint", endpoint.url, "--json"]
        usage = run(process, output=answer, seconds=6 * 3600)
    finally:
        code = endpoint.stop()
    if code != 0:
        raise Failed(f"zoetrope up ended with code {code}: {endpoint.tail()}")
    # Now that it has ended, the kernel has added up the endpoint and every function process that it waited for.
    cpu = _children() - before
    manifest = json.loads(answer.read_text())
    if manifest["status"] != "complete":
        raise Failed(f"the job failed: {manifest.get('reason')}")
    clips = manifest["clips"]
    return {
        "wall": usage.wall,
        "cpu": cpu,
        "cpuOfClips": sum(clip["timings"]["cpuMilliseconds"] for clip in clips) / 1000,
        "clips": len(clips),
        "stills": manifest["frames"],
        "bytesFetched": sum(clip["timings"]["sourceBytes"] for clip in clips),
    }


def reference(video: Path, folder: Path, starts: list[int]) -> dict:
    """The reference's server script: clip by clip, one command after the other."""
    total = Usage(0, 0, 0)
    began = time.monotonic()
    for start in starts:
        for command in commands.reference(video, folder, start):
            total = total.then(run(command))
        say(f"reference: clip {starts.index(start) + 1}/{len(starts)}")
    return {"wall": time.monotonic() - began, "cpu": total.cpu}


def side_by_side(video: Path, folder: Path, starts: list[int]) -> dict:
    """Two workers, each with one single command at a time, until no clip is left."""

    def one(start: int) -> Usage:
        usage = run(commands.single(video, folder, start))
        say(f"single commands side by side: clip at {start} s")
        return usage

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        usages = list(workers.map(one, starts))
    return {"wall": time.monotonic() - began, "cpu": sum(usage.cpu for usage in usages)}


def decode(video: Path) -> dict:
    """A bare decode on all processors."""
    usage = run(commands.decode(video, threads=len(os.sched_getaffinity(0))))
    say(f"bare decode: {usage.wall:.1f} s")
    return {"wall": usage.wall, "cpu": usage.cpu}


def _children() -> float:
    """Seconds of CPU of all processes that this one, or one that it waited for, has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _fresh(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="local/bench video", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", metavar="VIDEO", nargs="?", type=Path, help="default: a 1080p clip again and again")
    parser.add_argument("--minutes", type=float, help="length of the default video (10), or of VIDEO at most")
    parser.add_argument(
        "--megabits", type=float, default=16, help="Mbit/s of the default video (16, about what phones record)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    if options.video and not options.video.is_file():
        parser.error(f"no such file: {options.video}")
    if options.minutes is not None and not options.minutes > 0:
        parser.error("--minutes must be positive")
    if not options.megabits > 0:
        parser.error("--megabits must be positive")
    begin()

    video = options.video
    if video is None:
        video = sources.looped((options.minutes or 10) * 60, sources.default_source(options.megabits))
    elif options.minutes and sources.duration_of(video) > options.minutes * 60:
        video = sources.looped(options.minutes * 60, video)
    seconds = sources.duration_of(video)
    starts = list(range(0, int(-(-seconds // 1)), commands.SNIPPET))
    # From memory for all, and not only for those that come later.
    with open(video, "rb") as content:
        while content.read(1 << 24):
            pass

    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        result = {
            "processors": len(os.sched_getaffinity(0)),
            "video": {"seconds": seconds, "bytes": video.stat().st_size, "height": sources.height_of(video)},
        }
        # Before and after the job, as a machine's speed changes.
        decodes = [decode(video)]
        say(f"zoetrope: {seconds / 60:.1f} minutes, {len(starts)} clips …")
        result["ours"] = ours(video, _fresh(folder, "ours"))
        shutil.rmtree(Path(folder) / "ours")
        decodes.append(decode(video))
        result["decode"] = {key: (decodes[0][key] + decodes[1][key]) / 2 for key in decodes[0]}
        result["reference"] = reference(video, _fresh(folder, "reference"), starts)
        result["sideBySide"] = side_by_side(video, _fresh(folder, "sideBySide"), starts)
    result["ratios"] = {
        "wallToDecode": result["ours"]["wall"] / result["decode"]["wall"],
        "cpuToDecode": result["ours"]["cpu"] / result["decode"]["cpu"],
        "wallOfReferenceToDecode": result["reference"]["wall"] / result["decode"]["wall"],
        "wallOfReferenceToOurs": result["reference"]["wall"] / result["ours"]["wall"],
        "wallOfSideBySideToOurs": result["sideBySide"]["wall"] / result["ours"]["wall"],
        "cpuToReference": result["ours"]["cpu"] / result["reference"]["cpu"],
        "cpuToSideBySide": result["ours"]["cpu"] / result["sideBySide"]["cpu"],
        "bytesFetchedToSize": result["ours"]["bytesFetched"] / result["video"]["bytes"],
    }
    print(json.dumps(result, indent=2) if options.json else report(result))


if __name__ == "__main__":
    try:
        main()
    except (Failed, AssertionError) as failure:
        sys.exit(f"local/bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
