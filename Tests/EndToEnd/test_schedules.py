"""Schedules of a template under `zoetrope up`: with a clock that the test sets, over stops, and among nodes."""

import calendar
import json
import shutil
import time
from pathlib import Path

import pytest

from harness import lambdas
from harness.clock import Clock
from harness.endpoint import Endpoint
from harness.nodes import Nodes
from harness.waiting import until

CODE = """
import json

def handler(event, context):
    with open({notes!r}, "a") as file:
        file.write(json.dumps(event) + "\\n")
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Minutely:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: python/
      Handler: app.handler
      Runtime: python3.11
      Events:
        Tick: {Type: Schedule, Properties: {Schedule: "%s", Name: tick}}
        Never: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}
        Late:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: cron(30 2 * * ? *)
            ScheduleExpressionTimezone: Europe/Berlin
            Input: '{"late": "<aws.scheduler.scheduled-time>"}'
"""


@pytest.fixture
def compiler() -> str:
    found = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
    if found is None:
        pytest.skip("a C compiler is missing: none of cc, clang and gcc is in the path")
    return found


class Notes:
    """What the function was called with."""

    def __init__(self, folder: Path, rate: str = "rate(1 minute)"):
        self.path = folder / "notes"
        self.template = folder / "template.yaml"
        lambdas.write_program(folder / "python" / "bootstrap", lambdas.RUNTIME_CLIENT)
        (folder / "python" / "app.py").write_text(CODE.format(notes=str(self.path)))
        self.template.write_text(TEMPLATE % rate)

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def late(self) -> list[str]:
        return [event["late"] for event in self.events if "late" in event]

    def ticks(self) -> list[str]:
        return [event["time"] for event in self.events if "time" in event]


def utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_a_schedule_fires_in_its_minute_and_once_after_a_stop(tmp_path: Path, compiler: str):
    notes = Notes(tmp_path)
    clock = Clock(tmp_path / "clock", compiler)
    # Two seconds before a full minute.
    clock.step(int(118 - time.time() % 60))
    minute = (int(time.time() + clock.offset) // 60 + 1) * 60
    endpoint = Endpoint(tmp_path / "up", notes.template, environment=clock.environment)
    endpoint.start()
    until("the first minute", lambda: utc(minute) in notes.ticks())
    assert endpoint.stop() == 0
    before = notes.ticks()
    # A stop that ten minutes fall into; it ends in the middle of one.
    clock.step(600)
    clock.step(int(30 - (time.time() + clock.offset) % 60))
    missed = int(time.time() + clock.offset) // 60 * 60
    endpoint.start()
    until("what was missed", lambda: len(notes.ticks()) > len(before))
    assert endpoint.stop() == 0
    after = notes.ticks()[len(before) :]
    # Of the stop only the last minute counts; the machine may be so slow that a further one has passed.
    assert after[0] == utc(missed)
    assert len(set(after)) == len(after) and min(after) == after[0]
    assert {event["source"] for event in notes.events} == {"aws.events"}


@pytest.mark.parametrize("day, due", [("2026-03-29", []), ("2026-10-25", ["2026-10-25T00:30:00Z"])])
def test_a_stop_over_a_change_of_clocks(tmp_path: Path, compiler: str, day: str, due: list[str]):
    """02:30 in Berlin: on that day of March there is none, on that of October there are two."""
    notes = Notes(tmp_path, "rate(1 hour)")
    clock = Clock(tmp_path / "clock", compiler)
    # 23:30 UTC of the day before: 00:30 or 01:30 in Berlin.
    clock.step(int(calendar.timegm(time.strptime(day, "%Y-%m-%d")) - 1800 - time.time()))
    endpoint = Endpoint(tmp_path / "up", notes.template, environment=clock.environment)
    endpoint.start()
    assert endpoint.stop() == 0
    # 05:00 UTC: past 02:30 in each of the hours that it may be.
    clock.step(5 * 3600 + 1800)
    endpoint.start()
    # All that is due is queued together.
    until("the hourly schedule", notes.ticks)
    until("what is due", lambda: len(notes.late()) >= len(due))
    assert endpoint.stop() == 0
    assert notes.late() == due


def test_nodes_that_share_a_queue_fire_once_among_them(tmp_path: Path):
    notes = Notes(tmp_path, "rate(1 hour)")
    with Nodes(tmp_path / "nodes", template=notes.template) as nodes:
        ledgers = [node.data / "schedules.json" for node in nodes.nodes]
        for node in nodes.nodes:
            assert node.stop() == 0
        earlier = {key: value - 7200 for key, value in json.loads(ledgers[0].read_text()).items() if "tick" in key}
        assert earlier
        for ledger in ledgers:
            ledger.write_text(json.dumps(earlier))
        for node in nodes.nodes:
            node.start()

        def dealt_with() -> bool:
            states = [json.loads(ledger.read_text()) for ledger in ledgers]
            return all(state[key] > value for state in states for key, value in earlier.items())

        until("both nodes to have dealt with it", dealt_with)
        until("the call", lambda: notes.ticks())
        until("the queue to be empty", lambda: all(
            function["queued"] == 0 for function in nodes.status()["functions"]))
        assert len(notes.ticks()) == 1
