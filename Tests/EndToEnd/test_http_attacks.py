"""What attackers send to the port of functions: nothing passes that was not asked for, nothing hangs, memory stays bounded."""

import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness import web_functions
from harness.endpoint import ACCESS_KEY, REGION, SECRET_KEY, Endpoint
from harness.processes import resident_bytes
from harness.waiting import until

HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"
SMUGGLED = b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Smuggled: yes\r\n\r\n"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("attacks")
    endpoint = Endpoint(folder / "up", web_functions.write(folder))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


class Answers:
    """What came over one connection until its end."""

    def __init__(self, received: bytes):
        self.received = received
        self.statuses = [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3})", received)]

    @property
    def runs(self) -> int:
        """How often a function was asked."""
        return self.received.count(b"x-from: function")


def send(host: Endpoint, request: bytes, port: int | None = None) -> Answers:
    """Sends it and reads until the server ends the connection, without ending it first."""
    with socket.create_connection(("127.0.0.1", port or host.api_port), timeout=30) as line:
        try:
            line.sendall(request)
        except ConnectionError:
            # It was refused before all of it was sent.
            pass
        received = b""
        try:
            while more := line.recv(65536):
                received += more
        except ConnectionResetError:
            pass
    return Answers(received)


def post(*fields: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return b"POST /echo HTTP/" + version + b"\r\n" + HOST + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
END = b"0\r\n\r\n"


@pytest.mark.parametrize(
    "request_text",
    [
        post(b"Content-Length: 5", CHUNKED, body=END + SMUGGLED),
        post(CHUNKED, b"Content-Length: 5", body=END + SMUGGLED),
        post(b"Content-Length: 0", CHUNKED, body=END + SMUGGLED),
        post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello" + SMUGGLED),
        post(b"Content-Length: 5, 5", body=b"hello" + SMUGGLED),
        post(b"Content-Length: +5", body=b"hello" + SMUGGLED),
        post(b"Content-Length: 0x5", body=b"hello" + SMUGGLED),
        post(b"Content-Length: 5 5", body=b"hello" + SMUGGLED),
        post(b"Content-Length:", body=b"hello" + SMUGGLED),
        post(b"Content-Length: 9223372036854775808", body=b"hello" + SMUGGLED),
        post(b"Content-Length: 18446744073709551621", body=b"hello" + SMUGGLED),
        post(b"Transfer-Encoding : chunked", b"Content-Length: 5", body=END + SMUGGLED),
        post(b"Transfer-Encoding: xchunked", body=END + SMUGGLED),
        post(b"Transfer-Encoding: \x0bchunked", body=END + SMUGGLED),
        post(b'Transfer-Encoding: "chunked"', body=END + SMUGGLED),
        post(b"Transfer-Encoding: gzip, chunked", body=END + SMUGGLED),
        post(b"Transfer-Encoding: identity, chunked", body=END + SMUGGLED),
        post(b"Transfer-Encoding: chunked, identity", body=END + SMUGGLED),
        post(CHUNKED, CHUNKED, body=END + SMUGGLED),
        post(CHUNKED, b"Transfer-Encoding: identity", body=END + SMUGGLED),
        post(CHUNKED, version=b"1.0", body=END + SMUGGLED),
        post(b"Transfer-Encoding:\r\n chunked", b"Content-Length: 5", body=END + SMUGGLED),
        post(CHUNKED, body=b"5;a\nhello\r\n" + END + SMUGGLED),
        post(CHUNKED, body=b"5\nhello\n0\n\n" + SMUGGLED),
        post(CHUNKED, body=b"0x5\r\nhello\r\n" + END + SMUGGLED),
        post(CHUNKED, body=b"-5\r\nhello\r\n" + END + SMUGGLED),
        post(CHUNKED, body=b"10000000000000005\r\nhello\r\n" + END + SMUGGLED),
        post(CHUNKED, body=b"5\r\nhelloXX" + END + SMUGGLED),
        post(CHUNKED, body=b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n" + SMUGGLED),
        post(b"X-A: b\r\n c", b"Content-Length: 0", body=SMUGGLED),
        post(b"X-A: b\rX-C: d", b"Content-Length: 0", body=SMUGGLED),
        post(b"X-A: b\x00c", b"Content-Length: 0", body=SMUGGLED),
        b"GET /echo HTTP/1.1\n" + HOST + b"\n" + SMUGGLED,
        b"GET /echo HTTP/2.0\r\n" + HOST + b"\r\n" + SMUGGLED,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,
    ],
)
def test_a_request_with_a_doubtful_end_is_refused_and_nothing_behind_it_is_read(host: Endpoint, request_text: bytes):
    answers = send(host, request_text)
    assert answers.statuses == [400]
    assert answers.runs == 0
    assert b"x-smuggled" not in answers.received.lower()


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /echo HTTP/1.0\r\n" + HOST + b"\r\n",
        b"GET /echo HTTP/1.0\r\n" + HOST + b"Connection: keep-alive\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: close, X-Other\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: X-Other\r\nConnection: Close\r\n\r\n",
        b"POST /echo HTTP/1.0\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_a_connection_ends_behind_the_answer_if_the_client_awaits_that(host: Endpoint, request_text: bytes):
    answers = send(host, request_text + SMUGGLED)
    assert answers.statuses == [200]
    assert answers.runs == 1


def test_a_client_of_http_1_0_gets_a_stream_without_chunks(host: Endpoint):
    answers = send(host, b"GET /stream?parts=3 HTTP/1.0\r\n" + HOST + b"\r\n")
    head, body = answers.received.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.0 201")
    assert b"transfer-encoding" not in head.lower()
    assert body == b"part 0\npart 1\npart 2\n"


def test_a_stream_of_http_1_0_that_breaks_off_does_not_look_complete(host: Endpoint):
    with socket.create_connection(("127.0.0.1", host.api_port), timeout=30) as line:
        line.sendall(b"GET /stream?parts=3&pause=0.2&breaks=1 HTTP/1.0\r\n" + HOST + b"\r\n")
        received = b""
        with pytest.raises(ConnectionResetError):
            while more := line.recv(65536):
                received += more
    assert received.startswith(b"HTTP/1.0 201")


def test_what_surrounds_the_pieces_of_a_body_is_bounded(host: Endpoint):
    small = post(CHUNKED, CLOSE.strip(), body=b"1\r\na\r\n" * 100_000 + END)
    assert send(host, small).statuses == [200]
    flood = post(CHUNKED, body=b"5;" + b"a" * (5 << 20) + b"\r\nhello\r\n" + END)
    answers = send(host, flood)
    assert answers.statuses in ([400], [])
    assert answers.runs == 0


@pytest.mark.parametrize("name", ["echo", "upload"])
def test_a_length_that_no_body_has_is_refused_at_once(host: Endpoint, name: str):
    head = b"POST /" + name.encode() + b" HTTP/1.1\r\n" + HOST + b"x-key: good\r\nContent-Length: "
    assert send(host, head + b"9223372036854775807\r\n\r\nhello").statuses == [413]


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"A" * 20_000 + b" /echo HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"".join(b"A%d: x\r\n" % n for n in range(1000)) + b"\r\n",
        b"GET /echo HTTP/1.1\r\n" + HOST + b"A: x\r\n" * 1000 + b"\r\n",
        b"GET /echo?" + b"&".join(b"a%d=%d" % (n, n) for n in range(20_000)) + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        post(CHUNKED, body=b"5\r\nhello\r\n0\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(50_000)) + b"\r\n"),
    ],
)
def test_floods_of_headers_are_refused(host: Endpoint, request_text: bytes):
    answers = send(host, request_text + SMUGGLED)
    assert answers.statuses in ([400], [])
    assert answers.runs == 0


@pytest.mark.parametrize(
    ("target", "host_name", "status"),
    [
        ("/x", "Signed.lambda-url.localhost", 403),
        ("/_url/Signed/x", "127.0.0.1", 403),
        ("/_url/%53igned/x", "127.0.0.1", 404),
        ("/_url/signed/x", "127.0.0.1", 404),
        ("/_url/Signed%2fx", "127.0.0.1", 404),
        ("//_url/Signed/x", "127.0.0.1", 404),
        ("/x/../_url/Signed/x", "127.0.0.1", 404),
        ("/x", "a.Signed.lambda-url.localhost", 404),
        ("/x", "Signed.lambda-url.localhost.", 404),
        ("http://Signed.lambda-url.localhost/x", "127.0.0.1", 404),
        ("/echo", "a b", 400),
        ("/echo", "a/b", 400),
        ("/echo", "user@127.0.0.1", 400),
        ("/echo", "", 400),
        ("/files\\..\\x", "127.0.0.1", 404),
        ("/pets%2fx", "127.0.0.1", 404),
        ("/files/%zz", "127.0.0.1", 404),
        ("//echo", "127.0.0.1", 404),
        ("/echo/", "127.0.0.1", 404),
        ("/echo#x", "127.0.0.1", 400),
        ("*", "127.0.0.1", 400),
    ],
)
def test_no_spelling_of_an_address_gets_around_a_route_or_a_signature(
    host: Endpoint, target: str, host_name: str, status: int
):
    request = f"GET {target} HTTP/1.1\r\nHost: {host_name}\r\nConnection: close\r\n\r\n".encode()
    answers = send(host, request)
    assert answers.statuses == [status]
    assert answers.runs == 0


def signed_upload(host: Endpoint, service: str, size: int) -> Answers:
    """A body that no event can hold, to a function that asks for a signature."""
    url = f"http://127.0.0.1:{host.api_port}/_url/SignedUpload/upload"
    request = botocore.awsrequest.AWSRequest(
        "POST", url, headers={"x-key": "good", "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "connection": "close"})
    auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY), service, REGION)
    auth.payload = lambda request: "UNSIGNED-PAYLOAD"
    auth.add_auth(request)
    fields = b"".join(f"{name}: {value}\r\n".encode() for name, value in request.headers.items())
    head = b"POST /_url/SignedUpload/upload HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % host.api_port
    return send(host, head + fields + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)


def test_a_large_body_asks_for_a_signature_of_the_right_service(host: Endpoint):
    assert signed_upload(host, "s3", 7 << 20).statuses == [403]
    accepted = signed_upload(host, "lambda", 7 << 20)
    assert accepted.statuses == [200]
    assert ACCESS_KEY.encode() in accepted.received


def test_bodies_of_many_clients_do_not_take_the_hosts_memory(host: Endpoint):
    """300 bodies of 6 MiB, all but their last byte: without a limit they take 2 GB."""
    before = resident_bytes(host.pid)
    size = 6 << 20
    lines = []
    try:
        for _ in range(300):
            line = socket.create_connection(("127.0.0.1", host.api_port), timeout=30)
            lines.append(line)
            try:
                line.sendall(post(b"Content-Length: %d" % size) + bytes(size - 1))
            except ConnectionError:
                # Refused while it was being sent.
                pass
        assert resident_bytes(host.pid) - before < 700 << 20
        # Small requests go on as before.
        answer = send(host, post(b"Content-Length: 5", CLOSE.strip(), body=b"hello"))
        assert answer.statuses == [200]
    finally:
        for line in lines:
            line.close()

    def has_room() -> bool:
        answer = send(host, post(b"Content-Length: %d" % (4 << 20), CLOSE.strip(), body=bytes(4 << 20)))
        return answer.statuses == [200]

    # The clients have left, and their memory is free again.
    until("a large body to be taken again", has_room, seconds=60)


def test_the_end_waits_for_no_client_of_a_function(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    """SIGTERM beside clients that read nothing, send slowly, wait, and follow."""
    endpoint = own_endpoint(template=web_functions.write(tmp_path))
    endpoint.start()
    lines = []

    def open_line(request: bytes) -> None:
        line = socket.create_connection(("127.0.0.1", endpoint.api_port), timeout=30)
        line.sendall(request)
        lines.append(line)

    for _ in range(5):
        open_line(b"GET /flood?mib=200 HTTP/1.1\r\n" + HOST + b"\r\n")
        open_line(post(b"Content-Length: 100", body=b"ab"))
        open_line(b"POST /upload HTTP/1.1\r\n" + HOST + b"x-key: good\r\nContent-Length: 9000000\r\n\r\n" + bytes(200_000))
        open_line(b"GET /stream?parts=1000&pause=1 HTTP/1.1\r\n" + HOST + b"\r\n")
        open_line(b"GET /sleep?seconds=19&name=x HTTP/1.1\r\n" + HOST + b"\r\n")
        open_line(b"GET /echo HTTP/1.1\r\nHo")
        open_line(b"")
    until("the functions to have begun", lambda: (tmp_path / "notes").read_text().count("began") == 5, seconds=60)
    began = time.monotonic()
    assert endpoint.stop(signal.SIGTERM, seconds=60) == 0
    # 20 s, and room for a loaded machine. The streams alone would take a quarter of an hour.
    assert time.monotonic() - began < 50
    for line in lines:
        line.close()
    assert not os.listdir(endpoint.data / "scratch")


def test_answers_stay_in_the_order_of_pipelined_requests(host: Endpoint):
    requests = b"".join(b"GET /pets/%d HTTP/1.1\r\n" % number + HOST + b"\r\n" for number in range(20))
    last = b"GET /pets/20 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    answers = send(host, requests + last)
    assert answers.statuses == [200] * 21
    found = re.findall(rb'"pathParameters": \{"id": "(\d+)"\}', answers.received)
    assert [int(number) for number in found] == list(range(21))


def test_http_goes_on_after_the_attacks(host: Endpoint):
    connection = http.client.HTTPConnection("127.0.0.1", host.api_port, timeout=30)
    for _ in range(3):
        connection.request("GET", "/pets/1")
        assert connection.getresponse().read()
    connection.close()


def test_queued_work_is_done_after_a_kill_and_what_callers_waited_for_is_not(
    own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    endpoint = own_endpoint(template=web_functions.write(tmp_path), arguments=("--concurrency", "2"))
    endpoint.start()
    functions = endpoint.client("lambda")

    def queue(name: str) -> None:
        event = {"rawPath": "/sleep", "queryStringParameters": {"seconds": "1", "name": name}}
        functions.invoke(FunctionName="Web", InvocationType="Event", Payload=json.dumps(event))

    lines = []
    for number in range(4):
        line = socket.create_connection(("127.0.0.1", endpoint.api_port), timeout=30)
        line.sendall(b"GET /sleep?seconds=15&name=http%d HTTP/1.1\r\n" % number + HOST + b"\r\n")
        lines.append(line)
        queue(f"queued{number}")
    notes = lambda: (tmp_path / "notes").read_text().splitlines()  # noqa: E731
    until("both kinds to have begun", lambda: {"began http3", "began queued0"} <= set(notes()), seconds=60)
    endpoint.kill()
    for line in lines:
        assert line.recv(1) == b""
        line.close()
    endpoint.start()
    until("the queued work", lambda: {f"ended queued{number}" for number in range(4)} <= set(notes()), seconds=90)
    assert not [note for note in notes() if note.startswith("ended http")]
