"""What real clients make of converted GIFs, and which addresses no client can make the service fetch."""

import gzip
import io
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from harness.browser import Tab
from harness.conversion import ask, convert, parameters, token
from harness.endpoint import Endpoint
from harness.origin import Origin, made
from harness.processes import descendants, name


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("client-videos")
    files = {
        "/square.mp4": made(folder / "square.mp4", "-movflags", "+faststart"),
        "/hevc.mp4": b"",
        "/list.m3u8": b"",
    }
    made(folder / "list.m3u8", "-hls_time", "1", "-hls_playlist_type", "vod", "-g", "30")
    files |= {f"/{file.name}": file.read_bytes() for file in folder.iterdir() if file.suffix in (".ts", ".m3u8")}
    encoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", folder / "square.mp4", "-c:v", "libx265", "-x265-params", "log-level=none",
         "-tag:v", "hvc1", "-movflags", "+faststart", folder / "hevc.mp4"],
        check=False,
    )
    if encoded.returncode == 0:
        files["/hevc.mp4"] = (folder / "hevc.mp4").read_bytes()
    with Origin(files) as origin:
        yield origin


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(
        tmp_path_factory.mktemp("clients"), arguments=parameters(ConversionMaxSourceBytes=str(8 << 20))
    )
    endpoint.start()
    yield endpoint
    assert endpoint.is_running and endpoint.stop() == 0


@pytest.mark.parametrize("path", ["/square.mp4", "/hevc.mp4", "/list.m3u8"])
def test_real_clients_show_the_gif(
    served: Endpoint, origin: Origin, path: str, tab: Callable[..., Tab], tmp_path: Path
):
    if not origin.files[path]:
        pytest.skip("ffmpeg has no libx265")
    status, answer = token(served.api_port, origin.url(path), ifm=path.rsplit(".", 1)[1])
    assert status == 200
    target = f"{served.api_url}/convert.gif?token={answer['token']}"
    gif = tmp_path / "cover.gif"
    subprocess.run(["curl", "-sf", "-o", gif, target], check=True, timeout=120)
    # ffprobe
    probed = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames,codec_name",
         "-of", "json", gif],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert probed.stderr == ""
    (stream,) = json.loads(probed.stdout)["streams"]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("gif", 80, 80)
    # Pillow
    picture = Image.open(gif)
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(picture)]
    assert picture.info["loop"] == 0 and sum(durations) == pytest.approx(3000, abs=50) and min(durations) >= 20
    assert int(stream["nb_read_frames"]) == len(durations)
    # Chromium, whose page is of another origin.
    origin.files["/page.html"] = f'<!doctype html><title>cover</title><img id="cover" src="{target}">'.encode()
    shown = tab()
    shown.page.goto(origin.url("/page.html"))
    shown.page.wait_for_function("document.getElementById('cover').complete")
    assert shown.page.evaluate("[cover.naturalWidth, cover.naturalHeight]") == [80, 80]


