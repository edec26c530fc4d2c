"""Transcoding on the command line: every kind of source into every target, with ffmpeg as the judge."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from harness import sounds
from harness.installation import ZOETROPE, zoetrope

TARGETS = ("mp3", "m4a", "wav", "flac", "ogg")
CODECS = {"mp3": "mp3", "m4a": "aac", "wav": "pcm_s16le", "flac": "flac", "ogg": "vorbis"}
PRECISE = {"wav24": "pcm_s24le", "wav32f": "pcm_f32le"}
TAGS = ["-metadata", "title=A title", "-metadata", "artist=An artist", "-metadata", "album=An album"]
# The commands of the service that this one replaces.
REFERENCE = {
    "mp3": ["-c:a", "libmp3lame", "-qscale:a", "2"], "m4a": ["-c:a", "aac", "-b:a", "192k"],
    "ogg": ["-c:a", "libvorbis"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sounds")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Path:
    return sounds.noise_and_tone(folder / "plain.wav")


def with_picture(wav: Path, path: Path) -> Path:
    sounds.run([
        *sounds.FFMPEG, "-f", "lavfi", "-i", "testsrc=duration=5", "-i", wav, "-c:v", "libx264", "-c:a", "aac", path,
    ])
    return path


SOURCES: dict[str, Callable[[Path, Path], Path]] = {
    "aiff": lambda wav, to: sounds.converted(wav, to / "x.aiff", *TAGS),
    "flac": lambda wav, to: sounds.converted(wav, to / "x.flac", *TAGS),
    "wav16": lambda wav, to: wav,
    "wav24": lambda wav, to: sounds.converted(wav, to / "24.wav", "-c:a", "pcm_s24le"),
    "wav32f": lambda wav, to: sounds.converted(wav, to / "32f.wav", "-c:a", "pcm_f32le"),
    "mp3-cbr": lambda wav, to: sounds.converted(wav, to / "cbr.mp3", "-b:a", "128k", *TAGS),
    "mp3-vbr": lambda wav, to: sounds.converted(wav, to / "vbr.mp3", "-q:a", "4"),
    "aac-in-m4a": lambda wav, to: sounds.converted(wav, to / "aac.m4a", "-c:a", "aac", *TAGS),
    "alac-in-m4a": lambda wav, to: sounds.converted(wav, to / "alac.m4a", "-c:a", "alac", *TAGS),
    "vorbis": lambda wav, to: sounds.converted(wav, to / "x.ogg", "-c:a", "libvorbis", *TAGS),
    "opus": lambda wav, to: sounds.converted(wav, to / "x.opus", "-c:a", "libopus", *TAGS),
    "recorder": lambda wav, to: sounds.through_a_pipe(wav, to / "x.webm", "-c:a", "libopus", "-f", "webm"),
    "wma": lambda wav, to: sounds.converted(wav, to / "x.wma", "-c:a", "wmav2", *TAGS),
    "caf": lambda wav, to: sounds.converted(wav, to / "x.caf", "-c:a", "pcm_s16le"),
    "adts": lambda wav, to: sounds.converted(wav, to / "x.aac", "-c:a", "aac"),
    "video": lambda wav, to: with_picture(wav, to / "x.mp4"),
    "mono-8k": lambda wav, to: sounds.converted(wav, to / "8k.wav", "-ac", "1", "-ar", "8000"),
    "stereo-192k": lambda wav, to: sounds.converted(wav, to / "192k.wav", "-ar", "192000"),
    "six-channels": lambda wav, to: sounds.converted(wav, to / "six.wav", "-ac", "6"),
    "piped-wav": lambda wav, to: sounds.through_a_pipe(wav, to / "piped.wav", "-f", "wav"),
    "wrong-name": lambda wav, to: sounds.converted(wav, to / "flac.mp3", "-c:a", "flac", "-f", "flac"),
}


def transcode(source: Path, output: Path, *options: str) -> Path:
    ended = zoetrope("transcode", source, output, *options)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == str(output)
    return output


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_becomes_every_target(kind: str, plain: Path, folder: Path, tmp_path: Path):
    source = SOURCES[kind](plain, folder)
    before, decoded = sounds.probe(source), sounds.samples(source)
    for target in TARGETS:
        after = sounds.probe(output := transcode(source, tmp_path / f"out.{target}"))
        made = sounds.samples(output)
        assert not after.has_video, "the picture became a video stream"
        rate = nearest_rate(before.rate, target)
        length = round(len(decoded) * rate / before.rate)
        expected = PRECISE.get(kind, CODECS["wav"]) if target == "wav" else CODECS[target]
        assert (after.codec, after.rate) == (expected, rate), target
        assert after.channels == (min(before.channels, 2) if target == "mp3" else before.channels), target
        assert len(made) == length, target
        # Of MP3 ffprobe counts the encoder's delay and padding too.
        allowed = 1 / rate if target != "mp3" else (1152 + 576 + 529) / rate
        assert after.duration == pytest.approx(length / rate, abs=allowed), target
        for name in ("title", "artist", "album"):
            assert after.tags.get(name) == before.tags.get(name), (target, name)


def nearest_rate(rate: int, target: str) -> int:
    return min(rate, {"mp3": 48_000, "m4a": 96_000}.get(target, rate))


@pytest.mark.parametrize("kind", ["wav16", "wav24", "wav32f", "flac", "alac-in-m4a", "aiff", "six-channels"])
@pytest.mark.parametrize("target", ["wav", "flac"])
def test_lossless_targets_keep_every_sample(kind: str, target: str, plain: Path, folder: Path, tmp_path: Path):
    source = SOURCES[kind](plain, folder)
    # FLAC has no floats: 24 bits of them are kept.
    form = {"wav24": "s32", "wav32f": "f32" if target == "wav" else "s32"}.get(kind, "s16")
    output = transcode(source, tmp_path / f"out.{target}")
    expected, made = sounds.samples(source, form), sounds.samples(output, form)
    if kind == "wav32f" and target == "flac":
        assert numpy.abs(expected.astype(numpy.int64) - made).max() <= 256
    else:
        assert (expected == made).all()


@pytest.mark.parametrize("target", REFERENCE)
def test_lossy_targets_are_as_good_as_ffmpeg(target: str, plain: Path, tmp_path: Path):
    ours = transcode(plain, tmp_path / f"ours.{target}")
    theirs = sounds.converted(plain, tmp_path / f"theirs.{target}", *REFERENCE[target])
    original = sounds.samples(plain)
    quality = [sounds.signal_to_noise(original, sounds.samples(path)) for path in (ours, theirs)]
    assert quality[0] == pytest.approx(quality[1], abs=0.1)


@pytest.mark.parametrize("target, preset, kilobits", [
    ("mp3", "high", 320), ("mp3", "standard", 192), ("mp3", "low", 128),
    ("m4a", "high", 256), ("m4a", "standard", 192), ("m4a", "low", 128),
])
def test_presets_set_the_bit_rate(target: str, preset: str, kilobits: int, plain: Path, tmp_path: Path):
    output = transcode(plain, tmp_path / f"out.{target}", "--quality", preset)
    assert output.stat().st_size * 8 / 5 / 1000 == pytest.approx(kilobits, rel=0.1)


def test_presets_of_vorbis_differ(plain: Path, tmp_path: Path):
    sizes = [
        transcode(plain, tmp_path / f"{preset}.ogg", "--quality", preset).stat().st_size
        for preset in ("low", "standard", "high")
    ]
    assert sizes == sorted(sizes) and sizes[0] * 1.2 < sizes[2]


def test_a_preset_of_a_lossless_target_is_a_usage_error(plain: Path, tmp_path: Path):
    ended = zoetrope("transcode", plain, tmp_path / "out.flac", "--quality", "high")
    assert ended.returncode == 2 and "flac" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_target_is_a_usage_error(plain: Path, tmp_path: Path):
    ended = zoetrope("transcode", plain, tmp_path / "out.xyz")
    assert ended.returncode == 2 and "xyz" in ended.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_cover_chapters_and_gain_are_kept(target: str, plain: Path, folder: Path, tmp_path: Path):
    source = tagged(plain, folder)
    assert sounds.probe(source).has_cover
    after = sounds.probe(transcode(source, tmp_path / f"out.{target}"))
    assert after.has_cover == (target != "wav")
    assert after.tags["title"] == "Über"
    if target not in ("wav",):
        assert after.chapters == ["First", "Second"]
    if target != "wav":
        assert after.tags["replaygain_track_gain"] == "-3.21 dB"


def tagged(plain: Path, folder: Path) -> Path:
    """An MP3 file with a cover of more than libav's buffers hold, chapters, ReplayGain."""
    picture = folder / "cover.png"
    sounds.run([*sounds.FFMPEG, "-f", "lavfi", "-i", "nullsrc=s=320x320,geq=random(1)*255:128:128", "-frames:v", "1", picture])
    assert picture.stat().st_size > 128 << 10
    chapters = folder / "chapters.txt"
    chapters.write_text(
        ";FFMETADATA1\ntitle=Über\nREPLAYGAIN_TRACK_GAIN=-3.21 dB\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=2000\ntitle=First\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=2000\nEND=5000\ntitle=Second\n"
    )
    path = folder / "tagged.mp3"
    sounds.run([
        *sounds.FFMPEG, "-i", plain, "-i", picture, "-i", chapters, "-map", "0", "-map", "1", "-map_metadata", "2",
        "-c:v", "copy", "-disposition:v", "attached_pic", path,
    ])
    return path


