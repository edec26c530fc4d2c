"""The same request gives the same event and the same answer under `zoetrope up`, `zoetrope host` and a foreign Runtime API.

The functions are a Swift one, a handler under AWS's Python client, and an ASGI application under Mangum. A foreign Runtime
API receives the event that `zoetrope up` made of a request; what the function returns to it must be what the client was
answered.
"""

import base64
import contextlib
import http.client
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import lambdas
from harness.endpoint import Endpoint
from harness.hosted import host_command, hosted
from harness.installation import BUILD, clean_environment
from harness.platform import RuntimeAPI, runtime_api
from test_http_functions import APPLICATION

# The event itself is the answer's body, with what an answer may have beside it.
CODE = APPLICATION + '''

def seen(event, context):
    return {
        "statusCode": 201, "headers": {"content-type": "application/json", "x-method": event["requestContext"]["http"]["method"]},
        "cookies": ["a=1", "b=2; Path=/"], "body": json.dumps(event),
    }
'''

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, Timeout: 60}
Resources:
  Seen:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: python/
      Handler: app.seen
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        All: {Type: HttpApi, Properties: {Path: "/seen/{proxy+}", Method: ANY}}
        One: {Type: HttpApi, Properties: {Path: "/pets/{kind}/{id}", Method: GET}}
  Asgi:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: python/
      Handler: app.asgi
      Events:
        Any: {Type: HttpApi, Properties: {Path: "/asgi/{proxy+}", Method: ANY}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .build/lambda/HelloHTTP/
      Runtime: provided.al2023
      Handler: HelloHTTP.Hello
      Events:
        Route: {Type: HttpApi, Properties: {Path: "/hello/{name}", Method: GET}}
"""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
DOCUMENTED = {
    "version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters", "requestContext",
    "body", "pathParameters", "isBase64Encoded", "stageVariables",
}
ALWAYS = {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"}
CONTEXT = {
    "accountId", "apiId", "authentication", "authorizer", "domainName", "domainPrefix", "http", "requestId", "routeKey",
    "stage", "time", "timeEpoch",
}


@dataclass(frozen=True)
class Request:
    name: str
    method: str
    target: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


REQUESTS = [
    Request("query", "GET", "/seen/a?x=1&y=a%20b+c&x=2&empty&%C3%BC=%26", headers={"X-One": "1", "Accept": "text/html, */*"}),
    Request("cookies", "GET", "/seen/a", headers={"Cookie": "first=1; second=a=b"}),
    Request("path", "GET", "/pets/b%2Fc%20d/7"),
    Request("proxy", "DELETE", "/seen/a/b%20c//d"),
    Request("json", "POST", "/seen/a", b'{"a": "\xc3\xbc"}', {"Content-Type": "application/json"}),
    Request("bytes", "PUT", "/seen/a", bytes(range(256)), {"Content-Type": "image/png"}),
    Request("form", "POST", "/seen/a", b"a=1&b=%20", {"Content-Type": "application/x-www-form-urlencoded"}),
    Request("url", "POST", "/_url/Seen/any/path?q=1", b"text", {"Content-Type": "text/plain"}),
    Request("asgi", "POST", "/asgi/a%20b?x=1", b"\xff\x00", {"Content-Type": "application/octet-stream", "Cookie": "k=v"}),
    Request("swift", "GET", "/hello/Gr%C3%BC%C3%9Fe?unused=1"),
]
by_name = pytest.mark.parametrize("request_", REQUESTS, ids=[request.name for request in REQUESTS])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def ask(port: int, request: Request) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(request.method, request.target, request.body, {"Host": "api.example"} | request.headers)
    answer = connection.getresponse()
    headers = sorted((name.lower(), value) for name, value in answer.getheaders())
    body = answer.read()
    connection.close()
    return Answer(answer.status, [pair for pair in headers if pair[0] not in {"date", "connection"}], body)


def stable(event: dict) -> dict:
    """Without what differs between any two requests."""
    context = {name: value for name, value in event["requestContext"].items() if name not in {"requestId", "time", "timeEpoch"}}
    return event | {"requestContext": context}


def without_event(answer: Answer) -> Answer:
    """An answer whose body is an event, without what differs; its length differs with that."""
    headers = [pair for pair in answer.headers if pair[0] != "content-length"]
    return Answer(answer.status, headers, json.dumps(stable(json.loads(answer.body)), sort_keys=True).encode())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("same")
    lambdas.write_program(folder / "python" / "bootstrap", lambdas.RUNTIME_CLIENT)
    (folder / "python" / "app.py").write_text(CODE)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("up"), template)
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def host_port(template: Path) -> Iterator[int]:
    with hosted(host_command("Seen", "Asgi", "Hello", template=template)) as functions:
        yield functions.port


@by_name
def test_up_and_host_give_the_same(up: Endpoint, host_port: int, request_: Request):
    local, container = ask(up.api_port, request_), ask(host_port, request_)
    if "/asgi" in request_.target or "/hello" in request_.target:
        assert local == container and local.status in (200, 203)
    else:
        assert without_event(local) == without_event(container) and local.status == 201


@by_name
def test_an_event_has_what_aws_documents_and_nothing_else(up: Endpoint, request_: Request):
    answer = ask(up.api_port, request_)
    if answer.status != 201:
        pytest.skip("this function does not return its event")
    event = json.loads(answer.body)
    assert ALWAYS <= set(event) <= DOCUMENTED
    assert set(event["requestContext"]) <= CONTEXT
    assert set(event["requestContext"]["http"]) == {"method", "path", "protocol", "sourceIp", "userAgent"}
    assert ("body" in event) == bool(request_.body)
    assert ("cookies" in event) == ("Cookie" in request_.headers)
    body = event.get("body", "")
    assert (base64.b64decode(body) if event["isBase64Encoded"] else body.encode()) == (request_.body or b"")


class Functions:
    """Each function's process under a Runtime API that is not this project's."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack):
        self._folder, self._stack = folder, stack
        self._started: dict[str, tuple[RuntimeAPI, subprocess.Popen]] = {}

    def invoke(self, name: str, event: dict) -> dict:
        api, process = self._started.get(name) or self._start(name)
        kind, result = api.invoke(event, process)
        assert kind == "response", result
        return result

    def _start(self, name: str) -> tuple[RuntimeAPI, subprocess.Popen]:
        api = self._stack.enter_context(runtime_api())
        code = self._folder / "python"
        program, handler = (
            (BUILD / "HelloHTTP", "HelloHTTP.Hello") if name == "Hello" else (code / "bootstrap", f"app.{name.lower()}")
        )
        variables = clean_environment(
            AWS_LAMBDA_RUNTIME_API=api.address, _HANDLER=handler, LAMBDA_TASK_ROOT=str(code), AWS_LAMBDA_FUNCTION_NAME=name)
        log = self._stack.enter_context(open(self._folder / f"{name}.log", "wb"))
        process = subprocess.Popen(
            [program], cwd=code, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._stack.callback(process.wait, 30)
        self._stack.callback(process.kill)
        self._started[name] = (api, process)
        return self._started[name]


@pytest.fixture(scope="module")
def foreign(template: Path) -> Iterator[Functions]:
    with contextlib.ExitStack() as stack:
        yield Functions(template.parent, stack)


def expected_event(up: Endpoint, request: Request) -> dict:
    """What the request's own function is given: the function `Seen` tells of the same request at another path."""
    own = request.target.split("/")[1].split("?")[0]
    if own not in {"asgi", "hello"}:
        return json.loads(ask(up.api_port, request).body)
    rest = request.target.removeprefix(f"/{own}")
    seen = ask(up.api_port, Request(request.name, request.method, f"/seen{rest}", request.body, request.headers))
    event = json.loads(seen.body)
    key = "ANY /asgi/{proxy+}" if own == "asgi" else "GET /hello/{name}"
    event |= {"rawPath": event["rawPath"].replace("/seen", f"/{own}", 1), "routeKey": key}
    event["requestContext"]["routeKey"] = key
    event["requestContext"]["http"]["path"] = event["requestContext"]["http"]["path"].replace("/seen", f"/{own}", 1)
    if own == "hello":
        event["pathParameters"] = {"name": event["pathParameters"]["proxy"]}
    return event


@by_name
def test_a_foreign_runtime_api_gets_the_same_answer(up: Endpoint, foreign: Functions, request_: Request):
    answer, event = ask(up.api_port, request_), expected_event(up, request_)
    own = request_.target.split("/")[1].split("?")[0]
    result = foreign.invoke({"asgi": "Asgi", "hello": "Hello"}.get(own, "Seen"), event)
    assert result["statusCode"] == answer.status
    body = base64.b64decode(result["body"]) if result.get("isBase64Encoded") else result["body"].encode()
    if own in {"asgi", "hello"}:
        assert body == answer.body
    else:
        assert stable(json.loads(body)) == stable(json.loads(answer.body))
    headers = {name.lower(): value for name, value in (result.get("headers") or {}).items() if name.lower() != "content-length"}
    assert headers.items() <= dict(answer.headers).items()
    assert (result.get("cookies") or []) == [value for name, value in answer.headers if name == "set-cookie"]
