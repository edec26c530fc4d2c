"""How true the pictures are, judged by ffmpeg's own psnr and ssim filters: neither ours nor made for this comparison.

The truth is what is on screen at each time, scaled without loss. ffmpeg's fps filter rounds to the nearest picture by
default; with round=up its output n is the last picture whose time is at most n / rate, which is what is on screen. The
reference's pictures that are judged here are made from these very pictures, so that both are judged on the same ones.

Scaled with all of the chroma: by default swscale gives every two pixels of RGB one chroma sample, an artefact that only
what comes from the same scaler would share.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from commands import GIF_FILTER
from sources import FFMPEG, run

# Two identical pictures have no finite PSNR, and JSON no infinity.
IDENTICAL = 100.0
SCALING = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"


@dataclass(frozen=True)
class Score:
    """PSNR in dB and SSIM over red, green and blue, and what the files take."""

    psnr: float
    ssim: float
    bytes: int
    pictures: int


@dataclass(frozen=True)
class Outputs:
    """One GIF and its stills."""

    gif: Path

    @classmethod
    def within(cls, folder: Path) -> "Outputs":
        (gif,) = folder.rglob("*.gif")
        return cls(gif)

    @property
    def still_pattern(self) -> Path:
        return self.gif.with_name(f"{self.gif.stem}-frame-%d.jpg")

    @property
    def stills(self) -> list[Path]:
        return sorted(self.gif.parent.glob(f"{self.gif.stem}-frame-*.jpg"))


def compare(video: Path, ours: Outputs, folder: Path) -> dict[str, dict[str, Score]]:
    """Scores of GIF and stills, ours and the reference's, for one clip. `folder` takes what is made on the way."""
    width, height = _size(ours.gif)
    truth = folder / "truth.rgb"
    reference = Outputs(folder / "reference.gif")
    run(
        [*FFMPEG, "-i", video, "-filter_complex",
         "[0:v:0]setpts=PTS-STARTPTS,split[a][b];"
         f"[a]fps=10:round=up,scale={width}:{height}:flags={SCALING},format=rgb24[small];[b]fps=1:round=up[stills]",
         "-map", "[small]", "-f", "rawvideo", truth, "-map", "[stills]", reference.still_pattern]
    )  # fmt: skip
    frames = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}"]
    frames += ["-framerate", "10", "-i", truth]
    # The reference's filters on the same pictures: they have the rate and the size already.
    palette = GIF_FILTER[GIF_FILTER.index("split"):]
    run([*FFMPEG, *frames, "-vf", palette, "-loop", "0", reference.gif])
    scores: dict[str, dict[str, Score]] = {"gif": {}, "stills": {}}
    for name, made in (("ours", ours), ("reference", reference)):
        scores["gif"][name] = _score(["-i", made.gif], "fps=10", frames, "null", [made.gif])
        stills = ["-framerate", "1", "-start_number", "1", "-i", made.still_pattern]
        scores["stills"][name] = _score(
            stills, "null", ["-i", video], "setpts=PTS-STARTPTS,fps=1:round=up", made.stills
        )
    truth.unlink()
    return scores


def _score(made: list, made_filter: str, truth: list, truth_filter: str, files: list[Path]) -> Score:
    # In RGB, because the two may carry different YCbCr matrices; planar, as the filters take it.
    graph = (
        f"[0:v:0]{made_filter},format=gbrp,split[a][b];[1:v:0]{truth_filter},format=gbrp,split[c][d];"
        "[a][c]psnr=shortest=1[x];[b][d]ssim=shortest=1[y]"
    )
    said = run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-nostats", *made, *truth, "-filter_complex", graph,
         "-map", "[x]", "-f", "null", "-", "-map", "[y]", "-f", "null", "-"]
    ).stderr  # fmt: skip
    psnr = float(_found(r"PSNR .*average:(\S+)", said))
    ssim = float(_found(r"SSIM .*All:(\S+)", said))
    pictures = int(re.findall(r"frame= *(\d+)", said)[-1])
    return Score(min(psnr, IDENTICAL), ssim, sum(path.stat().st_size for path in files), pictures)


def _size(picture: Path) -> tuple[int, int]:
    """Width and height that a GIF's header states."""
    header = picture.read_bytes()[:10]
    return int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"ffmpeg did not say {pattern}: {text[-2000:]}")
    return match[1]
