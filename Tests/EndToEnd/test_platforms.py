"""One function behind an HTTP port, as other platforms call it; and what deploy/ says to those platforms."""

import contextlib
import json
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from cloudevents.core.bindings.http import HTTPMessage, from_http_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from samtranslator.yaml_helper import yaml_parse

from harness.endpoint import REGION, Endpoint
from harness.hosted import Answer, Hosted, host_command, hosted
from harness.installation import BUILD, PROJECT, TEMPLATE, executables
from harness.platform import EventBus, container_credentials, event_bus, event_sink, runtime_api
from harness.puppets import Puppets
from harness.waiting import until

SOURCE, GIFS = "hosted-source", "hosted-gifs"
DEPLOY = PROJECT / "deploy"


@pytest.fixture(scope="module")
def s3(endpoint: Endpoint):
    client = endpoint.client("s3")
    for bucket in (SOURCE, GIFS):
        client.create_bucket(Bucket=bucket)
    return client


@pytest.fixture(scope="module")
def bus() -> Iterator[EventBus]:
    with event_bus() as bus:
        yield bus


@pytest.fixture(scope="module")
def surroundings(endpoint: Endpoint, s3, bus: EventBus) -> dict[str, str]:
    """What a platform tells the function: a store of its own and a bus of its own."""
    return {
        **endpoint.environment(), "AWS_REGION": REGION, "AWS_ENDPOINT_URL_EVENTBRIDGE": bus.url,
        "SourceBucketName": SOURCE, "GifsBucketName": GIFS,
    }


@pytest.fixture(scope="module")
def snippets(surroundings: dict[str, str]) -> Iterator[Hosted]:
    with hosted(host_command("SnippetsFunction"), **surroundings) as function:
        yield function


@pytest.fixture(scope="module")
def process_clip(surroundings: dict[str, str]) -> Iterator[Hosted]:
    with hosted(host_command("ProcessClipFunction"), **surroundings) as function:
        yield function


def sent(function: Hosted, event: CloudEvent, mode: Callable) -> Answer:
    """Sends an event as the SDK writes it."""
    message = mode(event)
    return function.request("POST", "/", message.body, **message.headers)


def upload(s3, key: str, video: Path) -> None:
    s3.put_object(Bucket=SOURCE, Key=key, Body=video.read_bytes())


def notification(file: str, key: str) -> dict:
    """One of the sample events, about an object of these tests."""
    event = json.loads((PROJECT / "local" / "events" / file).read_text())
    for record in event["Records"]:
        record["s3"]["bucket"]["name"], record["s3"]["object"]["key"] = SOURCE, key
    if "Key" in event:
        event["Key"] = f"{SOURCE}/{key}"
    return event


@pytest.mark.parametrize("mode", [to_binary_event, to_structured_event])
def test_a_clip_is_rendered_for_a_cloud_event(process_clip: Hosted, s3, short_video: Path, mode: Callable):
    key = f"clips/{mode.__name__} ü.mp4"
    upload(s3, key, short_video)
    event = CloudEvent(
        attributes={"id": "1", "source": "custom.gifGenerator", "type": "newVideoCreated", "specversion": "1.0",
                    "datacontenttype": "application/json", "subject": "grüße"},
        data={"key": key, "start": 0, "end": 29, "length": 2.0, "tsCreated": 1623929798333},
    )
    answer = sent(process_clip, event, mode)
    assert answer.status == 200, answer.body
    folder = key.removesuffix(".mp4")
    gif = s3.get_object(Bucket=GIFS, Key=f"{folder}/{folder.rsplit('/')[-1]}-0.gif")["Body"].read()
    assert gif.startswith(b"GIF89a")


