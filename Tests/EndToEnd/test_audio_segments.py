"""Long files are encoded in segments on all processors: the joins must neither be heard nor measured."""

import os
from pathlib import Path

import numpy
import pytest

from harness import sounds
from harness.installation import ZOETROPE, zoetrope

SECONDS = 125
REFERENCE = {"mp3": ["-c:a", "libmp3lame", "-qscale:a", "2"]}
# Samples of one packet, and packets of one segment of 30 s.
BORDERS = {"mp3": (1152, 1148)}

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor encodes in one piece")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gliding tone with clicks to the left, noise that comes and goes to the right: windows and reservoir are busy."""
    path = tmp_path_factory.mktemp("segments") / "music.wav"
    glide = "0.4*sin(2*PI*(200+150*sin(0.7*t))*t)*(0.6+0.4*sin(5*t))+0.15*(random(0)-0.5)*gt(mod(t\\,0.5)\\,0.42)"
    sounds.run([
        *sounds.FFMPEG, "-f", "lavfi", "-i", f"aevalsrc={glide}:d={SECONDS}.0123:s=44100", "-f", "lavfi", "-i",
        f"anoisesrc=d={SECONDS}.0123:c=pink:r=44100:a=0.2:seed=9", "-filter_complex",
        "[0][1]amerge=inputs=2,volume='0.5+0.5*sin(t)':eval=frame[a]", "-map", "[a]", "-ac", "2", path,
    ])
    return path


def transcode(source: Path, output: Path) -> Path:
    ended = zoetrope("transcode", source, output)
    assert ended.returncode == 0, ended.stderr
    return output


@pytest.mark.parametrize("target", REFERENCE)
def test_joins_are_no_worse_than_one_piece(target: str, music: Path, tmp_path: Path):
    ours = sounds.samples(transcode(music, tmp_path / f"ours.{target}"))
    theirs = sounds.samples(sounds.converted(music, tmp_path / f"theirs.{target}", *REFERENCE[target]))
    original = sounds.samples(music)
    assert len(ours) == len(original)
    theirs = theirs[: len(original)]
    quality = [sounds.signal_to_noise(original, decoded) for decoded in (ours, theirs)]
    assert quality[0] == pytest.approx(quality[1], abs=0.1)
    # The energy of the error from 0.1 s before each border to 1.5 s behind it, in windows of 2048 samples.
    size, packets = BORDERS[target]
    for number in range(1, int(SECONDS * 44100 / size / packets) + 1):
        border = number * size * packets
        for start in range(border - 4410, border + 66150, 2048):
            window = slice(start, start + 2048)
            errors = [
                ((decoded[window].astype(float) - original[window]) ** 2).mean() for decoded in (ours, theirs)
            ]
            assert errors[0] <= 2.5 * errors[1] + 4, (start / 44100, errors)


@pytest.mark.parametrize("target", ["mp3", "m4a", "flac", "ogg", "wav"])
def test_decoders_find_no_fault(target: str, music: Path, tmp_path: Path):
    output = transcode(music, tmp_path / f"out.{target}")
    # Checks the sums of frames too.
    checked = sounds.run([
        "ffmpeg", "-v", "error", "-err_detect", "crccheck+bitstream+buffer+explode", "-i", output, "-f", "null", "-",
    ])
    assert checked.stderr == b""
    assert sounds.probe(output).duration == pytest.approx(SECONDS + 0.0123, abs=0.06 if target == "mp3" else 1e-3)


@pytest.mark.parametrize("target", ["flac", "wav"])
def test_lossless_targets_keep_every_sample(target: str, music: Path, tmp_path: Path):
    output = transcode(music, tmp_path / f"out.{target}")
    assert (sounds.samples(output) == sounds.samples(music)).all()


def test_a_flac_file_carries_the_digest_of_its_samples(music: Path, tmp_path: Path):
    content = transcode(music, tmp_path / "out.flac").read_bytes()
    digest = sounds.run([*sounds.FFMPEG, "-i", music, "-f", "md5", "-"]).stdout.decode().strip()
    assert digest == f"MD5={content[26:42].hex()}"


def test_a_flac_file_of_segments_is_that_of_one_piece(music: Path, tmp_path: Path):
    """Numbers, checks and sizes of frames, length and digest: every byte."""
    one = tmp_path / "one.flac"
    processor = min(os.sched_getaffinity(0))
    sounds.run(["taskset", "--cpu-list", str(processor), ZOETROPE, "transcode", music, one])
    assert transcode(music, tmp_path / "many.flac").read_bytes() == one.read_bytes()


def test_other_rates_and_sources(music: Path, tmp_path: Path):
    source = sounds.converted(music, tmp_path / "48k.mp3", "-ar", "22050", "-b:a", "64k")
    decoded = sounds.samples(source)
    for target in ("mp3", "flac"):
        made = sounds.samples(transcode(source, tmp_path / f"out.{target}"))
        assert len(made) == len(decoded)
        if target == "flac":
            assert numpy.abs(made.astype(int) - decoded).max() <= 1
