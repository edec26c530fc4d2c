"""How `zoetrope up` ends and begins again with work at hand: drained, cut short, or killed."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.endpoint import Endpoint
from harness.processes import descendants, is_running, zombies
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

# Two run at the same time, the others wait.
RUNNING, EVENTS = 2, 5


@pytest.fixture
def puppets(tmp_path: Path) -> Iterator[Puppets]:
    made = Puppets(tmp_path / "puppets", Worker={})
    yield made
    for note in made.notes("child"):
        if is_running(note["child"]):
            os.kill(note["child"], signal.SIGKILL)


@pytest.fixture
def endpoint(own_endpoint: Callable[..., Endpoint], puppets: Puppets) -> Endpoint:
    # With what is said of the steps of its end.
    made = own_endpoint(template=puppets.template, arguments=("--concurrency", str(RUNNING), "--log-level", "debug"))
    made.start()
    return made


def begin(endpoint: Endpoint, puppets: Puppets, **order: object) -> None:
    """Has some events running and the others waiting."""
    publish(endpoint, *[entry("Worker", number=number, **order) for number in range(EVENTS)])
    until("the first events to run", lambda: len(puppets.notes("begin")) == RUNNING)


def ask_to_end(endpoint: Endpoint, how: signal.Signals) -> None:
    """Sends a signal and waits until it has been heard."""
    endpoint.send(how)
    until("the end to begin", lambda: "Triggering graceful shutdown" in endpoint.log.read_text(), seconds=20)


def numbers(notes: list[dict]) -> Counter:
    return Counter(note["order"]["number"] for note in notes)


def complete(endpoint: Endpoint, puppets: Puppets, expected: int = EVENTS) -> None:
    endpoint.start()
    until("all events to be done", lambda: len(numbers(puppets.notes("end"))) == expected)
    assert endpoint.stop() == 0
    begun = puppets.notes("begin")
    until("all processes to go", lambda: not any(is_running(note["pid"]) for note in begun), seconds=10)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_what_runs_ends_and_nothing_new_begins(how: signal.Signals, endpoint: Endpoint, puppets: Puppets):
    begin(endpoint, puppets, gate="go")

    ask_to_end(endpoint, how)
    # It serves until its functions are done, which may need it.
    publish(endpoint, entry("Worker", number=EVENTS, gate="go"))
    puppets.open("go")

    assert endpoint.ended(seconds=15) == 0
    drained = numbers(puppets.notes("end"))
    assert len(drained) == len(puppets.notes("begin")) == RUNNING
    complete(endpoint, puppets, expected=EVENTS + 1)
    # What had ended was recorded, and nothing was begun without being ended.
    assert numbers(puppets.notes("begin")) == dict.fromkeys(range(EVENTS + 1), 1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_second_signal_ends_it_at_once_and_the_work_goes_on_at_the_next_start(
    how: signal.Signals, endpoint: Endpoint, puppets: Puppets
):
    begin(endpoint, puppets, gate="go")
    cut_off = puppets.notes("begin")

    ask_to_end(endpoint, how)
    assert all(is_running(note["pid"]) for note in cut_off), "it did not wait for what runs"
    endpoint.send(how)

    # Without the second signal it would wait for 20 s.
    assert endpoint.ended(seconds=10) == 130
    until("its functions to end with it", lambda: not any(is_running(note["pid"]) for note in cut_off), seconds=10)
    assert puppets.notes("end") == []
    puppets.open("go")
    complete(endpoint, puppets)
    twice = {note["order"]["number"] for note in cut_off}
    assert numbers(puppets.notes("begin")) == {number: 1 + (number in twice) for number in range(EVENTS)}
    assert numbers(puppets.notes("end")) == dict.fromkeys(range(EVENTS), 1)


@pytest.mark.parametrize("do", ["fork", "fork-session"])
def test_what_a_killed_host_left_is_gone_after_the_next_start(do: str, endpoint: Endpoint, puppets: Puppets):
    begin(endpoint, puppets, do=do, then="hang", until="mended")
    until("their children to run", lambda: len(puppets.notes("child")) == RUNNING)
    left = puppets.notes("begin")
    orphans = [note["child"] for note in puppets.notes("child")]

    endpoint.kill()

    until("its functions to end with it", lambda: not any(is_running(note["pid"]) for note in left), seconds=10)
    assert all(map(is_running, orphans)), "nothing is left that could be cleaned up"
    assert all(Path(note["temporary"]).exists() for note in left)
    puppets.open("mended")
    endpoint.start()
    assert [orphan for orphan in orphans if is_running(orphan)] == []
    assert [note["temporary"] for note in left if Path(note["temporary"]).exists()] == []
    until("all events to be done", lambda: len(numbers(puppets.notes("end"))) == EVENTS)
    assert endpoint.stop() == 0


def test_every_process_that_ends_is_waited_for(endpoint: Endpoint, puppets: Puppets):
    ways = ["crash", "exit", "leak", "fork"]
    orders = [{"number": number, "do": do, "then": "crash", "until": "mended"} for number, do in enumerate(ways)]
    publish(endpoint, *[entry("Worker", **order) for order in orders])
    until("all of them to have begun", lambda: len(numbers(puppets.notes("begin"))) == len(ways))
    puppets.open("mended")
    until("all events to be done", lambda: len(numbers(puppets.notes("end"))) == len(ways))

    ended = {note["pid"] for note in puppets.notes("begin")} - {note["pid"] for note in puppets.notes("end")}
    assert ended, "no process has ended"
    until("them to be waited for", lambda: not ended & set(descendants(endpoint.pid)), seconds=10)
    until("all others to be waited for", lambda: not zombies(endpoint.pid), seconds=10)
