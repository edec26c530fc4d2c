"""The number in the pictures of the files in `cases`: 16 black and white blocks above eight colour patches.

The upper half of a picture has two rows of eight blocks, the highest bit first. The lower half has the patches, and a white
square in its lower left corner that tells which way is up.
"""

import numpy

COLUMNS, ROWS = 8, 2
PATCHES = [
    (220, 30, 30), (30, 200, 40), (30, 50, 220), (230, 220, 40), (40, 210, 220), (210, 50, 200), (235, 235, 235),
    (90, 90, 90),
]  # fmt: skip


class Unreadable(AssertionError):
    """A block is neither black nor white."""


def draw(number: int, width: int, height: int) -> numpy.ndarray:
    """The picture of `number` as height x width x 3 bytes."""
    picture = numpy.zeros((height, width, 3), numpy.uint8)
    half = height // 2
    for column in range(COLUMNS):
        across = slice(column * width // COLUMNS, (column + 1) * width // COLUMNS)
        for row in range(ROWS):
            bit = number >> (COLUMNS * ROWS - 1 - COLUMNS * row - column) & 1
            picture[row * half // ROWS : (row + 1) * half // ROWS, across] = 235 if bit else 18
        picture[half:, across] = PATCHES[column]
    picture[height - max(4, height // 8) :, : max(4, width // 16)] = 255
    return picture


def read(picture: numpy.ndarray) -> int:
    """The number in a picture (height x width x 3 bytes) of any size.

    Raises Unreadable if a block is neither black nor white.
    """
    height, width = picture.shape[:2]
    number = 0
    for row in range(ROWS):
        for column in range(COLUMNS):
            y, x = (2 * row + 1) * height // (4 * ROWS), (2 * column + 1) * width // (2 * COLUMNS)
            inset_y, inset_x = max(1, height // (8 * ROWS)), max(1, width // (6 * COLUMNS))
            brightness = float(numpy.mean(picture[y - inset_y : y + inset_y, x - inset_x : x + inset_x]))
            if 90 < brightness < 165:
                raise Unreadable(f"block {(row, column)} must be black or white, found brightness {brightness:.0f}")
            number = number << 1 | (brightness >= 165)
    return number


def patches(picture: numpy.ndarray) -> list[tuple[int, ...]]:
    """The colours of the eight patches."""
    height, width = picture.shape[:2]
    found = []
    for column in range(COLUMNS):
        x = (2 * column + 1) * width // (2 * COLUMNS)
        reach = max(1, width // (6 * COLUMNS))
        area = picture[height * 5 // 8 : height * 7 // 8, x - reach : x + reach].reshape(-1, 3)
        found.append(tuple(round(value) for value in numpy.mean(area, axis=0)))
    return found
