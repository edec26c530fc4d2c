"""Functions over HTTP: routes, function URLs, events and answers, over real sockets."""

import base64
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness import web_functions
from harness.endpoint import ACCESS_KEY, REGION, SECRET_KEY, Endpoint
from harness.waiting import until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(folder / "up", web_functions.write(folder))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


class Answer:
    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.msg
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


def call(host: Endpoint, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", host.api_port, timeout=60)
    connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def notes(folder: Path) -> list[str]:
    return (folder / "notes").read_text().splitlines()


# Events


def test_a_request_becomes_an_event_of_format_2(host: Endpoint):
    answer = call(
        host, "POST", "/echo?a=1&b=x%20y+z&a=2&empty", b'{"x": 1}', Content_Type="application/json", X_One="1",
        Cookie="first=1; second=2",
    )
    assert (answer.status, answer.headers["x-from"]) == (200, "function")
    event = answer.json["event"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == "ANY /echo"
    assert (event["rawPath"], event["rawQueryString"]) == ("/echo", "a=1&b=x%20y+z&a=2&empty")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y z", "empty": ""}
    assert event["cookies"] == ["first=1", "second=2"]
    assert event["headers"]["x-one"] == "1"
    assert "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"x": 1}', False)
    context = event["requestContext"]
    assert context["http"]["method"] == "POST"
    assert (context["http"]["path"], context["http"]["sourceIp"]) == ("/echo", "127.0.0.1")
    assert (context["stage"], context["routeKey"]) == ("$default", "ANY /echo")
    assert context["domainName"] == "127.0.0.1"
    assert "zoetrope" not in context


def test_binary_bodies_travel_as_base64_both_ways(host: Endpoint):
    sent = bytes(range(256))
    event = call(host, "POST", "/echo", sent, Content_Type="image/png").json["event"]
    assert event["isBase64Encoded"] and base64.b64decode(event["body"]) == sent
    result = {"statusCode": 202, "body": base64.b64encode(sent).decode(), "isBase64Encoded": True}
    answer = call(host, "POST", "/raw", json.dumps(result).encode(), Content_Type="application/json")
    assert (answer.status, answer.body) == (202, sent)


@pytest.mark.parametrize(
    "target, key, parameters",
    [
        ("/pets/7", "GET /pets/{id}", {"id": "7"}),
        ("/pets/a%2Fb%20c", "GET /pets/{id}", {"id": "a/b c"}),
        ("/files/a/b.txt", "GET /files/{proxy+}", {"proxy": "a/b.txt"}),
    ],
)
def test_a_path_gives_its_variables(host: Endpoint, target: str, key: str, parameters: dict):
    event = call(host, "GET", target).json["event"]
    assert (event["routeKey"], event["pathParameters"], event["rawPath"]) == (key, parameters, target)


@pytest.mark.parametrize("method, target", [("POST", "/pets/7"), ("GET", "/nowhere"), ("GET", "/files/"), ("GET", "/pets/")])
def test_what_no_route_takes_is_not_found(host: Endpoint, method: str, target: str):
    answer = call(host, method, target)
    assert (answer.status, answer.json) == (404, {"message": "Not Found"})


def test_a_function_has_a_url_by_path_and_by_host(host: Endpoint):
    by_path = call(host, "GET", "/_url/Web/any/thing?x=1").json["event"]
    by_host = call(host, "GET", "/any/thing?x=1", Host=f"Web.lambda-url.localhost:{host.api_port}").json["event"]
    for event in (by_path, by_host):
        assert (event["rawPath"], event["routeKey"]) == ("/any/thing", "$default")
        assert event["queryStringParameters"] == {"x": "1"}
    assert call(host, "GET", "/_url/Single/").status == 404
    assert call(host, "GET", "/_url/Nothing/").status == 404


# Answers


@pytest.mark.parametrize(
    "result, status, content_type, body",
    [
        ('{"any": "thing"}', 200, "application/json", b'{"any": "thing"}'),
        ('"a text"', 200, "application/json", b"a text"),
        ('{"statusCode": 204}', 204, None, b""),
        ('{"statusCode": "404", "headers": {"content-type": "text/x", "x-n": 5}, "body": "no"}', 404, "text/x", b"no"),
        ('{"statusCode": 99999}', 500, "application/json", b'{"message":"Internal Server Error"}'),
        ("no json", 500, "application/json", b'{"message":"Internal Server Error"}'),
    ],
)
def test_a_result_becomes_an_answer(host: Endpoint, result: str, status: int, content_type: str | None, body: bytes):
    answer = call(host, "POST", "/raw", result.encode(), Content_Type="application/json")
    assert (answer.status, answer.headers["content-type"], answer.body) == (status, content_type, body)


def test_cookies_and_headers_of_an_answer(host: Endpoint):
    result = {
        "statusCode": 200, "cookies": ["a=1; Path=/", "b=2"], "body": "x",
        "headers": {"x-a": "1\r\nx-evil: 2", "connection": "upgrade", "content-length": "5", "transfer-encoding": "x"},
    }
    answer = call(host, "POST", "/raw", json.dumps(result).encode(), Content_Type="application/json")
    assert answer.headers.get_all("set-cookie") == ["a=1; Path=/", "b=2"]
    assert answer.headers["x-evil"] is None
    assert answer.headers["content-length"] == "1"
    assert answer.body == b"x"


def test_the_answer_to_head_has_no_body(host: Endpoint):
    answer = call(host, "HEAD", "/echo")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


def test_a_function_that_fails_is_a_500_and_its_url_a_502(host: Endpoint):
    answer = call(host, "GET", "/fail")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert call(host, "GET", "/_url/Web/fail").status == 502


def test_a_body_that_no_event_can_hold_is_refused(host: Endpoint):
    for headers in ({"Content_Length": str(7 << 20)}, {"Transfer_Encoding": "chunked"}):
        with socket.create_connection(("127.0.0.1", host.api_port), timeout=20) as line:
            fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
            line.sendall(f"POST /echo HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
            piece = b"x" * 65536
            try:
                for _ in range(112):
                    line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if "Transfer_Encoding" in headers else piece)
            except OSError:
                pass
            assert line.recv(65536).startswith(b"HTTP/1.1 413 ")


# Streams


def test_a_streamed_answer_begins_with_its_metadata(host: Endpoint):
    answer = call(host, "GET", "/stream?parts=3")
    assert (answer.status, answer.headers["content-type"]) == (201, "text/plain")
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert answer.body == b"part 0\npart 1\npart 2\n"


def test_a_streamed_answer_arrives_while_it_is_made(host: Endpoint):
    connection = http.client.HTTPConnection("127.0.0.1", host.api_port, timeout=60)
    connection.request("GET", "/_url/Web/stream?parts=2&pause=1")
    response = connection.getresponse()
    assert response.read1() == b"part 0\n"
    assert response.read() == b"part 1\n"


def test_a_stream_that_breaks_off_does_not_look_complete(host: Endpoint):
    connection = http.client.HTTPConnection("127.0.0.1", host.api_port, timeout=60)
    connection.request("GET", "/stream?parts=3&breaks")
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()


# Admission


def test_a_reserve_that_is_used_up_answers_429(host: Endpoint, folder: Path):
    first = threading.Thread(target=call, args=(host, "GET", "/single/sleep?seconds=2&name=one"))
    first.start()
    until("the first to run", lambda: "began one" in notes(folder))
    answer = call(host, "GET", "/single/sleep?seconds=0")
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    assert answer.json == {"message": "Too Many Requests"}
    first.join()
    assert call(host, "GET", "/single/sleep?seconds=0").status == 200


def test_a_client_that_leaves_ends_its_invocation(host: Endpoint, folder: Path):
    line = socket.create_connection(("127.0.0.1", host.api_port))
    line.sendall(b"GET /single/sleep?seconds=15&name=left HTTP/1.1\r\nHost: x\r\n\r\n")
    until("it to run", lambda: "began left" in notes(folder))
    line.close()
    until("the slot to be free", lambda: call(host, "GET", "/single/sleep?seconds=0").status == 200, seconds=5)
    assert "ended left" not in notes(folder)


# Other origins and signatures


def test_preflights_are_answered_by_the_gateway(host: Endpoint):
    asked = {"Access_Control_Request_Method": "GET"}
    allowed = call(host, "OPTIONS", "/shared/echo", Origin="https://app.example", **asked)
    assert allowed.status == 204
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    assert allowed.headers["access-control-allow-methods"] == "GET,POST"
    assert allowed.headers["access-control-max-age"] == "600"
    assert allowed.headers["access-control-allow-credentials"] == "true"
    refused = call(host, "OPTIONS", "/shared/echo", Origin="https://evil.example", **asked)
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (204, None)
    answer = call(host, "GET", "/shared/echo", Origin="https://app.example")
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-expose-headers"] == "x-from"
    assert call(host, "GET", "/shared/echo", Origin="https://evil.example").headers["access-control-allow-origin"] is None


def signed(host: Endpoint, method: str, path: str, body: bytes, secret: str = SECRET_KEY, service: str = "lambda"):
    request = botocore.awsrequest.AWSRequest(method, f"{host.api_url}{path}", data=body)
    credentials = botocore.credentials.Credentials(ACCESS_KEY, secret)
    botocore.auth.SigV4Auth(credentials, service, REGION).add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", host.api_port, timeout=60)
    connection.request(method, path, body, dict(request.headers))
    return Answer(connection.getresponse())


def test_a_url_with_iam_asks_for_a_signature(host: Endpoint):
    answer = signed(host, "POST", "/_url/Signed/x", b"hello")
    assert answer.status == 200
    assert answer.json["event"]["requestContext"]["authorizer"]["iam"]["accessKey"] == ACCESS_KEY
    assert call(host, "POST", "/_url/Signed/x", b"hello").status == 403
    assert signed(host, "POST", "/_url/Signed/x", b"hello", secret="wrong").status == 403
    assert signed(host, "POST", "/_url/Signed/x", b"hello", service="s3").status == 403


# Attacks


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /echo HTTP/1.1\r\n\r\n",
        b"GET echo HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /ec\x00ho HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: x\r\n" % n for n in range(3000)) + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_requests_that_no_client_sends_are_refused(host: Endpoint, request_text: bytes):
    with socket.create_connection(("127.0.0.1", host.api_port), timeout=20) as line:
        line.sendall(request_text)
        line.shutdown(socket.SHUT_WR)
        received = b""
        while more := line.recv(65536):
            received += more
    assert received == b"" or received.startswith(b"HTTP/1.1 4")
    assert b"x-from" not in received
