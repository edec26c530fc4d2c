"""Small videos in several containers, and damaged variants of them that come out the same for the same seed."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import videos
from .job import Jobs
from .jobcheck import assert_whole

SIZE = (160, 96)
_ENCODERS = {
    "mp4": videos.H264,
    "mkv": [*videos.H264, "-bf", "2"],
    "webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k", "-pix_fmt", "yuv420p"],
    "gif": ["-c:v", "gif"],
    "avi": ["-c:v", "mpeg4", "-q:v", "4"],
    "ts": [*videos.H264, "-g", "10"],
}
CONTAINERS = tuple(_ENCODERS)
# Where the structure is: what stands here says how to read everything else.
_HEAD, _TAIL = 1024, 4096


def small_video(container: str, folder: Path, seconds: float = 1.5) -> Path:
    """A video whose every byte counts; with sound if the container is one for films."""
    return videos.numbered(
        folder / f"small.{container}", seconds=seconds, rate="20", size=SIZE, encoder=_ENCODERS[container],
        audio=container in ("mp4", "mkv", "ts"),
    )  # fmt: skip


def variants(content: bytes, strangers: list[bytes], count: int, seed: str) -> Iterator[tuple[str, bytes]]:
    """Damaged copies of a file, each with the name of its damage; the kinds of damage take turns.

    strangers: other files, whose parts are put in the place of its own.
    """
    chance = random.Random(seed)
    kinds: list[tuple[str, Callable[[bytes, list[bytes], random.Random], bytes]]] = [
        ("bits flipped", _flipped),
        ("header's bits flipped", _flipped_structure),
        ("truncated", _truncated),
        ("header of another file", _other_head),
        ("parts exchanged", _spliced),
        ("hole", _holed),
    ]
    for number in range(count):
        name, damage = kinds[number % len(kinds)]
        yield name, damage(content, strangers, chance)


def _flip(content: bytes, places: list[int], chance: random.Random) -> bytes:
    changed = bytearray(content)
    for place in places:
        changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _flipped(content: bytes, _: list[bytes], chance: random.Random) -> bytes:
    """From one bit to about one in a hundred bytes."""
    most = max(1, len(content) // 100)
    count = min(most, 1 << chance.randrange(most.bit_length() + 1))
    return _flip(content, [chance.randrange(len(content)) for _ in range(count)], chance)


def _flipped_structure(content: bytes, _: list[bytes], chance: random.Random) -> bytes:
    """Some bits of the first or the last bytes, where containers keep their headers and indices."""
    at_end = chance.random() < 0.5
    first, last = (max(0, len(content) - _TAIL), len(content)) if at_end else (0, min(_HEAD, len(content)))
    return _flip(content, [chance.randrange(first, last) for _ in range(1 << chance.randrange(6))], chance)


def _truncated(content: bytes, _: list[bytes], chance: random.Random) -> bytes:
    """Its end is missing; sometimes its beginning."""
    cut = chance.randrange(1, len(content))
    return content[cut:] if chance.random() < 0.25 else content[:cut]


def _other_head(content: bytes, strangers: list[bytes], chance: random.Random) -> bytes:
    """Begins as another file does, of this container or of another one."""
    other = chance.choice(strangers)
    length = 1 << chance.randrange(2, 12)
    return other[:length] + content[min(length, len(content) // 2) :]


def _spliced(content: bytes, strangers: list[bytes], chance: random.Random) -> bytes:
    """A part of it stands elsewhere, twice, or is another file's."""
    length = chance.randrange(1, max(2, len(content) // 4))
    source = content if chance.random() < 0.5 else chance.choice(strangers)
    origin = chance.randrange(max(1, len(source) - length))
    place = chance.randrange(len(content) - length + 1)
    part = source[origin : origin + length]
    # In the place of what was there, or besides it, so that all offsets behind it are wrong.
    rest = place + len(part) if chance.random() < 0.5 else place
    return content[:place] + part + content[rest:]


def _holed(content: bytes, _: list[bytes], chance: random.Random) -> bytes:
    """A part is zeros, all ones or noise, as after a transfer that lost blocks."""
    length = chance.randrange(1, max(2, len(content) // 4))
    place = chance.randrange(len(content) - length + 1)
    filling = chance.choice([bytes(length), b"\xff" * length, chance.randbytes(length)])
    return content[:place] + filling + content[place + length :]


def process_all(jobs: Jobs, contents: dict[str, bytes], seconds: float) -> tuple[dict[str, dict | None], list[str]]:
    """Uploads all, as quickly as they are taken, and waits until no work is left.

    Returns the manifests by key, and whatever is wrong with them.
    """
    late = []
    with ThreadPoolExecutor(max_workers=8) as workers:
        list(workers.map(lambda item: jobs.upload(item[1], item[0]), contents.items()))
        try:
            jobs.settled(seconds)
        except AssertionError as error:
            late.append(str(error))
        manifests = dict(zip(contents, workers.map(jobs.manifest, contents), strict=True))
    return manifests, late + _problems(jobs, manifests)


def _problems(jobs: Jobs, manifests: dict[str, dict | None]) -> list[str]:
    """Which jobs neither failed with a reason nor completed with all that their manifest promises."""
    found = []
    for key, manifest in manifests.items():
        if manifest is None:
            found.append(f"'{key}' has no manifest")
        elif manifest["status"] == "complete":
            try:
                assert_whole(jobs, key, manifest)
            except AssertionError as error:
                found.append(f"'{key}': {error}")
        elif manifest["status"] != "failed" or not manifest.get("reason"):
            found.append(f"'{key}' ended as {manifest['status']} with the reason {manifest.get('reason')!r}")
    return found
