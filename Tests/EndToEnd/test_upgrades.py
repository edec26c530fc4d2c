"""Data folders move forwards only: what an earlier version wrote is served, what a later one wrote is refused."""

import contextlib
import json
import sqlite3
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.upgrade import make as earlier
from harness.endpoint import GIFS, Endpoint
from harness.installation import TEMPLATE, zoetrope
from harness.job import Jobs
from harness.waiting import until

# Takes back what later steps of the schema have added: what is left is the first release's.
FIRST_RELEASE = """
ALTER TABLE invocations RENAME COLUMN message_group_id TO grouping;
ALTER TABLE invocations DROP COLUMN deduplication_id;
ALTER TABLE dead_letters RENAME COLUMN message_group_id TO grouping;
ALTER TABLE dead_letters DROP COLUMN deduplication_id;
ALTER TABLE objects DROP COLUMN class;
DELETE FROM grdb_migrations WHERE identifier IN ('queue/2', 'objects/2');
INSERT INTO dead_letters (id, function, condition, attempts, error_type, error_message, enqueued, died, grouping, payload)
VALUES ('an-old-letter', 'ProcessClipFunction', 'RetriesExhausted', 3, 'E', 'an old message', 1700000000000,
        1700000001000, 'old.mp4', '{}');
"""


@contextlib.contextmanager
def database(data: Path):
    connection = sqlite3.connect(data / "zoetrope.sqlite")
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


@pytest.fixture
def stopped(own_endpoint: Callable[..., Endpoint]) -> Endpoint:
    endpoint = own_endpoint()
    endpoint.start()
    for number in range(10):
        Jobs(endpoint).s3.put_object(
            Bucket=GIFS, Key=f"object-{number}", Body=bytes([number]) * 1000, Metadata={"number": str(number)})
    assert endpoint.stop() == 0
    return endpoint


def steps(data: Path) -> set[str]:
    with database(data) as connection:
        return {name for (name,) in connection.execute("SELECT identifier FROM grdb_migrations")}


def content(data: Path) -> list[str]:
    with database(data) as connection:
        return list(connection.iterdump())


def test_a_folder_with_the_first_releases_schema_is_brought_up_to_date(stopped: Endpoint):
    now = steps(stopped.data)
    with database(stopped.data) as connection:
        connection.executescript(FIRST_RELEASE)
    assert steps(stopped.data) < now
    stopped.start()
    assert steps(stopped.data) == now
    s3 = Jobs(stopped).s3
    for number in range(10):
        found = s3.get_object(Bucket=GIFS, Key=f"object-{number}")
        assert (found["Body"].read(), found["Metadata"]) == (bytes([number]) * 1000, {"number": str(number)})
    # What later steps brought works on what was there before.
    s3.copy_object(
        Bucket=GIFS, Key="object-1", CopySource=f"{GIFS}/object-1", StorageClass="STANDARD_IA", MetadataDirective="COPY")
    assert s3.head_object(Bucket=GIFS, Key="object-1")["StorageClass"] == "STANDARD_IA"
    assert stopped.stop() == 0
    assert zoetrope("verify", "--data", stopped.data).returncode == 0


def test_dead_letters_of_the_first_release_are_kept(stopped: Endpoint):
    with database(stopped.data) as connection:
        connection.executescript(FIRST_RELEASE.replace("1700000001000", "strftime('%s', 'now') * 1000"))
    stopped.start()
    listed = zoetrope("dlq", "list", "--json", "--data", stopped.data)
    assert listed.returncode == 0, listed.stderr
    assert "an old message" in listed.stdout and "old.mp4" in listed.stdout


def test_a_folder_of_a_later_version_is_refused_and_left_as_it_is(stopped: Endpoint):
    with database(stopped.data) as connection:
        connection.execute("INSERT INTO grdb_migrations VALUES ('objects/999')")
    before = content(stopped.data)
    with pytest.raises(AssertionError, match="was written by a newer version"):
        stopped.start()
    assert content(stopped.data) == before
    with database(stopped.data) as connection:
        connection.execute("DELETE FROM grdb_migrations WHERE identifier = 'objects/999'")
    stopped.start()
    assert Jobs(stopped).get("object-7") == bytes([7]) * 1000


# A folder that the program of commit 721019b wrote, and what was in it; cases/upgrade/make.py made both.
EXPECTED = json.loads((Path(earlier.__file__).parent / "expected.json").read_text())
# As it was used, so that a job that is repeated has the same outputs.
SMALL = ("--parameter", "GifWidth=16", "--parameter", "SnippetSize=1")
# Otherwise the folder's letters, events and uploads would be too old one day.
RECENT = """
UPDATE invocations SET enqueued = {now}; UPDATE dead_letters SET enqueued = {now}, died = {now};
UPDATE uploads SET created = {now}; UPDATE parts SET modified = {now};
"""


