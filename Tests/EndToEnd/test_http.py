"""Functions over HTTP: routes, function URLs, events and answers, over real sockets."""

import base64
import hashlib
import http.client
import json
import select
import socket
import threading
import time
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


def test_a_client_that_leaves_lets_the_next_one_in(tmp_path: Path):
    """With one slot, and the next one's process warm: what is waited for is the slot alone."""
    endpoint = Endpoint(tmp_path / "up", web_functions.write(tmp_path), ("--http-concurrency", "1"))
    endpoint.start()
    try:
        warm = http.client.HTTPConnection("127.0.0.1", endpoint.api_port, timeout=15)
        warm.request("GET", "/echo")
        warm.getresponse().read()
        line = socket.create_connection(("127.0.0.1", endpoint.api_port))
        line.sendall(b"GET /single/sleep?seconds=300&name=left HTTP/1.1\r\nHost: x\r\n\r\n")
        until("it to run", lambda: "began left" in notes(tmp_path))
        warm.request("GET", "/echo")
        # It waits for the slot.
        assert not select.select([warm.sock], [], [], 0.3)[0]
        line.close()
        assert warm.getresponse().status == 200
        assert "ended left" not in notes(tmp_path)
    finally:
        assert endpoint.stop() == 0


def test_answers_are_in_the_access_log_without_what_may_be_secret(host: Endpoint):
    def lines() -> list[dict]:
        text = (host.data / "logs" / "access.log").read_text()
        return [json.loads(line) for line in text.splitlines() if "access-log-" in line]

    call(host, "GET", "/pets/access-log-1?token=secret", X_Key="secret")
    call(host, "GET", "/none/access-log-2")
    with socket.create_connection(("127.0.0.1", host.api_port)) as line:
        line.sendall(b"GET /flood?mib=64&name=access-log-3 HTTP/1.1\r\nHost: x\r\nX: access-log-3\r\n\r\n")
        line.recv(1000)
    first, second = until("two lines", lambda: found if len(found := lines()) >= 2 else None)
    assert (first["method"], first["path"], first["status"]) == ("GET", "/pets/access-log-1", 200)
    assert (first["route"], first["function"]) == ("GET /pets/{id}", "Web") and first["client"] == "127.0.0.1"
    assert first["bytes"] > 0 and first["totalMs"] >= first["firstByteMs"] >= 0 and first["requestId"]
    assert second["status"] == 404 and "function" not in second
    text = (host.data / "logs" / "access.log").read_text()
    assert "secret" not in text
    until("the answer that broke off", lambda: [
        entry for entry in map(json.loads, (host.data / "logs" / "access.log").read_text().splitlines())
        if entry["path"] == "/flood" and entry.get("aborted")])


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


# References


@pytest.fixture(scope="module")
def store(host: Endpoint):
    client = host.client("s3")
    client.create_bucket(Bucket="results")
    return client


def refer(host: Endpoint, kind: str, place: dict, status: int = 200, **headers: str) -> Answer:
    result = {"statusCode": status, "headers": {"cache-control": "max-age=60"}, "zoetrope": {kind: place}}
    return call(host, "POST", "/raw", json.dumps(result).encode(), Content_Type="application/json", **headers)


def test_an_object_is_sent_with_ranges_and_conditions(host: Endpoint, store):
    content = bytes(range(256)) * 20_000
    etag = store.put_object(Bucket="results", Key="a/b c.bin", Body=content, ContentType="image/webp")["ETag"]
    place = {"bucket": "results", "key": "a/b c.bin"}
    whole = refer(host, "object", place)
    assert (whole.status, whole.body, whole.headers["etag"]) == (200, content, etag)
    assert (whole.headers["content-type"], whole.headers["cache-control"]) == ("image/webp", "max-age=60")
    assert not [name for name in whole.headers if name.startswith("x-amz")]
    part = refer(host, "object", place, Range="bytes=10-19")
    assert (part.status, part.body) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert (refer(host, "object", place, If_None_Match=etag).status) == 304
    assert refer(host, "object", place, Range=f"bytes={len(content)}-").status == 416
    assert refer(host, "object", {"bucket": "results", "key": "none"}).json == {"message": "Not Found"}


def test_a_function_is_asked_again_if_an_optional_object_is_not_there(host: Endpoint, store):
    store.put_object(Bucket="results", Key="optional", Body=b"there")
    place = {"bucket": "results", "key": "optional", "optional": True}
    assert (refer(host, "object", place).status, refer(host, "object", place).body) == (200, b"there")
    again = refer(host, "object", {**place, "key": "none"})
    assert (again.status, again.body) == (202, b"asked again")
    # Once: what is named then must be there.
    assert refer(host, "object", {"bucket": "results", "key": "none"}).status == 404


def claim(store, prefix: str, number: int, **more: object):
    renewed = int(time.time() * 1000) + number
    body = json.dumps({"owner": "me", "renewed": renewed, **more})
    store.put_object(Bucket="results", Key=f"{prefix}/claim", Body=body)


