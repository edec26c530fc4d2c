"""The pages with a library whose answers a test gives: the page's own part, without the functions behind it."""

import contextlib
import json
import mimetypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from .installation import PROJECT

PAGES = PROJECT / "Sources" / "Pages" / "WebPages" / "Pages"
# As `zoetrope up` sends it (`PageFiles`).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass
class ScriptedLibrary:
    """One video with its derivatives. Everything may change while a page looks on."""

    library: str
    file: str
    record: dict
    contents: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, object] = field(default_factory=dict)
    posted: list[tuple[str, dict]] = field(default_factory=list)
    on_post: object = None

    @property
    def address(self) -> str:
        return f"/api/libraries/{self.library}/files/{self.file}"

    def change(self, **members) -> None:
        self.record = {**self.record, **members}

    @property
    def is_under_way(self) -> bool:
        return any(
            self.record.get(f"{name}Status") in ("queued", "processing")
            for name in ("proxy", "waveform", "previews", "thumbnail", "moments")
        )


@contextmanager
def serving(library: ScriptedLibrary) -> Iterator[str]:
    """Serves the pages as the program does, and the library's routes."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_) -> None:
            pass

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if path == f"{library.address}/events":
                return self.events()
            if path == library.address:
                return self.json(library.record)
            if path in library.answers:
                return self.json(library.answers[path])
            if path in library.contents:
                return self.content(library.contents[path], mimetypes.guess_type(path)[0] or "application/octet-stream")
            if path == "/api/site":
                return self.json({"embeddable": False})
            file = PAGES / ({"/video": "video.html"}.get(path) or path.lstrip("/"))
            if not file.is_file():
                return self.json({"error": "NotFound", "message": "There is no such file."}, 404)
            body = file.read_bytes().replace(b'name="zoetrope-server" content=""', b'name="zoetrope-server" content="yes"')
            self.content(body, mimetypes.guess_type(file.name)[0])

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
            library.posted.append((self.path, body))
            status, answer = library.on_post(self.path, body)
            self.json(answer, status)

        def events(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            sent = None
            with contextlib.suppress(ConnectionError):
                while not ended.is_set():
                    data = json.dumps(library.record)
                    name = "progress" if library.is_under_way else "done"
                    if (name, data) != sent:
                        self.wfile.write(f"event: {name}\ndata: {data}\n\n".encode())
                        self.wfile.flush()
                        sent = (name, data)
                    if name == "done":
                        break
                    ended.wait(0.05)
            self.close_connection = True

        def json(self, value: object, status: int = 200) -> None:
            self.answer(status, json.dumps(value).encode(), "application/json")

        def content(self, content: bytes, kind: str) -> None:
            if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
                first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
                return self.answer(206, content[first : last + 1], kind, f"bytes {first}-{last}/{len(content)}")
            self.answer(200, content, kind)

        def answer(self, status: int, content: bytes, kind: str, content_range: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Security-Policy", POLICY)
            if content_range:
                self.send_header("Content-Range", content_range)
            with contextlib.suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield "http://{}:{}".format(*server.server_address)
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
