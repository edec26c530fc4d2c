"""The commands that are compared."""

from pathlib import Path

from project import ZOETROPE

# The reference system's own numbers: clips begin every 30 seconds, and it renders 29 of them.
SNIPPET, RENDERED = 30, 29
# ffmpeg's flags for a processor that has no further vector instructions.
FLAGS = {"baseline": "mmx+mmxext+sse+sse2+cmov", "avx2": "-avx512-avx512icl"}
GIF_FILTER = "fps=10,scale=240:-1:flags=lanczos,split[s0][s1];[s0]palettegen[p];[s1][p]paletteuse"


def reference(video: Path, folder: Path, start: int = 0) -> list[list[str | Path]]:
    """The two commands of the reference system for one clip, word for word."""
    clip = ["-loglevel", "error", "-ss", str(start), "-to", str(start + RENDERED)]
    return [
        ["ffmpeg", *clip, "-y", "-i", video, "-vf", GIF_FILTER, "-loop", "0", folder / f"clip-{start}.gif"],
        ["ffmpeg", *clip, "-i", video, "-vf", "fps=1", folder / f"clip-{start}-frame-%d.jpg"],
    ]


def single(video: Path, folder: Path, start: int = 0) -> list[str | Path]:
    """The best that one ffmpeg command can do for the same outputs: both from one decode."""
    graph = f"[0:v]split[a][b];[a]{GIF_FILTER}[gif];[b]fps=1[stills]"
    return [
        "ffmpeg", "-loglevel", "error", "-ss", str(start), "-to", str(start + RENDERED), "-y", "-i", video,
        "-filter_complex", graph, "-map", "[gif]", "-loop", "0", folder / f"clip-{start}.gif",
        "-map", "[stills]", folder / f"clip-{start}-frame-%d.jpg",
    ]  # fmt: skip


def decode(video: Path, threads: int = 1) -> list[str | Path]:
    """The least that any of them must do: decode, by default on one thread because threads cost some."""
    return ["ffmpeg", "-loglevel", "error", "-threads", str(threads), "-i", video, "-map", "0:v", "-f", "null", "-"]


def ours(video: Path, folder: Path) -> list[str | Path]:
    # What the others do not make is left out.
    return [ZOETROPE, "render", video, folder, "--parameter", "Storyboard=false"]


def limited(command: list[str | Path], vectors: str | None) -> list[str | Path]:
    """The command as if the processor had only these vector instructions; None: as it is."""
    if vectors is None:
        return command
    if command[0] == "ffmpeg":
        return ["ffmpeg", "-cpuflags", FLAGS[vectors], *command[1:]]
    return [*command, "--vectors", vectors]


def key_frames(video: Path, folder: Path) -> list[str | Path]:
    """Previews of key frames only."""
    return [*ours(video, folder), "--parameter", "RenderMode=keyframes"]
