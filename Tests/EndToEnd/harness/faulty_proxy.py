"""A TCP proxy between functions and store that makes a share of the requests fail, as networks and stores do.

It understands just enough of HTTP/1.1 (RFC 9112) to know where a request or an answer ends; what it passes on, it
passes on byte for byte, because the signatures cover it.
"""

import enum
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

# Where all functions' variables stand in the template.
_GLOBALS = "\nGlobals:\n  Function:\n"
_LONGEST_LINE = 64 << 10
_LARGEST_BODY = 64 << 20
_MOST_CONNECTIONS = 256
# What is silent for so long is given up.
_PATIENCE = 60


class Fault(enum.StrEnum):
    RESET_BEFORE = "reset before the request was forwarded"
    ANSWER_LOST = "reset after the request was forwarded"
    DELAY = "delayed"
    TRUNCATED = "answer's body truncated"
    INTERNAL_ERROR = "500 InternalError"
    SLOW_DOWN = "503 SlowDown"


class FaultPlan:
    """Which requests fail, and how: random, but of every 1 / share requests exactly one, and every kind in its turn.

    So the share is exact and no kind is left out by chance. Requests that are answered with a body are dealt with apart
    from the others, whose answers cannot be truncated.
    """

    def __init__(self, share: float, seed: int, kinds: Sequence[Fault] = tuple(Fault)):
        self._block = round(1 / share)
        self._kinds = list(kinds)
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._places: dict[bool, list[bool]] = {True: [], False: []}
        self._due: list[Fault] = []
        self._over = False

    def end(self) -> None:
        """Nothing fails from now on."""
        self._over = True

    def next(self, has_body: bool) -> Fault | None:
        """What happens to the next request; `has_body` says whether its answer has one."""
        if self._over:
            return None
        with self._lock:
            places = self._places[has_body]
            if not places:
                places += [True] + [False] * (self._block - 1)
                self._random.shuffle(places)
            return self._kind(has_body) if places.pop() else None

    def _kind(self, has_body: bool) -> Fault | None:
        if has_body and Fault.TRUNCATED in self._due:
            self._due.remove(Fault.TRUNCATED)
            return Fault.TRUNCATED
        if not any(has_body or kind is not Fault.TRUNCATED for kind in self._due):
            fresh = [kind for kind in self._kinds if kind not in self._due]
            self._random.shuffle(fresh)
            self._due += fresh
        for kind in self._due:
            if has_body or kind is not Fault.TRUNCATED:
                self._due.remove(kind)
                return kind
        return None

    def random(self) -> float:
        with self._lock:
            return self._random.random()


class FaultyProxy:
    """Listens on loopback from the beginning; `upstream` is to be set before the first request comes."""

    def __init__(self, plan: FaultPlan):
        self.upstream: int | None = None
        # The bucket that takes nothing more, as if its quota were used up.
        self.full_bucket: str | None = None
        self.requests = 0
        self.faults: Counter[Fault] = Counter()
        # What went wrong that was not asked for.
        self.problems: list[str] = []
        self._plan = plan
        self._over = threading.Event()
        self._room = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_MOST_CONNECTIONS)
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "FaultyProxy":
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # Closing alone does not wake a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for one in self._open:
                _quietly_shut(one)
        self._accepting.join(timeout=10)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)
        assert not any(thread.is_alive() for thread in self._threads), "a connection of the proxy did not end"

    # Connections

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._room.acquire()
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with self._known(client), client.makefile("rb") as incoming:
                while self._exchange(client, incoming):
                    pass
        except (ConnectionError, TimeoutError):
            pass  # The client has gone, or is to think so.
        except (OSError, ValueError, EOFError) as error:
            if not self._over.is_set():
                self.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self._room.release()

    def _exchange(self, client: socket.socket, incoming: BinaryIO) -> bool:
        """One request and its answer. Returns whether the connection lives on."""
        request = _Message.read(incoming, of_request=True)
        if request is None:
            return False
        if self.full_bucket and request.method in ("PUT", "POST") and request.bucket == self.full_bucket:
            client.sendall(_error(request, "507 Insufficient Storage", "InsufficientStorage"))
            return True
        fault = self._plan.next(has_body=request.method in ("GET", "POST"))
        with self._lock:
            self.requests += 1
            if fault:
                self.faults[fault] += 1
        match fault:
            case Fault.RESET_BEFORE:
                return _reset(client)
            case Fault.INTERNAL_ERROR:
                client.sendall(_error(request, "500 Internal Server Error", "InternalError"))
                return True
            case Fault.SLOW_DOWN:
                client.sendall(_error(request, "503 Slow Down", "SlowDown"))
                return True
            case Fault.DELAY:
                self._over.wait(0.05 + 0.25 * self._plan.random())
        answer = self._forward(request)
        match fault:
            case Fault.ANSWER_LOST:
                return _reset(client)
            case Fault.TRUNCATED if answer.body:
                client.sendall(answer.head + answer.body[: int(len(answer.body) * self._plan.random())])
                return False
            case Fault.TRUNCATED:
                client.sendall(answer.head[: int(len(answer.head) * self._plan.random())])
                return False
        client.sendall(answer.head + answer.body)
        return answer.keeps_connection

    def _forward(self, request: "_Message") -> "_Message":
        """A connection of its own for each request, so that none meets one that the store has just closed."""
        store = socket.create_connection(("127.0.0.1", self.upstream), timeout=_PATIENCE)
        with self._known(store), store.makefile("rb") as answers:
            store.sendall(request.head + request.body)
            answer = _Message.read(answers, of_request=False, asked=request.method)
        if answer is None:
            raise ConnectionResetError("the store closed the connection without an answer")
        return answer

    def _known(self, one: socket.socket) -> "_Known":
        one.settimeout(_PATIENCE)
        return _Known(self, one)


