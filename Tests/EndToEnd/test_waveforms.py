"""Waveforms on the command line, against the same sums done with numpy on what ffmpeg decodes."""

import json
import math
import shutil
import struct
from pathlib import Path

import numpy
import pytest

from harness import sounds
from harness.installation import zoetrope


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Not a whole number of windows.
    return sounds.noise_and_tone(tmp_path_factory.mktemp("waveforms") / "plain.wav", seconds=5.013)


def draw(source: Path, output: Path, *options: object) -> Path:
    ended = zoetrope("waveform", source, output, *options)
    assert ended.returncode == 0, ended.stderr
    return output


def reference_peaks(source: Path) -> list[float]:
    """The first service's algorithm, the last partial window included."""
    arguments = [*sounds.FFMPEG, "-i", source, "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "f32le", "-"]
    decoded = numpy.abs(numpy.frombuffer(sounds.run(arguments).stdout, "<f4"))
    if source.suffix == ".m4a":
        # As long as the edit list says; the resampler has no sound behind it, so the last window differs a little.
        decoded = decoded[: round(len(sounds.samples(source)) * 16000 / sounds.probe(source).rate)]
    return [min(1.0, float(decoded[start : start + 320].max())) for start in range(0, len(decoded), 320)]


@pytest.mark.parametrize("options", [("x.wav",), ("x.mp3", "-q:a", "2"), ("x.flac",), ("x.m4a",), ("x.opus", "-c:a", "libopus")])
def test_peaks_are_those_of_the_reference(options: tuple[str, ...], plain: Path, tmp_path: Path):
    source = sounds.converted(plain, tmp_path / options[0], *options[1:])
    content = draw(source, tmp_path / "w.json").read_text()
    document = json.loads(content)
    expected = reference_peaks(source)
    assert (document["peaksPerSecond"], document["sampleRate"]) == (50, 16000)
    assert document["duration"] == pytest.approx(len(sounds.samples(source)) / sounds.probe(source).rate, abs=1e-6)
    assert document["peaks"][:-1] == pytest.approx(expected[:-1], abs=1e-4)
    assert document["peaks"][-1] == pytest.approx(expected[-1], abs=0.05 if source.suffix == ".m4a" else 1e-4)
    assert len(document["peaks"]) == math.ceil(document["duration"] * 50)
    assert all(len(number) <= 6 for number in content.split("[")[1].split("]")[0].split(","))


@pytest.mark.parametrize("volume, least, most", [("1", 0.95, 1), ("0.5", 0.45, 0.52), ("0", 0, 0)])
def test_quiet_files_stay_quiet(volume: str, least: float, most: float, tmp_path: Path):
    source = tmp_path / "sine.wav"
    tone = f"aevalsrc='{volume}*sin(2*PI*440*t)':d=3:s=44100"
    sounds.run([*sounds.FFMPEG, "-f", "lavfi", "-i", tone, source])
    peaks = json.loads(draw(source, tmp_path / "w.json").read_text())["peaks"]
    assert len(peaks) == 150
    assert least <= numpy.mean(peaks) <= most


def reference_pixels(values: numpy.ndarray, samples_per_pixel: int, split: bool) -> numpy.ndarray:
    """audiowaveform's algorithm: least and greatest sample of each pixel, channels averaged towards zero."""
    values = values.astype(numpy.int64)
    if not split:
        values = numpy.fix(values.sum(axis=1) / values.shape[1]).astype(numpy.int64)[:, None]
    rows = []
    for start in range(0, len(values), samples_per_pixel):
        part = values[start : start + samples_per_pixel]
        rows.append([bound[channel] for channel in range(values.shape[1]) for bound in (part.min(axis=0), part.max(axis=0))])
    return numpy.array(rows)


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", ["x.wav", "x.flac"])
def test_pixels_are_those_of_audiowaveform(name: str, bits: int, split: bool, plain: Path, tmp_path: Path):
    source = sounds.converted(plain, tmp_path / name)
    options = ["--bits", bits, *(["--split-channels"] if split else [])]
    pixels = reference_pixels(sounds.samples(plain), 256, split)
    channels = 2 if split else 1
    if bits == 8:
        pixels = numpy.fix(pixels / 256).astype(numpy.int64)
    numbers = pixels.flatten().tolist()

    written = draw(source, tmp_path / "w.json", *options).read_text()
    head = f'{{"version":2,"channels":{channels},"sample_rate":44100,"samples_per_pixel":256,"bits":{bits},'
    assert written == head + f'"length":{len(pixels)},"data":[{",".join(map(str, numbers))}]}}\n'

    written = draw(source, tmp_path / "w.dat", *options).read_bytes()
    fields = [2 if split else 1, 1 if bits == 8 else 0, 44100, 256, len(pixels), *([2] if split else [])]
    assert written == struct.pack(f"<{len(fields)}i", *fields) + struct.pack(
        f"<{len(numbers)}{'b' if bits == 8 else 'h'}", *numbers
    )


def test_pixels_of_lossy_sources_are_within_one(plain: Path, tmp_path: Path):
    for name in ("x.mp3", "x.ogg"):
        source = sounds.converted(plain, tmp_path / name)
        found = json.loads(draw(source, tmp_path / "w.json", "--samples-per-pixel", 441).read_text())
        expected = reference_pixels(sounds.samples(source), 441, split=False).flatten()
        assert numpy.abs(numpy.array(found["data"]) - expected).max() <= 1


AUDIOWAVEFORM = shutil.which("audiowaveform")
with_audiowaveform = pytest.mark.skipif(
    AUDIOWAVEFORM is None, reason="audiowaveform is not installed; docs/TRANSCODING.md says how to build it")


def theirs(source: Path, output: Path, *options: object) -> bytes:
    """What audiowaveform itself makes of the file."""
    sounds.run([AUDIOWAVEFORM, "-q", "-i", source, "-o", output, *options])
    return output.read_bytes()


@with_audiowaveform
@pytest.mark.parametrize("options", [
    (), ("--bits", 8), ("--split-channels",), ("--split-channels", "--bits", 8), ("--pixels-per-second", 100),
    ("--amplitude-scale", "auto"),
], ids=lambda options: " ".join(map(str, options)) or "plain")
@pytest.mark.parametrize("form", ["json", "dat"])
@pytest.mark.parametrize("name", ["x.wav", "x.flac"])
def test_files_are_those_of_audiowaveform_byte_for_byte(
    name: str, form: str, options: tuple, plain: Path, tmp_path: Path
):
    source = sounds.converted(plain, tmp_path / name)
    asked = options or ("--samples-per-pixel", 256)
    # The program spells the option for samples per pixel otherwise, and has 16 bits and 256 samples by default.
    expected = theirs(source, tmp_path / f"theirs.{form}", *options)
    assert draw(source, tmp_path / f"ours.{form}", *asked).read_bytes() == expected


@with_audiowaveform
@pytest.mark.parametrize("options", [("x.mp3", "-q:a", "2"), ("x.ogg",), ("x.opus", "-c:a", "libopus")])
def test_lossy_files_are_within_one_of_audiowaveform(options: tuple[str, ...], plain: Path, tmp_path: Path):
    source = sounds.converted(plain, tmp_path / options[0], *options[1:])
    expected = json.loads(theirs(source, tmp_path / "theirs.json"))
    found = json.loads(draw(source, tmp_path / "ours.json", "--samples-per-pixel", 256).read_text())
    data = expected.pop("data")
    numbers = found.pop("data")
    assert abs(found.pop("length") - expected.pop("length")) <= 1 and found == expected
    count = min(len(data), len(numbers))
    assert numpy.abs(numpy.array(numbers[:count]) - numpy.array(data[:count])).max() <= 1


def test_pixels_per_second_and_amplitude(plain: Path, tmp_path: Path):
    found = json.loads(draw(plain, tmp_path / "w.json", "--pixels-per-second", 100, "--amplitude-scale", "auto").read_text())
    pixels = reference_pixels(sounds.samples(plain), 441, split=False)
    assert found["samples_per_pixel"] == 441
    factor = abs(min(32767 / pixels.max(), 32767 / pixels.min()))
    expected = numpy.fix(numpy.clip(pixels.flatten() * factor, -32768, 32767))
    assert found["data"] == expected.astype(int).tolist()


def test_a_picture_is_drawn(plain: Path, tmp_path: Path):
    probed = sounds.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0",
                         draw(plain, tmp_path / "w.png")])
    assert probed.stdout.decode().strip() == "png,1800,280"


@pytest.mark.parametrize("options", [
    ("w.json", "--bits", "12"), ("w.json", "--samples-per-pixel", "1"), ("w.txt",), ("w.png", "--bits", "8"),
    ("w.dat", "--samples-per-pixel", "256", "--pixels-per-second", "10"), ("w.dat", "--amplitude-scale", "loud"),
])
def test_options_without_sense_are_usage_errors(options: tuple[str, ...], plain: Path, tmp_path: Path):
    ended = zoetrope("waveform", plain, tmp_path / options[0], *options[1:])
    assert ended.returncode == 2, ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_audio_fails(tmp_path: Path):
    source = tmp_path / "silent.mp4"
    sounds.run([*sounds.FFMPEG, "-f", "lavfi", "-i", "testsrc=duration=1", "-an", source])
    ended = zoetrope("waveform", source, tmp_path / "w.json")
    assert ended.returncode == 1 and "no audio" in ended.stderr
