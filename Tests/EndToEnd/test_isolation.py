"""A function that misbehaves costs its own invocations: nothing else, and nothing permanently."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.endpoint import Endpoint
from harness.installation import zoetrope
from harness.processes import is_running, zombies
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

TRIES = 2
# What each way to misbehave is reported as: type of the error, and words of its message.
REPORTED = {
    "crash": ("Runtime.ExitError", "segmentation fault"),
    "exit": ("Runtime.ExitError", "exit status 3"),
    "hang": ("Sandbox.Timedout", "timed out after 2.00 seconds"),
    "leak": ("Runtime.OutOfMemory", "memory size is 128 MB"),
    "error": ("Ordered", "as ordered"),
    "fork": ("Runtime.ExitError", "segmentation fault"),
    "fork-session": ("Sandbox.Timedout", "timed out after 2.00 seconds"),
}
ORDERS = {do: {"do": do, "until": "mended"} for do in REPORTED}
ORDERS["fork"]["then"] = "crash"
ORDERS["fork-session"]["then"] = "hang"
# Only what is to hang has little time; what fails by itself must get there on a busy machine too.
FUNCTIONS = {do: "Sluggard" if "hang" in order.values() else "Trouble" for do, order in ORDERS.items()}


@dataclass
class Troubled:
    """What was seen while functions did all of this and another had its own work."""

    endpoint: Endpoint
    puppets: Puppets
    letters: dict[str, dict]
    # Answers that the other function gave meanwhile.
    answers: list[dict]


def dead_letters(endpoint: Endpoint) -> list[dict]:
    ended = zoetrope("dlq", "list", "--json", "--console", endpoint.web_url)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    folder = tmp_path_factory.mktemp("troubled")
    puppets = Puppets(
        folder / "puppets",
        Trouble={"Retries": TRIES - 1}, Sluggard={"Timeout": 2, "Retries": TRIES - 1}, Chatter={"Retries": 0},
        Steady={"Retries": 0},
    )
    endpoint = Endpoint(folder / "endpoint", puppets.template, ("--concurrency", "12"))
    endpoint.start()
    try:
        trouble = [entry(FUNCTIONS[do], **order) for do, order in ORDERS.items()]
        publish(endpoint, *trouble, entry("Chatter", do="flood", lines=13_000))
        steady = endpoint.client("lambda", retries={"total_max_attempts": 1})
        answers = []

        def all_dead() -> bool:
            answers.append(steady.invoke(FunctionName="Steady", Payload=b'{"work": %d}' % len(answers)))
            with urllib.request.urlopen(f"{endpoint.web_url}/api/dead-letters", timeout=10) as found:
                return len(json.load(found)["deadLetters"]) >= len(ORDERS)

        until("all of it to have failed finally", all_dead)
        letters = {letter["event"]["detail"]["do"]: letter for letter in dead_letters(endpoint)}
        yield Troubled(endpoint, puppets, letters, answers)
        assert endpoint.stop() == 0
    finally:
        if endpoint.is_running:
            endpoint.kill()
        for note in puppets.notes("child"):
            if is_running(note["child"]):
                os.kill(note["child"], signal.SIGKILL)


def test_another_function_answers_meanwhile(troubled: Troubled):
    assert len(troubled.answers) > 1
    for number, answer in enumerate(troubled.answers):
        assert (answer["StatusCode"], answer.get("FunctionError")) == (200, None)
        assert json.load(answer["Payload"]) == {"done": {"work": number}}


@pytest.mark.parametrize("do", REPORTED)
def test_a_dead_letter_holds_the_error_the_tries_and_the_event(do: str, troubled: Troubled):
    letter = troubled.letters[do]
    kind, words = REPORTED[do]
    assert (letter["function"], letter["condition"]) == (FUNCTIONS[do], "RetriesExhausted")
    assert letter["errorType"] == kind
    assert words in letter["errorMessage"]
    begun = troubled.puppets.notes("begin", do=do)
    assert letter["attempts"] == len(begun) == TRIES
    # One request, tried again.
    assert {note["request"] for note in begun} == {letter["requestID"]}
    assert letter["event"]["detail"] == ORDERS[do]
    assert (letter["event"]["source"], letter["event"]["detail-type"]) == ("custom.puppets", FUNCTIONS[do])


def test_each_failed_by_itself(troubled: Troubled):
    """None was taken down with another: all dead letters are there, each once."""
    assert sorted(troubled.letters) == sorted(REPORTED)
    assert len(dead_letters(troubled.endpoint)) == len(REPORTED)


def test_a_flood_of_log_is_cut_and_its_invocation_goes_on(troubled: Troubled):
    until("the flood to end", lambda: troubled.puppets.notes("end", do="flood") or None)
    ended = zoetrope("logs", "--function", "Chatter", "--lines", "5000", "--console", troubled.endpoint.web_url)
    assert ended.returncode == 0, ended.stderr
    assert "bytes not kept" in ended.stdout


def test_processes_and_folders_of_what_failed_are_gone(troubled: Troubled):
    failed = [note for do in REPORTED for note in troubled.puppets.notes("begin", do=do) if do != "error"]
    assert len(failed) == TRIES * (len(REPORTED) - 1)
    assert [note["pid"] for note in failed if is_running(note["pid"])] == []
    until("their folders to go", lambda: not any(Path(note["temporary"]).exists() for note in failed), seconds=10)
    until("their processes to be waited for", lambda: not zombies(troubled.endpoint.pid), seconds=10)


def test_a_child_that_outlives_its_function_is_killed(troubled: Troubled):
    children = [note["child"] for note in troubled.puppets.notes("child", do="fork")]
    assert len(children) == TRIES
    until("the children to go", lambda: not any(map(is_running, children)), seconds=10)


def test_a_child_with_a_session_of_its_own_is_killed_too(troubled: Troubled):
    children = [note["child"] for note in troubled.puppets.notes("child", do="fork-session")]
    assert len(children) == TRIES
    until("the children to go", lambda: not any(map(is_running, children)), seconds=3)


def test_dead_letters_are_run_again_and_removed(troubled: Troubled):
    """The last test: it changes what the others look at."""
    console = ("--console", troubled.endpoint.web_url)
    crash, leak = troubled.letters["crash"], troubled.letters["leak"]
    troubled.puppets.open("mended")

    again = zoetrope("dlq", "redrive", crash["id"], *console)

    assert (again.returncode, again.stdout) == (0, "1 queued again\n")
    (mended,) = until("what was queued again to end", lambda: troubled.puppets.notes("end", do="crash") or None)
    assert mended["request"] == crash["requestID"]
    left = {letter["id"] for letter in troubled.letters.values()} - {crash["id"]}
    assert {letter["id"] for letter in dead_letters(troubled.endpoint)} == left

    purged = zoetrope("dlq", "purge", leak["id"], *console)
    assert (purged.returncode, purged.stdout) == (0, "1 removed\n")
    assert {letter["id"] for letter in dead_letters(troubled.endpoint)} == left - {leak["id"]}

    for unsaid in ("redrive", "purge"):
        assert zoetrope("dlq", unsaid, *console).returncode == 2, "neither ids nor --all"
    purged = zoetrope("dlq", "purge", "--all", *console)
    assert (purged.returncode, purged.stdout) == (0, f"{len(left) - 1} removed\n")
    assert zoetrope("dlq", "list", *console).stdout == "no dead letters\n"
    assert troubled.puppets.notes("end", do="leak") == []
