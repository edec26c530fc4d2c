"""The functions are forked from processes that have loaded their libraries: nothing else of them may differ."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from harness.endpoint import Endpoint
from harness.job import Jobs
from harness.jobcheck import assert_right_pictures, assert_whole
from harness.oracle import Timeline
from harness.processes import descendants, is_running, name, with_temporary_folder, zombies
from harness.waiting import until

KEY = "forked.mp4"
FUNCTIONS = ("Snippets", "ProcessClip", "Storyboard")


def named(endpoint: Endpoint, *names: str) -> list[int]:
    return [process for process in descendants(endpoint.pid) if name(process) in names and is_running(process)]


def temporary_folder(process: int) -> Path:
    """As the kernel shows it to anybody who looks, the host of a later start included."""
    for variable in Path(f"/proc/{process}/environ").read_bytes().split(b"\0"):
        if variable.startswith(b"TMPDIR="):
            return Path(os.fsdecode(variable.removeprefix(b"TMPDIR=")))
    raise AssertionError(f"process {process} has no TMPDIR")


def test_each_function_has_a_server_and_each_process_is_its_own(own_endpoint: Callable[..., Endpoint], three_clips: Path):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)

    jobs.wait(KEY, jobs.upload(three_clips, KEY))
    until("the storyboard to be made", lambda: "storyboard" in jobs.manifest(KEY))

    servers, functions = named(endpoint, "fork-server"), named(endpoint, *FUNCTIONS)
    assert len(servers) == len(FUNCTIONS)
    assert {name(process) for process in functions} == set(FUNCTIONS)
    for process in functions:
        assert os.getsid(process) == process
        assert temporary_folder(process).is_dir()
    folders = {temporary_folder(process) for process in servers + functions}
    assert len(folders) == len(servers) + len(functions)
    assert {folder.parent for folder in folders} == {endpoint.data.resolve() / "tmp"}
    until("all that ended to be waited for", lambda: not zombies(endpoint.pid), seconds=10)

    assert endpoint.stop() == 0
    assert with_temporary_folder(endpoint.data) == []


def test_servers_that_are_killed_during_a_job_cost_nothing(
    own_endpoint: Callable[..., Endpoint], three_clips: Path, three_clips_truth: Timeline
):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    killed = set()

    def kill_servers() -> bool:
        # So many: on a slow machine none would live long enough to start anything.
        for server in named(endpoint, "fork-server") if len(killed) < 40 else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(server, signal.SIGKILL)
                killed.add(server)
        return jobs.manifest(KEY) is not None

    etag = jobs.upload(three_clips, KEY)
    until("the job to end", kill_servers, seconds=240)

    assert killed
    manifest = jobs.wait(KEY, etag)
    assert_whole(jobs, KEY, manifest)
    assert_right_pictures(jobs, KEY, manifest, three_clips_truth)
    until("all of them to be waited for", lambda: not zombies(endpoint.pid), seconds=10)
    assert endpoint.stop() == 0


def test_nothing_is_left_of_a_host_that_was_killed(own_endpoint: Callable[..., Endpoint], three_clips: Path):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    etag = jobs.upload(three_clips, KEY)
    until("clips to be rendered", lambda: named(endpoint, "ProcessClip") or None, every=0.005)
    left: list[int] = []

    def all_are_seen() -> bool:
        # One that has just been started is not what it is going to be yet.
        here = set(named(endpoint, "fork-server", *FUNCTIONS))
        left[:] = with_temporary_folder(endpoint.data)
        return here <= set(left)

    until("every process to have a folder of its own", all_are_seen)

    endpoint.kill()

    # A process that is ending has no environment any more, so each is asked for by its number too.
    until("all of them to end", lambda: not with_temporary_folder(endpoint.data) and not any(map(is_running, left)))
    endpoint.start()
    assert_whole(jobs, KEY, jobs.wait(KEY, etag))
    assert endpoint.stop() == 0
