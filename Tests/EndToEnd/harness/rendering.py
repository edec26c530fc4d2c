"""`zoetrope render`: a video's previews without a server, and reading them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy

from . import pictures
from .installation import zoetrope


@dataclass(frozen=True)
class Rendered:
    """What one run wrote."""

    manifest: dict
    folder: Path
    message: str

    def still(self, second: int, snippet_size: int = 30) -> numpy.ndarray:
        """The still at `second`."""
        start = second // snippet_size * snippet_size
        (found,) = self.folder.glob(f"*-{start}-frame-{second - start + 1}.jpg")
        return pictures.still(found.read_bytes())

    @property
    def still_count(self) -> int:
        return len([path for path in self.folder.iterdir() if re.search(r"-\d+-frame-\d+\.jpg$", path.name)])

    def animation(self, start: int = 0) -> pictures.Animation:
        (found,) = self.folder.glob(f"*-{start}.gif")
        return pictures.Animation(found.read_bytes())


def render(video: Path | str, folder: Path, *options: object, seconds: float = 120) -> Rendered:
    """Renders a video that has previews."""
    ended = zoetrope("render", video, folder, "--json", *options, seconds=seconds)
    assert ended.returncode == 0, (ended.returncode, ended.stderr[-2000:])
    manifest = json.loads(ended.stdout)
    (made,) = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return Rendered(manifest, made, ended.stderr)


def refusal(video: Path | str, folder: Path, *options: object, seconds: float = 120) -> str:
    """The reason why a video has no previews."""
    ended = zoetrope("render", video, folder, "--json", *options, seconds=seconds)
    assert ended.returncode == 1, (ended.returncode, ended.stdout[-500:], ended.stderr[-2000:])
    manifest = json.loads(ended.stdout)
    assert manifest["status"] == "failed"
    assert len(manifest["reason"].split()) >= 4, f"not a sentence: {manifest['reason']}"
    return manifest["reason"]
