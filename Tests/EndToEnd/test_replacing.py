"""A new version of a video replaces its outputs; the same bytes again do not render again unless asked to."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import oracle, videos
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.installation import zoetrope
from harness.job import Jobs, Names
from harness.jobcheck import assert_right_pictures, assert_whole, storyboard_objects
from harness.waiting import until


@pytest.fixture(scope="module")
def other_three_clips(video_folder: Path) -> Path:
    """As three_clips, with other pictures throughout."""
    return videos.numbered(
        video_folder / "other.mp4", seconds=64.5, first=5000, rate="10", size=(320, 180), options=videos.B_FRAMES
    )


def test_a_shorter_version_removes_what_no_longer_exists(jobs: Jobs, three_clips: Path, short_video: Path):
    key = "replaced/shorter.mp4"
    before = jobs.completed(three_clips, key)
    assert len(jobs.pictures(key)) == 3 + 65

    manifest = jobs.completed(short_video, key)

    assert manifest["source"]["etag"] != before["source"]["etag"]
    until("the older version's pictures to go", lambda: len(jobs.pictures(key)) == 1 + 2)
    assert_whole(jobs, key, manifest)
    assert_right_pictures(jobs, key, manifest, oracle.timeline(short_video))
    records = [name for name in jobs.sizes("replaced/shorter/.clips/") if before["version"] in name]
    assert records == []


def test_what_belongs_to_other_videos_in_the_folder_stays(jobs: Jobs, three_clips: Path, short_video: Path):
    jobs.completed(three_clips, "talks/keynote.mp4")
    below = jobs.completed(short_video, "talks/keynote/day 1.mp4")
    jobs.s3.put_object(Bucket="zoetrope-gifs", Key="talks/keynote/notes.txt", Body=b"mine")

    jobs.completed(short_video, "talks/keynote.mp4")

    until("the older version's pictures to go", lambda: "talks/keynote/keynote-30.gif" not in jobs.pictures("talks/keynote.mp4"))
    assert_whole(jobs, "talks/keynote/day 1.mp4", below)
    assert jobs.get("talks/keynote/notes.txt") == b"mine"


def test_going_back_to_a_version_before_the_newer_one_has_ended_brings_its_pictures_back(jobs: Jobs, short_video: Path):
    key = "replaced/back.mp4"
    names = Names.of(key)
    first = jobs.completed(short_video, key)
    # What a worker of another version leaves that had done a part when the older bytes came again.
    jobs.s3.put_object(Bucket=GIFS, Key=f"{names.folder}/.clips/{'0' * 32}-00000000/plan.json", Body=b"{}")
    jobs.s3.put_object(Bucket=GIFS, Key=names.still(0, 1), Body=b"a picture of the other version")

    etag = jobs.upload(short_video, key)

    manifest = jobs.wait(key, etag, previous=first)
    assert_whole(jobs, key, manifest)
    assert_right_pictures(jobs, key, manifest, oracle.timeline(short_video))
    until(
        "the other version's plan to go",
        lambda: not [name for name in jobs.sizes(f"{names.folder}/.clips/") if "00000000" in name],
    )


@pytest.fixture
def watched(jobs: Jobs) -> Iterator[list[str]]:
    """While it lasts, reads the manifest of replaced/half-way.mp4 again and again, as a player would, and notes lies."""
    lies: list[str] = []
    over = threading.Event()
    reader = Jobs(jobs.endpoint)
    key = "replaced/half-way.mp4"

    def watch() -> None:
        while not over.is_set():
            manifest = reader.manifest(key)
            if manifest is None:
                over.wait(0.02)
                continue
            names = Names.of(key)
            promised = {
                name
                for clip in manifest["clips"]
                for name in [clip["gif"], *(names.still(clip["start"], k) for k in range(1, clip["frames"] + 1))]
            }
            promised |= storyboard_objects(manifest).keys()
            missing = promised - reader.sizes(f"{names.folder}/").keys()
            # What it promised may be gone once a newer one has replaced it.
            if missing and reader.manifest(key) == manifest:
                lies.append(f"{manifest['version']} without {sorted(missing)[:3]}")

    thread = threading.Thread(target=watch)
    thread.start()
    yield lies
    over.set()
    thread.join()


def test_a_video_replaced_half_way_never_mixes(
    jobs: Jobs, watched: list[str], three_clips: Path, other_three_clips: Path
):
    key = "replaced/half-way.mp4"
    versions = [three_clips, other_three_clips, three_clips, other_three_clips]
    for video in versions[:-1]:
        # The next version comes when the first pictures of this one are there.
        before = jobs.pictures(key)
        jobs.upload(video, key)
        until("work on the video to begin", lambda: jobs.pictures(key) != before, seconds=30)

    manifest = jobs.completed(versions[-1], key)

    assert_whole(jobs, key, manifest)
    assert_right_pictures(jobs, key, manifest, oracle.timeline(other_three_clips))
    assert watched == []


def test_a_video_that_fails_replaces_one_that_did_not(jobs: Jobs, short_video: Path):
    key = "replaced/by nonsense.mp4"
    jobs.completed(short_video, key)
    manifest = jobs.process(b"nonsense" * 1000, key)
    assert manifest["status"] == "failed"
    until("the older version's pictures to go", lambda: not jobs.pictures(key) and not jobs.storyboard(key))


def test_a_deleted_source_ends_its_job_quietly(jobs: Jobs, three_clips: Path, endpoint: Endpoint):
    key = "replaced/deleted.mp4"
    jobs.upload(three_clips, key)
    jobs.s3.delete_object(Bucket=SOURCE, Key=key)
    jobs.settled()
    manifest = jobs.manifest(key)
    assert manifest is None or manifest["status"] == "complete"
    assert key not in zoetrope("dlq", "list", "--json", "--console", endpoint.web_url).stdout


def test_the_same_bytes_are_not_rendered_again(jobs: Jobs, short_video: Path):
    key = "again/same.mp4"
    first = jobs.completed(short_video, key)
    stamps = _stamps(jobs, key)

    jobs.upload(short_video, key)
    jobs.settled()

    assert jobs.manifest(key) == first
    assert _stamps(jobs, key) == stamps


def test_the_same_bytes_are_rendered_again_when_asked_to(jobs: Jobs, endpoint: Endpoint, short_video: Path):
    key = "again/forced.mp4"
    first = jobs.completed(short_video, key)
    pictures = {name: jobs.get(name) for name in [*jobs.pictures(key), *jobs.storyboard(key)]}

    ended = zoetrope("process", short_video, "--key", key, "--force", "--json", **endpoint.environment())

    assert ended.returncode == 0, ended.stderr
    second = json.loads(ended.stdout)
    assert second["version"] != first["version"]
    assert second["createdAt"] > first["createdAt"]
    assert second["clips"][0]["timings"]["startedAt"] > first["clips"][0]["timings"]["finishedAt"]
    # Outputs are deterministic.
    jobs.settled()
    assert {name: jobs.get(name) for name in [*jobs.pictures(key), *jobs.storyboard(key)]} == pictures


def _stamps(jobs: Jobs, key: str) -> dict:
    return {
        name: jobs.s3.head_object(Bucket="zoetrope-gifs", Key=name)["LastModified"]
        for name in [*jobs.pictures(key), *jobs.storyboard(key), Names.of(key).manifest]
    }
