"""A data folder that lost a part of itself, and copies of one that is in use."""

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.endpoint import GIFS, Endpoint
from harness.installation import zoetrope
from harness.job import Jobs


def object_paths(data: Path) -> list[Path]:
    """The files of objects, without the empty ones that stand ready for the next objects."""
    return sorted(path for path in (data / "objects" / "objects").rglob("*") if path.is_file() and path.stat().st_size)


def object_files(data: Path) -> set[str]:
    return {path.name for path in object_paths(data)}


@pytest.fixture
def stopped(own_endpoint: Callable[..., Endpoint]) -> Endpoint:
    """An endpoint with ten objects, stopped as an operator stops it."""
    endpoint = own_endpoint()
    endpoint.start()
    for number in range(10):
        Jobs(endpoint).s3.put_object(Bucket=GIFS, Key=f"object-{number}", Body=bytes([number]) * 1000)
    assert endpoint.stop() == 0
    return endpoint


def test_a_clean_end_leaves_everything_in_the_database_file(stopped: Endpoint):
    assert not (stopped.data / "zoetrope.sqlite-wal").exists()
    stopped.start()
    assert len(Jobs(stopped).sizes("object-")) == 10


def test_object_files_without_their_database_are_neither_deleted_nor_served(stopped: Endpoint):
    before = object_files(stopped.data)
    assert len(before) == 10
    (stopped.data / "zoetrope.sqlite").rename(stopped.folder / "kept.sqlite")
    for _ in range(2):
        with pytest.raises(AssertionError, match="does not know 10 object files"):
            stopped.start()
        assert object_files(stopped.data) == before
    (stopped.folder / "kept.sqlite").rename(stopped.data / "zoetrope.sqlite")
    stopped.start()
    assert Jobs(stopped).get("object-7") == bytes([7]) * 1000


def test_a_copy_without_the_log_loses_nothing(own_endpoint: Callable[..., Endpoint]):
    endpoint, copy = own_endpoint(), own_endpoint()
    endpoint.start()
    for number in range(10):
        Jobs(endpoint).s3.put_object(Bucket=GIFS, Key=f"object-{number}", Body=bytes([number]) * 1000)
    copy.data.mkdir()
    shutil.copy(endpoint.data / "zoetrope.sqlite", copy.data)
    shutil.copytree(endpoint.data / "objects", copy.data / "objects")
    before = object_files(copy.data)
    for _ in range(2):
        with pytest.raises(AssertionError, match="write-ahead log"):
            copy.start()
        assert object_files(copy.data) == before
    # What the sentence says helps.
    moved = zoetrope("verify", "--set-aside", "--data", copy.data)
    assert "10 files moved to" in moved.stderr, moved
    copy.start()
    assert Jobs(copy).sizes("") == {}
    assert len(list((copy.data / "objects").glob("set-aside-*/*"))) == 10


def test_a_backup_of_an_endpoint_in_use_is_consistent(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    endpoint = own_endpoint()
    endpoint.start()
    s3 = Jobs(endpoint).s3
    stop, failures = threading.Event(), []

    def change() -> None:
        """Ten objects that are replaced again and again: each has its number in every byte."""
        number = 0
        while not stop.is_set():
            number += 1
            try:
                s3.put_object(Bucket=GIFS, Key=f"object-{number % 10}", Body=bytes([number % 256]) * 200_000)
            except Exception as error:
                failures.append(error)
                return

    writer = threading.Thread(target=change)
    writer.start()
    try:
        backup = tmp_path / "backup"
        for _ in range(4):
            made = zoetrope("backup", backup, "--data", endpoint.data)
            assert made.returncode == 0, made.stderr
            assert zoetrope("verify", "--contents", "--data", backup).returncode == 0
    finally:
        stop.set()
        writer.join()
    assert not failures
    checked = zoetrope("verify", "--contents", "--data", endpoint.data)
    assert checked.returncode == 0 and "all there" in checked.stdout, checked
    # Nothing that was replaced stays once the backup is over.
    s3.put_object(Bucket=GIFS, Key="last", Body=b"last")
    assert len(object_files(endpoint.data)) <= 11 + 1

    restored = own_endpoint()
    done = zoetrope("restore", backup, "--data", restored.data)
    assert done.returncode == 0, done.stderr
    restored.start()
    jobs = Jobs(restored)
    sizes = jobs.sizes("object-")
    assert set(sizes.values()) == {200_000}
    for key in sizes:
        assert len(set(jobs.get(key))) == 1
    again = zoetrope("restore", backup, "--data", restored.data)
    assert again.returncode == 1 and "in use" in again.stderr


def test_verify_names_what_is_missing_and_what_was_changed(stopped: Endpoint):
    first, second, *_ = object_paths(stopped.data)
    first.unlink()
    second.write_bytes(b"x" * 1000)
    quick = zoetrope("verify", "--data", stopped.data)
    assert quick.returncode == 1
    assert len(re.findall("missing", quick.stdout)) == 1
    thorough = zoetrope("verify", "--contents", "--data", stopped.data)
    assert len(thorough.stdout.splitlines()) == 2
    assert "not those that were stored" in thorough.stdout
    stopped.start()
    assert "object files are missing" in stopped.tail()
