"""A wall clock that is set while the endpoint runs, as a machine's is after a long sleep or by a person."""

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.clock import Clock
from harness.endpoint import Endpoint
from harness.installation import zoetrope
from harness.outcome import metric
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

HOUR = 3600
BUCKET = "objects"


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The endpoint's; clients have the same, or their signatures would be refused as too old."""
    compiler = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
    if compiler is None:
        pytest.skip("a C compiler is missing: none of cc, clang and gcc is in the path")
    made = Clock(tmp_path / "clock", compiler)

    def now(remove_tzinfo: bool = True) -> datetime.datetime:
        time = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=made.offset)
        return time.replace(tzinfo=None) if remove_tzinfo else time

    monkeypatch.setattr("botocore.auth.get_current_datetime", now)
    return made


@pytest.fixture
def puppets(tmp_path: Path) -> Puppets:
    return Puppets(tmp_path / "puppets", Worker={})


@pytest.fixture
def endpoint(own_endpoint: Callable[..., Endpoint], puppets: Puppets, clock: Clock) -> Endpoint:
    made = own_endpoint(
        template=puppets.template, arguments=("--concurrency", "2"), environment=clock.environment
    )
    made.start()
    return made


def done(puppets: Puppets) -> list[int]:
    return sorted(note["order"]["number"] for note in puppets.notes("end"))


@pytest.mark.parametrize("steps", [[HOUR, -HOUR], [-HOUR, HOUR]], ids=["forward and back", "back and forward"])
def test_the_queue_goes_on_and_nothing_is_lost(steps: list[int], endpoint: Endpoint, puppets: Puppets, clock: Clock):
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for turn, step in enumerate(steps):
        # Two run and three wait while the clock is set; the others come afterwards.
        before, after = range(10 * turn, 10 * turn + 5), range(10 * turn + 5, 10 * turn + 10)
        s3.put_object(Bucket=BUCKET, Key="object", Body=f"before {turn}".encode())
        publish(endpoint, *[entry("Worker", number=number, gate=f"go {turn}") for number in before])
        until("two of them to run", lambda: len(puppets.notes("begin")) == 10 * turn + 2)

        clock.step(step)

        publish(endpoint, *[entry("Worker", number=number) for number in after])
        puppets.open(f"go {turn}")
        until("all events to be done", lambda: len(done(puppets)) == 10 * (turn + 1), seconds=20)
        stored = s3.get_object(Bucket=BUCKET, Key="object")
        assert stored["Body"].read() == f"before {turn}".encode()
        s3.put_object(Bucket=BUCKET, Key="object", Body=b"after")
        changed = s3.head_object(Bucket=BUCKET, Key="object")["LastModified"] - stored["LastModified"]
        assert abs(changed.total_seconds() - step) < 60, "the endpoint has another clock than this test believes"
    assert done(puppets) == list(range(10 * len(steps)))
    assert zoetrope("dlq", "list", "--console", endpoint.web_url).stdout == "no dead letters\n"


@pytest.mark.parametrize("step", [HOUR, -HOUR, -HOUR // 3])
def test_a_retry_is_not_delayed(step: int, endpoint: Endpoint, puppets: Puppets, clock: Clock):
    publish(endpoint, entry("Worker", number=0, do="error", until="mended"))
    until("the retry to be planned", lambda: metric(endpoint, "zoetrope_retries_total") == 1, every=0.01)

    clock.step(step)
    puppets.open("mended")

    # It waits for a second by its function's policy.
    until("the retry to be done", lambda: done(puppets) == [0], seconds=6)
    assert len(puppets.notes("begin")) == 2


def test_a_restart_after_the_clock_was_set_back_runs_what_waits(endpoint: Endpoint, puppets: Puppets, clock: Clock):
    publish(endpoint, entry("Worker", number=0, do="error", until="mended"), entry("Worker", number=1, gate="go"))
    until("the retry to be planned", lambda: metric(endpoint, "zoetrope_retries_total") == 1, every=0.01)
    until("the other to run", lambda: puppets.notes("begin", number=1) or None)
    endpoint.kill()
    clock.step(-2 * HOUR)
    for gate in ("mended", "go"):
        puppets.open(gate)
    endpoint.start()
    until("both to be done", lambda: done(puppets) == [0, 1], seconds=10)
