"""A job that an outage has made fail is mended when the outage is over."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.endpoint import SOURCE, Endpoint
from harness.faulty_proxy import Fault, FaultPlan, FaultyProxy, routed
from harness.installation import TEMPLATE, zoetrope
from harness.job import Jobs
from harness.jobcheck import assert_whole
from harness.waiting import until

KEY = "outage/short.mp4"


@dataclass
class Failed:
    """An endpoint with a job whose first function has used up all its tries, and whose failure is written down."""

    jobs: Jobs
    manifest: dict


def dead_letters(endpoint: Endpoint) -> list[dict]:
    return json.loads(zoetrope("dlq", "list", "--json", "--console", endpoint.web_url).stdout)


@pytest.fixture
def failed(own_endpoint: Callable[..., Endpoint], short_video: Path, tmp_path: Path) -> Iterator[Failed]:
    template = Path(shutil.copy(TEMPLATE, tmp_path))
    plan = FaultPlan(share=1, seed=1, kinds=[Fault.INTERNAL_ERROR])
    with FaultyProxy(plan) as store:
        endpoint = own_endpoint(template=routed(template, AWS_ENDPOINT_URL_S3=store.url))
        endpoint.start()
        store.upstream = endpoint.port
        jobs = Jobs(endpoint)
        etag = jobs.upload(short_video, KEY)
        until("the first function to be given up", lambda: dead_letters(endpoint) or None, seconds=60, every=0.2)
        plan.end()
        manifest = jobs.wait(KEY, etag)
        jobs.settled()
        yield Failed(jobs, manifest)


def test_a_job_that_fails_for_want_of_the_store_says_so(failed: Failed):
    assert failed.manifest["status"] == "failed"
    assert "3 attempts" in failed.manifest["reason"]
    (letter,) = dead_letters(failed.jobs.endpoint)
    assert (letter["function"], letter["attempts"], letter["errorType"]) == ("SnippetsFunction", 3, "InternalError")
    (record,) = letter["event"]["Records"]
    assert (record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]) == (SOURCE, KEY)


def test_its_dead_letter_redriven_completes_it(failed: Failed):
    ended = zoetrope("dlq", "redrive", "--all", "--console", failed.jobs.endpoint.web_url)
    assert (ended.returncode, ended.stdout) == (0, "1 queued again\n")
    failed.jobs.settled()
    assert_whole(failed.jobs, KEY, failed.jobs.manifest(KEY))


def test_the_same_video_uploaded_again_completes_it(failed: Failed, short_video: Path):
    failed.jobs.upload(short_video, KEY)
    failed.jobs.settled()
    assert_whole(failed.jobs, KEY, failed.jobs.manifest(KEY))
