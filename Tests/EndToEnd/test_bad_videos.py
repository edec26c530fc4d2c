"""What is no video, or only half of one, ends the job with a reason that a person understands; then work goes on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import oracle, videos
from harness.endpoint import Endpoint
from harness.installation import zoetrope
from harness.job import Jobs
from harness.jobcheck import assert_right_pictures, assert_whole


def _text(folder: Path, _: Path) -> Path:
    path = folder / "letter.mp4"
    path.write_text("Dear reader, this is no video at all.\n" * 500)
    return path


def _empty(folder: Path, _: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def _noise(folder: Path, _: Path) -> Path:
    path = folder / "noise.mp4"
    path.write_bytes(bytes(range(256)) * 4096)
    return path


def _audio(folder: Path, _: Path) -> Path:
    return videos.tone(folder / "song.m4a")


def _no_index(folder: Path, whole: Path) -> Path:
    """The index of an MP4 stands at its end unless asked otherwise: cut off, nothing can be read."""
    content = whole.read_bytes()
    assert content.find(b"moov") > content.find(b"mdat")
    path = folder / "cut.mp4"
    path.write_bytes(content[: len(content) * 6 // 10])
    return path


BAD = [_text, _empty, _noise, _audio, _no_index]


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__.strip("_"))
def test_it_fails_with_a_reason_and_the_next_video_works(
    make: Callable[[Path, Path], Path], endpoint: Endpoint, jobs: Jobs, three_clips: Path, short_video: Path, tmp_path: Path
):
    path = make(tmp_path, three_clips)
    key = f"bad/{path.name}"

    ended = zoetrope("process", path, "--key", key, "--json", seconds=60, **endpoint.environment())

    assert ended.returncode == 1, ended.stderr
    manifest = json.loads(ended.stdout)
    assert manifest["status"] == "failed"
    assert manifest["reason"] in ended.stderr
    assert len(manifest["reason"].split()) >= 3, f"not a sentence: {manifest['reason']}"
    assert "0x" not in manifest["reason"] and "Error(" not in manifest["reason"]
    assert jobs.manifest(key) == manifest
    assert not jobs.pictures(key)
    after = f"bad/after {path.name}.mp4"
    assert_whole(jobs, after, jobs.process(short_video, after))


def test_nothing_that_is_bad_is_tried_again(endpoint: Endpoint, jobs: Jobs, tmp_path: Path):
    etag = jobs.upload(_text(tmp_path, tmp_path), "bad/tried once.mp4")
    manifest = jobs.wait("bad/tried once.mp4", etag)
    assert manifest["status"] == "failed"
    letters = zoetrope("dlq", "list", "--json", "--console", endpoint.web_url)
    assert "tried once" not in letters.stdout


@pytest.mark.parametrize("share", [0.25, 0.6, 0.9])
def test_a_truncated_video_with_its_index_in_front_gives_what_is_there(
    share: float, jobs: Jobs, three_clips: Path, tmp_path: Path
):
    whole = videos.remuxed(three_clips, tmp_path / "whole.mp4", "-movflags", "+faststart")
    content = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: content.find(b"mdat") + round((len(content) - content.find(b"mdat")) * share)])
    key = f"bad/cut at {share}.mp4"

    manifest = jobs.process(cut, key)

    if manifest["status"] == "failed":
        assert manifest["reason"]
        return
    assert manifest["truncated"] is True
    assert 64.5 * share * 0.7 < manifest["duration"] < 64.5
    assert_whole(jobs, key, manifest)
    assert_right_pictures(jobs, key, manifest, oracle.timeline(cut))