@pytest.mark.parametrize("mode", [to_binary_event, to_structured_event])
def test_a_cloud_event_becomes_an_envelope(tmp_path: Path, mode: Callable):
    puppets = Puppets(tmp_path / "puppets", Worker={})
    with hosted(host_command("Worker", template=puppets.template)) as function:
        event = CloudEvent(
            attributes={"id": "7", "source": "/a/source", "type": "a.type", "specversion": "1.0",
                        "datacontenttype": "application/json", "subject": "50% ü"},
            data={"text": "grüße", "list": [1, None, 2.5]},
        )
        answer = sent(function, event, mode)
        assert (answer.status, answer.json) == (200, {"done": {"text": "grüße", "list": [1, None, 2.5]}})
        # A platform's acknowledgement of what it sent as an event is what the function made of it, as JSON.
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("file", ["s3-notification.json", "minio-webhook.json"])
def test_webhooks_of_stores_are_taken(snippets: Hosted, bus: EventBus, s3, short_video: Path, file: str):
    key = f"hooks/{file}.mp4"
    upload(s3, key, short_video)
    answer = snippets.post(notification(file, key), "/hook?from=store")
    assert answer.status == 200, answer.body
    assert [event["detail"]["key"] for event in bus.taken("newVideoCreated")] == [key]


@pytest.mark.parametrize("mode", [to_binary_event, to_structured_event])
def test_a_notification_within_a_cloud_event_is_taken(
    snippets: Hosted, bus: EventBus, s3, short_video: Path, mode: Callable
):
    key = f"within/{mode.__name__}.mp4"
    upload(s3, key, short_video)
    event = CloudEvent(
        attributes={"id": "1", "source": "minio:s3", "type": "com.amazonaws.s3.objectcreated.put",
                    "specversion": "1.0", "datacontenttype": "application/json"},
        data=notification("minio-webhook.json", key),
    )
    assert sent(snippets, event, mode).status == 200
    assert [event["detail"]["key"] for event in bus.taken("newVideoCreated")] == [key]


def test_the_containers_credentials_are_used_where_there_are_no_keys(
    surroundings: dict[str, str], bus: EventBus, s3, short_video: Path
):
    upload(s3, "credentials.mp4", short_video)
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    without = {name: value for name, value in surroundings.items() if name not in keys}
    # So short-lived that they are due to be fetched again from the start.
    with container_credentials(*(surroundings[name] for name in keys), token="open", lifetime=60) as (address, answers):
        for token in ("open", "wrong"):
            variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "AWS_CONTAINER_AUTHORIZATION_TOKEN": token}
            with hosted(host_command("SnippetsFunction"), **without, **variables) as function:
                answer = function.post(notification("s3-notification.json", "credentials.mp4"))
                if token == "open":
                    assert answer.status == 200, answer.body
                    assert [event["detail"]["key"] for event in bus.taken("newVideoCreated")] == ["credentials.mp4"]
                    # Once for both of the function's clients, the store's and the bus's.
                    assert answers == [200]
                else:
                    assert answer.status == 500
                    assert f"{address} answered with status 403" in answer.json["errorMessage"]


