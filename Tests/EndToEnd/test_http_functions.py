"""Functions that other people's code makes: handlers under AWS's runtime client, and an ASGI application under Mangum."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import lambdas, web_functions
from harness.endpoint import Endpoint
from harness.hosted import host_command, hosted

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


@pytest.mark.parametrize("address", ["http://x", "file://relative", "s3://", "s3://bucket/prefix"])
def test_a_cache_that_cannot_be_is_refused(template: Path, address: str):
    from harness.installation import zoetrope

    ended = zoetrope("host", "Plain", "--template", template, CACHE_URL=address)
    assert ended.returncode != 0
    assert "CACHE_URL" in ended.stderr
