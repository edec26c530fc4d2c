"""Real clients with their default settings: what they upload is processed, under any key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import videos
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.installation import clean_environment
from harness.job import Jobs
from harness.jobcheck import assert_whole

DIFFICULT = "some folder/ünï+code & name.v2.mp4"
# The transfer libraries of AWS send larger files in parts.
MULTIPART_THRESHOLD = 8 << 20


@pytest.fixture(scope="module")
def big_video(video_folder: Path) -> Path:
    """A video that is sent in parts: a short one with a long tail that readers of MP4 pass over."""
    path = videos.numbered(video_folder / "big.mp4", seconds=2, size=(320, 180))
    filler = 2 * MULTIPART_THRESHOLD + 12345
    with open(path, "ab") as file:
        file.write((filler + 8).to_bytes(4, "big") + b"free" + os.urandom(filler))
    return path


def aws(endpoint: Endpoint, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The AWS CLI, without configuration but for the four variables that name the endpoint."""
    command = [sys.executable, "-m", "awscli", *map(str, arguments)]
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=clean_environment(**endpoint.environment(), **nowhere)
    )


@pytest.mark.parametrize("video", ["short_video", "big_video"])
def test_aws_cli_cp(video: str, endpoint: Endpoint, jobs: Jobs, request: pytest.FixtureRequest, tmp_path: Path):
    key = f"cli {video}/{DIFFICULT}"
    path = request.getfixturevalue(video)

    copied = aws(endpoint, "s3", "cp", path, f"s3://{SOURCE}/{key}")

    assert copied.returncode == 0, copied.stderr
    etag = jobs.s3.head_object(Bucket=SOURCE, Key=key)["ETag"].strip('"')
    assert ("-" in etag) == (video == "big_video"), "a large file must be sent in parts"
    manifest = jobs.wait(key, etag)
    assert_whole(jobs, key, manifest)
    assert f"cli {video}/some folder/ünï+code & name.v2/ünï+code & name.v2-0.gif" in jobs.pictures(key)

    fetched = aws(endpoint, "s3", "sync", f"s3://{GIFS}/cli {video}/", tmp_path / "out")
    assert fetched.returncode == 0, fetched.stderr
    folder = tmp_path / "out" / "some folder" / "ünï+code & name.v2"
    assert {file.name for file in folder.iterdir() if file.is_file()} == {
        "manifest.json", *(f"ünï+code & name.v2-0{rest}" for rest in (".gif", "-frame-1.jpg", "-frame-2.jpg")),
    }


@pytest.mark.parametrize("video", ["short_video", "big_video"])
def test_boto3_upload_file(video: str, jobs: Jobs, request: pytest.FixtureRequest):
    key = f"boto3 {video}/{DIFFICULT}"
    path = request.getfixturevalue(video)

    jobs.s3.upload_file(str(path), SOURCE, key)

    head = jobs.s3.head_object(Bucket=SOURCE, Key=key)
    assert head["ContentLength"] == path.stat().st_size
    assert_whole(jobs, key, jobs.wait(key, head["ETag"].strip('"')))


def test_the_source_comes_back_as_it_was_sent(jobs: Jobs, big_video: Path, tmp_path: Path):
    jobs.s3.upload_file(str(big_video), SOURCE, "comes back.bin")
    jobs.s3.download_file(SOURCE, "comes back.bin", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == big_video.read_bytes()


def test_a_presigned_upload_is_processed(jobs: Jobs, short_video: Path, endpoint: Endpoint):
    url = endpoint.client("s3").generate_presigned_url("put_object", {"Bucket": SOURCE, "Key": "presigned.mp4"})

    sent = videos.run(["curl", "-sS", "--fail", "--upload-file", short_video, url])

    assert sent.stdout == b""
    etag = jobs.s3.head_object(Bucket=SOURCE, Key="presigned.mp4")["ETag"].strip('"')
    assert_whole(jobs, "presigned.mp4", jobs.wait("presigned.mp4", etag))


def test_a_copy_within_the_store_is_processed(jobs: Jobs, short_video: Path):
    jobs.upload(short_video, "original.mp4")
    copied = jobs.s3.copy_object(Bucket=SOURCE, Key="copy.mp4", CopySource={"Bucket": SOURCE, "Key": "original.mp4"})
    etag = copied["CopyObjectResult"]["ETag"].strip('"')
    assert_whole(jobs, "copy.mp4", jobs.wait("copy.mp4", etag))


def test_other_extensions_keep_a_folder_of_their_own(jobs: Jobs, short_video: Path, tmp_path: Path):
    movie = videos.remuxed(short_video, tmp_path / "a.mov")
    for path, key in [(short_video, "same/a.mp4"), (movie, "same/a.mov")]:
        assert_whole(jobs, key, jobs.process(path, key))
    assert "same/a/a-0.gif" in jobs.pictures("same/a.mp4")
    assert "same/a.mov/a.mov-0.gif" in jobs.pictures("same/a.mov")
