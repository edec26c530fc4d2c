"""Conversion of remote videos: tokens, GIFs that stream while they are made, once for all callers."""

import base64
import concurrent.futures
import http.client
import http.server
import io
import json
import re
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from harness.endpoint import Endpoint
from harness.waiting import until

USER = "Basic " + base64.b64encode(b"someone:secret").decode()


class Origin:
    """A web server with range requests that counts what it sends."""

    def __init__(self, files: dict[str, bytes]):
        self.files = files
        self.sent: dict[str, int] = {}
        # Paths that are broken off after so many bytes of the file.
        self.cut: dict[str, int] = {}
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.split("?")[0]
                if path == "/away":
                    self.send_response(302)
                    self.send_header("Location", "http://localhost:1/secret")
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
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
                limit = origin.cut.get(path, len(content))
                body = content[start : max(start, min(end + 1, limit))]
                origin.sent[path] = origin.sent.get(path, 0) + len(body)
                self.wfile.write(body)
                if start + len(body) < end + 1:
                    self.close_connection = True

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"


def made(path: Path, *more: str) -> bytes:
    source = "testsrc2=s=320x320:r=30,format=yuv420p"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "3", "-c:v", "libx264", *more, path],
        check=True,
    )
    return path.read_bytes()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("videos")
    files = {
        "/fast.mp4": made(folder / "fast.mp4", "-movflags", "+faststart"),
        "/slow.mp4": made(folder / "slow.mp4"),
        "/text.mp4": b"no video at all" * 1000,
    }
    made(folder / "list.m3u8", "-hls_time", "1", "-hls_playlist_type", "vod", "-g", "30")
    files |= {f"/{file.name}": file.read_bytes() for file in folder.iterdir() if file.suffix in (".ts", ".m3u8")}
    files["/master.m3u8"] = (
        b'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.64001f",RESOLUTION=320x320,FRAME-RATE=30\nlist.m3u8\n'
    )
    files["/locked.m3u8"] = (
        b'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXTINF:1,\nlist0.ts\n#EXT-X-ENDLIST\n'
    )
    files["/file.m3u8"] = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    origin = Origin(files)
    yield origin
    origin.server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    parameters = {
        "TokenAuthUsername": "someone",
        "TokenAuthPassword": "secret",
        "SourceHostnameWhitelist": "127.0.0.1",
        "ConversionJobConcurrency": "2",
    }
    arguments = [word for pair in parameters.items() for word in ("--parameter", "=".join(pair))]
    endpoint = Endpoint(tmp_path_factory.mktemp("conversion"), arguments=tuple(arguments))
    endpoint.start()
    yield endpoint
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


def ask(served: Endpoint, target: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", served.api_port, timeout=120)
    try:
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.msg, answer.read()
    finally:
        connection.close()


def token(served: Endpoint, url: str, **more: str) -> tuple[int, dict]:
    query = urllib.parse.urlencode({"url": url, "ifm": "mp4", "ofm": "gif"} | more)
    status, _, body = ask(served, f"/token?{query}", Authorization=USER)
    return status, json.loads(body)


def convert(served: Endpoint, url: str, **more: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    status, answer = token(served, url, **more)
    assert status == 200, answer
    return ask(served, f"/convert.gif?token={answer['token']}")


def test_a_token_leads_to_the_gif(served: Endpoint, origin: Origin):
    status, answer = token(served, origin.url("/fast.mp4"), osz="500", ofr="60")
    assert status == 200
    assert answer["url"] == f"http://localhost:4568/convert.gif?token={answer['token']}"
    assert len(answer["token"]) == 64
    assert answer["expires"] == pytest.approx(time.time() + 3600, abs=60)
    assert answer["key"] == {
        "url": origin.url("/fast.mp4"), "ifm": "mp4", "ofm": "gif", "osz": 80, "ofr": 24, "out_gif_colors": 32,
    }
    for path in ("/convert", "/convert.gif"):
        status, headers, body = ask(served, f"{path}?token={answer['token']}")
        assert status == 200 and headers["content-type"] == "image/gif"
        assert f"video-{answer['token'][:8]}.gif" in headers["content-disposition"]
        picture = Image.open(io.BytesIO(body))
        assert picture.size == (80, 80) and picture.info["loop"] == 0
        assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(picture)) == 3000
    assert headers["content-length"] == str(len(body)) and headers["etag"]


def test_an_index_at_the_end_is_fetched_by_ranges_and_each_byte_once(served: Endpoint, origin: Origin):
    status, _, body = convert(served, origin.url("/slow.mp4"))
    assert status == 200 and Image.open(io.BytesIO(body)).n_frames > 30
    assert origin.sent["/slow.mp4"] <= 1.02 * len(origin.files["/slow.mp4"])


def test_playlists_are_converted(served: Endpoint, origin: Origin):
    status, _, body = convert(served, origin.url("/master.m3u8"), ifm="m3u8")
    assert status == 200
    picture = Image.open(io.BytesIO(body))
    assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(picture)) == pytest.approx(3000, abs=50)


