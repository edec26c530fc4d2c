"""Every page with something to show, and how one sees that it shows something useful."""

from dataclasses import dataclass
from pathlib import Path

from . import videos
from .endpoint import GIFS, SOURCE, Endpoint
from .job import Jobs
from .shelf import Shelf

KEY = "talks/keynote.mp4"
FILES = 10_000
# What a page's endpoint needs for all of them.
ARGUMENTS = ("--public-read", SOURCE, "--public-read", GIFS)


@dataclass(frozen=True)
class Visit:
    name: str
    path: str
    # An expression of JavaScript.
    useful: str


def _has(selector: str, text: str = "") -> str:
    return f"[...document.querySelectorAll({selector!r})].some((one) => one.textContent.includes({text!r}))"


PLAYER = "document.querySelector('video')?.poster && document.querySelector('[role=slider]') !== null"


def prepared(endpoint: Endpoint, folder: Path) -> list[Visit]:
    """A finished video, a library of 10,000 files, and a video in another library; then all pages of them."""
    video = videos.numbered(folder / "keynote.mp4", seconds=6, rate="10", size=(320, 180), audio=True)
    Jobs(endpoint).completed(video, KEY)
    shelf, small = Shelf(endpoint), Shelf(endpoint)
    shelf.fill(FILES, is_mixed=True)
    file = small.upload(video.read_bytes(), "talk.mp4")
    small.wait(file, lambda record: record.get("previewsStatus") == "ready" and record.get("thumbnailFileId"), seconds=240)
    return [
        Visit("previews", "/", _has(".card .title", "keynote")),
        Visit("player", f"/?video={KEY}", PLAYER),
        Visit("library", f"/library?library={shelf.id}", _has(".grid .title", "a document 09999.pdf")),
        Visit("video", f"/video?library={small.id}&file={file}", PLAYER),
        Visit("audio", "/audio", _has("label", "Choose files")),
        Visit("convert", "/convert", "document.querySelector('input[type=url]') !== null"),
        Visit("console", "/console", _has("#functions th", "ProcessClipFunction")),
        Visit("avatar", "/avatar", _has("main p", "You have no picture yet")),
        Visit("embedded player", f"/embed?video={KEY}", PLAYER),
    ]