def test_a_result_in_the_making_is_followed_by_all_of_its_callers(host: Endpoint, store):
    place = {"bucket": "results", "prefix": "making/1", "key": "made/1"}
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(refer(host, "follow", place))) for _ in range(20)
    ]
    for thread in threads[:10]:
        thread.start()
    claim(store, "making/1", 0, state="making")
    chunks = [bytes([number]) * 65_536 for number in range(12)]
    for number, chunk in enumerate(chunks):
        store.put_object(Bucket="results", Key=f"making/1/chunk-{number:08}", Body=chunk)
        if number == 5:
            for thread in threads[10:]:
                thread.start()
    # The last bytes are in the object only.
    whole = b"".join(chunks) + b"the end"
    store.put_object(Bucket="results", Key="made/1", Body=whole)
    for key in store.list_objects_v2(Bucket="results", Prefix="making/1/")["Contents"]:
        store.delete_object(Bucket="results", Key=key["Key"])
    for thread in threads:
        thread.join()
    assert [(answer.status, answer.body == whole) for answer in answers] == [(200, True)] * 20


def test_a_result_that_fails_before_its_first_byte_has_its_own_status(host: Endpoint, store):
    claim(store, "making/2", 0, state="failed", statusCode=415, error="Unsupported Media Type", message="no video")
    answer = refer(host, "follow", {"bucket": "results", "prefix": "making/2/", "key": "made/2"})
    assert (answer.status, answer.json) == (
        415, {"statusCode": 415, "error": "Unsupported Media Type", "message": "no video"}
    )


def test_callers_wait_no_longer_than_the_function_says(host: Endpoint, store):
    place = {"bucket": "results", "prefix": "making/4/", "key": "made/4", "firstByteSeconds": 1}
    answer = refer(host, "follow", place)
    assert (answer.status, answer.json["error"]) == (504, "Gateway Timeout")
    claim(store, "making/4", 0, state="making")
    store.put_object(Bucket="results", Key="making/4/chunk-00000000", Body=b"begun")
    with pytest.raises(http.client.IncompleteRead):
        refer(host, "follow", {**place, "totalSeconds": 2})


def test_callers_of_a_maker_that_dies_are_cut_off(host: Endpoint, store):
    claim(store, "making/3", 0, state="making")
    store.put_object(Bucket="results", Key="making/3/chunk-00000000", Body=b"begun")
    with pytest.raises(http.client.IncompleteRead):
        refer(host, "follow", {"bucket": "results", "prefix": "making/3/", "key": "made/3"})


def test_the_progress_of_a_job_is_told_in_events(host: Endpoint, store):
    def document(status: str) -> None:
        store.put_object(Bucket="results", Key="jobs/1.json", Body=json.dumps({"status": status, "parts": 2}))

    document("processing")
    store.put_object(Bucket="results", Key="jobs/1/part-0", Body=json.dumps({"done": 5, "total": 10}))
    result = {"zoetrope": {"events": {"bucket": "results", "key": "jobs/1.json", "records": "jobs/1/"}}, "statusCode": 200}
    connection = http.client.HTTPConnection("127.0.0.1", host.api_port, timeout=60)
    connection.request("POST", "/raw", json.dumps(result), {"Content-Type": "application/json"})
    response = connection.getresponse()
    assert (response.status, response.headers["content-type"]) == (200, "text/event-stream")
    lines = iter(lambda: response.readline().decode(), "")

    def event() -> tuple[str, dict]:
        name = next(line for line in lines if line.startswith("event: "))
        return name[7:-1], json.loads(next(lines)[6:])

    assert event() == ("progress", {"percent": 25, "status": "processing"})
    store.put_object(Bucket="results", Key="jobs/1/part-1", Body=json.dumps({"done": 10, "total": 10}))
    assert event() == ("progress", {"percent": 75, "status": "processing"})
    document("ready")
    assert event() == ("done", {"status": "ready", "parts": 2})
    assert response.read() == b"\n"


# Large bodies


def form(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, str]:
    body = b""
    for name, file, content in parts:
        named = f'; filename="{file}"' if file else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
    return body + b"--b--\r\n", "multipart/form-data; boundary=b"


def scratch(host: Endpoint) -> list[Path]:
    return list((host.data / "scratch").rglob("*"))


def test_a_large_form_is_spooled_and_passed_by_reference(host: Endpoint, folder: Path):
    file = bytes(range(256)) * 40_000
    body, content_type = form(("target", None, b"mp3"), ("file", "a b.wav", file))
    answer = call(host, "POST", "/upload", body, Content_Type=content_type, X_Key="good")
    assert answer.status == 200
    target, upload = answer.json
    assert (target["name"], target["size"], "fileName" in target) == ("target", 3, False)
    assert (upload["name"], upload["fileName"], upload["size"]) == ("file", "a b.wav", len(file))
    assert upload["sha256"] == upload["read"] == hashlib.sha256(file).hexdigest()
    assert "check 65536" in notes(folder)
    until("scratch files to be gone", lambda: not scratch(host))


