"""What other functions of a deployment see of a job."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from harness.job import Jobs, Names
from harness.recorder import Recorder
from harness.waiting import until


def test_a_job_announces_each_clip_and_its_end_once(own_endpoint: Callable, three_clips: Path, tmp_path: Path):
    recorder = Recorder(tmp_path / "recorder")
    endpoint = own_endpoint(template=recorder.template)
    endpoint.start()
    jobs = Jobs(endpoint)
    key, bad = "events/däy 1+2.mp4", "events/bad.mp4"

    manifest = jobs.completed(three_clips, key)
    failed = jobs.process(b"no video at all" * 100, bad)
    jobs.settled()

    clips = recorder.announcements("newVideoCreated")
    assert [
        {name: clip[name] for name in ("key", "start", "end", "length")} for clip in sorted(clips, key=lambda c: c["start"])
    ] == [{"key": key, "start": start, "end": start + 29, "length": manifest["duration"]} for start in (0, 30, 60)]
    assert all(abs(clip["tsCreated"] - manifest["createdAt"]) < 120_000 for clip in clips)

    (processed,) = recorder.announcements("videoProcessed")
    assert processed["key"] == key
    assert processed["status"] == "complete"
    assert processed["etag"] == manifest["source"]["etag"]
    assert (processed["clips"], processed["frames"], processed["length"]) == (3, 65, manifest["duration"])
    assert processed["manifest"] == Names.of(key).manifest
    (gave_up,) = recorder.announcements("videoFailed")
    assert (gave_up["key"], gave_up["reason"]) == (bad, failed["reason"])

    # Notifications travel apart from the work; all are there when as many have come as objects exist.
    # A whole job's manifest is written a second time when its storyboard is there.
    manifests = [Names.of(key).manifest, Names.of(key).manifest, Names.of(bad).manifest]
    expected = sorted([*jobs.pictures(key), *jobs.storyboard(key), *manifests])

    def notified() -> Counter:
        return Counter(name for name in recorder.created() if "/.clips/" not in name)

    until("the notifications", lambda: sum(notified().values()) >= len(expected))
    assert sorted(notified().elements()) == expected, "everything is written exactly once"


def test_a_clip_announced_by_hand_is_rendered(jobs: Jobs, short_video: Path):
    """DESIGN §3: additional fields are never required of an event written by hand; `Key` is accepted for `key`."""
    key = "events/by hand.mp4"
    manifest = jobs.completed(short_video, key)
    gif = jobs.get(manifest["clips"][0]["gif"])
    detail = json.dumps({"Key": key, "start": 0, "end": 29, "length": 2.0, "tsCreated": 1623929798333})
    for name in jobs.sizes("events/by hand/"):
        jobs.s3.delete_object(Bucket="zoetrope-gifs", Key=name)

    answer = jobs.endpoint.client("events").put_events(
        Entries=[{"Source": "custom.gifGenerator", "DetailType": "newVideoCreated", "Detail": detail}]
    )

    assert answer["FailedEntryCount"] == 0
    again = jobs.wait(key, manifest["source"]["etag"])
    assert jobs.get(again["clips"][0]["gif"]) == gif
