"""Reading what Zoetrope makes, with Pillow."""

import io

import numpy
from PIL import Image, ImageSequence


def still(jpeg: bytes) -> numpy.ndarray:
    """A JPEG as height x width x 3 bytes."""
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG", f"expected a JPEG, found {image.format}"
        return numpy.asarray(image.convert("RGB"))


class Animation:
    """A GIF, every frame as a viewer sees it."""

    def __init__(self, content: bytes):
        with Image.open(io.BytesIO(content)) as image:
            assert image.format == "GIF", f"expected a GIF, found {image.format}"
            self.width, self.height = image.size
            self.loop = image.info.get("loop")
            self.frames: list[numpy.ndarray] = []
            self.milliseconds: list[int] = []
            for frame in ImageSequence.Iterator(image):
                self.milliseconds.append(frame.info["duration"])
                self.frames.append(numpy.asarray(frame.convert("RGB")))
