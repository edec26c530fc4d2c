"""Changes to the structure of MP4 and Matroska files that no muxer makes."""

import struct
from collections.abc import Callable
from pathlib import Path


def boxes(content: bytes, start: int = 0, end: int | None = None) -> list[tuple[str, int, int, int]]:
    """The boxes of an MP4 between two offsets: type, where it begins, where its payload begins, where it ends."""
    found, offset, end = [], start, len(content) if end is None else end
    while offset + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, offset)
        header = 8
        if size == 1:
            (size,), header = struct.unpack_from(">Q", content, offset + 8), 16
        found.append((kind.decode("latin-1"), offset, offset + header, offset + size))
        offset += size
    return found


def find(content: bytes, *path: str, track: int = 0) -> tuple[int, int, int]:
    """Where the box of a path below `moov` begins, where its payload begins, where it ends."""
    start, end = 0, len(content)
    for kind in ("moov", *path):
        matching = [box for box in boxes(content, start, end) if box[0] == kind]
        _, whole, start, end = matching[track if kind == "trak" else 0]
    return whole, start, end


def replace(path: Path, change: Callable[[bytearray], None]) -> Path:
    """Changes a file's bytes in place."""
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
    return path


def rename(path: Path, *box: str, to: str = "free", track: int = 0) -> Path:
    """Makes a box one that no reader knows."""

    def change(content: bytearray) -> None:
        whole, _, _ = find(content, *box, track=track)
        content[whole + 4 : whole + 8] = to.encode()

    return replace(path, change)


def insert(path: Path, box: bytes, *into: str, track: int = 0) -> Path:
    """Puts a box at the end of another one. `moov` must be the file's last box."""
    content = bytearray(path.read_bytes())
    assert boxes(content)[-1][0] == "moov"
    _, _, end = find(content, *into, track=track)
    holders = [find(content, *into[:depth], track=track)[0] for depth in range(len(into) + 1)]
    for whole in holders:
        (size,) = struct.unpack_from(">I", content, whole)
        struct.pack_into(">I", content, whole, size + len(box))
    content[end:end] = box
    path.write_bytes(content)
    return path


def clean_aperture(path: Path, width: int, height: int) -> Path:
    """Adds a clean aperture in the middle to the first sample description of the first track."""
    content = bytearray(path.read_bytes())
    box = struct.pack(">I4s8I", 40, b"clap", width, 1, height, 1, 0, 1, 0, 1)
    stbl = ("trak", "mdia", "minf", "stbl", "stsd")
    _, start, _ = find(content, *stbl)
    # The sample entry is the only one; it grows with the box that holds it.
    entry = start + 8
    (size,) = struct.unpack_from(">I", content, entry)
    struct.pack_into(">I", content, entry, size + len(box))
    path.write_bytes(content)
    return insert(path, box, *stbl)


def edit_list(path: Path, edits: list[tuple[int, int]]) -> Path:
    """Gives the first track these edits: duration in the movie's time scale, media time in the track's."""
    entries = b"".join(struct.pack(">IiI", duration, time, 1 << 16) for duration, time in edits)
    elst = struct.pack(">I4sII", 16 + len(entries), b"elst", 0, len(edits)) + entries
    rename(path, "trak", "edts")
    return insert(path, struct.pack(">I4s", 8 + len(elst), b"edts") + elst, "trak")


def matroska_crop(path: Path, *, left: int, top: int, right: int, bottom: int) -> Path:
    """Writes a crop in the place of the colour description of the only video track."""

    def change(content: bytearray) -> None:
        place = content.find(b"\x55\xb0")
        assert 0 < place < 4096, "expected a colour description"
        size = content[place + 2]
        assert size & 0x80, "expected a size of one byte"
        length = 3 + (size & 0x7F)
        crop = b"".join(
            name + b"\x81" + bytes([value])
            for name, value in [(b"\x54\xcc", left), (b"\x54\xbb", top), (b"\x54\xdd", right), (b"\x54\xaa", bottom)]
        )
        assert length >= len(crop) + 2, "expected a longer colour description"
        void = length - len(crop) - 2
        content[place : place + length] = crop + b"\xec" + bytes([0x80 | void]) + bytes(void)

    return replace(path, change)
