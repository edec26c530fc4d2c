"""Lambda's API and its Runtime API from both sides with AWS's own software: boto3 calls, awslambdaric runs."""

import base64
import hashlib
import json
import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import botocore.exceptions
import pytest

from harness import lambdas
from harness.endpoint import Endpoint
from harness.installation import zoetrope
from harness.waiting import until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
SYNCHRONOUS, ASYNCHRONOUS = 6 << 20, 1 << 20


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("functions")
    python = folder / "python"
    lambdas.write_program(python / "bootstrap", lambdas.RUNTIME_CLIENT)
    (python / "package").mkdir()
    (python / "package" / "app.py").write_text(lambdas.HANDLER)
    lambdas.packed(python, folder / "python.zip")
    lambdas.write_program(folder / "streamer" / "bootstrap", lambdas.STREAMER)
    handler = {"Handler": "package.app.handler"}
    return lambdas.write_template(
        folder / "template.yaml",
        Folder={**handler, "CodeUri": "python/"},
        Archive={**handler, "CodeUri": "./python.zip"},
        Hasty={**handler, "CodeUri": "python/", "Timeout": 3},
        Absent={"Handler": "package.nowhere.handler", "CodeUri": "python/"},
        Streamer={"Handler": "streamer", "CodeUri": "streamer/"},
        Single={
            **handler, "CodeUri": "python/", "ReservedConcurrentExecutions": 1, "Description": "One at a time",
            "EphemeralStorage": {"Size": 1024}, "Environment": {"Variables": {"COLOUR": "blue"}},
        },
    )


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("lambda"), template)
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def client(functions: Endpoint):
    return functions.client("lambda", read_timeout=120, retries={"max_attempts": 0})


def invoke(client, function: str, event: object, **more: str) -> tuple[dict, object]:
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event), **more)
    body = answer["Payload"].read()
    return answer, json.loads(body) if body else None


def code_of(call, **arguments: object) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize("function", ["Folder", "Archive"])
def test_a_python_handler_runs_unmodified(client, functions: Endpoint, function: str):
    answer, result = invoke(client, function, {"text": "grüße"}, LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert (result["event"], result["name"], result["memory"]) == ({"text": "grüße"}, function, "256")
    assert (result["arn"], result["request"]) == (ARN + function, answer["ResponseMetadata"]["RequestId"])
    assert 0 < result["remaining"] < 61_000
    in_data = Path(result["folder"]).is_relative_to(functions.data / "code")
    assert in_data == (function == "Archive")

    log = base64.b64decode(answer["LogResult"]).decode()
    assert f"START RequestId: {result['request']}" in log
    assert "asked for None" in log
    assert f"END RequestId: {result['request']}" in log and f"REPORT RequestId: {result['request']}\tDuration: " in log


def test_a_dry_run_runs_nothing(client, tmp_path: Path):
    order = {"do": "note", "file": str(tmp_path / "notes"), "text": "ran"}
    answer, body = invoke(client, "Folder", order, InvocationType="DryRun")
    assert (answer["StatusCode"], body) == (204, None)
    invoke(client, "Folder", order)
    assert (tmp_path / "notes").read_text() == "ran\n"


def test_an_event_is_run_later(client, tmp_path: Path):
    order = {"do": "note", "file": str(tmp_path / "notes"), "text": "ran"}
    answer, body = invoke(client, "Archive", order, InvocationType="Event")
    assert (answer["StatusCode"], body) == (202, None)
    until("the event to be run", lambda: (tmp_path / "notes").exists() and (tmp_path / "notes").read_text() == "ran\n")


def test_an_exception_is_the_functions_error(client):
    answer, error = invoke(client, "Folder", {"do": "fail", "thing": "luck"})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such thing as luck")
    assert "in handler" in "".join(error["stackTrace"])


def test_crashes_and_time_outs_are_told_in_lambdas_words(client):
    answer, error = invoke(client, "Folder", {"do": "exit", "code": 1}, LogType="Tail")
    request = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert error == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request} Error: Runtime exited with error: exit status 1",
    }
    assert error["errorMessage"] in base64.b64decode(answer["LogResult"]).decode()

    _, error = invoke(client, "Folder", {"do": "exit", "code": 0})
    assert error["errorMessage"].endswith(" Error: Runtime exited without providing a reason")

    answer, error = invoke(client, "Hasty", {"do": "sleep", "seconds": 100}, LogType="Tail")
    request = answer["ResponseMetadata"]["RequestId"]
    assert error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request} Error: Task timed out after 3.00 seconds",
    }
    assert f" {request} Task timed out after 3.00 seconds\n" in base64.b64decode(answer["LogResult"]).decode()
    assert invoke(client, "Hasty", {})[1]["name"] == "Hasty"


