"""Rules and targets made through EventBridge's API, by its own client."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.exceptions
import pytest

from harness.endpoint import Endpoint
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:Worker"
PATTERN = {"detail-type": ["made by hand"], "detail": {"size": [{"numeric": [">", 10]}]}}


@pytest.fixture
def puppets(tmp_path: Path) -> Puppets:
    return Puppets(tmp_path / "puppets", Worker={})


@pytest.fixture
def endpoint(tmp_path: Path, puppets: Puppets) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path / "endpoint", puppets.template)
    endpoint.start()
    yield endpoint
    if endpoint.is_running:
        assert endpoint.stop() == 0


def make_rule(endpoint: Endpoint, name: str = "by-hand", **target: str) -> None:
    bus = endpoint.client("events")
    arn = bus.put_rule(Name=name, EventPattern=json.dumps(PATTERN), Description="big ones")["RuleArn"]
    assert arn == f"arn:aws:events:us-east-1:000000000000:rule/{name}"
    answer = bus.put_targets(Rule=name, Targets=[{"Id": "worker", "Arn": ARN, **target}])
    assert answer["FailedEntryCount"] == 0


def code_of(call: Callable, **arguments: object) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_a_rule_made_by_the_api_is_in_force_at_once_and_after_a_restart(endpoint: Endpoint, puppets: Puppets):
    make_rule(endpoint, InputPath="$.detail")
    publish(endpoint, entry("made by hand", size=11, run=1), entry("made by hand", size=9, run=1))
    until("the matching event", lambda: len(puppets.notes("end", run=1)) == 1)

    endpoint.kill()
    endpoint.start()
    publish(endpoint, entry("made by hand", size=9, run=2), entry("made by hand", size=12, run=2))
    until("the matching event", lambda: len(puppets.notes("end", run=2)) == 1)
    assert puppets.notes("end", run=2)[0]["order"]["size"] == 12


def test_rules_are_described_listed_disabled_and_deleted(endpoint: Endpoint, puppets: Puppets):
    make_rule(endpoint)
    bus = endpoint.client("events")
    described = bus.describe_rule(Name="by-hand")
    assert (json.loads(described["EventPattern"]), described["State"]) == (PATTERN, "ENABLED")
    assert described["Description"] == "big ones" and "ManagedBy" not in described
    assert "by-hand" in [rule["Name"] for rule in bus.list_rules(NamePrefix="by-")["Rules"]]
    assert bus.list_targets_by_rule(Rule="by-hand")["Targets"] == [{"Id": "worker", "Arn": ARN}]
    assert "by-hand" in bus.list_rule_names_by_target(TargetArn=ARN)["RuleNames"]

    bus.disable_rule(Name="by-hand")
    publish(endpoint, entry("made by hand", size=11))
    bus.enable_rule(Name="by-hand")
    publish(endpoint, entry("made by hand", size=12))
    until("the event after it was enabled", lambda: puppets.notes("end", size=12) or None)
    assert puppets.notes("begin", size=11) == []

    assert code_of(bus.delete_rule, Name="by-hand") == "ValidationException"
    bus.remove_targets(Rule="by-hand", Ids=["worker"])
    bus.delete_rule(Name="by-hand")
    bus.delete_rule(Name="by-hand")
    assert code_of(bus.describe_rule, Name="by-hand") == "ResourceNotFoundException"


def test_what_cannot_be_honoured_is_refused_in_words(endpoint: Endpoint):
    bus = endpoint.client("events")
    assert code_of(bus.put_rule, Name="bad", EventPattern='{"source": "not an array"}') == "InvalidEventPatternException"
    alternatives = [{"a": [number]} for number in range(32)]
    combined = json.dumps({"$or": alternatives, "detail": {"$or": alternatives}})
    assert code_of(bus.put_rule, Name="bad", EventPattern=combined) == "InvalidEventPatternException"
    long = json.dumps({"source": ["x" * 4096]})
    assert code_of(bus.put_rule, Name="long", EventPattern=long) == "ValidationException"
    assert code_of(bus.test_event_pattern, EventPattern=long, Event="{}") == "ValidationException"
    assert code_of(bus.put_rule, Name="timer", ScheduleExpression="rate(1 minute)") == "ValidationException"
    assert code_of(bus.put_rule, Name="a b", EventPattern=json.dumps(PATTERN)) == "ValidationException"
    assert code_of(bus.put_rule, Name="x", EventBusName="none", EventPattern="{}") == "ResourceNotFoundException"
    assert code_of(bus.put_targets, Rule="absent", Targets=[{"Id": "1", "Arn": ARN}]) == "ResourceNotFoundException"

    make_rule(endpoint)
    failed = bus.put_targets(Rule="by-hand", Targets=[
        {"Id": "unknown", "Arn": ARN + "s"}, {"Id": "fine", "Arn": ARN},
        {"Id": "rewritten", "Arn": ARN, "InputTransformer": {"InputTemplate": '{"x": <unknown>}'}},
    ])
    assert [(one["TargetId"], one["ErrorCode"]) for one in failed["FailedEntries"]] == [
        ("unknown", "ResourceNotFoundException"), ("rewritten", "ValidationException")]
    assert [target["Id"] for target in bus.list_targets_by_rule(Rule="by-hand")["Targets"]] == ["worker", "fine"]
    more = [{"Id": str(number), "Arn": ARN} for number in range(4)]
    assert code_of(bus.put_targets, Rule="by-hand", Targets=more) == "LimitExceededException"


def test_a_target_receives_what_its_transformer_makes_of_an_event(endpoint: Endpoint, puppets: Puppets):
    transformer = {
        "InputPathsMap": {"size": "$.detail.size", "run": "$.detail.run", "who": "$.source", "none": "$.detail.none"},
        "InputTemplate": '{"run": <run>, "size": "<size> of <who>", "none": <none>, "rule": "<aws.events.rule-name>", '
        '"arn": <aws.events.rule-arn>, "event": <aws.events.event>}',
    }
    make_rule(endpoint, InputTransformer=transformer)
    bus = endpoint.client("events")
    assert bus.list_targets_by_rule(Rule="by-hand")["Targets"][0]["InputTransformer"] == transformer
    for run in (1, 2):
        publish(endpoint, entry("made by hand", size=11, run=run))
        until("the event", lambda: puppets.notes("end", run=run) or None)
        order = puppets.notes("end", run=run)[0]["order"]
        event = order.pop("event")
        assert (event["source"], event["detail-type"]) == ("custom.puppets", "made by hand") and "detail" not in event
        assert order == {
            "run": run, "size": "11 of custom.puppets", "none": "", "rule": "by-hand",
            "arn": "arn:aws:events:us-east-1:000000000000:rule/by-hand",
        }
        # It is kept over a restart.
        if run == 1:
            endpoint.kill()
            endpoint.start()


def test_the_templates_rules_are_the_templates(endpoint: Endpoint):
    bus = endpoint.client("events")
    (name,) = [rule["Name"] for rule in bus.list_rules()["Rules"]]
    assert bus.describe_rule(Name=name)["ManagedBy"] == "template"
    for call in (bus.delete_rule, bus.disable_rule):
        assert code_of(call, Name=name) == "ManagedRuleException"
    assert code_of(bus.put_rule, Name=name, EventPattern=json.dumps(PATTERN)) == "ManagedRuleException"
