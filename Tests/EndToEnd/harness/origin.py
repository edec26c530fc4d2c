"""A web server that remote videos come from: it counts what it sends and misbehaves as it is told."""

import http.server
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path


class Origin:
    """Files with range requests, on loopback. A context: it is stopped at the end."""

    def __init__(self, files: dict[str, bytes] | None = None):
        self.files = files or {}
        # Bytes of bodies that were sent, and requests, by path.
        self.sent: dict[str, int] = {}
        self.requests: dict[str, int] = {}
        # Paths that are broken off after so many bytes of the file.
        self.cut: dict[str, int] = {}
        # Paths that are held after so many bytes, until the event is set.
        self.held: dict[str, tuple[int, threading.Event]] = {}
        # Paths that are sent at so many bytes per second.
        self.rates: dict[str, int] = {}
        # Paths that lead elsewhere.
        self.redirects: dict[str, str] = {"/away": "http://localhost:1/secret"}
        # Paths whose body is made block by block, without end; each tells whether it was broken off.
        self.endless: dict[str, Callable[[], bytes]] = {}
        self.lock = threading.Lock()
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.split("?")[0]
                with origin.lock:
                    origin.requests[path] = origin.requests.get(path, 0) + 1
                if path in origin.redirects:
                    self.send_response(302)
                    self.send_header("Location", origin.redirects[path])
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                if path in origin.endless:
                    return self.send_endless(path)
                content = origin.files.get(path)
                if content is None:
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                start = int(span[1]) if span else 0
                end = min(int(span[2]) if span and span[2] else len(content) - 1, len(content) - 1)
                self.send_response(206 if span else 200)
                if span:
                    self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
                self.send_header("Content-Length", str(end + 1 - start))
                self.end_headers()
                self.send_part(path, content, start, end)

            def send_part(self, path: str, content: bytes, start: int, end: int):
                limit = min(end + 1, max(start, origin.cut.get(path, end + 1)))
                held, gate = origin.held.get(path, (limit, None))
                rate = origin.rates.get(path)
                step = max(1, rate // 20) if rate else 1 << 20
                position = start
                while position < limit:
                    if gate is not None and position >= held:
                        gate.wait(120)
                        gate = None
                    stop = min(position + step, limit if gate is None else max(position + 1, held), limit)
                    self.wfile.write(content[position:stop])
                    with origin.lock:
                        origin.sent[path] = origin.sent.get(path, 0) + stop - position
                    position = stop
                    if rate and position < limit:
                        # This is the rate itself, as a slow network has it.
                        time.sleep(step / rate)
                if limit < end + 1:
                    self.close_connection = True

            def send_endless(self, path: str):
                self.close_connection = True
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        block = origin.endless[path]()
                        self.wfile.write(block)
                        with origin.lock:
                            origin.sent[path] = origin.sent.get(path, 0) + len(block)
                except OSError:
                    pass

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, request, client_address):
                """Clients that leave are part of the tests."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> "Origin":
        return self

    def __exit__(self, *_: object) -> None:
        for _, gate in self.held.values():
            gate.set()
        self.server.shutdown()
        self.server.server_close()


def made(path: Path, *more: str, seconds: float = 3, source: str = "testsrc2=s=320x320:r=30") -> bytes:
    """A video of moving test pictures as a file's content."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"{source},format=yuv420p", "-t", str(seconds),
         "-c:v", "libx264", *more, path],
        check=True,
    )
    return path.read_bytes()