def test_a_handler_that_cannot_be_loaded_is_told_by_the_runtime(client):
    answer, error = invoke(client, "Absent", {})
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "nowhere" in error["errorMessage"]


def test_payloads_have_lambdas_limits(client):
    def order(size: int) -> str:
        return json.dumps("x" * (size - 2))

    assert client.invoke(FunctionName="Streamer", Payload=json.dumps(
        {"buffered": True, "filler": "x" * (SYNCHRONOUS - 100)}))["StatusCode"] == 200
    assert code_of(client.invoke, FunctionName="Folder", Payload=order(SYNCHRONOUS + 1)) == "RequestTooLargeException"
    assert code_of(
        client.invoke, FunctionName="Folder", InvocationType="Event", Payload=order(ASYNCHRONOUS + 1)
    ) == "RequestTooLargeException"
    assert code_of(client.invoke, FunctionName="Folder", Payload=b"{not json") == "InvalidRequestContentException"
    assert code_of(client.invoke, FunctionName="unknown") == "ResourceNotFoundException"

    answer, error = invoke(client, "Folder", {"do": "big", "bytes": SYNCHRONOUS + 1024})
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert len(invoke(client, "Folder", {"do": "big", "bytes": SYNCHRONOUS})[1]) == SYNCHRONOUS


# Names


def test_only_the_latest_version_is_there(client):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    absent = "ResourceNotFoundException"
    for call in (
        client.invoke, client.invoke_with_response_stream, client.get_function, client.get_function_configuration,
    ):
        assert call(FunctionName="Streamer", Qualifier="$LATEST")
        for qualifier in ("1", "prod"):
            assert code_of(call, FunctionName="Streamer", Qualifier=qualifier) == absent
            assert code_of(call, FunctionName=f"Streamer:{qualifier}") == absent
    for kind in ("Event", "DryRun"):
        assert code_of(client.invoke, FunctionName="Streamer", Qualifier="7", InvocationType=kind) == absent
    assert code_of(client.invoke, FunctionName="Streamer:$LATEST", Qualifier="7") == "InvalidParameterValueException"


@pytest.mark.parametrize(
    "name", ["Folder", "Folder:$LATEST", "000000000000:function:Folder", ARN + "Folder", ARN + "Folder:$LATEST"])
def test_a_function_has_several_names(client, name: str):
    assert client.get_function_configuration(FunctionName=name)["FunctionArn"] == ARN + "Folder"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Fol der", "ValidationException"),
        ("a:b:Folder", "ValidationException"),
        ("Folder:one:two", "ValidationException"),
        ("arn:aws:s3:us-east-1:000000000000:function:Folder", "ValidationException"),
        ("arn:aws:lambda:us-east-1:123:function:Folder", "ValidationException"),
        ("arn:aws:lambda:us-east-1:000000000000:layer:Folder", "ValidationException"),
        ("arn:aws:lambda:eu-west-1:000000000000:function:Folder", "ResourceNotFoundException"),
        ("arn:aws:lambda:us-east-1:999999999999:function:Folder", "AccessDeniedException"),
        ("Folder/invocations", "ValidationException"),
    ],
)
def test_names_that_are_none_are_refused(client, name: str, code: str):
    assert code_of(client.get_function, FunctionName=name) == code
    assert code_of(client.invoke, FunctionName=name) == code


def test_other_addresses_are_no_functions(client, functions: Endpoint):
    """Each of these is a call that Lambda has and this endpoint has not."""
    unknown = "UnknownOperationException"
    assert code_of(client.list_event_source_mappings) == unknown
    assert code_of(client.list_layers) == unknown
    assert code_of(client.get_function_concurrency, FunctionName="Folder") == unknown
    assert code_of(client.list_versions_by_function, FunctionName="Folder") == unknown
    for path in ("/2015-03-31/functionsFolder", "/2015-03-31/functions/Folder//", "/2015-03-31/functions//Folder",
                 "/2015-03-31/functions/Folder/configuration/more"):
        assert signed(functions, "GET", path) == (404, unknown), path


def signed(endpoint: Endpoint, method: str, path: str, **headers: str) -> tuple[int, str]:
    """A call that boto3 would not make."""
    import http.client

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    from harness.installation import ACCESS_KEY, SECRET_KEY

    request = AWSRequest(method=method, url=endpoint.url + path, headers=headers)
    SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "lambda", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port)
    connection.request(method, path, headers=dict(request.headers))
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read()).get("__type", "")


