"""Videos whose frame n shows the number n, encoded by the system's ffmpeg."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy

from . import framecode

FFMPEG = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
# Small blocks of flat colour need few bits; this keeps them exact.
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-threads", "2"]
B_FRAMES = ["-bf", "3", "-x264-params", "b-adapt=0:b-pyramid=normal:keyint=100:scenecut=0"]


def run(arguments: Sequence[str | Path], **keywords) -> subprocess.CompletedProcess:
    """Runs a tool of the system that must succeed within two minutes."""
    result = subprocess.run([str(part) for part in arguments], capture_output=True, timeout=120, **keywords)
    assert result.returncode == 0, f"{arguments[0]} failed: {result.stderr.decode(errors='replace')[-2000:]}"
    return result


def numbered(
    path: Path,
    *,
    seconds: float = 4,
    first: int = 0,
    rate: str = "30",
    size: tuple[int, int] = (480, 272),
    timing: str | None = None,
    encoder: Sequence[str] = H264,
    options: Sequence[str] = (),
    quarter_turns: int = 0,
    audio: bool = False,
) -> Path:
    """Makes a video of frames numbered from `first`.

    timing: when frame N appears, in seconds, as an expression of ffmpeg (N counts from 0);
    by default frame N appears at N / rate.
    quarter_turns: by how many quarter turns, clockwise, a player turns the coded picture to stand it upright. The picture
    is coded turned the other way and the display matrix says so.
    """
    numerator, _, denominator = rate.partition("/")
    count = round(seconds * int(numerator) / int(denominator or 1))
    width, height = size
    turned = (height, width) if quarter_turns % 2 else (width, height)
    arguments = [*FFMPEG, "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{turned[0]}x{turned[1]}", "-r", rate]
    arguments += ["-i", "-"]
    if audio:
        arguments += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-c:a", "aac", "-shortest"]
    if timing:
        arguments += ["-vf", f"settb=1/90000,setpts='({timing})/TB'", "-fps_mode", "passthrough"]
        arguments += ["-enc_time_base", "1:90000"]
    arguments += [*encoder, *options, str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as encoding:
        try:
            for number in range(first, first + count):
                picture = numpy.rot90(framecode.draw(number, width, height), quarter_turns)
                encoding.stdin.write(numpy.ascontiguousarray(picture))
        except BrokenPipeError:
            pass
        _, errors = encoding.communicate(timeout=120)
    assert encoding.returncode == 0, f"ffmpeg failed: {errors.decode(errors='replace')[-2000:]}"
    if quarter_turns:
        set_display_matrix(path, quarter_turns)
    return path


def remuxed(source: Path, path: Path, *options: str, before: Sequence[str] = ()) -> Path:
    """The same packets in another container, with another start or cut elsewhere."""
    run([*FFMPEG, *before, "-i", source, "-map", "0", "-c", "copy", *options, path])
    return path


def set_display_matrix(path: Path, quarter_turns: int) -> None:
    """Writes the matrix of a rotation into the track headers of an MP4 (ISO/IEC 14496-12, 8.3.2)."""
    one = 1 << 16
    a, b = [(one, 0), (0, one), (-one, 0), (0, -one)][quarter_turns % 4]
    matrix = b"".join(value.to_bytes(4, "big", signed=True) for value in (a, b, 0, -b, a, 0, 0, 0, 1 << 30))
    identity = b"".join(value.to_bytes(4, "big", signed=True) for value in (one, 0, 0, 0, one, 0, 0, 0, 1 << 30))
    content = path.read_bytes()
    header = content.find(b"tkhd")
    assert header > 0 and content[header + 4] == 0, "expected a version 0 track header"
    offset = header + 44
    assert content[offset : offset + 36] == identity, "expected a track header without rotation"
    path.write_bytes(content[:offset] + matrix + content[offset + 36 :])


def tone(path: Path, seconds: float = 3) -> Path:
    """An audio file."""
    run([*FFMPEG, "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-c:a", "aac", path])
    return path
