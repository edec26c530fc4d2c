"""Audio files made by the system's ffmpeg, and what ffmpeg and ffprobe find in others."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy

from .videos import FFMPEG, run

RATE = 44100


def noise_and_tone(path: Path, *, seconds: float = 5, rate: int = RATE, channels: int = 2, codec: str = "pcm_s16le") -> Path:
    """A tone to the left and pink noise to the right: stereo that no codec finds easy."""
    tone = f"sine=frequency=440:duration={seconds}:sample_rate={rate}"
    noise = f"anoisesrc=duration={seconds}:color=pink:sample_rate={rate}:amplitude=0.3:seed=3"
    run([
        *FFMPEG, "-f", "lavfi", "-i", tone, "-f", "lavfi", "-i", noise, "-filter_complex", "[0][1]amerge=inputs=2[a]",
        "-map", "[a]", "-ac", str(channels), "-c:a", codec, path,
    ])
    return path


def converted(source: Path, path: Path, *options: str) -> Path:
    run([*FFMPEG, "-i", source, *options, path])
    return path


def through_a_pipe(source: Path, path: Path, *options: str) -> Path:
    """As a recorder writes that cannot go back: without a duration in its header."""
    path.write_bytes(run([*FFMPEG, "-i", source, *options, "-"]).stdout)
    return path


def cover(path: Path) -> Path:
    run([*FFMPEG, "-f", "lavfi", "-i", "testsrc2=size=300x200", "-frames:v", "1", path])
    return path


@dataclass(frozen=True)
class Stream:
    codec: str
    rate: int
    channels: int
    # Seconds, as ffprobe says.
    duration: float
    tags: dict[str, str]
    chapters: list[str]
    has_cover: bool
    has_video: bool


def probe(path: Path) -> Stream:
    arguments = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters", path]
    found = json.loads(run(arguments).stdout)
    audio = [stream for stream in found["streams"] if stream["codec_type"] == "audio"]
    assert len(audio) == 1, found
    pictures = [stream for stream in found["streams"] if stream["codec_type"] == "video"]
    covers = [stream for stream in pictures if stream["disposition"]["attached_pic"]]
    tags = found["format"].get("tags", {}) | audio[0].get("tags", {})
    return Stream(
        audio[0]["codec_name"], int(audio[0]["sample_rate"]), audio[0]["channels"],
        float(found["format"].get("duration", "nan")), {name.lower(): value for name, value in tags.items()},
        [chapter.get("tags", {}).get("title", "") for chapter in found["chapters"]], bool(covers), len(pictures) > len(covers),
    )


def samples(path: Path, form: str = "s16") -> numpy.ndarray:
    """All samples as ffmpeg decodes them: one row per moment."""
    channels = probe(path).channels
    types = {"s16": "<i2", "s32": "<i4", "f32": "<f4"}
    decoded = run([*FFMPEG, "-i", path, "-map", "0:a:0", "-f", f"{form}le", "-c:a", f"pcm_{form}le", "-"]).stdout
    found = numpy.frombuffer(decoded, types[form]).reshape(-1, channels)
    if path.suffix in (".m4a", ".mp4"):
        # ffmpeg 5 does not drop what the edit list leaves out at the end.
        query = ["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"]
        length = int(run([*query, path]).stdout)
        assert 0 <= len(found) - length < 2048
        return found[:length]
    return found


def signal_to_noise(reference: numpy.ndarray, coded: numpy.ndarray) -> float:
    """Decibels."""
    length = min(len(reference), len(coded))
    reference, coded = (part[:length].astype(numpy.float64) for part in (reference, coded))
    noise = ((reference - coded) ** 2).sum()
    return float(10 * numpy.log10((reference**2).sum() / max(noise, 1e-12)))