def test_functions_are_listed_page_by_page_and_described(client):
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
    names, marker = [], {}
    while True:
        page = client.list_functions(MaxItems=2, **marker)
        assert len(page["Functions"]) <= 2
        names += [function["FunctionName"] for function in page["Functions"]]
        if "NextMarker" not in page:
            break
        marker = {"Marker": page["NextMarker"]}
    assert names == ["Absent", "Archive", "Folder", "Hasty", "Single", "Streamer"]
    assert code_of(client.list_functions, Marker="!") == "InvalidParameterValueException"

    answer = client.get_function(FunctionName="Single")
    assert answer["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    single = answer["Configuration"]
    alone = client.get_function_configuration(FunctionName="Single")
    assert single == {key: value for key, value in alone.items() if key != "ResponseMetadata"}
    expected = {
        "FunctionName": "Single", "FunctionArn": ARN + "Single", "Runtime": "provided.al2023",
        "Handler": "package.app.handler", "Description": "One at a time", "Timeout": 60, "MemorySize": 256,
        "Version": "$LATEST", "PackageType": "Zip", "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 1024},
        "TracingConfig": {"Mode": "PassThrough"}, "State": "Active", "LastUpdateStatus": "Successful",
        "Environment": {"Variables": {"COLOUR": "blue"}},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/Single"},
    }
    assert {key: single.get(key) for key in expected} == expected
    code = (Path(urllib.parse.urlsplit(answer["Code"]["Location"]).path) / "bootstrap").read_bytes()
    assert single["CodeSize"] == len(code)
    assert base64.b64decode(single["CodeSha256"]) == hashlib.sha256(code).digest()
    assert single["LastModified"].endswith("+0000") and len(single["RevisionId"]) == 36


def test_a_full_reserve_is_told_at_once(client, functions: Endpoint, tmp_path: Path):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    import threading

    notes = tmp_path / "notes"
    order = {"do": "wait", "file": str(notes), "gate": str(tmp_path / "gate")}
    running = threading.Thread(target=lambda: invoke(functions.client("lambda", read_timeout=120), "Single", order))
    running.start()
    until("the first call to run", notes.exists)
    try:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            client.invoke(FunctionName="Single", Payload=b"{}")
        answer = refused.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("TooManyRequestsException", 429)
        assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert code_of(client.invoke_with_response_stream, FunctionName="Single") == "TooManyRequestsException"
    finally:
        (tmp_path / "gate").touch()
        running.join()
    assert invoke(client, "Single", {})[1]["name"] == "Single"


def test_the_callers_context_reaches_the_function(client):
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    context = {"client": {"installation_id": "one", "app_title": "Größe"}, "custom": {"number": "7"},
               "env": {"locale": "de"}}
    for text in (json.dumps(context), json.dumps(context, indent=2, ensure_ascii=False)):
        _, result = invoke(client, "Folder", {"do": "context"}, ClientContext=encoded(text))
        assert result == ["one", "Größe", {"number": "7"}, {"locale": "de"}]
    for wrong in ("***", encoded("no json"), encoded("[1]"), encoded('{"client":{"x":"' + "y" * 3000 + '"}}')):
        for call in (client.invoke, client.invoke_with_response_stream):
            assert code_of(call, FunctionName="Folder", ClientContext=wrong) == "InvalidRequestContentException"
        assert code_of(
            client.invoke, FunctionName="Folder", InvocationType="Event", ClientContext=wrong
        ) == "InvalidRequestContentException"


def test_a_failed_start_has_its_log(client):
    answer, _ = invoke(client, "Absent", {}, LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "nowhere" in log
    assert "INIT_REPORT Init Duration: " in log and "\tStatus: error\tError Type: Runtime.ImportModuleError" in log


# Streams


class Stream:
    """What comes of an invocation with a streamed response, as it comes."""

    def __init__(self, client, event: dict, **more: str):
        answer = client.invoke_with_response_stream(FunctionName="Streamer", Payload=json.dumps(event), **more)
        assert answer["StatusCode"] == 200
        self._events = iter(answer["EventStream"])
        self.complete: dict | None = None

    def chunk(self) -> bytes | None:
        event = next(self._events)
        self.complete = event.get("InvokeComplete")
        return event["PayloadChunk"]["Payload"] if "PayloadChunk" in event else None

    def rest(self) -> bytes:
        return b"".join(iter(self.chunk, None))


def test_a_response_is_streamed_while_it_is_made(client, tmp_path: Path):
    gate = tmp_path / "gate"
    stream = Stream(client, {"gate": str(gate)}, LogType="Tail")
    # The function goes on only when its first part has arrived.
    assert stream.chunk() == b"part 0;"
    gate.touch()
    assert stream.rest() == b"part 1;part 2;"
    assert set(stream.complete) == {"LogResult"}
    assert "streaming" in base64.b64decode(stream.complete["LogResult"]).decode()


def test_a_long_stream_arrives_whole(client):
    # More than is kept for a caller that reads slowly, and than a response that is not streamed may have.
    stream = Stream(client, {"chunks": 2000, "repeat": 1000})
    assert stream.rest() == b"".join(b"part %d;" % number * 1000 for number in range(2000))
    assert stream.complete == {}


def test_what_is_not_streamed_comes_as_one_part(client):
    stream = Stream(client, {"buffered": True})
    assert (stream.rest(), stream.complete) == (b'"all at once"', {})


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("fail", "Torn", "half-way"),
        ("crash", "Runtime.ExitError", "Runtime exited with error: exit status 1"),
        ("break", "Runtime.TruncatedResponse", "the function's response broke off"),
    ],
)
def test_a_stream_that_breaks_off_says_why(client, how: str, code: str, message: str):
    stream = Stream(client, {how: True})
    assert stream.rest() == b"part 0;part 1;part 2;"
    assert stream.complete["ErrorCode"] == code
    assert message in json.loads(stream.complete["ErrorDetails"])["errorMessage"]
    assert Stream(client, {}).rest() == b"part 0;part 1;part 2;"