def test_many_callers_share_one_conversion(served: Endpoint, origin: Origin):
    origin.files["/shared.mp4"] = origin.files["/fast.mp4"]
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        results = list(pool.map(lambda _: convert(served, origin.url("/shared.mp4"))[2], range(40)))
    assert len(set(results)) == 1 and results[0].endswith(b"\x3b")
    assert origin.sent["/shared.mp4"] <= 1.02 * len(origin.files["/shared.mp4"])


@pytest.mark.parametrize(
    ("path", "more", "expected"),
    [
        ("/none.mp4", {}, 502),
        ("/text.mp4", {}, 415),
        ("/away", {}, 403),
        ("/locked.m3u8", {"ifm": "m3u8"}, 415),
        ("/file.m3u8", {"ifm": "m3u8"}, 403),
        ("/fast.mp4", {"ifm": "m3u8"}, 415),
    ],
)
def test_a_source_that_cannot_be_converted_has_its_status(
    served: Endpoint, origin: Origin, path: str, more: dict, expected: int
):
    status, _, body = convert(served, origin.url(path), **more)
    answer = json.loads(body)
    assert (status, answer["statusCode"]) == (expected, expected), answer
    assert answer["error"] and answer["message"]


def test_requests_are_refused_with_the_reason(served: Endpoint, origin: Origin):
    query = urllib.parse.urlencode({"url": origin.url("/fast.mp4"), "ifm": "mp4", "ofm": "gif"})
    status, headers, _ = ask(served, f"/token?{query}")
    assert status == 401 and headers["www-authenticate"].startswith("Basic")
    wrong = "Basic " + base64.b64encode(b"someone:wrong").decode()
    assert ask(served, f"/token?{query}", Authorization=wrong)[0] == 401
    assert token(served, "https://elsewhere.example/v.mp4")[0] == 403
    assert token(served, "http://localhost/v.mp4")[0] == 403
    status, answer = token(served, origin.url("/fast.mp4"), osz="0")
    assert status == 400 and "osz" in answer["message"]
    assert ask(served, "/convert")[0] == 400
    status, _, body = ask(served, "/convert?token=unknown")
    assert status == 404 and json.loads(body)["statusCode"] == 404


def test_a_source_that_breaks_off_is_an_error_and_is_tried_again(served: Endpoint, origin: Origin):
    origin.files["/broken.mp4"] = origin.files["/fast.mp4"]
    origin.cut["/broken.mp4"] = len(origin.files["/fast.mp4"]) * 2 // 3
    try:
        status, _, body = convert(served, origin.url("/broken.mp4"))
        assert status == 502, body[:100]
    except http.client.IncompleteRead:
        pass
    del origin.cut["/broken.mp4"]
    # A failure is remembered for 10 s at most.
    body = until("another conversion", lambda: ready(convert(served, origin.url("/broken.mp4"))), every=1)
    assert body.endswith(b"\x3b")


def ready(answer: tuple[int, http.client.HTTPMessage, bytes]) -> bytes | None:
    return answer[2] if answer[0] == 200 else None
