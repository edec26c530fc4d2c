"""Functions that do what their event says: wait for a gate, answer, or misbehave in one of many ways."""

import json
import os
import sys
from pathlib import Path

from .endpoint import Endpoint

SOURCE = "custom.puppets"

# Orders stand in the event, or in its `detail` if it comes over the bus:
#   gate: waits until the file of that name is there, before anything else; by default the function's own gate, if any
#   do:   what it does then, unless the file named by `until` is there; by default it answers
BOOTSTRAP = r'''#!{python} -SEu
import http.client, json, os, signal, subprocess, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
folder, name = os.environ["PUPPETS"], os.environ["AWS_LAMBDA_FUNCTION_NAME"]
base = "/2018-06-01/runtime/invocation/"

def call(method, path, body=None):
    api.request(method, base + path, body)
    answer = api.getresponse()
    return answer, answer.read()

def there(file):
    return os.path.exists(os.path.join(folder, file))

def note(what, **more):
    line = json.dumps(
        {{"what": what, "function": name, "request": request, "order": order, "pid": os.getpid(), **more}})
    with open(os.path.join(folder, "notes.jsonl"), "a") as notes:
        notes.write(line + "\n")

def child(session):
    """A process that says when it runs and would run for ten minutes."""
    program = "import sys, time; print('here', flush=True); time.sleep(600)"
    one = subprocess.Popen([sys.executable, "-SEc", program], stdout=subprocess.PIPE, start_new_session=session)
    one.stdout.readline()
    note("child", child=one.pid)

while True:
    head, body = call("GET", "next")
    request, event = head.getheader("Lambda-Runtime-Aws-Request-Id"), json.loads(body)
    order = event.get("detail", event)
    note("begin", temporary=os.environ["TMPDIR"])
    gate = order.get("gate") or os.environ.get("GATE")
    while gate and not there(gate):
        time.sleep(0.01)
    do = order.get("do") if "until" not in order or not there(order["until"]) else None
    if do == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif do == "exit":
        sys.exit(3)
    elif do == "hang":
        time.sleep(600)
    elif do == "leak":
        hog = []
        while True:
            hog.append(b"x" * (8 << 20))
            time.sleep(0.01)
    elif do == "error":
        call("POST", request + "/error", json.dumps({{"errorType": "Ordered", "errorMessage": "as ordered"}}))
        continue
    elif do == "flood":
        for number in range(order["lines"]):
            print("x" * 99)
    elif do in ("fork", "fork-session"):
        child(session=do == "fork-session")
        if order.get("then") == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif order.get("then") == "hang":
            time.sleep(600)
    note("end")
    call("POST", request + "/response", json.dumps({{"done": order}}))
'''


class Puppets:
    """A template of such functions and nothing else, and what they have noted."""

    def __init__(self, folder: Path, resources: dict[str, dict] | None = None, **functions: dict):
        """Each function by its name, with properties of the template beyond the usual ones.

        `Pattern` is of the bus's rule that invokes it, by default events whose detail type is its name; `Retries` are
        those after the first try; `Gate` is what every invocation waits for; `Zoetrope` is metadata for the runtime.
        `resources` are those of the template that are no puppets.
        """
        self._folder = folder
        code = folder / "code"
        code.mkdir(parents=True)
        bootstrap = code / "bootstrap"
        bootstrap.write_text(BOOTSTRAP.format(python=os.path.realpath(sys.executable)))
        bootstrap.chmod(0o755)
        puppets = {name: self._function(name, dict(properties)) for name, properties in functions.items()}
        self.template = folder / "template.yaml"
        self.template.write_text(json.dumps({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {**(resources or {}), **puppets},
        }))

    def _function(self, name: str, properties: dict) -> dict:
        pattern = properties.pop("Pattern", {"source": [SOURCE], "detail-type": [name]})
        variables = {"PUPPETS": str(self._folder)}
        if gate := properties.pop("Gate", None):
            variables["GATE"] = gate
        events = properties.pop("Events", {"Ordered": {"Type": "EventBridgeRule", "Properties": {"Pattern": pattern}}})
        return {
            "Type": "AWS::Serverless::Function",
            "Metadata": {"Zoetrope": {"Group": "detail.key", **properties.pop("Zoetrope", {})}},
            "Properties": {
                "FunctionName": name,
                "Runtime": "provided.al2023",
                "CodeUri": "code/",
                "Handler": "bootstrap",
                "Timeout": 60,
                "MemorySize": 128,
                "Environment": {"Variables": variables},
                "EventInvokeConfig": {"MaximumRetryAttempts": properties.pop("Retries", 2)},
                "Events": events,
                **properties,
            },
        }

    def open(self, gate: str) -> None:
        (self._folder / gate).touch()

    def notes(self, what: str, **order: object) -> list[dict]:
        """What was noted of invocations whose order has these members, in the order of events."""
        path = self._folder / "notes.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        notes = (json.loads(line) for line in lines)
        return [
            note for note in notes
            if note["what"] == what and all(note["order"].get(name) == value for name, value in order.items())
        ]


def entry(function: str, **order: object) -> dict:
    """An entry of PutEvents that orders something of a function."""
    return {"Source": SOURCE, "DetailType": function, "Detail": json.dumps(order)}


def publish(endpoint: Endpoint, *entries: dict) -> None:
    """Puts events, all of which must be accepted."""
    bus = endpoint.client("events")
    for first in range(0, len(entries), 10):
        answer = bus.put_events(Entries=list(entries[first : first + 10]))
        assert answer["FailedEntryCount"] == 0, answer
