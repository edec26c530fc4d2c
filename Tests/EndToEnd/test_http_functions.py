"""Functions that other people's code makes: handlers under AWS's runtime client, and an ASGI application under Mangum."""

import http.client
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import lambdas, web_functions
from harness.endpoint import Endpoint
from harness.hosted import Hosted, host_command, hosted
from harness.installation import zoetrope
from harness.waiting import until

# https://asgi.readthedocs.io/en/latest/specs/www.html, without a framework.
APPLICATION = '''
import json
from mangum import Mangum

async def application(scope, receive, send):
    body = b""
    while (message := await receive()).get("more_body") or not body:
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    seen = {
        "method": scope["method"], "path": scope["path"], "query": scope["query_string"].decode(),
        "cookie": dict(scope["headers"]).get(b"cookie", b"").decode(), "body": body.hex(),
    }
    await send({"type": "http.response.start", "status": 203, "headers": [
        (b"content-type", b"application/json"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})

asgi = Mangum(application, lifespan="off")

def plain(event, context):
    return {"statusCode": 200, "headers": {"x-request": context.aws_request_id}, "body": event["rawPath"]}
'''

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: python/, Runtime: python3.11, Timeout: 30}
Resources:
  Asgi:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.asgi
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Any: {Type: HttpApi, Properties: {Path: "/asgi/{proxy+}", Method: ANY}}
  Plain:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.plain
      Events:
        Get: {Type: HttpApi, Properties: {Path: /plain, Method: GET}}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python")
    lambdas.write_program(folder / "python" / "bootstrap", lambdas.RUNTIME_CLIENT)
    (folder / "python" / "app.py").write_text(APPLICATION)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("up"), template)
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def call(port: int, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return response, response.read()


def test_an_asgi_application_runs_unmodified(host: Endpoint):
    for target, path in [("/asgi/a%20b?x=1&y=2", "/asgi/a b"), ("/_url/Asgi/c?x=1&y=2", "/c")]:
        response, body = call(
            host.api_port, "POST", target, b"\xff\x00", Content_Type="application/octet-stream", Cookie="k=v; l=w"
        )
        assert response.status == 203
        assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        seen = json.loads(body)
        assert (seen["method"], seen["path"], seen["query"]) == ("POST", path, "x=1&y=2")
        assert (seen["body"], seen["cookie"]) == ("ff00", "k=v; l=w")


def test_a_python_handler_answers(host: Endpoint):
    response, body = call(host.api_port, "GET", "/plain")
    assert (response.status, body) == (200, b"/plain")
    assert response.headers["x-request"]


# Says to the Runtime API what swift-aws-lambda-runtime 2.9 says, byte for byte, over the one connection that it keeps.
SWIFT_RUNTIME = f"""#!{os.path.realpath(sys.executable)} -SEu
""" + r'''import json, os, socket
address = os.environ["AWS_LAMBDA_RUNTIME_API"]
host, port = address.split(":")
line = socket.create_connection((host, int(port)))
agent = f"host: {address}\r\nuser-agent: Swift-Lambda/2.0\r\n"
PATH = "/2018-06-01/runtime/invocation/"


def answer():
    received = b""
    while b"\r\n\r\n" not in received:
        received += line.recv(65536)
    head, body = received.split(b"\r\n\r\n", 1)
    first, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
    while len(body) < int(headers.get("content-length", 0)):
        body += line.recv(65536)
    return int(first.split()[1]), headers, body


def send(*pieces):
    line.sendall("".join(pieces).encode())


def respond(body, *headers):
    send(f"POST {PATH}{request}/response HTTP/1.1\r\n", agent, *headers, "\r\n", body)


def chunk(text):
    return f"{len(text.encode()):x}\r\n{text}\r\n"


STREAMING = ("Lambda-Runtime-Function-Response-Mode: streaming\r\n"
             "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n")
PRELUDE = "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
CHUNKED = "transfer-encoding: chunked\r\n"
HEAD = json.dumps({"statusCode": 418, "headers": {"Content-Type": "text/plain"},
                   "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}) + "\0" * 8

while True:
    send(f"GET {PATH}next HTTP/1.1\r\n", agent, "\r\n")
    status, headers, event = answer()
    # Without these four the runtime ends.
    request = headers["lambda-runtime-aws-request-id"]
    int(headers["lambda-runtime-deadline-ms"])
    assert headers["lambda-runtime-invoked-function-arn"] and headers["lambda-runtime-trace-id"]
    match json.loads(event)["rawPath"].rsplit("/", 1)[-1]:
        case "whole":
            body = json.dumps({"statusCode": 201, "cookies": ["c=3"], "body": "whole"})
            respond(body, f"content-length: {len(body)}\r\n")
        case "nothing":
            respond("", "content-length: 0\r\n")
        case "large":
            # Above 6,000,000 bytes it does not say how many.
            body = json.dumps({"statusCode": 200, "body": "x" * 6_000_000})
            respond(chunk(body) + "0\r\n\r\n", CHUNKED)
        case "stream":
            respond(chunk(HEAD) + chunk("one;") + chunk("two;") + "0\r\n\r\n", STREAMING, PRELUDE, CHUNKED)
        case "bare":
            respond(chunk("one;") + "0\r\n\r\n", STREAMING, CHUNKED)
        case "torn":
            respond(chunk(HEAD) + chunk("one;"), STREAMING, PRELUDE, CHUNKED)
            # Its error body is these words, which are no Base64.
            send("0\r\nLambda-Runtime-Function-Error-Type: Unhandled\r\n"
                 "Lambda-Runtime-Function-Error-Body: Requires base64\r\n\r\n")
        case "fail":
            body = json.dumps({"errorType": "Trouble", "errorMessage": "Trouble()"})
            send(f"POST {PATH}{request}/error HTTP/1.1\r\n", agent, "lambda-runtime-function-error-type: Unhandled\r\n",
                 CHUNKED, "\r\n", chunk(body), "0\r\n\r\n")
    status, _, _ = answer()
    # Anything else is an error to it.
    assert status == 202
'''


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("swift")
    lambdas.write_program(folder / "code" / "bootstrap", SWIFT_RUNTIME)
    events = {"Any": {"Type": "HttpApi", "Properties": {"Path": "/swift/{proxy+}", "Method": "ANY"}}}
    template = lambdas.write_template(
        folder / "template.yaml",
        Swift={
            "CodeUri": "code/", "Handler": "swift.bootstrap", "Runtime": "provided.al2", "Events": events,
            "FunctionUrlConfig": {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"},
        },
    )
    endpoint = Endpoint(tmp_path_factory.mktemp("swift-data"), template, arguments=("--http-concurrency", "1"))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


@pytest.mark.parametrize("prefix", ["/swift", "/_url/Swift"])
def test_a_function_under_swift_aws_lambda_runtime_answers(swift: Endpoint, prefix: str):
    response, body = call(swift.api_port, "GET", f"{prefix}/whole")
    assert (response.status, response.headers["set-cookie"], body) == (201, "c=3", b"whole")
    assert call(swift.api_port, "GET", f"{prefix}/nothing")[0].status == 200
    response, body = call(swift.api_port, "GET", f"{prefix}/large")
    assert (response.status, len(body)) == (200, 6_000_000)
    response, body = call(swift.api_port, "GET", f"{prefix}/stream")
    assert (response.status, response.headers["content-type"], body) == (418, "text/plain", b"one;two;")
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
    response, body = call(swift.api_port, "GET", f"{prefix}/bare")
    assert (response.status, response.headers["content-type"], body) == (200, "application/octet-stream", b"one;")
    assert call(swift.api_port, "GET", f"{prefix}/fail")[0].status in (500, 502)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        call(swift.api_port, "GET", f"{prefix}/torn")
    # One process has answered all of it, over one connection.
    log = zoetrope("logs", "--since", "1h", "--function", "Swift", "--data", swift.data).stdout
    assert "Runtime exited" not in log and "Traceback" not in log


# `zoetrope host`


def test_named_functions_are_served_with_their_routes(template: Path):
    with hosted(host_command("Plain", "Asgi", template=template)) as functions:
        assert functions.request("GET", "/plain").body == b"/plain"
        assert functions.request("PUT", "/asgi/x").status == 203
        assert functions.request("GET", "/health/live").status == 200
        assert functions.request("GET", "/health/ready").status == 200
    with hosted(host_command("Plain", template=template)) as functions:
        assert functions.request("GET", "/plain").body == b"/plain"
        # What no route takes is an event, and an event is posted.
        assert functions.request("GET", "/asgi/x").status == 405


def test_references_and_large_bodies_need_no_store_elsewhere(tmp_path: Path):
    template = web_functions.write(tmp_path)
    with hosted(host_command("Web", "Upload", template=template), CACHE_URL=f"file://{tmp_path}/cache") as functions:
        body = bytes(7 << 20)
        answer = functions.request("POST", "/upload", body, Content_Type="audio/wav", X_Key="good")
        (part,) = answer.json
        assert part["size"] == len(body)
        assert part["sha256"] == part["read"]
        result = {"statusCode": 200, "zoetrope": {"object": {"bucket": "none", "key": "none"}}}
        assert functions.post(result, "/raw").status == 404
    assert (tmp_path / "cache" / "objects").is_dir()


@pytest.mark.parametrize("address", ["http://x", "file://relative", "s3://", "s3:///prefix", "s3://bucket//prefix", "s3://bucket/../prefix"])
def test_a_cache_that_cannot_be_is_refused(template: Path, address: str):
    ended = zoetrope("host", "Plain", "--template", template, CACHE_URL=address)
    assert ended.returncode != 0
    assert "CACHE_URL" in ended.stderr


def test_objects_may_be_below_a_prefix_of_a_bucket(host: Endpoint, tmp_path: Path):
    s3 = host.client("s3")
    s3.create_bucket(Bucket="cache-of-many")
    s3.put_object(Bucket="cache-of-many", Key="mine/results/a", Body=b"mine", ContentType="text/plain")
    s3.put_object(Bucket="cache-of-many", Key="results/a", Body=b"another's")
    template = web_functions.write(tmp_path)
    place = {"bucket": "cache-of-many", "key": "results/a"}
    variables = host.environment() | {"CACHE_URL": "s3://cache-of-many/mine"}
    with hosted(host_command("Web", template=template), **variables) as functions:
        answer = functions.post({"statusCode": 200, "zoetrope": {"object": place}}, "/raw")
        assert (answer.status, answer.body) == (200, b"mine")
        # The function is told of it as well.
        answer = functions.post({"statusCode": 200, "zoetrope": {"follow": place | {"prefix": "making/a"}}}, "/raw")
        assert (answer.status, answer.body) == (200, b"mine")


def test_a_result_in_a_store_elsewhere_is_followed_while_it_is_made(host: Endpoint, tmp_path: Path):
    s3 = host.client("s3")
    s3.create_bucket(Bucket="followed")

    def put(key: str, body: bytes) -> None:
        s3.put_object(Bucket="followed", Key=f"mine/{key}", Body=body)

    template = web_functions.write(tmp_path)
    variables = host.environment() | {"CACHE_URL": "s3://followed/mine"}
    with hosted(host_command("Web", template=template), **variables) as functions:

        def ask(name: str) -> http.client.HTTPResponse:
            place = {"bucket": "followed", "prefix": f"making/{name}/", "key": f"results/{name}"}
            connection = http.client.HTTPConnection("127.0.0.1", functions.port, timeout=60)
            connection.request("POST", "/raw", json.dumps({"statusCode": 200, "zoetrope": {"follow": place}}))
            return connection.getresponse()

        put("making/a/claim", b'{"state": "making", "renewed": 1}')
        put("making/a/chunk-00000000", b"first ")
        answers = [ask("a") for _ in range(3)]
        assert [answer.read(6) for answer in answers] == [b"first "] * 3
        put("making/a/chunk-00000001", b"second ")
        assert [answer.read(7) for answer in answers] == [b"second "] * 3
        # The rest comes from the finished object, by its offset.
        put("results/a", b"first second third")
        assert [answer.read() for answer in answers] == [b"third"] * 3

        put("making/b/claim", b'{"state": "failed", "statusCode": 415, "error": "NotAVideo", "message": "m"}')
        failed = ask("b")
        assert (failed.status, json.loads(failed.read())["error"]) == (415, "NotAVideo")

        # A maker that dies: nothing renews its claim.
        put("making/c/claim", b'{"state": "making", "renewed": 1}')
        put("making/c/chunk-00000000", b"half")
        dying = ask("c")
        assert dying.read(4) == b"half"
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            dying.read()


INTERRUPTED = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{CodeUri: python/, Runtime: python3.11, Timeout: 300}}
Resources:
  Start:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.start
      Events:
        Post: {{Type: HttpApi, Properties: {{Path: /start, Method: POST}}}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: Lambda, Destination: !GetAtt Record.Arn}}}}}}
      Events:
        Begin:
          Type: EventBridgeRule
          Properties: {{Pattern: {{source: [test]}}}}
  Record:
    Type: AWS::Serverless::Function
    Properties: {{Handler: app.record}}
