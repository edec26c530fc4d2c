"""Data folders move forwards only: what an earlier version wrote is served, what a later one wrote is refused."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.endpoint import GIFS, Endpoint
from harness.installation import zoetrope
from harness.job import Jobs

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
