"""Every kind of source into every target by each way to ask the service for it, with ffmpeg as the judge.

The default run pairs each source with each way and each target with each way; sources and targets are paired on the command
line (test_audio.py). `-m long` runs all combinations.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from harness import sounds
from harness.endpoint import Endpoint
from test_audio import CODECS, PRECISE, SOURCES, TAGS, TARGETS, nearest_rate
from test_transcode_jobs import KEY, Client

Way = Callable[[Client, Path, str, Path], Path]


def streamed(service: Client, source: Path, target: str, output: Path, query: str = "") -> Path:
    answer = service.post(f"/transcode?target={target}{query}", source)
    assert answer.status == 200, answer.body[:500]
    output.write_bytes(answer.body)
    return output


def stored(service: Client, source: Path, target: str, output: Path) -> Path:
    return streamed(service, source, target, output, "&stream=false")


def job(service: Client, source: Path, target: str, output: Path) -> Path:
    return service.result(service.begin(source, f"target={target}"), output)


WAYS: tuple[Way, ...] = (streamed, stored, job)


def with_cover(wav: Path, path: Path) -> Path:
    picture = sounds.cover(path.with_suffix(".jpg"))
    sounds.run([
        *sounds.FFMPEG, "-i", wav, "-i", picture, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic",
        *TAGS, path,
    ])
    return path


KINDS = SOURCES | {
    "cover-in-mp3": lambda wav, to: with_cover(wav, to / "cover.mp3"),
    "cover-in-flac": lambda wav, to: with_cover(wav, to / "cover.flac"),
}
LOSSLESS = ("wav16", "flac", "aiff", "alac-in-m4a", "caf", "cover-in-flac")

ALL = list(itertools.product(KINDS, TARGETS, WAYS))
# The targets take turns, so that each meets each way several times.
SAMPLE = [
    (kind, TARGETS[(row + 2 * column) % len(TARGETS)], way)
    for row, kind in enumerate(KINDS) for column, way in enumerate(WAYS)
]
REST = [case for case in ALL if case not in SAMPLE]
assert {case[1:] for case in SAMPLE} == set(itertools.product(TARGETS, WAYS))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory):
    endpoint = Endpoint(tmp_path_factory.mktemp("matrix"), arguments=("--parameter", f"TranscoderAuthToken={KEY}"))
    endpoint.start()
    yield Client(endpoint)
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def source_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes each kind of source once."""
    folder = tmp_path_factory.mktemp("kinds")
    plain = sounds.noise_and_tone(folder / "plain.wav", seconds=2)
    made: dict[str, Path] = {}

    def source(kind: str) -> Path:
        if kind not in made:
            made[kind] = KINDS[kind](plain, folder)
        return made[kind]

    return source


def name(value: object) -> str:
    return value.__name__ if callable(value) else str(value)


def check(kind: str, target: str, source: Path, output: Path) -> None:
    before, after = sounds.probe(source), sounds.probe(output)
    rate = nearest_rate(before.rate, target)
    decoded, made = sounds.samples(source), sounds.samples(output)
    expected = PRECISE.get(kind, CODECS["wav"]) if target == "wav" else CODECS[target]
    assert (after.codec, after.rate) == (expected, rate)
    assert after.channels == (min(before.channels, 2) if target == "mp3" else before.channels)
    assert len(made) == round(len(decoded) * rate / before.rate)
    assert after.duration == pytest.approx(len(made) / rate, abs=(1152 + 576 + 529) / rate)
    assert not after.has_video
    for tag in ("title", "artist", "album"):
        assert after.tags.get(tag) == before.tags.get(tag), tag
    if kind.startswith("cover-") and target != "wav":
        assert after.has_cover
    if kind in LOSSLESS and target in ("wav", "flac"):
        assert numpy.array_equal(made, decoded)


@pytest.mark.parametrize("kind, target, way", SAMPLE, ids=name)
def test_sources_and_targets_by_each_way(
    kind: str, target: str, way: Way, service: Client, source_of: Callable[[str], Path], tmp_path: Path
):
    source = source_of(kind)
    check(kind, target, source, way(service, source, target, tmp_path / f"out.{target}"))


@pytest.mark.long
@pytest.mark.parametrize("kind, target, way", REST, ids=name)
def test_all_other_combinations(
    kind: str, target: str, way: Way, service: Client, source_of: Callable[[str], Path], tmp_path: Path
):
    source = source_of(kind)
    check(kind, target, source, way(service, source, target, tmp_path / f"out.{target}"))