class _Known:
    """While it lasts, the proxy can end what waits for this socket."""

    def __init__(self, proxy: FaultyProxy, one: socket.socket):
        self._proxy, self._one = proxy, one

    def __enter__(self) -> None:
        with self._proxy._lock:
            self._proxy._open.add(self._one)
        if self._proxy._over.is_set():
            _quietly_shut(self._one)

    def __exit__(self, *_: object) -> None:
        with self._proxy._lock:
            self._proxy._open.discard(self._one)
        self._one.close()


class _Message:
    """A request or an answer as it came, and what is to be known of it."""

    @property
    def bucket(self) -> str:
        """Of a request in path style."""
        return self.head.split(b" ", 2)[1].split(b"?")[0].split(b"/")[1].decode()

    def __init__(self, head: bytes, body: bytes, method: str, keeps_connection: bool):
        self.head, self.body, self.method, self.keeps_connection = head, body, method, keeps_connection

    @classmethod
    def read(cls, stream: BinaryIO, of_request: bool, asked: str = "") -> "_Message | None":
        """The next message; none if the connection ends before it.

        asked: the method of the request that is answered.
        """
        first = _line(stream)
        if not first:
            return None
        lines = [first]
        while lines[-1] not in (b"\r\n", b"\n"):
            lines.append(_line(stream))
            if not lines[-1] or len(lines) > 200:
                raise EOFError("a head without an end")
        fields: dict[str, str] = {}
        for line in lines[1:-1]:
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.strip().lower()] = value.strip()
        words = first.decode("latin-1").split()
        if of_request:
            method, bodyless = words[0], False
        else:
            method, status = asked, int(words[1])
            if status < 200:
                raise ValueError(f"an interim answer {status} that was not asked for")
            bodyless = asked == "HEAD" or status in (204, 304)
        if bodyless:
            body = b""
        elif fields.get("transfer-encoding", "").lower() == "chunked":
            body = _chunks(stream)
        elif "content-length" in fields:
            body = _exactly(stream, int(fields["content-length"]))
        elif of_request:
            body = b""
        else:
            raise ValueError(f"an answer of unknown length to {asked}")
        return cls(b"".join(lines), body, method, fields.get("connection", "").lower() != "close")


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(_LONGEST_LINE)
    if len(line) == _LONGEST_LINE:
        raise ValueError("a line of a head is too long")
    return line


def _exactly(stream: BinaryIO, count: int) -> bytes:
    if not 0 <= count <= _LARGEST_BODY:
        raise ValueError(f"a body of {count} bytes")
    content = stream.read(count)
    if len(content) < count:
        raise ConnectionResetError("the connection ended within a body")
    return content


def _chunks(stream: BinaryIO) -> bytes:
    """A chunked body with its framing."""
    parts: list[bytes] = []
    total = 0
    while True:
        parts.append(_line(stream))
        size = int(parts[-1].split(b";")[0], 16)
        if size == 0:
            break
        total += size
        if total > _LARGEST_BODY:
            raise ValueError("a chunked body is too large")
        parts.append(_exactly(stream, size + 2))
    while parts[-1] not in (b"\r\n", b""):
        parts.append(_line(stream))
    return b"".join(parts)


def _error(request: _Message, status: str, code: str) -> bytes:
    """An error as S3 answers it."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>Please try again.</Message><RequestId>0123456789ABCDEF</RequestId></Error>"
    ).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return head if request.method == "HEAD" else head + body


def _reset(client: socket.socket) -> bool:
    """Ends a connection so that its peer is told of a reset and not of an orderly end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _quietly_shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It has ended by itself.


def routed(template: Path, **variables: str) -> Path:
    """Writes further variables of all functions into a copy of a template, and returns the copy."""
    text = template.read_text()
    assert text.count(_GLOBALS) == 1
    added = "    Environment:\n      Variables:\n"
    added += "".join(f"        {name}: {value}\n" for name, value in variables.items())
    copy = template.with_name(f"routed-{template.name}")
    copy.write_text(text.replace(_GLOBALS, _GLOBALS + added, 1))
    return copy
