"""Stores that fail, videos that are damaged, power that goes: every job ends, with the outputs that it would have had.

The long versions are `local/bench faults`.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import damage, powercut, videos
from harness.faulty_proxy import Fault, FaultPlan, FaultyProxy, routed
from harness.job import Jobs
from harness.jobcheck import assert_whole
from harness.outcome import Outcome, announced, manifests_written, metric
from harness.recorder import Recorder

KEY = "faults/three clips.mp4"


@pytest.fixture(scope="module")
def undisturbed(jobs: Jobs, three_clips: Path) -> Outcome:
    jobs.completed(three_clips, KEY)
    return Outcome.of(jobs, KEY)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_job_completes_where_a_tenth_of_all_store_requests_fail(
    seed: int, own_endpoint: Callable, undisturbed: Outcome, three_clips: Path, tmp_path: Path
):
    recorder = Recorder(tmp_path / "recorder")
    with FaultyProxy(FaultPlan(share=0.1, seed=seed)) as proxy:
        endpoint = own_endpoint(template=routed(recorder.template, AWS_ENDPOINT_URL_S3=proxy.url))
        endpoint.start()
        proxy.upstream = endpoint.port
        jobs = Jobs(endpoint)

        jobs.completed(three_clips, KEY, seconds=120)
        jobs.settled()

        assert Outcome.of(jobs, KEY).differences(undisturbed) == []
        assert [event["detail-type"] for event in announced(recorder, KEY)] == ["videoProcessed"]
        assert manifests_written(recorder, KEY) == 2
        assert endpoint.stop() == 0
    assert proxy.problems == []
    assert {kind for kind in Fault if not proxy.faults[kind]} == set(), f"faults that never happened: {proxy.faults}"
    # Exactly one of every ten; the last tens, of requests with and without an answer's body, may not be full.
    assert abs(proxy.faults.total() - proxy.requests / 10) < 2


def test_events_whose_answer_is_lost_are_announced_once(own_endpoint: Callable, three_clips: Path, tmp_path: Path):
    recorder = Recorder(tmp_path / "recorder")
    # Of every two requests to the bus one is carried out without its sender learning of it.
    with FaultyProxy(FaultPlan(share=0.5, seed=1, kinds=[Fault.ANSWER_LOST])) as proxy:
        endpoint = own_endpoint(template=routed(recorder.template, AWS_ENDPOINT_URL_EVENTBRIDGE=proxy.url))
        endpoint.start()
        proxy.upstream = endpoint.port
        jobs = Jobs(endpoint)

        jobs.completed(three_clips, KEY)
        jobs.settled()

        assert Counter(clip["start"] for clip in recorder.announcements("newVideoCreated")) == {0: 1, 30: 1, 60: 1}
        assert len(recorder.announcements("videoProcessed")) == 1
    assert proxy.problems == []
    assert proxy.faults[Fault.ANSWER_LOST] > 0


def test_damaged_videos_end_with_a_reason_and_harm_nobody(own_endpoint: Callable, short_video: Path, tmp_path: Path):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    whole = {container: damage.small_video(container, tmp_path).read_bytes() for container in damage.CONTAINERS}
    damaged = {
        f"damaged/{number} {name}.{container}": content
        for container in whole
        for number, (name, content) in enumerate(
            damage.variants(whole[container], list(whole.values()), count=6, seed=f"bounded {container}")
        )
    }
    assert len(damaged) == 36

    manifests, problems = damage.process_all(jobs, damaged, seconds=50)

    assert problems == []
    assert {manifest["status"] for manifest in manifests.values()} == {"complete", "failed"}
    assert metric(endpoint, "zoetrope_invocations_total", outcome="success") >= len(damaged)
    assert metric(endpoint, "zoetrope_invocations_total", outcome="timedOut") == 0
    for container, content in whole.items():
        key = f"damaged/whole.{container}"
        assert_whole(jobs, key, jobs.completed(content, key))
    assert_whole(jobs, "damaged/after.mp4", jobs.completed(short_video, "damaged/after.mp4"))
    assert endpoint.stop() == 0


def test_nothing_acknowledged_is_lost_when_the_power_goes(tmp_path: Path):
    video = videos.numbered(tmp_path / "film.mp4", seconds=powercut.SECONDS, rate="10", size=damage.SIZE)
    truth, calm = powercut.undisturbed(video, tmp_path / "undisturbed")
    assert calm.problems == []

    cut = powercut.interrupted(video, tmp_path / "interrupted", truth, seed="bounded", span=calm.took)

    assert cut.problems == []
    assert cut.uploads > 0
