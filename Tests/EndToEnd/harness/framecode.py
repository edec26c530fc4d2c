"""A number drawn into a picture so that it survives scaling to 240 pixels, JPEG, a GIF's palette and its dither.

The picture is a grid of 6 x 4 cells. The corners are coloured, so that a turned or mirrored picture is noticed; the other
20 cells are black or white: 14 bits of number, then 6 bits of check.
"""

import numpy

COLUMNS, ROWS = 6, 4
CORNERS = {(0, 0): (224, 32, 32), (0, 5): (32, 200, 32), (3, 0): (32, 32, 224), (3, 5): (224, 216, 32)}
CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS) if (row, column) not in CORNERS]
NUMBER_BITS, CHECK_BITS = 14, 6
BLACK, WHITE = 16, 235


class Unreadable(AssertionError):
    """The picture is not an upright, unblended picture with a number."""


def _check(number: int) -> int:
    return (number * 45 + 27) % (1 << CHECK_BITS)


def _spans(length: int, parts: int) -> list[tuple[int, int]]:
    return [(round(length * part / parts), round(length * (part + 1) / parts)) for part in range(parts)]


def draw(number: int, width: int, height: int) -> numpy.ndarray:
    """The picture of `number` as height x width x 3 bytes."""
    if not 0 <= number < 1 << NUMBER_BITS:
        raise ValueError(f"number must be from 0 to {(1 << NUMBER_BITS) - 1}, found {number}")
    word = number << CHECK_BITS | _check(number)
    picture = numpy.empty((height, width, 3), numpy.uint8)
    rows, columns = _spans(height, ROWS), _spans(width, COLUMNS)
    for (row, column), colour in CORNERS.items():
        picture[slice(*rows[row]), slice(*columns[column])] = colour
    for bit, (row, column) in enumerate(CELLS):
        picture[slice(*rows[row]), slice(*columns[column])] = WHITE if word >> bit & 1 else BLACK
    return picture


def read(picture: numpy.ndarray) -> int:
    """The number in a picture (height x width x 3 bytes) of any size.

    Raises Unreadable if a cell is neither black nor white (two frames blended), a corner has another colour (turned,
    mirrored, channels swapped) or the check does not fit.
    """
    height, width = picture.shape[:2]
    rows, columns = _spans(height, ROWS), _spans(width, COLUMNS)

    def middle(row: int, column: int) -> numpy.ndarray:
        (top, bottom), (left, right) = rows[row], columns[column]
        inset_y, inset_x = (bottom - top) // 4, (right - left) // 4
        cell = picture[top + inset_y : bottom - inset_y, left + inset_x : right - inset_x].reshape(-1, 3)
        return numpy.mean(cell, axis=0)

    for position, expected in CORNERS.items():
        found = middle(*position)
        if numpy.max(numpy.abs(found - expected)) > 60:
            raise Unreadable(f"corner {position} must be about {expected}, found {found.round().astype(int).tolist()}")
    word = 0
    for bit, (row, column) in enumerate(CELLS):
        brightness = float(numpy.mean(middle(row, column)))
        if 80 < brightness < 175:
            raise Unreadable(f"cell {(row, column)} must be black or white, found brightness {brightness:.0f}")
        word |= (brightness >= 175) << bit
    number = word >> CHECK_BITS
    if word & ((1 << CHECK_BITS) - 1) != _check(number):
        raise Unreadable(f"check bits do not fit the number {number}")
    return number
