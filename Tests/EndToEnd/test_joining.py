"""Identical work that is asked for while it runs is done once, and again if it fails."""

import json
from collections.abc import Iterator

import pytest

from harness.endpoint import Endpoint
from harness.installation import zoetrope
from harness.outcome import metric
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

SAME = 5


@pytest.fixture(scope="module")
def puppets(tmp_path_factory: pytest.TempPathFactory) -> Puppets:
    names = {"Joins": {"Identity": "detail"}, "Repeats": {}}
    return Puppets(
        tmp_path_factory.mktemp("puppets") / "puppets",
        **{name: {"Zoetrope": metadata, "Retries": 0} for name, metadata in names.items()},
    )


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory, puppets: Puppets) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("joining"), puppets.template, ("--concurrency", "8"))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def joined(endpoint: Endpoint) -> int:
    return metric(endpoint, "zoetrope_joined_total", function="Joins")


def queued(endpoint: Endpoint, function: str) -> int:
    return metric(endpoint, "zoetrope_queue_depth", function=function)


def test_the_same_work_runs_once_at_a_time(endpoint: Endpoint, puppets: Puppets):
    before = joined(endpoint)
    order = {"work": "same", "gate": "opened"}
    publish(endpoint, *[entry("Joins", **order)] * SAME, entry("Joins", work="other", gate="opened"))
    until("the same to be joined, and the other to run", lambda: (
        joined(endpoint) - before == SAME - 1 and len(puppets.notes("begin", gate="opened")) == 2))
    puppets.open("opened")
    until("the queue to be empty", lambda: queued(endpoint, "Joins") == 0)
    assert sorted(note["order"]["work"] for note in puppets.notes("end", gate="opened")) == ["other", "same"]

    # What is asked for after the end is work again.
    publish(endpoint, entry("Joins", **order))
    until("it to run again", lambda: len(puppets.notes("end", work="same")) == 2)


def test_what_was_joined_to_a_failure_is_tried_by_itself(endpoint: Endpoint, puppets: Puppets):
    order = {"work": "poison", "gate": "poisoned", "do": "error"}
    before = joined(endpoint)
    publish(endpoint, *[entry("Joins", **order)] * 2)
    until("one to be joined", lambda: joined(endpoint) - before == 1)
    puppets.open("poisoned")
    until("both to be tried", lambda: len(puppets.notes("begin", work="poison")) == 2)
    until("both to have failed finally", lambda: queued(endpoint, "Joins") == 0)
    letters = zoetrope("dlq", "list", "--json", "--console", endpoint.web_url)
    assert len(json.loads(letters.stdout)) == 2


def test_functions_that_do_not_say_so_run_every_event(endpoint: Endpoint, puppets: Puppets):
    publish(endpoint, *[entry("Repeats", work="repeated", gate="never closed")] * SAME)
    until("all of them to run", lambda: len(puppets.notes("begin", work="repeated")) == SAME)
    puppets.open("never closed")
    until("the queue to be empty", lambda: queued(endpoint, "Repeats") == 0)