@pytest.fixture
def earlier_folder(own_endpoint: Callable[..., Endpoint]) -> Callable[[Path], Endpoint]:
    """An endpoint of that folder, not started yet."""

    def make(template: Path) -> Endpoint:
        endpoint = own_endpoint(template=template, arguments=SMALL if template == TEMPLATE else ())
        with tarfile.open(Path(earlier.__file__).parent / "folder.tar.xz") as archive:
            archive.extractall(endpoint.folder)
        with database(endpoint.data) as connection:
            connection.executescript(RECENT.format(now=int(time.time() * 1000)))
        return endpoint

    return make


def letters(endpoint: Endpoint) -> list[dict]:
    listed = zoetrope("dlq", "list", "--json", "--data", endpoint.data)
    assert listed.returncode == 0, listed.stderr
    return json.loads(listed.stdout)


def test_an_earlier_programs_objects_are_kept_and_its_queued_video_is_processed(earlier_folder):
    endpoint = earlier_folder(TEMPLATE)
    endpoint.start()
    s3 = Jobs(endpoint).s3
    etag = EXPECTED["objects"][f"zoetrope-source/{EXPECTED['queuedVideo']}"]["etag"].strip('"')
    manifest = Jobs(endpoint).wait(EXPECTED["queuedVideo"], etag)
    assert (manifest["status"], len(manifest["clips"])) == ("complete", 2)
    found = earlier.objects(s3)
    assert {name: found.get(name) for name in EXPECTED["objects"]} == EXPECTED["objects"]
    assert s3.get_bucket_cors(Bucket=GIFS)["CORSRules"] == EXPECTED["cors"]
    # An upload goes on where it was.
    key, upload, part = (EXPECTED["upload"][name] for name in ("key", "id", "part"))
    assert [one["ETag"] for one in s3.list_parts(Bucket=GIFS, Key=key, UploadId=upload)["Parts"]] == [part]
    s3.complete_multipart_upload(
        Bucket=GIFS, Key=key, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    done = s3.get_object(Bucket=GIFS, Key=key)
    assert (done["Body"].read(), done["Metadata"]) == (b"first part", {"began": "before"})
    assert endpoint.stop() == 0
    verified = zoetrope("verify", "--data", endpoint.data)
    assert verified.returncode == 0, verified.stderr


def test_an_earlier_programs_manifest_is_known_as_its_videos(earlier_folder):
    endpoint = earlier_folder(TEMPLATE)
    endpoint.start()
    shown = zoetrope("show", "talks/first talk.mp4", "--data", endpoint.data)
    assert shown.returncode == 0 and "complete" in shown.stdout, shown.stdout + shown.stderr
    # The same bytes again are the same version: what was made is not made again.
    before = Jobs(endpoint).manifest("talks/first talk.mp4")
    assert before["status"] == "complete" and before["storyboard"]


def test_an_earlier_programs_events_letters_and_rules_are_kept(earlier_folder, tmp_path: Path):
    folder = tmp_path / "worker"
    folder.mkdir()
    endpoint = earlier_folder(earlier.worker_template(folder))
    # Until the letters have been compared, nothing of the queue runs.
    (folder / "held").touch()
    endpoint.start()

    def told(one: dict) -> dict:
        return {name: value for name, value in one.items() if name not in ("enqueuedAt", "diedAt")}

    found = {one["id"]: told(one) for one in letters(endpoint)}
    assert found == {one["id"]: told(one) for one in EXPECTED["deadLetters"]}
    (folder / "mended").touch()
    (folder / "held").unlink()

    def done() -> set[int]:
        path = folder / "done.jsonl"
        return {json.loads(line)["number"] for line in path.read_text().splitlines()} if path.exists() else set()

    until("the queued events", lambda: done() >= set(EXPECTED["queued"]))
    assert zoetrope("dlq", "redrive", "--all", "--data", endpoint.data).returncode == 0
    until("the dead letters", lambda: done() >= {1, 2, 3})
    answer = endpoint.client("events").put_events(
        Entries=[{"Source": "by.hand", "DetailType": "any", "Detail": json.dumps({"number": 9})}])
    assert answer["FailedEntryCount"] == 0
    until("the rule made by the API", lambda: 9 in done())
    assert [one for one in letters(endpoint) if one["function"] == earlier.WORK] == []
