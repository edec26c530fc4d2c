"""What AWS has around a function, as far as a test needs it: the Runtime API, an event bus, a container's credentials."""

import contextlib
import json
import queue
import ssl
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from .waiting import until


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        # Trailers.
        while self.rfile.readline().strip():
            pass
        return whole

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def _serving(handler: type[_Handler], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serves on a free port of loopback. Gives `host:port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context:
        # The handshake is made by the connection's own thread, so that one that fails fails alone.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield "{}:{}".format(*server.server_address)
    finally:
        server.shutdown()
        server.server_close()


class RuntimeAPI:
    """The Runtime API of one function's process."""

    def __init__(self, address: str, events: queue.SimpleQueue, answers: queue.SimpleQueue):
        self.address = address
        self._events = events
        self._answers = answers

    def invoke(
        self, event: dict, process: subprocess.Popen, seconds: float = 60, read: Callable = json.loads
    ) -> tuple[str, Any]:
        """`response` or `error`, and what the function said; fails at once if its process has ended."""
        self._events.put((str(uuid.uuid4()), json.dumps(event).encode()))

        def answer() -> tuple[str, bytes] | None:
            assert process.poll() is None, f"the function ended with code {process.returncode}"
            with contextlib.suppress(queue.Empty):
                return self._answers.get(timeout=0.5)

        kind, body = until("the function's answer", answer, seconds)
        return kind, read(body)


@contextmanager
def runtime_api() -> Iterator[RuntimeAPI]:
    """<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>"""
    events: queue.SimpleQueue = queue.SimpleQueue()
    answers: queue.SimpleQueue = queue.SimpleQueue()

    class Handler(_Handler):
        def do_GET(self) -> None:
            assert self.path == "/2018-06-01/runtime/invocation/next"
            request, event = events.get()
            self.answer(
                200, event, Lambda_Runtime_Aws_Request_Id=request, Lambda_Runtime_Deadline_Ms="4102444800000",
                Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:123456789012:function:foreign",
                Lambda_Runtime_Trace_Id="Root=1-5759e988-bd862e3fe1be46a994272793", Content_Type="application/json")

        def do_POST(self) -> None:
            answers.put((self.path.rsplit("/", 1)[1], self.body()))
            self.answer(202, b"")

    with _serving(Handler) as address:
        yield RuntimeAPI(address, events, answers)


class EventBus:
    """Takes every event and remembers it as a rule's target would receive it."""

    def __init__(self, url: str, events: list[dict]):
        self.url = url
        self._events = events

    def taken(self, detail_type: str) -> list[dict]:
        """The events of that type so far, which are forgotten."""
        found = [event for event in self._events if event["detail-type"] == detail_type]
        self._events[:] = [event for event in self._events if event["detail-type"] != detail_type]
        return found


    def take_all(self) -> list[dict]:
        """All events so far, which are forgotten."""
        found, self._events[:] = list(self._events), []
        return found


@contextmanager
def event_bus(context: ssl.SSLContext | None = None) -> Iterator[EventBus]:
    """The `PutEvents` of EventBridge; over TLS if there is a context."""
    events: list[dict] = []

    class Handler(_Handler):
        def do_POST(self) -> None:
            assert self.headers["X-Amz-Target"] == "AWSEvents.PutEvents"
            entries = json.loads(self.body())["Entries"]
            for entry in entries:
                events.append({
                    "version": "0", "id": str(uuid.uuid4()), "source": entry["Source"],
                    "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"]),
                })
            answer = {"FailedEntryCount": 0, "Entries": [{"EventId": str(uuid.uuid4())} for _ in entries]}
            self.answer(200, json.dumps(answer).encode(), Content_Type="application/x-amz-json-1.1")

    with _serving(Handler, context) as address:
        yield EventBus(f"{'https' if context else 'http'}://{address}", events)


@contextmanager
def container_credentials(access_key: str, secret_key: str, token: str, lifetime: float) -> Iterator[tuple[str, list]]:
    """What a container asks for its credentials, which are good for `lifetime` seconds. Gives its address and the status
    of every answer so far.

    <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
    """
    answers: list[int] = []

    class Handler(_Handler):
        def do_GET(self) -> None:
            expires = datetime.now(UTC) + timedelta(seconds=lifetime)
            document = {
                "AccessKeyId": access_key, "SecretAccessKey": secret_key, "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
            }
            answers.append(200 if self.headers["Authorization"] == token else 403)
            self.answer(answers[-1], json.dumps(document).encode() if answers[-1] == 200 else b"")

    with _serving(Handler) as address:
        yield f"http://{address}/credentials", answers


@contextmanager
def event_sink() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """What Knative binds a function to: takes CloudEvents. Gives its address and the headers and bodies so far."""
    taken: list[tuple[dict[str, str], bytes]] = []

    class Handler(_Handler):
        def do_POST(self) -> None:
            taken.append(({name.lower(): value for name, value in self.headers.items()}, self.body()))
            self.answer(202, b"")

    with _serving(Handler) as address:
        yield f"http://{address}/default/broker", taken
