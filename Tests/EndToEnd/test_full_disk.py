"""A full disk: what does not fit is refused as a whole, nothing acknowledged suffers, work goes on once there is room.

A file system of its own takes root to mount; elsewhere these tests are skipped.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.exceptions
import pytest

from harness.disk import Disk, mounted
from harness.endpoint import SOURCE, Endpoint
from harness.installation import zoetrope
from harness.job import Jobs
from harness.jobcheck import assert_whole
from harness.outcome import announced
from harness.recorder import Recorder
from harness.waiting import until

CAPACITY = 24 << 20
BUCKET = "uploads"


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "recorder")


@pytest.fixture
def endpoint(own_endpoint: Callable[..., Endpoint], recorder: Recorder) -> Iterator[Endpoint]:
    """One whose data folder, and nothing else, is on such a disk."""
    made = own_endpoint(template=recorder.template)
    with mounted(made.data, CAPACITY):
        made.start()
        yield made
        if made.is_running:
            made.stop()


@pytest.fixture
def disk(endpoint: Endpoint) -> Disk:
    return Disk(endpoint.data)


@pytest.fixture
def jobs(endpoint: Endpoint) -> Jobs:
    made = Jobs(endpoint)
    made.s3.create_bucket(Bucket=BUCKET)
    return made


def object_files(endpoint: Endpoint) -> tuple[set[Path], set[Path]]:
    """All files with bytes of objects or of parts of them, finished and unfinished; and empty ones, which are ready to be
    written."""
    files = {path for path in (endpoint.data / "objects" / "objects").rglob("*") if path.is_file()}
    empty = {path for path in files if path.stat().st_size == 0}
    return files - empty, empty


def refused(call: Callable) -> int:
    """The HTTP status with which a client understands that it is refused."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    answer = caught.value.response
    assert answer["Error"]["Code"] in ("InsufficientStorage", "ServiceUnavailable", "InternalError"), answer
    assert answer["Error"]["Message"]
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(endpoint: Endpoint, disk: Disk, jobs: Jobs):
    content = {size: random.Random(size).randbytes(size) for size in (300_000, 1 << 20, 6 << 20)}
    small, medium, large = content.values()
    jobs.s3.put_object(Bucket=BUCKET, Key="kept", Body=small)
    jobs.s3.put_object(Bucket=BUCKET, Key="replaced", Body=small)
    # A first part that fits, of an upload whose second will not.
    started = jobs.s3.create_multipart_upload(Bucket=BUCKET, Key="parts")
    upload = {name: started[name] for name in ("Bucket", "Key", "UploadId")}
    first = jobs.s3.upload_part(**upload, PartNumber=1, Body=large)["ETag"]
    disk.fill(leave=2 << 20)
    files, ready = object_files(endpoint)

    assert refused(lambda: jobs.s3.put_object(Bucket=BUCKET, Key="large", Body=large)) >= 500
    assert refused(lambda: jobs.s3.put_object(Bucket=BUCKET, Key="replaced", Body=large)) >= 500
    assert refused(lambda: jobs.s3.upload_part(**upload, PartNumber=2, Body=large)) >= 500
    disk.fill()
    kept = {"Bucket": BUCKET, "Key": "kept"}
    assert refused(lambda: jobs.s3.copy_object(Bucket=BUCKET, Key="copied", CopySource=kept)) >= 500

    now, still_ready = object_files(endpoint)
    assert now == files and still_ready < ready
    assert jobs.sizes("", BUCKET) == {"kept": len(small), "replaced": len(small)}
    assert [part["PartNumber"] for part in jobs.s3.list_parts(**upload)["Parts"]] == [1]
    assert jobs.get("kept", BUCKET) == jobs.get("replaced", BUCKET) == small

    disk.relieve()
    jobs.s3.put_object(Bucket=BUCKET, Key="large", Body=large)
    second = jobs.s3.upload_part(**upload, PartNumber=2, Body=medium)["ETag"]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate((first, second), start=1)]
    jobs.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert jobs.get("large", BUCKET) == large
    assert jobs.get("parts", BUCKET) == large + medium
    assert endpoint.is_running


def test_what_is_acknowledged_on_the_last_bytes_survives(endpoint: Endpoint, disk: Disk, jobs: Jobs):
    disk.fill(leave=400_000)
    acknowledged, full = {}, False
    for number in range(200):
        key, content = f"{number:03}", random.Random(number).randbytes(4000)
        try:
            jobs.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
            full = True
        else:
            acknowledged[key] = content
    assert acknowledged and full
    files, ready = object_files(endpoint)
    assert len(files) == len(acknowledged) and len(ready) < 16
    assert jobs.sizes("", BUCKET) == {key: len(content) for key, content in acknowledged.items()}

    endpoint.kill()
    disk.relieve()
    endpoint.start()

    assert {key: jobs.get(key, BUCKET) for key in jobs.sizes("", BUCKET)} == acknowledged


def test_it_starts_with_a_full_disk(endpoint: Endpoint, disk: Disk, jobs: Jobs):
    """Or says why not; then it starts once there is room."""
    jobs.s3.put_object(Bucket=BUCKET, Key="kept", Body=b"kept")
    endpoint.kill()
    disk.fill()
    try:
        endpoint.start()
    except AssertionError:
        assert "full" in endpoint.tail() or "space" in endpoint.tail()
        disk.relieve()
        endpoint.start()
    assert jobs.get("kept", BUCKET) == b"kept"


def test_events_that_are_accepted_while_the_disk_fills_are_delivered(
    endpoint: Endpoint, disk: Disk, recorder: Recorder
):
    bus = endpoint.client("events", retries={"total_max_attempts": 1})
    disk.fill(leave=300_000)
    accepted, refusals = set(), 0
    for number in range(120):
        detail = json.dumps({"number": number, "filler": "x" * 4000})
        event = {"Source": "custom.gifGenerator", "DetailType": "numbered", "Detail": detail}
        try:
            answer = bus.put_events(Entries=[event])
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
            refusals += 1
        else:
            assert answer["FailedEntryCount"] == 0
            accepted.add(number)
    assert accepted and refusals

    disk.relieve()

    def delivered() -> set[int]:
        return {detail["number"] for detail in recorder.announcements("numbered")}

    until("all accepted events to be delivered", lambda: delivered() >= accepted)
    jobs = Jobs(endpoint)
    jobs.settled()
    assert "numbered" not in zoetrope("dlq", "list", "--json", "--console", endpoint.web_url).stdout


def test_a_job_that_found_the_disk_full_completes_once_there_is_room(
    endpoint: Endpoint, disk: Disk, jobs: Jobs, recorder: Recorder, three_clips: Path
):
    key = "full/three clips.mp4"
    # Room for the video and its plan, not for its pictures.
    disk.fill(leave=three_clips.stat().st_size + 300_000)
    etag = jobs.upload(three_clips, key)
    until("something of the job to be refused", lambda: "StorageFull" in endpoint.log.read_text())

    disk.relieve()
    manifest = jobs.wait(key, etag)
    jobs.settled()

    assert jobs.get(key, SOURCE) == three_clips.read_bytes()
    assert_whole(jobs, key, manifest)
    assert [event["detail-type"] for event in announced(recorder, key)] == ["videoProcessed"]
    assert zoetrope("dlq", "list", "--console", endpoint.web_url).stdout == "no dead letters\n"
    assert_whole(jobs, "full/after.mp4", jobs.completed(three_clips, "full/after.mp4"))
