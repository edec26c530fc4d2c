"""Waveforms of a library's files: drawn when a file was uploaded, and again on request."""

from pathlib import Path

import pytest

from harness import sounds
from harness.endpoint import Endpoint
from harness.library import KEYS, Library, photo
from harness.waiting import until


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory):
    endpoint = Endpoint(tmp_path_factory.mktemp("library"), arguments=("--parameter", f"SessionJWKS={KEYS}"))
    endpoint.start()
    yield Library(endpoint)
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


def complete(library: Library, file: str, version: int = 1) -> dict:
    return library.wait(file, lambda record: record.get("waveformedVersion") == version)


def test_an_uploaded_sound_has_a_waveform(library: Library, tmp_path: Path):
    source = sounds.noise_and_tone(tmp_path / "sound.flac", codec="flac")
    file = library.upload(source.read_bytes(), "sound.flac")
    record = complete(library, file)
    assert (record["waveformStatus"], record["waveformPeaksPerSecond"]) == ("complete", 50)
    # For cards, in lists too.
    assert len(record["waveformOutline"]) == 48 and "f" in record["waveformOutline"]
    listed = library.member.get(library.files).json["files"]
    assert next(entry for entry in listed if entry["id"] == file)["waveformOutline"] == record["waveformOutline"]
    answer = library.member.get(f"{library.files}/{file}/waveform")
    assert (answer.status, answer["content-type"]) == (200, "application/json")
    assert (len(answer.json["peaks"]), answer.json["sampleRate"], answer.json["duration"]) == (250, 16000, 5)
    assert library.stranger.get(f"{library.files}/{file}/waveform").status == 404

    again = library.member.ask("POST", f"{library.files}/{file}/waveform")
    assert (again.status, again.json["waveformStatus"], again.json["waveformVersion"]) == (202, "queued", 2)
    assert complete(library, file, 2)["waveformStatus"] == "complete"


def test_the_length_of_a_sound_is_counted_where_its_file_states_none(library: Library, tmp_path: Path):
    # Silence, then a tone, at a bit rate that follows what is heard, and nothing in the file that says how long it is: by its
    # first frames and its size it would be several times as long.
    source = tmp_path / "speech.mp3"
    sounds.run([
        *sounds.FFMPEG, "-f", "lavfi", "-i", "aevalsrc='if(gt(t,4),random(0)-0.5,0)':d=12:s=44100",
        "-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0", "-id3v2_version", "0", source])
    file = library.upload(source.read_bytes(), "speech.mp3")
    record = library.wait(file, lambda record: record.get("waveformedVersion") == 1 and record.get("metadata"))
    assert record["duration"] == pytest.approx(12, abs=0.2)
    # A card shows it.
    listed = until("the list to know it", lambda: next(
        (one for one in library.member.get(library.files).json["files"] if one["id"] == file and one.get("duration")), None))
    assert listed["duration"] == record["duration"]


def test_a_video_without_sound_has_an_empty_waveform(library: Library, tmp_path: Path):
    source = tmp_path / "silent.mp4"
    sounds.run([*sounds.FFMPEG, "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64", "-an", source])
    file = library.upload(source.read_bytes(), "silent.mp4")
    assert complete(library, file)["waveformStatus"] == "complete"
    assert library.owner.get(f"{library.files}/{file}/waveform").json["peaks"] == []


def test_a_broken_file_says_why(library: Library, tmp_path: Path):
    source = sounds.converted(sounds.noise_and_tone(tmp_path / "a.wav"), tmp_path / "a.flac")
    content = source.read_bytes()
    file = library.upload(content[:60] + bytes(len(content) - 60), "broken.flac")
    record = library.wait(file, lambda record: record.get("waveformStatus") in ("failed", "complete"))
    assert record["waveformStatus"] == "failed" and record["waveformError"]
    assert library.owner.get(f"{library.files}/{file}/waveform").status == 404


def test_pictures_have_none(library: Library):
    file = library.upload(photo(), "photo.jpg")
    assert library.owner.ask("POST", f"{library.files}/{file}/waveform").status == 400
    assert library.owner.get(f"{library.files}/{file}/waveform").status == 404