def test_an_m4a_plays_before_all_of_it_has_come(plain: Path, tmp_path: Path):
    content = transcode(plain, tmp_path / "out.m4a").read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_what_is_no_audio_fails_and_leaves_nothing(tmp_path: Path):
    silent = sounds.cover(tmp_path / "picture.png")
    text = tmp_path / "text.mp3"
    text.write_text("text " * 10_000)
    empty = tmp_path / "empty.wav"
    empty.touch()
    for source in (silent, text, empty):
        ended = zoetrope("transcode", source, tmp_path / "out.mp3")
        assert ended.returncode == 1 and ended.stderr.startswith("zoetrope: the file"), ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.wav", "picture.png", "text.mp3"]


@pytest.mark.parametrize("kind", ["mp3-vbr", "flac", "aac-in-m4a", "vorbis", "wav16", "recorder", "aiff"])
def test_damaged_files_never_crash(kind: str, plain: Path, folder: Path, tmp_path: Path):
    content = SOURCES[kind](plain, folder).read_bytes()
    random = numpy.random.default_rng(5)
    for number in range(4):
        damaged = bytearray(content[: len(content) * (number + 1) // 5])
        for place in random.integers(0, len(damaged), 40):
            damaged[place] = random.integers(0, 256)
        source = tmp_path / f"damaged-{number}"
        source.write_bytes(damaged)
        for target in ("flac", "mp3"):
            ended = zoetrope("transcode", source, tmp_path / f"out.{target}")
            assert ended.returncode in (0, 1), (number, target, ended.stderr)


def test_interrupting_leaves_nothing(plain: Path, tmp_path: Path):
    long = sounds.converted(plain, tmp_path / "long.flac", "-af", "aloop=loop=-1:size=220500", "-t", "900")
    running = subprocess.Popen([ZOETROPE, "transcode", long, tmp_path / "out.m4a"], stderr=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(timeout=1)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["long.flac"]
