"""Videos to measure with, made once by the system's ffmpeg and kept.

x264 at its default settings, 29 seconds: what the reference's commands render of a clip, so that all do the same work.
From a real recording if there is one, scaled and with every one of its pictures shown once, because repeated
pictures would be cheaper to decode than those of any camera; otherwise from generated moving pictures.
"""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from project import CACHE, MEDIA, say

from commands import RENDERED

FFMPEG = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
CODEC = ["-c:v", "libx264", "-preset", "medium"]
X264 = [*CODEC, "-crf", "23", "-pix_fmt", "yuv420p"]
MP4 = ["-an", "-movflags", "+faststart"]
SIZES = {480: (854, 480, 24), 720: (1280, 720, 30), 1080: (1920, 1080, 30)}

# Generated pictures: a zoom full of detail and strong colours, slow gradients with film grain (what few colours do
# worst) and a test card. Noise as of a sensor, in the colours of a camera: no block is quite like the one before.
GENERATED = {
    "zoom": "mandelbrot=size=640x360:rate={rate},format=yuv420p,noise=alls=6:allf=t:all_seed=1",
    "gradients": (
        "gradients=size=640x360:rate={rate}:n=4:speed=0.02:seed=7,format=yuv420p,noise=alls=8:allf=t:all_seed=2"
    ),
    "card": "testsrc2=size=640x360:rate={rate},format=yuv420p,noise=alls=4:allf=t:all_seed=3",
}
# Copied packets are cut by decoding time, so that some are shown later than asked for; a video that is a little longer
# than a whole number of clips would give one clip more, of next to nothing.
MARGIN = 0.2


@dataclass(frozen=True)
class Clip:
    """A video that is measured. If it is not timed, only its pictures are compared."""

    name: str
    path: Path
    height: int
    timed: bool = True


def default_clips() -> list[Clip]:
    """Three sizes to time, and further pictures to compare."""
    recordings = sorted(MEDIA.glob("*.mp4")) if MEDIA.is_dir() else []
    further: list[Path | str] = [*recordings[1:4], *GENERATED]
    if recordings:
        picture: Path | str = recordings[0]
        further.remove("card")
    else:
        picture = "zoom"
        further.remove("zoom")
    clips = [Clip(f"{height}p{rate}", _made(picture, height), height) for height, (_, _, rate) in SIZES.items()]
    for other in further:
        name = other if isinstance(other, str) else other.stem
        clips.append(Clip(name, _made(other, 480), 480, timed=False))
    return clips


def given_clip(video: Path) -> Clip:
    """The beginning of a video of one's own, its packets untouched."""
    facts = video.stat()
    identity = [str(video.resolve()), facts.st_size, facts.st_mtime_ns, RENDERED - MARGIN]
    container = ".mp4" if video.suffix in (".mp4", ".m4v", ".mov") else ".mkv"
    path = CACHE / f"given-{_digest(identity)}{container}"
    if not path.exists():
        _make(path, ["-i", video, "-t", str(RENDERED - MARGIN), "-map", "0:v:0", "-c", "copy"])
    return Clip(video.stem, path, height_of(path))


def looped(seconds: float, source: Path) -> Path:
    """A long video without encoding it: a short one, again and again."""
    facts = source.stat()
    path = CACHE / f"long-{_digest([str(source.resolve()), facts.st_size, facts.st_mtime_ns, seconds - MARGIN])}.mp4"
    if not path.exists():
        say(f"making a video of {seconds / 60:g} minutes …")
        copied = ["-map", "0:v:0", "-c", "copy", "-movflags", "+faststart"]
        _make(path, ["-stream_loop", "-1", "-i", source, "-t", str(seconds - MARGIN), *copied])
    return path


def default_source(megabits: float | None = None) -> Path:
    """The 1080p clip, or one of so many Mbit/s."""
    recordings = sorted(MEDIA.glob("*.mp4")) if MEDIA.is_dir() else []
    return _made(recordings[0] if recordings else "zoom", 1080, megabits)


def height_of(video: Path) -> int:
    return int(_probe(video, "stream=height", "v:0")["streams"][0]["height"])


def duration_of(video: Path) -> float:
    return float(_probe(video, "format=duration")["format"]["duration"])


def _made(picture: Path | str, height: int, megabits: float | None = None) -> Path:
    """The clip of this height, from a recording or from the generated pictures of that name.

    megabits: per second, instead of what x264 takes for its default quality.
    """
    width, height, rate = SIZES[height]
    if isinstance(picture, Path):
        name, arguments = picture.stem, ["-stream_loop", "-1", "-i", picture, "-map", "0:v:0"]
    else:
        name, arguments = picture, ["-f", "lavfi", "-i", GENERATED[picture].format(rate=rate)]
    scaling = f"scale={width}:{height}:flags=lanczos:force_original_aspect_ratio=increase"
    colours: list[str] = []
    if height >= 720:
        # What every camera and encoder does at these sizes, and says.
        scaling += ":out_color_matrix=bt709"
        colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    filters = f"setpts=N/({rate}*TB),{scaling},crop={width}:{height},setsar=1"
    coded = X264
    if megabits is not None:
        # As a camera does: about the same rate throughout, whatever is seen.
        coded = [*CODEC, "-b:v", f"{megabits:g}M", "-maxrate", f"{megabits:g}M", "-bufsize", f"{megabits:g}M"]
        coded += ["-pix_fmt", "yuv420p"]
    arguments += ["-vf", filters, "-r", str(rate), "-frames:v", str(rate * RENDERED), *coded, *MP4, *colours]
    # Another recipe is another file.
    path = CACHE / f"{name}-{height}p{rate}-{_digest([str(word) for word in arguments])}.mp4"
    if not path.exists():
        say(f"making {path.name} …")
        _make(path, arguments)
    return path


def _make(path: Path, arguments: list[str | Path]) -> None:
    """Runs ffmpeg; the file is there only once it is whole."""
    unfinished = path.with_name(f"unfinished-{path.name}")
    run([*FFMPEG, *arguments, unfinished])
    unfinished.replace(path)


def _probe(video: Path, entries: str, stream: str | None = None) -> dict:
    selected = ["-select_streams", stream] if stream else []
    return json.loads(run(["ffprobe", "-v", "error", *selected, "-show_entries", entries, "-of", "json", video]).stdout)


def _digest(identity: list) -> str:
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:10]


def run(arguments: list[str | Path], seconds: float = 1800) -> subprocess.CompletedProcess[str]:
    """Runs a tool of the system whose cost is of no interest; it must succeed."""
    words = [str(word) for word in arguments]
    ended = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=seconds)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(words)} failed: {ended.stderr[-2000:]}")
    return ended