def test_a_body_that_is_no_form_is_one_part(host: Endpoint):
    body = bytes(7 << 20)
    (part,) = call(host, "POST", "/upload", body, Content_Type="audio/wav", X_Key="good").json
    assert (part["size"], part["contentType"]) == (len(body), "audio/wav")
    assert part["sha256"] == part["read"] == hashlib.sha256(body).hexdigest()


def refused(host: Endpoint, head: str, most: int) -> tuple[bytes, int]:
    """The answer to a request whose body is sent for as long as the host takes it, and how much that was."""
    with socket.create_connection(("127.0.0.1", host.api_port), timeout=20) as line:
        line.sendall(f"POST /upload HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        sent = 0
        try:
            while sent < most:
                readable, writable, _ = select.select([line], [line], [], 20)
                if readable:
                    return line.recv(65_536), sent
                if writable:
                    sent += line.send(bytes(16_384))
            return line.recv(65_536), sent
        except OSError:
            return b"", sent


def test_a_body_is_refused_by_what_its_beginning_says(host: Endpoint):
    answer, sent = refused(host, "Content-Length: 104857600\r\nX-Key: wrong", 100 << 20)
    assert answer.startswith(b"HTTP/1.1 401 ")
    # What lies in the sockets' buffers was sent, and not read.
    assert sent < 16 << 20
    assert b"connection: close" in answer.lower()
    assert not scratch(host)


def test_a_body_beyond_the_functions_limit_is_refused(host: Endpoint, folder: Path):
    checks = notes(folder)
    answer, _ = refused(host, "Content-Length: 209715201\r\nX-Key: good", 1 << 20)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert notes(folder) == checks


def test_100_continue_is_said_after_the_check(host: Endpoint):
    for key, first in [("wrong", b"HTTP/1.1 401 "), ("good", b"HTTP/1.1 100 ")]:
        with socket.create_connection(("127.0.0.1", host.api_port), timeout=20) as line:
            head = f"Content-Length: 104857600\r\nExpect: 100-continue\r\nX-Key: {key}"
            line.sendall(f"POST /upload HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
            assert line.recv(65_536).startswith(first)


def test_an_upload_that_breaks_off_leaves_nothing(host: Endpoint):
    for size in (100_000, 3_000_000, 20_000_000):
        with socket.create_connection(("127.0.0.1", host.api_port), timeout=20) as line:
            line.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\nX-Key: good\r\n\r\n")
            line.sendall(bytes(size))
    until("scratch files to be gone", lambda: not scratch(host))


def test_scratch_files_of_a_killed_host_are_gone_after_its_next_start(tmp_path: Path):
    endpoint = Endpoint(tmp_path / "up", web_functions.write(tmp_path))
    endpoint.start()
    line = socket.create_connection(("127.0.0.1", endpoint.api_port), timeout=20)
    line.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\nX-Key: good\r\n\r\n")
    line.sendall(bytes(8 << 20))
    until("a scratch file", lambda: any(path.stat().st_size for path in scratch(endpoint) if path.is_file()))
    endpoint.kill()
    line.close()
    assert scratch(endpoint)
    endpoint.start()
    assert not scratch(endpoint)
    body = bytes(7 << 20)
    assert call(endpoint, "POST", "/upload", body, X_Key="good").json[0]["size"] == len(body)
    assert endpoint.stop() == 0


def test_bodies_that_scratch_storage_cannot_hold_are_507(tmp_path: Path):
    endpoint = Endpoint(
        tmp_path / "up", web_functions.write(tmp_path), environment={"SCRATCH_MAX_BYTES": str(16 << 20)})
    endpoint.start()
    try:
        # By its length, before anything is read; and while it arrives.
        announced = call(endpoint, "POST", "/upload", bytes(17 << 20), X_Key="good")
        assert announced.status == 507
        connection = http.client.HTTPConnection("127.0.0.1", endpoint.api_port, timeout=60)
        connection.request(
            "POST", "/upload", iter([bytes(1 << 20)] * 20), {"X-Key": "good"}, encode_chunked=True)
        assert connection.getresponse().status == 507
        connection.close()
        until("scratch files to be gone", lambda: not scratch(endpoint))
        # What was given back is there for others.
        for _ in range(3):
            assert call(endpoint, "POST", "/upload", bytes(12 << 20), X_Key="good").status == 200
    finally:
        assert endpoint.stop() == 0


# The pages' port


def test_the_pages_port_serves_the_same_routes(host: Endpoint):
    connection = http.client.HTTPConnection("127.0.0.1", host.web_port, timeout=60)
    connection.request("GET", "/pets/7")
    event = Answer(connection.getresponse()).json["event"]
    assert event["requestContext"]["zoetrope"] == {"local": True}
    connection.request("GET", "/_url/Signed/x")
    assert Answer(connection.getresponse()).status == 200
    connection.request("GET", "/pets/7", headers={"Origin": "http://evil.example"})
    assert Answer(connection.getresponse()).status == 403
    connection.request("GET", "/metrics")
    metrics = Answer(connection.getresponse()).body.decode()
    assert 'zoetrope_http_requests_total{route="GET /pets/{id}",status="200"}' in metrics
    assert 'zoetrope_http_first_byte_seconds_count{route="GET /pets/{id}"}' in metrics
