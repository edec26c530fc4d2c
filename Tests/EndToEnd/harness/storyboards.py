"""Reading a storyboard as a player does: the track of thumbnails says where each tile is."""

import io
import re
from dataclasses import dataclass
from fractions import Fraction

import numpy
import webvtt
from PIL import Image

from . import pictures
from .job import Jobs, Names

_FRAGMENT = re.compile(r"(sheet-\d+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)")


@dataclass(frozen=True)
class Tile:
    """A cue: the time for which it stands, in seconds, and its part of a sheet."""

    start: Fraction
    end: Fraction
    sheet: str
    x: int
    y: int
    picture: numpy.ndarray


def tiles(jobs: Jobs, key: str) -> list[Tile]:
    """All cues of the video's `thumbnails.vtt`, which must parse, with their part of the sheet, which must have it."""
    prefix = Names.of(key).storyboard
    track = webvtt.from_buffer(io.StringIO(jobs.get(f"{prefix}thumbnails.vtt").decode()), strict=True)
    sheets: dict[str, numpy.ndarray] = {}
    found = []
    for cue in track:
        name, *numbers = _FRAGMENT.fullmatch(cue.text).groups()
        x, y, width, height = map(int, numbers)
        if name not in sheets:
            sheets[name] = pictures.still(jobs.get(prefix + name))
        picture = sheets[name][y : y + height, x : x + width]
        assert picture.shape == (height, width, 3), f"{cue.text} lies beyond its sheet"
        found.append(Tile(_seconds(cue.start), _seconds(cue.end), name, x, y, picture))
    return found


def _seconds(timestamp: str) -> Fraction:
    hours, minutes, seconds = timestamp.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)


def distance(tile: Tile, still: bytes) -> float:
    """How much a tile differs on average, in steps of 255, from the still as Pillow makes it small."""
    height, width, _ = tile.picture.shape
    with Image.open(io.BytesIO(still)) as image:
        small = image.convert("RGB").resize((width, height), Image.Resampling.BOX, reducing_gap=None)
    return float(numpy.mean(numpy.abs(numpy.asarray(small, numpy.int16) - tile.picture)))
