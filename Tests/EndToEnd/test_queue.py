"""The queue under load: it has an end that publishers are told of, and no function waits for another one's backlog."""

import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import botocore.exceptions
import pytest

from harness import videos
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.job import Jobs
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

# Most invocations that are queued at the same time.
LIMIT = 1_000_000
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": SOURCE}}


def queued(endpoint: Endpoint, function: str) -> int:
    with urllib.request.urlopen(f"{endpoint.web_url}/api/status", timeout=30) as answer:
        (status,) = [one for one in json.load(answer)["functions"] if one["name"] == function]
    return status["queued"]


@dataclass
class Full:
    """An endpoint whose queue is full, and how to make room in it."""

    endpoint: Endpoint
    puppets: Puppets


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    folder = tmp_path_factory.mktemp("full")
    upload = {"Type": "S3", "Properties": {"Bucket": {"Ref": "Source"}, "Events": "s3:ObjectCreated:*"}}
    ordered = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"detail-type": ["Worker"]}}}
    puppets = Puppets(
        folder / "puppets", resources={"Source": BUCKET},
        Worker={"Gate": "go", "Events": {"Ordered": ordered, "Upload": upload}},
    )
    endpoint = Endpoint(folder / "endpoint", puppets.template)
    endpoint.start()
    try:
        publish(endpoint, entry("Worker"))
        until("the first event to run", lambda: puppets.notes("begin") or None)
        endpoint.kill()
        # A million events would take most of a minute to publish: the one that is queued is multiplied where it lies.
        with sqlite3.connect(endpoint.data / "zoetrope.sqlite") as database:
            database.execute(
                """
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
                INSERT INTO invocations (id, function, enqueued, message_group_id, payload)
                SELECT id || n, function, enqueued, message_group_id, '{}' FROM invocations, numbers
                """,
                (LIMIT - 1,),
            )
        database.close()
        endpoint.start()
        yield Full(endpoint, puppets)
        assert endpoint.is_running
    finally:
        # An orderly end would wait for what runs.
        if endpoint.is_running:
            endpoint.kill()


def put_events(endpoint: Endpoint) -> None:
    endpoint.client("events", retries={"total_max_attempts": 1}).put_events(Entries=[entry("Worker")])


def invoke(endpoint: Endpoint) -> None:
    client = endpoint.client("lambda", retries={"total_max_attempts": 1})
    client.invoke(FunctionName="Worker", InvocationType="Event", Payload=b"{}")


def upload(endpoint: Endpoint) -> None:
    client = endpoint.client("s3", retries={"total_max_attempts": 1})
    client.put_object(Bucket=SOURCE, Key="refused.mp4", Body=b"refused")


CALLS = [(put_events, "ThrottlingException", 429), (invoke, "TooManyRequestsException", 429), (upload, "SlowDown", 503)]


def refusal(call: Callable[[Endpoint], None], endpoint: Endpoint) -> dict:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(endpoint)
    return caught.value.response


@pytest.mark.parametrize("call, code, status", CALLS, ids=["PutEvents", "Invoke", "PutObject"])
def test_a_full_queue_tells_publishers_to_slow_down(call: Callable, code: str, status: int, full: Full):
    """In the words of each service, which its clients know for a reason to wait and try again."""
    answer = refusal(call, full.endpoint)
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert str(LIMIT) in answer["Error"]["Message"]


@pytest.mark.parametrize("call, code, status", CALLS, ids=["PutEvents", "Invoke", "PutObject"])
def test_a_full_queue_says_when_to_try_again(call: Callable, code: str, status: int, full: Full):
    headers = refusal(call, full.endpoint)["ResponseMetadata"]["HTTPHeaders"]
    assert re.fullmatch(r"[1-9]\d*", headers.get("retry-after", "")), headers


def test_nothing_of_what_was_refused_is_kept(full: Full):
    for call, _, _ in CALLS:
        refusal(call, full.endpoint)
    assert queued(full.endpoint, "Worker") == LIMIT
    assert Jobs(full.endpoint).sizes("", SOURCE) == {}


def test_what_needs_no_queue_is_served_while_it_is_full(full: Full):
    s3 = Jobs(full.endpoint).s3
    s3.create_bucket(Bucket="unwatched")
    s3.put_object(Bucket="unwatched", Key="text", Body=b"text")
    with urllib.request.urlopen(f"{full.endpoint.web_url}/health", timeout=10) as answer:
        assert answer.status == 200


def test_a_full_queue_takes_more_once_there_is_room(full: Full):
    """The last test: it makes room."""
    full.puppets.open("go")
    for call, _, _ in CALLS:

        def accepted() -> bool:
            try:
                call(full.endpoint)
            except botocore.exceptions.ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (429, 503)
                return False
            return True

        until(f"{call.__name__} to be accepted", accepted, seconds=30)


def still_video(path: Path, seconds: int) -> Path:
    """A video of one picture, quickly made."""
    picture = f"color=size=64x36:rate=1:duration={seconds}"
    videos.run([*videos.FFMPEG, "-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "ultrafast", path])
    return path


def test_a_short_video_does_not_wait_for_a_long_one(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    hours = still_video(tmp_path / "three hours.mp4", seconds=3 * 3600)
    minute = still_video(tmp_path / "one minute.mp4", seconds=60)
    upload = {"Type": "S3", "Properties": {"Bucket": {"Ref": "Source"}, "Events": "s3:ObjectCreated:*"}}
    snippets = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "FunctionName": "Cutter", "Runtime": "provided.al2023", "CodeUri": ".build/lambda/Snippets/",
            "Handler": "Snippets",
            "Timeout": 60, "MemorySize": 512, "Events": {"Upload": upload},
            "Environment": {"Variables": {"SourceBucketName": SOURCE, "GifsBucketName": GIFS}},
        },
    }
    gifs = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": GIFS}}
    puppets = Puppets(
        tmp_path / "puppets", resources={"Source": BUCKET, "Gifs": gifs, "Cutter": snippets},
        # What renders a clip only waits here; a third slot is for cutting.
        Clip={"Gate": "go", "ReservedConcurrentExecutions": 2, "Pattern": {"detail-type": ["newVideoCreated"]}},
    )
    endpoint = own_endpoint(template=puppets.template, arguments=("--concurrency", "3"))
    endpoint.start()
    jobs = Jobs(endpoint)

    jobs.upload(hours, "hours.mp4")
    until("the long video's clips to wait", lambda: queued(endpoint, "Clip") == 360)
    until("the first of them to run", lambda: len(puppets.notes("begin")) == 2)
    jobs.upload(minute, "minute.mp4")
    until("the short video's clips to wait behind them", lambda: queued(endpoint, "Clip") == 362)
    puppets.open("go")
    until("all clips to be done", lambda: len(puppets.notes("end")) == 362)

    served = [note["order"]["key"] for note in puppets.notes("begin")]
    assert served.count("minute.mp4") == 2
    last = len(served) - served[::-1].index("minute.mp4")
    # Those that ran, those that had been claimed by then, and as many again in turn.
    assert last <= 30, f"the short video was done after {last} of {len(served)} clips"