"""

INTERRUPTED_CODE = """
import json, os, time, boto3
folder = {folder!r}

def start(event, context):
    bus = boto3.client("events", region_name="us-east-1")
    bus.put_events(Entries=[
        {{"Source": "test", "DetailType": "begin", "Detail": json.dumps({{"job": job}})}} for job in range(4)])
    return {{"statusCode": 202}}

def work(event, context):
    open(f"{{folder}}/began-{{event['detail']['job']}}", "w").close()
    while not os.path.exists(f"{{folder}}/go"):
        time.sleep(0.01)
    open(f"{{folder}}/done-{{event['detail']['job']}}", "w").close()

def record(event, context):
    job = event["requestPayload"]["detail"]["job"]
    with open(f"{{folder}}/failed-{{job}}.part", "w") as file:
        json.dump(event, file)
    os.rename(file.name, f"{{folder}}/failed-{{job}}")
"""


def test_work_that_is_lost_with_the_process_is_recorded_as_interrupted(host: Endpoint, tmp_path: Path):
    host.client("s3").create_bucket(Bucket="interrupted")
    lambdas.write_program(tmp_path / "python" / "bootstrap", lambdas.RUNTIME_CLIENT)
    (tmp_path / "python" / "app.py").write_text(INTERRUPTED_CODE.format(folder=str(tmp_path)))
    template = tmp_path / "template.yaml"
    template.write_text(INTERRUPTED.format())
    variables = host.environment() | {"CACHE_URL": "s3://interrupted"}
    with hosted(host_command("Start", "--concurrency", "1", template=template), **variables) as functions:
        assert functions.request("POST", "/start").status == 202
        until("the first job", lambda: list(tmp_path.glob("began-*")))
        functions.process.send_signal(signal.SIGTERM)
        # What waits is recorded while the first one still runs.
        until("the records", lambda: len(list(tmp_path.glob("failed-?"))) >= 2)
        (tmp_path / "go").touch()
        assert functions.process.wait(60) == 0
    done, failed = ({path.name[-1] for path in tmp_path.glob(f"{kind}-?")} for kind in ("done", "failed"))
    assert done and not done & failed
    assert done | failed == set("0123")
    record = json.loads(next(tmp_path.glob("failed-?")).read_text())
    assert record["responsePayload"]["errorType"] == "Interrupted"
    assert "interrupted" in record["responsePayload"]["errorMessage"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_work_in_a_folder_goes_on_at_the_next_start(how: signal.Signals, tmp_path: Path):
    """With `CACHE_URL=file:///…` what waits and what was cut off is done by the next process with that folder."""
    lambdas.write_program(tmp_path / "python" / "bootstrap", lambdas.RUNTIME_CLIENT)
    (tmp_path / "python" / "app.py").write_text(INTERRUPTED_CODE.format(folder=str(tmp_path)))
    template = tmp_path / "template.yaml"
    template.write_text(INTERRUPTED.format())
    variables = {"CACHE_URL": f"file://{tmp_path}/cache"}
    command = host_command("Start", "--concurrency", "1", template=template)
    with hosted(command, **variables) as functions:
        assert functions.request("POST", "/start").status == 202
        until("the first job", lambda: list(tmp_path.glob("began-*")))
        functions.process.send_signal(how)
        if how == signal.SIGTERM:
            # What runs may end; nothing else begins.
            until("the end to have begun", lambda: cannot_be_reached(functions), seconds=60)
            (tmp_path / "go").touch()
        functions.process.wait(60)
    first = {path.name[-1] for path in tmp_path.glob("done-?")}
    assert len(first) == (1 if how == signal.SIGTERM else 0)
    assert not list(tmp_path.glob("failed-?"))
    (tmp_path / "go").touch()
    with hosted(command, **variables) as functions:
        until("all of them", lambda: len(list(tmp_path.glob("done-?"))) == 4, seconds=90)
    assert not list(tmp_path.glob("failed-?"))


def cannot_be_reached(functions: Hosted) -> bool:
    """Whether a new request is refused, as while the process ends."""
    try:
        return functions.request("GET", "/health/ready", seconds=10).status != 200
    except (OSError, http.client.HTTPException):
        return True
