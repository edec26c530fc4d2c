"""Events come at least once and in any order: the outputs are the same, and a job ends once."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from harness.endpoint import SOURCE, Endpoint
from harness.installation import PROJECT, zoetrope
from harness.job import Jobs
from harness.jobcheck import assert_whole
from harness.outcome import Outcome, announced, manifests_written
from harness.recorder import Recorder

KEY = "repeated/three clips.mp4"
COPIES = 3


@dataclass
class Truth:
    """What comes of the video, and the events of its clips, where everything happens once."""

    outcome: Outcome
    clips: list[dict]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory, three_clips: Path) -> Truth:
    folder = tmp_path_factory.mktemp("once")
    recorder = Recorder(folder / "recorder")
    endpoint = Endpoint(folder / "endpoint", template=recorder.template)
    endpoint.start()
    try:
        jobs = Jobs(endpoint)
        jobs.completed(three_clips, KEY)
        jobs.settled()
        clips = recorder.announcements("newVideoCreated")
        assert len(clips) == 3
        return Truth(Outcome.of(jobs, KEY), clips)
    finally:
        endpoint.stop()


def created(etag: str | None) -> dict:
    """S3's notification of the upload."""
    event = json.loads((PROJECT / "local" / "events" / "s3-notification.json").read_text())
    event["Records"][0]["s3"]["bucket"]["name"] = SOURCE
    event["Records"][0]["s3"]["object"] = {"key": quote_plus(KEY, safe="/"), "size": 1, "sequencer": "01"}
    if etag:
        event["Records"][0]["s3"]["object"]["eTag"] = etag
    return event


def send(endpoint: Endpoint, events: list[dict]) -> None:
    """Clips over the bus, notifications straight to the function, one after the other."""
    bus, functions = endpoint.client("events"), endpoint.client("lambda")
    for event in events:
        if "Records" in event:
            answer = functions.invoke(
                FunctionName="SnippetsFunction", InvocationType="Event", Payload=json.dumps(event).encode()
            )
            assert answer["StatusCode"] == 202
        else:
            entry = {"Source": "custom.gifGenerator", "DetailType": "newVideoCreated", "Detail": json.dumps(event)}
            assert bus.put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_a_job_is_the_same_however_often_and_in_whatever_order_its_events_come(
    own_endpoint: Callable[..., Endpoint], truth: Truth, three_clips: Path, tmp_path: Path
):
    recorder = Recorder(tmp_path / "recorder")
    endpoint = own_endpoint(template=recorder.template)
    endpoint.start()
    jobs = Jobs(endpoint)
    etag = truth.outcome.manifest["source"]["etag"]
    by_hand = [{name: clip[name] for name in ("key", "start", "end", "length", "tsCreated")} for clip in truth.clips]
    events = COPIES * [*truth.clips, *by_hand, created(etag), created(None)]
    shuffle = random.Random("any order").shuffle

    # Before there is a video, while it is worked on, and when all is over.
    shuffle(events)
    send(endpoint, events)
    jobs.settled()
    assert jobs.sizes("repeated/") == {}
    assert jobs.upload(three_clips, KEY) == etag
    shuffle(events)
    send(endpoint, events)
    manifest = jobs.wait(KEY, etag)
    shuffle(events)
    send(endpoint, events)
    jobs.settled()

    assert_whole(jobs, KEY, manifest)
    assert jobs.manifest(KEY) == manifest
    assert Outcome.of(jobs, KEY).differences(truth.outcome) == []
    assert manifests_written(recorder, KEY) == 2
    assert [event["detail-type"] for event in announced(recorder, KEY)] == ["videoProcessed"]
    assert zoetrope("dlq", "list", "--console", endpoint.web_url).stdout == "no dead letters\n"


def test_late_events_of_an_older_version_do_not_touch_the_newer_one(
    own_endpoint: Callable[..., Endpoint], truth: Truth, three_clips: Path, short_video: Path, tmp_path: Path
):
    recorder = Recorder(tmp_path / "recorder")
    endpoint = own_endpoint(template=recorder.template)
    endpoint.start()
    jobs = Jobs(endpoint)
    manifest = jobs.completed(short_video, KEY)
    before = Outcome.of(jobs, KEY)

    send(endpoint, COPIES * [*truth.clips, created(truth.outcome.manifest["source"]["etag"])])
    jobs.settled()

    assert jobs.manifest(KEY) == manifest
    assert Outcome.of(jobs, KEY).differences(before) == []
    assert (len(announced(recorder, KEY)), manifests_written(recorder, KEY)) == (1, 2)