def test_a_caller_that_goes_away_costs_the_function_nothing(client):
    answer = client.invoke_with_response_stream(
        FunctionName="Streamer", Payload=json.dumps({"chunks": 2000, "repeat": 1000}))
    next(iter(answer["EventStream"]))
    answer["EventStream"].close()
    assert Stream(client, {}).rest() == b"part 0;part 1;part 2;"


def test_whoever_wants_it_whole_gets_it_whole(client):
    answer = client.invoke(FunctionName="Streamer", Payload=json.dumps({}))
    assert answer["Payload"].read() == b"part 0;part 1;part 2;"
    answer, error = invoke(client, "Streamer", {"fail": True})
    assert (answer["FunctionError"], error) == ("Unhandled", {"errorType": "Torn", "errorMessage": "half-way"})


def test_streams_are_refused_like_other_calls(client):
    call = client.invoke_with_response_stream
    assert code_of(call, FunctionName="unknown") == "ResourceNotFoundException"
    assert code_of(call, FunctionName="Streamer", Payload=b"{no") == "InvalidRequestContentException"
    assert code_of(call, FunctionName="Streamer", InvocationType="Event") == "InvalidParameterValueException"


# Archives


def test_an_archive_is_unpacked_once_and_anew_when_it_changes(own_endpoint, tmp_path: Path):
    code = tmp_path / "code"
    lambdas.write_program(code / "bootstrap", lambdas.RUNTIME_CLIENT)
    (code / "app.py").write_text("def handler(event, context): return 'first'")
    lambdas.packed(code, tmp_path / "code.zip")
    template = lambdas.write_template(
        tmp_path / "template.yaml", Only={"Handler": "app.handler", "CodeUri": "code.zip"})
    endpoint = own_endpoint(template=template)
    places = []
    for content in ["first", "first", "second"]:
        if content == "second":
            (code / "app.py").write_text("def handler(event, context): return 'second'")
            lambdas.packed(code, tmp_path / "code.zip")
        endpoint.start()
        assert invoke(endpoint.client("lambda"), "Only", {})[1] == content
        (place,) = (endpoint.data / "code").iterdir()
        places.append(place.name)
        endpoint.stop()
    assert places[0] == places[1] != places[2]


def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
        archive.writestr("../../outside", "here")
    template = lambdas.write_template(tmp_path / "template.yaml", Bad={"Handler": "x", "CodeUri": "code.zip"})
    ended = zoetrope("up", "--data", tmp_path / "data", "--port", 0, "--web-port", 0, "--api-port", 0, "--template", template)
    assert ended.returncode == 1
    assert "function 'Bad' has no code: the archive's entry '../../outside' must not have" in ended.stderr
    assert not list(tmp_path.rglob("outside")) and not (tmp_path.parent / "outside").exists()
    assert os.listdir(tmp_path / "data" / "code") == []
