"""Clients that do not read, that trickle, or that hang while the endpoint is to end."""

import os
import resource
import select
import signal
import socket
import time
import urllib.request
from collections.abc import Callable

from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.job import Jobs
from harness.processes import resident_bytes
from harness.waiting import until


def presigned_path(endpoint: Endpoint, key: str, operation: str = "get_object") -> str:
    client = endpoint.client("s3", signature_version="s3v4")
    return client.generate_presigned_url(operation, {"Bucket": GIFS, "Key": key}).split(str(endpoint.port), 1)[1]


def request(endpoint: Endpoint, text: str, buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(120)
    connection.connect(("127.0.0.1", endpoint.port))
    connection.sendall(text.replace("\n", "\r\n").encode())
    return connection


def is_cut(connection: socket.socket) -> bool:
    """Whether the other end has closed it, without reading what it sent."""
    information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return information[0] != 1  # TCP_ESTABLISHED


def test_readers_that_stall_are_cut_and_their_memory_comes_back(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    jobs.s3.put_object(Bucket=GIFS, Key="large", Body=os.urandom(64 << 20))
    jobs.s3.put_object(Bucket=GIFS, Key="small", Body=b"x")
    path = presigned_path(endpoint, "large")
    before = resident_bytes(endpoint.pid)
    readers = [request(endpoint, f"GET {path} HTTP/1.1\nHost: 127.0.0.1:{endpoint.port}\n\n", 4096) for _ in range(500)]
    try:
        until("all readers to have been answered", lambda: all(reader.recv(1) for reader in readers), seconds=60)
        assert resident_bytes(endpoint.pid) - before < 128 << 20
        # Others are served meanwhile.
        assert jobs.get("small") == b"x"
        until("all of them to be cut", lambda: all(is_cut(reader) for reader in readers), seconds=150, every=1)
        assert jobs.get("small") == b"x"
    finally:
        for reader in readers:
            reader.close()
    until("their memory to be given back", lambda: resident_bytes(endpoint.pid) - before < 48 << 20, seconds=60, every=1)


def test_a_port_holds_so_many_connections_and_the_next_waits_for_one_to_end(own_endpoint: Callable[..., Endpoint]):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    endpoint = own_endpoint()
    endpoint.start()
    Jobs(endpoint).s3.put_object(Bucket=GIFS, Key="small", Body=b"x")
    get = f"GET {presigned_path(endpoint, 'small')} HTTP/1.1\nHost: 127.0.0.1:{endpoint.port}\n\n"
    # Each has had an answer and is kept open, so that it counts.
    held: list[socket.socket] = []

    def is_answered(connection: socket.socket, seconds: float) -> bool:
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    try:
        # boto3 may keep connections of its own.
        while len(held) < 1100:
            held.append(request(endpoint, get))
            if not is_answered(held[-1], 10):
                break
        assert 1000 < len(held) <= 1025
        waiting = held.pop()
        assert not is_answered(waiting, 0)
        held.pop().close()
        assert is_answered(waiting, 60), "it is served when another one has ended"
        waiting.close()
    finally:
        for connection in held:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_senders_that_trickle_are_cut_and_those_who_wait_are_not(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint()
    endpoint.start()
    host = f"Host: 127.0.0.1:{endpoint.port}"
    body = request(endpoint, f"PUT {presigned_path(endpoint, 'new', 'put_object')} HTTP/1.1\n{host}\nContent-Length: 100000\n\n")
    head = request(endpoint, f"GET / HTTP/1.1\n{host}\nX-Long: ")
    # Long polling: the answer is the server's to give.
    patient = urllib.request.Request(f"{endpoint.web_url}/api/stream")
    with urllib.request.urlopen(patient, timeout=120) as stream:
        for _ in range(100):
            if is_cut(body) and is_cut(head):
                break
            for one in (body, head):
                try:
                    one.send(b"x")
                except OSError:
                    pass
            time.sleep(1)
        assert is_cut(body) and is_cut(head)
        assert stream.fp is not None and not stream.closed
    body.close()
    head.close()


def test_the_end_waits_for_nobody_longer_than_it_may(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint()
    endpoint.start()
    Jobs(endpoint).s3.put_object(Bucket=GIFS, Key="large", Body=bytes(64 << 20))
    host = f"Host: 127.0.0.1:{endpoint.port}"
    reader = request(endpoint, f"GET {presigned_path(endpoint, 'large')} HTTP/1.1\n{host}\n\n", 4096)
    sender = request(
        endpoint,
        f"PUT {presigned_path(endpoint, 'new', 'put_object')} HTTP/1.1\n{host}\nContent-Length: 1000\nExpect: 100-continue\n\n",
    )
    assert sender.recv(12) == b"HTTP/1.1 100"
    sender.sendall(b"xyz")
    assert reader.recv(1)
    endpoint.send(signal.SIGINT)
    until("it to say what it waits for", lambda: "waiting for 0 invocations and 2 requests" in endpoint.tail(), seconds=30)
    assert endpoint.ended(seconds=22) == 0
    assert "warning" not in endpoint.tail() and "error" not in endpoint.tail(), endpoint.tail()
    reader.close()
    sender.close()
    assert not (endpoint.data / "zoetrope.sqlite-wal").exists()


def test_a_second_signal_ends_it(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint()
    endpoint.start()
    Jobs(endpoint).s3.put_object(Bucket=GIFS, Key="large", Body=bytes(64 << 20))
    reader = request(endpoint, f"GET {presigned_path(endpoint, 'large')} HTTP/1.1\nHost: 127.0.0.1:{endpoint.port}\n\n", 4096)
    assert reader.recv(1)
    endpoint.send(signal.SIGINT)
    until("it to say so", lambda: "another Ctrl-C" in endpoint.tail(), seconds=30)
    endpoint.send(signal.SIGINT)
    assert endpoint.ended(seconds=30) == 130
    reader.close()
    endpoint.start()
    assert Jobs(endpoint).sizes("large") == {"large": 64 << 20}


def test_without_anything_to_wait_for_it_ends_silently(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint()
    endpoint.start()
    assert Jobs(endpoint).get("nothing") is None
    assert endpoint.stop() == 0
    assert "warning" not in endpoint.tail() and "error" not in endpoint.tail(), endpoint.tail()


def test_empty_bodies_are_asked_for_too(endpoint: Endpoint):
    """botocore sends `Expect: 100-continue` with every PUT; a final answer in place of the interim one confuses it."""
    path = presigned_path(endpoint, "empty", "put_object")
    with request(
        endpoint,
        f"PUT {path} HTTP/1.1\nHost: 127.0.0.1:{endpoint.port}\nContent-Length: 0\nExpect: 100-continue\n\n",
    ) as connection:
        answer = b""
        while b"200 OK" not in answer:
            piece = connection.recv(65536)
            assert piece, answer
            answer += piece
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_many_empty_objects_are_stored_over_one_connection(jobs: Jobs):
    """Each would stall the next for a minute, which is longer than tests may take."""
    for number in range(20):
        jobs.s3.put_object(Bucket=SOURCE, Key=f"empty-{number}.txt", Body=b"")
        jobs.s3.put_object(Bucket=SOURCE, Key=f"full-{number}.txt", Body=b"x")
    assert sum(jobs.sizes("empty-", SOURCE).values()) == 0 and len(jobs.sizes("empty-", SOURCE)) >= 20
