"""The functions of Examples/, run by the runtime and called with the events that API Gateway sends."""

import base64
import http.client
import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import lambdas
from harness.endpoint import Endpoint
from harness.waiting import until

EXAMPLES = Path(__file__).parents[2] / "Examples"


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(EXAMPLES, folder / "Examples")
    # The tests' own Python has the runtime client.
    lambdas.write_program(folder / "Examples" / "python" / "bootstrap", lambdas.RUNTIME_CLIENT)
    endpoint = Endpoint(tmp_path_factory.mktemp("data"), folder / "Examples" / "template.yaml")
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def event(method: str, path: str, **more: object) -> bytes:
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    return json.dumps(
        {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {},
            "requestContext": {"http": http, "requestId": "1", "stage": "$default"},
            "isBase64Encoded": False,
            **more,
        }
    ).encode()


def test_a_swift_function_answers(examples: Endpoint):
    client = examples.client("lambda")
    payload = event("GET", "/hello/Ada", pathParameters={"name": "Ada"})
    answer = json.loads(client.invoke(FunctionName="Hello", Payload=payload)["Payload"].read())
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"content-type": "text/plain; charset=utf-8"}
    assert answer["body"] == "Hello, Ada!\n"


def test_a_swift_function_streams(examples: Endpoint):
    client = examples.client("lambda")
    stream = client.invoke_with_response_stream(FunctionName="Countdown", Payload=event("GET", "/"))
    parts = list(stream["EventStream"])
    assert "ErrorCode" not in parts[-1]["InvokeComplete"]
    body = b"".join(part["PayloadChunk"]["Payload"] for part in parts if "PayloadChunk" in part)
    head, rest = body.split(bytes(8), 1)
    assert json.loads(head) == {"statusCode": 200, "headers": {"content-type": "text/plain; charset=utf-8"}}
    assert rest.decode() == "".join(f"{number}\n" for number in range(10, -1, -1))


def test_a_python_function_answers(examples: Endpoint):
    client = examples.client("lambda")
    payload = event("POST", "/echo", body=base64.b64encode(b"\0\xff").decode(), isBase64Encoded=True)
    answer = json.loads(client.invoke(FunctionName="Echo", Payload=payload)["Payload"].read())
    assert answer["headers"]["x-length"] == "2"
    assert base64.b64decode(answer["body"]) == b"\0\xff"


def test_the_routes_are_served(examples: Endpoint):
    with urllib.request.urlopen(f"{examples.api_url}/hello/Gr%C3%BC%C3%9Fe") as answer:
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.read().decode() == "Hello, Grüße!\n"
    request = urllib.request.Request(
        f"{examples.api_url}/echo", data=b"\0\xff\n", headers={"Content-Type": "application/x-thing"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["content-type"] == "application/x-thing"
        assert answer.headers["x-length"] == "3"
        assert answer.read() == b"\0\xff\n"


def test_the_function_url_streams(examples: Endpoint):
    expected = "".join(f"{number}\n" for number in range(10, -1, -1))
    with urllib.request.urlopen(f"{examples.api_url}/_url/Countdown/") as answer:
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.read().decode() == expected
    line = http.client.HTTPConnection("127.0.0.1", examples.api_port)
    line.request("GET", "/", headers={"Host": "Countdown.lambda-url.localhost"})
    assert line.getresponse().read().decode() == expected
    line.close()


def test_pages_of_other_origins_may_call(examples: Endpoint):
    preflight = urllib.request.Request(
        f"{examples.api_url}/echo",
        method="OPTIONS",
        headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"},
    )
    with urllib.request.urlopen(preflight) as answer:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]


def test_what_functions_count_is_among_the_metrics(examples: Endpoint):
    def told() -> bool:
        with urllib.request.urlopen(f"{examples.web_url}/metrics") as answer:
            return 'greetings_total{function="Hello"} ' in answer.read().decode()

    with urllib.request.urlopen(f"{examples.api_url}/hello/Ada") as answer:
        assert answer.status == 200
    until("the metrics to tell", told)
