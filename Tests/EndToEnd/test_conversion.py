"""Conversion of remote videos: tokens, GIFs that stream while they are made, once for all callers."""

import concurrent.futures
import http.client
import io
import json
import time
import urllib.parse
from collections.abc import Iterator

import pytest
from PIL import Image, ImageSequence

from harness.conversion import ask, basic, convert, parameters, token
from harness.endpoint import Endpoint
from harness.origin import Origin, made
from harness.waiting import until


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
    with Origin(files) as origin:
        yield origin


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("conversion"), arguments=parameters())
    endpoint.start()
    yield endpoint
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


def test_a_token_leads_to_the_gif(served: Endpoint, origin: Origin):
    status, answer = token(served.api_port, origin.url("/fast.mp4"), osz="500", ofr="60")
    assert status == 200
    assert answer["url"] == f"http://localhost:4568/convert.gif?token={answer['token']}"
    assert len(answer["token"]) == 64
    assert answer["expires"] == pytest.approx(time.time() + 3600, abs=60)
    assert answer["key"] == {
        "url": origin.url("/fast.mp4"), "ifm": "mp4", "ofm": "gif", "osz": 80, "ofr": 24, "out_gif_colors": 32,
    }
    for path in ("/convert", "/convert.gif"):
        status, headers, body = ask(served.api_port, f"{path}?token={answer['token']}")
        assert status == 200 and headers["content-type"] == "image/gif"
        assert f"video-{answer['token'][:8]}.gif" in headers["content-disposition"]
        picture = Image.open(io.BytesIO(body))
        assert picture.size == (80, 80) and picture.info["loop"] == 0
        assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(picture)) == 3000
    assert headers["content-length"] == str(len(body)) and headers["etag"]
    # As clients look at an address before they fetch it.
    for path in ("/convert", "/convert.gif"):
        status, seen, nothing = ask(served.api_port, f"{path}?token={answer['token']}", method="HEAD")
        assert (status, seen["content-type"], nothing) == (200, "image/gif", b"")
        assert seen["content-length"] == str(len(body)) and seen["etag"] == headers["etag"]


def test_an_index_at_the_end_is_fetched_by_ranges_and_each_byte_once(served: Endpoint, origin: Origin):
    status, _, body = convert(served.api_port, origin.url("/slow.mp4"))
    assert status == 200 and Image.open(io.BytesIO(body)).n_frames > 30
    assert origin.sent["/slow.mp4"] <= 1.02 * len(origin.files["/slow.mp4"])


def test_playlists_are_converted(served: Endpoint, origin: Origin):
    status, _, body = convert(served.api_port, origin.url("/master.m3u8"), ifm="m3u8")
    assert status == 200
    picture = Image.open(io.BytesIO(body))
    assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(picture)) == pytest.approx(3000, abs=50)


def test_many_callers_share_one_conversion(served: Endpoint, origin: Origin):
    origin.files["/shared.mp4"] = origin.files["/fast.mp4"]
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        results = list(pool.map(lambda _: convert(served.api_port, origin.url("/shared.mp4"))[2], range(40)))
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
    status, _, body = convert(served.api_port, origin.url(path), **more)
    answer = json.loads(body)
    assert (status, answer["statusCode"]) == (expected, expected), answer
    assert answer["error"] and answer["message"]


def test_requests_are_refused_with_the_reason(served: Endpoint, origin: Origin):
    query = urllib.parse.urlencode({"url": origin.url("/fast.mp4"), "ifm": "mp4", "ofm": "gif"})
    status, headers, _ = ask(served.api_port, f"/token?{query}")
    assert status == 401 and headers["www-authenticate"].startswith("Basic")
    assert ask(served.api_port, f"/token?{query}", Authorization=basic("someone", "wrong"))[0] == 401
    assert token(served.api_port, "https://elsewhere.example/v.mp4")[0] == 403
    assert token(served.api_port, "http://localhost/v.mp4")[0] == 403
    status, answer = token(served.api_port, origin.url("/fast.mp4"), osz="0")
    assert status == 400 and "osz" in answer["message"]
    assert ask(served.api_port, "/convert")[0] == 400
    status, _, body = ask(served.api_port, "/convert?token=unknown")
    assert status == 404 and json.loads(body)["statusCode"] == 404


def test_a_source_that_breaks_off_is_an_error_and_is_tried_again(served: Endpoint, origin: Origin):
    origin.files["/broken.mp4"] = origin.files["/fast.mp4"]
    origin.cut["/broken.mp4"] = len(origin.files["/fast.mp4"]) * 2 // 3
    try:
        status, _, body = convert(served.api_port, origin.url("/broken.mp4"))
        assert status == 502, body[:100]
    except http.client.IncompleteRead:
        pass
    del origin.cut["/broken.mp4"]
    # A failure is remembered for 10 s at most.
    body = until("another conversion", lambda: ready(convert(served.api_port, origin.url("/broken.mp4"))), every=1)
    assert body.endswith(b"\x3b")


def ready(answer: tuple[int, http.client.HTTPMessage, bytes]) -> bytes | None:
    return answer[2] if answer[0] == 200 else None
