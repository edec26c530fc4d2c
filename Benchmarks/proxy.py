"""What a proxy costs and how good it is, beside the one ffmpeg command that the library's seed runs."""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

from project import CACHE, MEDIA, ZOETROPE, begin, say

from measure import Usage, run
from proxy_kills import kills
from sources import FFMPEG
from table import Limit

SIZE = (1920, 1080)
# Of the proxy beside the seed's.
LIMITS = {
    "cpu": Limit(1.04), "wall": Limit(1.05), "bytes": Limit(1.02), "psnr": Limit(-0.05, at_least=True),
}  # fmt: skip
# Bytes of one process at 1080p.
PEAK = Limit(350e6)


def source(seconds: int) -> Path:
    """A 1080p recording with sound, made once: a real one, repeated, if there is any."""
    made = CACHE / f"proxy-{SIZE[1]}p-{seconds}s.mov"
    if made.exists():
        return made
    recordings = sorted(MEDIA.glob("*.mp4")) if MEDIA.is_dir() else []
    pictures = (
        ["-stream_loop", "-1", "-i", recordings[0]]
        if recordings
        else ["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30,noise=alls=6:allf=t:all_seed=1"]
    )
    say(f"making {made.name}")
    unfinished = made.with_suffix(".unfinished.mov")
    run([
        *FFMPEG, *pictures, "-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=48000:amplitude=0.2",
        "-map", "0:v:0", "-map", "1:a:0", "-t", seconds, "-vf", f"scale={SIZE[0]}:{SIZE[1]}:flags=lanczos",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "60", "-pix_fmt", "yuv420p",
        "-c:a", "pcm_s16le", unfinished,
    ])
    unfinished.rename(made)
    return made


def seed(video: Path, output: Path) -> Usage:
    return run([
        *FFMPEG, "-i", video, "-map", "0:v:0", "-map", "0:a:0?", "-c:v", "libx264", "-crf", "23", "-preset", "medium",
        "-profile:v", "high", "-level", "4.1", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-ac", "2",
        "-movflags", "+faststart", output,
    ])


def ours(video: Path, output: Path, segments: int | None) -> Usage:
    pieces = ["--segments", segments] if segments else []
    return run([ZOETROPE, "proxy", video, output, "--force", *pieces])


def quality(video: Path, output: Path) -> dict:
    """PSNR and SSIM over all planes by ffmpeg's own filters, frame by frame."""
    said = subprocess.run(
        [
            "ffmpeg", "-hide_banner", "-nostdin", "-i", output, "-i", video, "-lavfi",
            "[0:v]settb=AVTB,setpts=N[a];[1:v]settb=AVTB,setpts=N[b];[a]split[a1][a2];[b]split[b1][b2];"
            "[a1][b1]psnr[p];[a2][b2]ssim[s]",
            "-map", "[p]", "-f", "null", "-", "-map", "[s]", "-f", "null", "-",
        ],
        capture_output=True, text=True, check=True,
    ).stderr
    psnr = re.search(r"PSNR .*average:([\d.]+|inf)", said)
    ssim = re.search(r"SSIM .*All:([\d.]+)", said)
    return {"psnr": float(psnr.group(1)), "ssim": float(ssim.group(1))}


def report(result: dict, as_json: bool) -> None:
    """What became of the proxies that were cut off; ends with 1 if anything went wrong."""
    wrong = [one for one in result["rounds"] if one["problems"]]
    if as_json:
        print(json.dumps(result, indent=2))
    else:
        print(f"undisturbed: {result['span']:.1f} s, {result['parts']} parts")
        for one in result["rounds"]:
            print(f"{one['victim']:14} after {one['after']:6.1f} s, ready after {one['took']:6.1f} s: "
                  f"{'; '.join(one['problems']) or 'the same bytes, no finished part encoded again'}")
        print(f"{len(result['rounds']) - len(wrong)} of {len(result['rounds'])} as undisturbed")
    if wrong:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench proxy", description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--seconds", type=int, default=180, help="of video (180)")
    parser.add_argument("--segments", type=int, help="pieces that the video is cut into (one per 30 s)")
    parser.add_argument("--kills", type=int, help="proxies that are cut off by kill -9, instead of the comparison")
    parser.add_argument("--seed", default="1", help="of the random instants (1)")
    parser.add_argument("video", nargs="?", type=Path, help="instead of one that is made")
    options = parser.parse_args()
    begin()
    if options.kills:
        return report(kills(options.kills, options.seed), options.json)
    video = options.video or source(options.seconds)
    with tempfile.TemporaryDirectory() as scratch:
        results = {}
        for name, make in (
            ("seed", lambda output: seed(video, output)),
            ("zoetrope", lambda output: ours(video, output, options.segments)),
        ):
            output = Path(scratch) / f"{name}.mp4"
            say(f"encoding: {name}")
            usage = make(output)
            results[name] = {
                "cpu": usage.cpu, "wall": usage.wall, "peak": usage.peak, "bytes": output.stat().st_size,
                **quality(video, output),
            }
    ratios = {key: results["zoetrope"][key] / results["seed"][key] for key in ("cpu", "wall", "bytes")}
    ratios["psnr"] = results["zoetrope"]["psnr"] - results["seed"]["psnr"]
    if options.json:
        print(json.dumps({**results, "ratios": ratios}, indent=2))
        return
    print(f"{'':10} {'CPU s':>8} {'wall s':>8} {'MB':>8} {'PSNR dB':>8} {'SSIM':>8} {'peak MB':>8}")
    for name, result in results.items():
        print(
            f"{name:10} {result['cpu']:8.1f} {result['wall']:8.1f} {result['bytes'] / 1e6:8.2f} "
            f"{result['psnr']:8.2f} {result['ssim']:8.4f} {result['peak'] / 1e6:8.0f}"
        )
    said = [
        f"{name} {LIMITS[key].text(ratios[key], form)}"
        for key, name, form in (
            ("cpu", "CPU", ".3f"), ("wall", "wall", ".3f"), ("bytes", "bytes", ".3f"), ("psnr", "PSNR in dB", "+.3f")
        )
    ]  # fmt: skip
    print(f"ours / seed: {', '.join(said)}")
    print(f"largest process {PEAK.text(results['zoetrope']['peak'], '.3g')} bytes")


if __name__ == "__main__":
    main()
