"""Nothing that was acknowledged is lost, however the endpoint ends."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.endpoint import Endpoint, up_arguments
from harness.installation import zoetrope
from harness.job import Jobs
from harness.jobcheck import assert_right_pictures, assert_whole
from harness.oracle import Timeline
from harness.processes import with_temporary_folder
from harness.waiting import until

KEY = "recovered.mp4"


def _upload_acknowledged(jobs: Jobs) -> bool:
    return True


def _cut_into_clips(jobs: Jobs) -> bool:
    return any(name.endswith("plan.json") for name in jobs.sizes("recovered/.clips/"))


def _first_pictures(jobs: Jobs) -> bool:
    return len(jobs.pictures(KEY)) > 5


def _first_clip_done(jobs: Jobs) -> bool:
    return any(name.endswith(("/0.json", "/30.json", "/60.json")) for name in jobs.sizes("recovered/.clips/"))


MOMENTS = [_upload_acknowledged, _cut_into_clips, _first_pictures, _first_clip_done]


def processes_of(endpoint: Endpoint) -> list[int]:
    """Functions of the endpoint, and what they are forked from."""
    return with_temporary_folder(endpoint.data)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__.strip("_"))
def test_a_job_survives_a_kill(
    moment: Callable[[Jobs], bool], own_endpoint: Callable, three_clips: Path, three_clips_truth: Timeline
):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    etag = jobs.upload(three_clips, KEY)
    until(moment.__name__, lambda: moment(jobs), seconds=30, every=0.005)

    endpoint.kill()

    until("its functions to end with it", lambda: not processes_of(endpoint), seconds=10)
    endpoint.start()
    manifest = jobs.wait(KEY, etag)
    assert_whole(jobs, KEY, manifest)
    assert_right_pictures(jobs, KEY, manifest, three_clips_truth)
    assert endpoint.stop() == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_job_goes_on_after_an_orderly_stop(how: signal.Signals, own_endpoint: Callable, three_clips: Path):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    etag = jobs.upload(three_clips, KEY)

    assert endpoint.stop(how) == 0

    assert processes_of(endpoint) == []
    endpoint.start()
    assert_whole(jobs, KEY, jobs.wait(KEY, etag))


def test_a_data_folder_serves_one_endpoint_at_a_time(endpoint: Endpoint):
    second = zoetrope(*up_arguments(endpoint.data), seconds=30)
    assert second.returncode == 1
    assert str(endpoint.data) in second.stderr


def test_a_taken_port_is_said(endpoint: Endpoint, tmp_path: Path):
    second = zoetrope(*up_arguments(tmp_path / "data", port=endpoint.port), seconds=30)
    assert second.returncode == 1
    assert str(endpoint.port) in second.stderr
