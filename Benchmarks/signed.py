"""Requests that are signed before the measurement begins and sent as they are: an AWS client spends more on a request
than the runtime that is measured, on the same processors."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.endpoint import ACCESS_KEY, REGION, SECRET_KEY, Endpoint
from measure import Failed

# PutEvents takes no more at once.
ENTRIES = 10
# As many clips as a video of 2 h 52 min has. What belongs to one video shares a turn in the queue.
EVENTS_OF_A_VIDEO = 345


def put_events(
    endpoint: Endpoint, slots: Sequence[int], wait: int = 0, entries: int = ENTRIES, of_a_video: int = EVENTS_OF_A_VIDEO
) -> list[bytes]:
    """One request per `entries` events.

    wait: milliseconds that the function takes for each, unless it is released before.
    of_a_video: how many events, one after the other, name the same video.
    """
    headers = {"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"}
    requests = []
    for first in range(0, len(slots), entries):
        events = [
            {
                "Source": "custom.benchmark",
                "DetailType": "tallied",
                "Detail": json.dumps({"key": f"{slot // of_a_video}.mp4", "slot": slot, "wait": wait}),
            }
            for slot in slots[first : first + entries]
        ]
        requests.append(signed(endpoint, "events", "/", headers, json.dumps({"Entries": events})))
    return requests


def invocation(endpoint: Endpoint, function: str, event: object) -> bytes:
    """A synchronous call of a function."""
    return signed(endpoint, "lambda", f"/2015-03-31/functions/{function}/invocations", {}, json.dumps(event))


def signed(endpoint: Endpoint, service: str, path: str, headers: dict[str, str], text: str) -> bytes:
    """A POST request as bytes."""
    body = text.encode()
    request = AWSRequest("POST", endpoint.url + path, dict(headers), body)
    SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), service, REGION).add_auth(request)
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(endpoint.url).netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One kept connection; one request at a time."""

    def __init__(self, endpoint: Endpoint, seconds: float = 60):
        self._socket = socket.create_connection(("127.0.0.1", endpoint.port), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def answer(self) -> bytes:
        """The body of the answer, which must be one of success."""
        content = b""
        while (end := content.find(b"\r\n\r\n")) < 0:
            content += self._read()
        head, body = content[:end].lower(), content[end + 4 :]
        length = int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._read()
        if not head.startswith(b"http/1.1 200"):
            raise Failed(f"{head.decode(errors='replace')}\n{body.decode(errors='replace')}")
        return body

    def publish(self, request: bytes) -> None:
        """One PutEvents, all of whose entries must be accepted."""
        self.send(request)
        body = self.answer()
        if json.loads(body)["FailedEntryCount"] != 0:
            raise Failed(f"PutEvents refused entries: {body.decode(errors='replace')}")

    def _read(self) -> bytes:
        part = self._socket.recv(1 << 16)
        if not part:
            raise Failed("the endpoint has closed a connection instead of answering")
        return part


def publish_all(endpoint: Endpoint, requests: Iterable[bytes], connections: int) -> float:
    """Sends requests over several connections. Returns how many seconds it took until the last was accepted."""
    left = iter(requests)
    lock = threading.Lock()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with Connection(endpoint) as connection:
                while not failures:
                    with lock:
                        request = next(left, None)
                    if request is None:
                        return
                    connection.publish(request)
        except BaseException as failure:
            failures.append(failure)

    began = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.monotonic() - began
