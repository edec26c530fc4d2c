"""A plain web server: folders and objects in memory, with byte ranges, and CORS for every origin."""

import contextlib
import mimetypes
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit


def folder(root: Path) -> Callable[[str], bytes | None]:
    """The files below a folder, which paths cannot leave."""

    def read(path: str) -> bytes | None:
        file = (root / path).resolve()
        return file.read_bytes() if file.is_relative_to(root.resolve()) and file.is_file() else None

    return read


@contextmanager
def serving(read: Callable[[str], bytes | None], cors: bool = True) -> Iterator[str]:
    """Serves what `read` finds for a path without its leading slash. Gives the address, without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_) -> None:
            pass

        def do_GET(self) -> None:
            content = read(unquote(urlsplit(self.path).path).lstrip("/"))
            if content is None:
                return self.answer(404, b"", "text/plain")
            kind = mimetypes.guess_type(urlsplit(self.path).path)[0] or "application/octet-stream"
            if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
                first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
                return self.answer(
                    206, content[first : last + 1], kind, f"bytes {first}-{last}/{len(content)}")
            self.answer(200, content, kind)

        def answer(self, status: int, content: bytes, kind: str, content_range: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Accept-Ranges", "bytes")
            if content_range:
                self.send_header("Content-Range", content_range)
            if cors:
                self.send_header("Access-Control-Allow-Origin", "*")
            with contextlib.suppress(ConnectionError):
                # A browser that has seen enough of a video closes the connection.
                self.end_headers()
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield "http://{}:{}".format(*server.server_address)
    finally:
        server.shutdown()
        server.server_close()
