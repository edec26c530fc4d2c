"""Asks for addresses over one connection, at a pace, until its input ends; then writes the milliseconds of each answer.

A process of its own beside a benchmark's other clients, whose threads would hold it up. It does as little as it can.
"""

import json
import os
import select
import socket
import sys
import time


def main() -> None:
    order = _order()
    connection = socket.create_connection(("127.0.0.1", order["port"]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = f"HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\nAuthorization: Bearer {order['session']}\r\n\r\n"
    times: list[float] = []
    due = time.perf_counter()
    # What makes the input ready is its end.
    while not select.select([0], [], [], max(0, due - time.perf_counter()))[0]:
        number = len(times)
        address = order["address"].format(width=300 + number % 1000, thousands=number // 1000)
        request = f"GET {address} {head}".encode()
        begun = time.perf_counter()
        connection.sendall(request)
        _read(connection, address)
        ended = time.perf_counter()
        times.append((ended - begun) * 1000)
        due = max(due + order["every"], ended)
    sys.stdout.write(json.dumps(times))


def _order() -> dict:
    """A line of JSON: `port`, `session`, `every` (seconds), and an `address`, in which `{width}` and
    `{thousands}` together are others for each request."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 1)
    return json.loads(line)


def _read(connection: socket.socket, address: str) -> None:
    """Takes an answer, which must have a length."""
    taken = b""
    while (end := taken.find(b"\r\n\r\n")) < 0:
        taken += _more(connection)
    fields = taken[:end].decode("latin-1").split("\r\n")
    assert " 200 " in fields[0], (address, fields[0])
    lengths = [int(value) for name, _, value in (field.partition(":") for field in fields) if name.lower() == "content-length"]
    left = lengths[0] - (len(taken) - end - 4)
    while left > 0:
        left -= len(_more(connection))


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 18)
    assert part, "the connection ended"
    return part


if __name__ == "__main__":
    main()