@pytest.mark.parametrize(
    ("url", "statuses"),
    [
        ("http://2130706433/v.mp4", {400, 403}),
        ("http://0x7f000001/v.mp4", {400, 403}),
        ("http://0177.0.0.1/v.mp4", {400, 403}),
        ("http://127.1/v.mp4", {400, 403}),
        ("http://[::ffff:127.0.0.1]/v.mp4", {403}),
        ("http://[::1]/v.mp4", {403}),
        ("http://169.254.169.254/latest/meta-data/", {403}),
        ("http://127.0.0.1.nip.example/v.mp4", {403}),
        ("http://someone:secret@127.0.0.1/v.mp4", {400}),
        ("file:///etc/passwd", {400}),
        ("ftp://127.0.0.1/v.mp4", {400}),
        ("gopher://127.0.0.1/v.mp4", {400}),
        ("//127.0.0.1/v.mp4", {400}),
        ("http://127.0.0.1\\@elsewhere.example/v.mp4", {400}),
    ],
)
def test_addresses_that_are_not_allowed_are_refused_at_once(served: Endpoint, url: str, statuses: set[int]):
    status, answer = token(served.api_port, url)
    assert status in statuses and answer["statusCode"] == status, answer


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost/secret",
        "http://[::1]/secret",
        "http://[::ffff:127.0.0.1]/secret",
        "http://10.0.0.1/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/secret",
        "http://user:pass@127.0.0.1/secret",
        "file:///etc/passwd",
        "https://elsewhere.example/v.mp4",
    ],
)
def test_redirects_and_playlists_lead_to_no_other_place(served: Endpoint, origin: Origin, location: str):
    number = len(origin.redirects)
    origin.redirects[f"/to-{number}"] = location
    lists = {
        f"/variant-{number}.m3u8":
            f'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.64001f",RESOLUTION=320x320\n{location}\n',
        f"/segment-{number}.m3u8": f"#EXTM3U\n#EXTINF:1,\n{location}\n#EXT-X-ENDLIST\n",
        f"/map-{number}.m3u8": f'#EXTM3U\n#EXT-X-MAP:URI="{location}"\n#EXTINF:1,\nlist0.ts\n#EXT-X-ENDLIST\n',
        f"/key-{number}.m3u8":
            f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{location}"\n#EXTINF:1,\nlist0.ts\n#EXT-X-ENDLIST\n',
    }
    origin.files |= {path: text.encode() for path, text in lists.items()}
    refused = {400, 403}
    assert convert(served.api_port, origin.url(f"/to-{number}"))[0] in refused
    for path in lists:
        # Keys are not fetched at all: encrypted segments are refused.
        expected = refused | {415} if path.startswith("/key") else refused
        status, _, body = convert(served.api_port, origin.url(path), ifm="m3u8")
        assert status in expected, (path, body[:200])


def test_endless_and_swollen_sources_are_refused_in_little_memory(served: Endpoint, origin: Origin):
    line = b"#EXTINF:1,\nlist0.ts\n"
    origin.files |= {
        "/million.m3u8": b"#EXTM3U\n" + line * 1_000_000 + b"#EXT-X-ENDLIST\n",
        "/comments.m3u8": b"#EXTM3U\n" + b"#\n" * 3_000_000 + line + b"#EXT-X-ENDLIST\n",
        "/zeros.mp4": bytes(6 << 20),
        "/zeros.gz.mp4": gzip.compress(bytes(64 << 20)),
        "/ftyp.mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp41\0\0\0\0mdat\xff\xff\xff\xff",
    }
    origin.endless |= {"/endless.mp4": lambda: bytes(1 << 16), "/endless.m3u8": lambda: b"#EXTM3U\n" * 8192}
    origin.redirects |= {"/round": origin.url("/round"), "/there": origin.url("/back"), "/back": origin.url("/there")}
    expected = {
        "/million.m3u8": {413, 415}, "/comments.m3u8": {413, 415, 200}, "/zeros.mp4": {415}, "/zeros.gz.mp4": {415},
        "/ftyp.mp4": {415, 502}, "/endless.mp4": {413, 415}, "/endless.m3u8": {413, 415}, "/round": {502}, "/there": {502},
    }
    for path, statuses in expected.items():
        kind = "m3u8" if path.endswith("m3u8") else "mp4"
        status, _, body = convert(served.api_port, origin.url(path), ifm=kind)
        assert status in statuses, (path, status, body[:200])
    # What was broken off is not fetched on.
    assert origin.sent["/endless.mp4"] < 64 << 20 and origin.sent["/endless.m3u8"] < 64 << 20
    for process in descendants(served.pid):
        if name(process) == "ConvertVideo":
            text = Path(f"/proc/{process}/status").read_text()
            peak = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM"))
            assert peak < 256 << 10, f"{peak} KiB"
    # And it still works.
    status, _, body = convert(served.api_port, origin.url("/square.mp4"))
    assert status == 200 and Image.open(io.BytesIO(body)).n_frames > 1
    assert ask(served.api_port, "/convert?token=unknown")[0] == 404
