"""A storyboard as players expect one: a sheet of tiles and the WebVTT file that says where they are."""

import io

import numpy
from PIL import Image

from . import framecode

WIDTH, HEIGHT, COLUMNS = 160, 90, 10


def make(numbers: range) -> dict[str, bytes]:
    """File names and contents: one tile a second, which show these numbers."""
    rows = -(-len(numbers) // COLUMNS)
    sheet = numpy.zeros((rows * HEIGHT, COLUMNS * WIDTH, 3), numpy.uint8)
    lines = ["WEBVTT", ""]
    for second, number in enumerate(numbers):
        x, y = second % COLUMNS * WIDTH, second // COLUMNS * HEIGHT
        sheet[y : y + HEIGHT, x : x + WIDTH] = framecode.draw(number, WIDTH, HEIGHT)
        lines += [f"{_time(second)} --> {_time(second + 1)}", f"sheet-0.jpg#xywh={x},{y},{WIDTH},{HEIGHT}", ""]
    files = {"thumbnails.vtt": "\n".join(lines).encode()}
    for name, picture in [("sheet-0.jpg", sheet), ("poster.jpg", framecode.draw(numbers[0], 320, 180))]:
        content = io.BytesIO()
        Image.fromarray(picture).save(content, "JPEG", quality=92)
        files[name] = content.getvalue()
    return files


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"
