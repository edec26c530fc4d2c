"""A job that is cut off at a random instant, with uploads of other objects going on; what must be there afterwards."""

import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import botocore.exceptions

from .endpoint import Endpoint
from .job import Jobs
from .outcome import Outcome, announced, manifests_written
from .processes import descendants, is_running
from .recorder import Recorder
from .waiting import until

KEY, CLIPS, SECONDS = "cut/film.mp4", 20, 40
_BUCKET = "uploads"
_LARGEST = 64 << 10


@dataclass
class Round:
    """How one job went."""

    # Seconds from the acknowledgement of the video: to the cut, and to the manifest if there was none.
    cut_after: float | None = None
    took: float | None = None
    clips_before: int = 0
    finished_before: bool = False
    uploads: int = 0
    recovery: float = 0
    problems: list[str] = field(default_factory=list)


class Uploads:
    """Puts small objects, one after the other, until it is stopped or the endpoint is gone."""

    def __init__(self, endpoint: Endpoint, seed: str):
        self.acknowledged: dict[str, bytes] = {}
        # The one whose answer never came.
        self.open: tuple[str, bytes] | None = None
        self._random = random.Random(seed)
        self._s3 = endpoint.client("s3", retries={"total_max_attempts": 1}, read_timeout=20)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._put, daemon=True)

    def __enter__(self) -> "Uploads":
        self._s3.create_bucket(Bucket=_BUCKET)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=60)
        assert not self._thread.is_alive(), "an upload did not end"

    def _put(self) -> None:
        number = 0
        # A little apart, so that the job gets its share of the machine.
        while not self._over.wait(0.005):
            key, content = f"{number:05}", self._random.randbytes(self._random.randrange(_LARGEST))
            self.open = (key, content)
            try:
                self._s3.put_object(Bucket=_BUCKET, Key=key, Body=content)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                return
            self.acknowledged[key] = content
            self.open = None
            number += 1

    def problems(self, jobs: Jobs) -> list[str]:
        """What is not as it was acknowledged; the upload that was under way may be there, but then whole."""
        found = [
            f"upload {key} is lost or has other bytes"
            for key, content in self.acknowledged.items()
            if jobs.get(key, _BUCKET) != content
        ]
        if self.open and jobs.get(self.open[0], _BUCKET) not in (None, self.open[1]):
            found.append(f"upload {self.open[0]}, never acknowledged, is there in part")
        known = {*self.acknowledged, self.open[0] if self.open else ""}
        return found + [f"'{key}' was never uploaded" for key in jobs.sizes("", _BUCKET).keys() - known]


def cut_power(endpoint: Endpoint) -> None:
    """Kills the endpoint and every process below it."""
    children = descendants(endpoint.pid)
    endpoint.kill()
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It has ended with its host.
    until("all processes to be gone", lambda: not any(is_running(child) for child in children), seconds=10)


def undisturbed(video: Path, folder: Path) -> tuple[Outcome, Round]:
    """The same job with the same uploads, and nothing else."""
    return _job(video, folder, seed="undisturbed", cut_after=None)


def interrupted(video: Path, folder: Path, truth: Outcome, seed: str, span: float) -> Round:
    """The job with a cut at an instant of its first `span` seconds, and what is wrong after it."""
    outcome, result = _job(video, folder, seed, cut_after=random.Random(seed).uniform(0, span))
    result.problems += outcome.differences(truth)
    return result


def _job(video: Path, folder: Path, seed: str, cut_after: float | None) -> tuple[Outcome, Round]:
    recorder = Recorder(folder / "recorder")
    endpoint = Endpoint(
        folder / "endpoint", template=recorder.template, arguments=("--parameter", f"SnippetSize={SECONDS // CLIPS}")
    )
    result = Round(cut_after=cut_after)
    endpoint.start()
    try:
        jobs = Jobs(endpoint)
        with Uploads(endpoint, seed) as uploads:
            etag = jobs.upload(video, KEY)
            began = time.monotonic()
            if cut_after is None:
                jobs.wait(KEY, etag)
                result.took = time.monotonic() - began
            else:
                # Nothing is waited for here: the instant is the point.
                threading.Event().wait(cut_after)
                cut_at = time.time() * 1000
                cut_power(endpoint)
        if cut_after is not None:
            began = time.monotonic()
            endpoint.start()
            manifest = jobs.wait(KEY, etag, seconds=120)
            result.recovery = time.monotonic() - began
            result.finished_before = manifest["createdAt"] < cut_at
            result.clips_before = sum(
                stamp < cut_at for stamp in (clip["timings"]["finishedAt"] for clip in manifest["clips"])
            )
        jobs.settled(seconds=120)
        result.uploads = len(uploads.acknowledged)
        result.problems = uploads.problems(jobs) + _announcement_problems(recorder)
        outcome = Outcome.of(jobs, KEY)
        if outcome.manifest["status"] != "complete" or len(outcome.manifest["clips"]) != CLIPS:
            result.problems.append(f"the job is {outcome.manifest['status']}: {outcome.manifest.get('reason')}")
    finally:
        code = endpoint.stop() if endpoint.is_running else None
    if code != 0:
        result.problems.append(f"the endpoint ended with code {code}: {endpoint.tail()}")
    return outcome, result


def _announcement_problems(recorder: Recorder) -> list[str]:
    kinds = [event["detail-type"] for event in announced(recorder, KEY)]
    written = manifests_written(recorder, KEY)
    return [
        *([] if kinds == ["videoProcessed"] else [f"announced as {kinds}, not once as videoProcessed"]),
        *([] if written == 2 else [f"{written} manifests were written, not one, and that again with the storyboard"]),
    ]