def test_our_functions_run_under_another_runtime_api(
    surroundings: dict[str, str], bus: EventBus, s3, short_video: Path, tmp_path: Path
):
    key = "another runtime.mp4"
    upload(s3, key, short_video)
    with contextlib.ExitStack() as stack:

        def started(name: str) -> Callable[[dict], tuple[str, object]]:
            api = stack.enter_context(runtime_api())
            log = stack.enter_context(open(tmp_path / f"{name}.log", "wb"))
            process = subprocess.Popen(
                [BUILD / name], env=surroundings | {"AWS_LAMBDA_RUNTIME_API": api.address}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            return lambda event: api.invoke(event, process)

        snippets, process_clip = started("Snippets"), started("ProcessClip")
        kind, said = snippets(notification("s3-notification.json", key))
        assert kind == "response", said
        (clip,) = bus.taken("newVideoCreated")
        kind, said = process_clip(clip)
        assert kind == "response", said
        # An event that is none of theirs is an error, and not the end.
        assert process_clip({"nothing": "of theirs"})[0] == "error"
        assert process_clip(clip)[0] == "response"
    assert s3.head_object(Bucket=GIFS, Key="another runtime/another runtime-0.gif")["ContentLength"] > 0


def test_probes_are_answered(snippets: Hosted):
    for path in ("/health/live", "/health/ready"):
        assert snippets.request("GET", path).status == 200
    assert snippets.request("GET", "/").status == 405


def test_what_is_no_event_is_refused_in_words(snippets: Hosted):
    def refused(body: bytes, **headers: str) -> tuple[int, str]:
        answer = snippets.request("POST", "/", body, **headers)
        return answer.status, answer.json["errorMessage"]

    assert refused(b"no json") == (400, "the body must be one event as JSON, found 7 bytes of something else")
    assert refused(b"[]", Content_Type="application/cloudevents-batch+json")[0] == 415
    assert refused(b"{}", ce_specversion="0.3", ce_id="1", ce_source="s", ce_type="t")[0] == 400
    assert refused(b"{}", ce_specversion="1.0", ce_id="1", ce_source="s") == (
        400, "a CloudEvent must have the attribute 'type'")
    assert refused(b'"' + b"x" * (6 << 20) + b'"', Content_Type="application/json")[0] == 413


@pytest.fixture
def puppets(tmp_path: Path) -> Puppets:
    return Puppets(tmp_path / "puppets", Worker={}, Hasty={"Timeout": 1})


def test_failures_have_a_status_of_their_own(puppets: Puppets):
    with hosted(host_command("Hasty", template=puppets.template)) as function:
        assert function.post({"do": "error"}).status == 500
        crashed = function.post({"do": "exit"})
        assert (crashed.status, crashed.json["errorType"]) == (500, "Runtime.ExitError")
        late = function.post({"do": "hang"})
        assert (late.status, late.json["errorType"]) == (504, "Sandbox.Timedout")
        assert function.post({"fine": 1}).json == {"done": {"fine": 1}}


def test_the_environment_says_how_many_run_at_the_same_time(puppets: Puppets):
    with hosted(host_command(template=puppets.template), FUNCTION="Worker", CONCURRENCY="2") as function:
        with ThreadPoolExecutor() as pool:
            calls = [pool.submit(function.post, {"gate": f"gate {number}", "number": number}) for number in range(3)]
            until("two to begin", lambda: len(puppets.notes("begin")) == 2)
            first, second = (note["order"]["number"] for note in puppets.notes("begin"))
            puppets.open(f"gate {first}")
            until("the third to begin", lambda: len(puppets.notes("begin")) == 3)
            # It began when the first had ended, never beside the two.
            third = puppets.notes("begin")[2]["order"]["number"]
            assert calls[first].result(timeout=60).status == 200
            assert len({note["pid"] for note in puppets.notes("begin")}) == 2
            for number in (second, third):
                puppets.open(f"gate {number}")
                assert calls[number].result(timeout=60).status == 200


def test_sigterm_lets_what_runs_end(puppets: Puppets):
    with hosted(host_command("Worker", template=puppets.template)) as function:
        with ThreadPoolExecutor() as pool:
            call = pool.submit(function.post, {"gate": "open"})
            until("the call to begin", lambda: puppets.notes("begin") or None)
            function.process.send_signal(signal.SIGTERM)

            def refuses() -> bool:
                try:
                    function.request("GET", "/health/ready", seconds=5)
                except OSError:
                    return True
                return False

            until("new connections to be refused", refuses)
            assert function.process.poll() is None
            puppets.open("open")
            assert call.result(timeout=60).json == {"done": {"gate": "open"}}
        assert function.running.ended(60) == 0


# deploy/


def documents(file: str) -> list[dict]:
    return list(yaml.safe_load_all((DEPLOY / file).read_text()))


def functions() -> dict[str, dict]:
    """The properties of the template's functions, by logical id."""
    resources = yaml_parse(TEMPLATE.read_text())["Resources"]
    return {
        name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"
    }


def image() -> dict[str, str]:
    """The instructions of the image's last stage; RUN and COPY as the last of them."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").rsplit("\nFROM ", 1)[1]
    return dict(line.split(" ", 1) for line in text.splitlines()[1:] if line and not line.startswith(("#", " ")))


def on_this_machine(command: list[str]) -> list[str]:
    """A command of the image, with what is here in the place of what is there."""
    assert command[:2] in (["/opt/zoetrope/zoetrope", "host"], ["/usr/bin/zoetrope", "host"])
    return host_command(*(part for part in command[2:] if part not in ("--template", "/opt/zoetrope/template.yaml")))


def serves(function: Hosted, live: str, ready: str) -> None:
    assert (function.request("GET", live).status, function.request("GET", ready).status) == (200, 200)


def test_the_image_has_what_it_runs(surroundings: dict[str, str]):
    instructions = image()
    copied = instructions["COPY"].split()
    assert copied[-1] == "/opt/zoetrope/"
    names = {"zoetrope", "template.yaml", *executables()}
    assert {Path(name).name for name in copied if name.startswith("/source/")} == names
    variables = dict(part.split("=") for part in instructions["ENV"].split())
    with hosted(on_this_machine(json.loads(instructions["ENTRYPOINT"])), **surroundings, FUNCTION=variables["FUNCTION"]):
        pass
    assert instructions["EXPOSE"] == variables["PORT"]


def libraries(program: Path) -> dict[str, str]:
    """The shared libraries that a program names itself, and where they are."""
    named = subprocess.run(["readelf", "--dynamic", program], capture_output=True, text=True, check=True).stdout
    found = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = dict(re.findall(r"(\S+) => (/\S+)", found))
    return {name: paths[name] for name in re.findall(r"NEEDED.*\[(.*)\]", named) if name in paths}


@pytest.mark.skipif(
    not shutil.which("dpkg-query") or not shutil.which("readelf"), reason="takes Debian's dpkg and binutils")
@pytest.mark.parametrize("program", ["zoetrope", *executables()])
def test_the_image_has_every_library_that_is_linked(program: str):
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    for name in re.search(r"build_packages=\((.*?)\)", (PROJECT / "local/lib.sh").read_text(), re.S)[1].split():
        assert re.search(rf"\s{re.escape(name)}\s", dockerfile), f"the image must be built with {name}"
    # Of the base image; Swift's own are linked in.
    installed = {"libc6", "libgcc-s1", "libstdc++6", *image()["RUN"].split()}
    for library, path in libraries(BUILD / program).items():
        owner = subprocess.run(
            ["dpkg-query", "--search", f"*/{Path(path).name}"], capture_output=True, text=True).stdout.split(":")[0]
        assert not owner or owner in installed, f"{program} needs {library} of {owner}, which deploy/Dockerfile must install"


def test_knative_is_told_what_runs_here(surroundings: dict[str, str], s3, short_video: Path):
    """The manifest with this test in the place of the broker: from the store's webhook to the preview."""
    manifest = documents("knative/service.yaml")
    services = {one["metadata"]["name"]: one for one in manifest if one["kind"] == "Service"}
    triggers = {
        one["spec"]["subscriber"]["ref"]["name"]: one["spec"]["filter"]["attributes"]
        for one in manifest if one["kind"] == "Trigger"
    }
    bound = [one["spec"]["subject"]["name"] for one in manifest if one["kind"] == "SinkBinding"]
    assert list(services) == ["snippets", "process-clip", "storyboard"] == bound
    assert list(triggers) == ["process-clip", "storyboard"]
    key = "knative/ü.mp4"
    upload(s3, key, short_video)
    messages = [HTTPMessage({"content-type": "application/json"}, json.dumps(notification("minio-webhook.json", key)).encode())]

    for name, service in services.items():
        assert service["apiVersion"] == "serving.knative.dev/v1"
        spec = service["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        assert spec["timeoutSeconds"] == min(functions()[container["args"][0]]["Timeout"], 600)
        variables = {one["name"]: one["value"] for one in container["env"]}
        # As many as Knative sends at the same time; PORT and K_SINK are Knative's to tell.
        assert variables["CONCURRENCY"] == str(spec["containerConcurrency"])
        assert not {"PORT", "K_SINK"} & variables.keys()
        command = [*json.loads(image()["ENTRYPOINT"]), *container["args"]]
        with event_sink() as (sink, taken), hosted(
            on_this_machine(command),
            **variables | surroundings | {
                "AWS_ENDPOINT_URL_S3": surroundings["AWS_ENDPOINT_URL"], "K_SINK": sink,
                "K_CE_OVERRIDES": '{"extensions": {"tenant": "one"}}',
            },
        ) as function:
            serves(function, *(container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")))
            for message in messages:
                answer = function.request("POST", "/", message.body, **message.headers)
                assert answer.status == 200, answer.body
            messages = [HTTPMessage(headers, body) for headers, body in taken]
        # What is announced is what the next one's trigger lets through; no trigger waits for the last one.
        events = [from_http_event(message) for message in messages]
        following = {"snippets": "process-clip", "process-clip": "storyboard"}.get(name)
        if following:
            (event,) = events
            assert {"source": event.get_source(), "type": event.get_type()} == triggers[following]
            assert event.get_data()["key"] == key and event.get_extension("tenant") == "one"
    made = [item["Key"] for item in s3.list_objects_v2(Bucket=GIFS, Prefix="knative/ü/")["Contents"]]
    assert "knative/ü/ü-0.gif" in made and any(name.endswith(".vtt") for name in made)


def test_openfaas_is_told_what_runs_here(surroundings: dict[str, str]):
    (stack,) = documents("openfaas/stack.yaml")
    assert (stack["version"], stack["provider"]["name"]) == (1.0, "openfaas")
    assert stack["functions"].keys() == {"snippets", "process-clip", "storyboard"}
    for function in stack["functions"].values():
        assert function["skip_build"] is True and function["image"]
        variables = function["environment"]
        assert all(isinstance(value, str) for value in variables.values())
        assert variables.pop("PORT") == "8080"
        with hosted(on_this_machine(json.loads(image()["ENTRYPOINT"])), **variables | surroundings) as hosting:
            kinds = ("com.openfaas.health.http.path", "com.openfaas.ready.http.path")
            serves(hosting, *(function["annotations"][kind] for kind in kinds))


def unit(name: str) -> dict[str, str]:
    lines = (DEPLOY / "systemd" / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze (Debian's systemd)")
def test_systemd_accepts_the_units(tmp_path: Path):
    for name in ("zoetrope.service", "zoetrope-host@.service"):
        # The program has to be there for it to be content.
        text = (DEPLOY / "systemd" / name).read_text().replace("/usr/bin/zoetrope", "/bin/true")
        (tmp_path / name).write_text(text)
    instance = tmp_path / "zoetrope-host@ProcessClipFunction.service"
    instance.symlink_to("zoetrope-host@.service")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / "zoetrope.service", instance],
        capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_systemd_is_told_what_runs_here(surroundings: dict[str, str], own_endpoint: Callable, tmp_path: Path):
    host = unit("zoetrope-host@.service")
    command = shlex.split(host["ExecStart"].replace("%i", "ProcessClipFunction"))
    with hosted(on_this_machine(command), **surroundings) as function:
        serves(function, "/health/live", "/health/ready")
        function.process.send_signal(signal.SIGTERM)
        assert function.running.ended(60) == 0
    assert int(host["TimeoutStopSec"]) > max(one["Timeout"] for one in functions().values())

    program, verb, *options = shlex.split(unit("zoetrope.service")["ExecStart"])
    assert (program, verb, options) == ("/usr/bin/zoetrope", "up", ["--data", "/var/lib/zoetrope"])
    # These options are those of every endpoint of these tests.
    endpoint = own_endpoint()
    endpoint.start()
    assert endpoint.stop(signal.SIGTERM) == 0
