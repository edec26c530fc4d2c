"""Conversion when things go wrong or come in numbers: killed processes, limits, many callers, several nodes and peers."""

import concurrent.futures
import hashlib
import http.client
import io
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from harness.conversion import PARAMETERS, ask, convert, parameters, token
from harness.endpoint import REGION, Endpoint
from harness.hosted import host_command, hosted
from harness.installation import ACCESS_KEY, SECRET_KEY, zoetrope
from harness.origin import Origin, made
from harness.processes import descendants, is_running, name
from harness.proxies import free_port
from harness.waiting import until

BROKEN_OFF = (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("fault-videos")
    return {
        "/video.mp4": made(folder / "video.mp4", "-movflags", "+faststart"),
        "/small.mp4": made(folder / "small.mp4", "-movflags", "+faststart", seconds=1, source="testsrc2=s=64x64:r=10"),
        # Its first frames come long before its end.
        "/long.mp4": made(folder / "long.mp4", "-movflags", "+faststart", "-g", "30", seconds=12),
    }


@pytest.fixture
def origin(videos: dict[str, bytes]) -> Iterator[Origin]:
    with Origin(dict(videos)) as origin:
        yield origin


class Caller:
    """Reads a GIF on a thread of its own."""

    def __init__(self, port: int, a_token: str):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.status: int | None = None
        self.read = b""
        self.is_whole: bool | None = None
        self._thread = threading.Thread(target=self._run, args=(a_token,), daemon=True)
        self._thread.start()

    def _run(self, a_token: str) -> None:
        try:
            self.connection.request("GET", f"/convert.gif?token={a_token}")
            answer = self.connection.getresponse()
            self.status = answer.status
            while part := answer.read1(4096):
                self.read += part
            self.is_whole = True
        except BROKEN_OFF:
            self.is_whole = False

    def ended(self) -> "Caller":
        self._thread.join(120)
        assert self.is_whole is not None, "the transfer did not end"
        return self


def admitted(endpoint: Endpoint, url: str) -> dict:
    """A token, once there is room in the queue: what other tests began may still wait."""

    def ask_for_one() -> dict | None:
        status, answer = token(endpoint.api_port, url)
        assert status in (200, 503), answer
        return answer if status == 200 else None

    return until("room in the queue", ask_for_one)


def converted(endpoint: Endpoint, url: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    return ask(endpoint.api_port, f"/convert.gif?token={admitted(endpoint, url)['token']}")


def began(endpoint: Endpoint, origin: Origin, path: str) -> tuple[str, list[Caller], threading.Event]:
    """Clients that have read the beginning of a GIF whose source is held."""
    gate = threading.Event()
    origin.files[path] = origin.files["/long.mp4"]
    origin.held[path] = (len(origin.files[path]) * 3 // 4, gate)
    answer = admitted(endpoint, origin.url(path))
    callers = [Caller(endpoint.api_port, answer["token"]) for _ in range(3)]
    until("the first bytes", lambda: all(caller.read[:6] == b"GIF89a" for caller in callers))
    assert all(caller.is_whole is None for caller in callers)
    return answer["token"], callers, gate


def whole(body: bytes, seconds: float = 12) -> bool:
    picture = Image.open(io.BytesIO(body))
    total = 0
    for number in range(picture.n_frames):
        picture.seek(number)
        total += picture.info["duration"]
    return body.endswith(b"\x3b") and total == pytest.approx(seconds * 1000, abs=50)


def test_a_killed_conversion_ends_as_an_error_and_is_made_again(
    own_endpoint: Callable[..., Endpoint], origin: Origin
):
    endpoint = own_endpoint(arguments=parameters())
    endpoint.start()
    a_token, callers, gate = began(endpoint, origin, "/killed.mp4")
    converting = [process for process in descendants(endpoint.pid) if name(process) == "ConvertVideo"]
    assert converting
    for process in converting:
        os.kill(process, signal.SIGKILL)
    # The claim is void after 10 s without renewal; the connections that follow it are cut.
    for caller in callers:
        assert caller.ended().is_whole is False and not caller.read.endswith(b"\x00\x3b")
    gate.set()
    body = until("the conversion to be made again", lambda: taken(lambda: ask(endpoint.api_port, f"/convert?token={a_token}")))
    assert whole(body) and is_running(endpoint.pid)


def test_a_killed_host_ends_transfers_as_errors_and_converts_again_when_it_is_back(
    own_endpoint: Callable[..., Endpoint], origin: Origin
):
    patience = {"ConversionStreamHttpTimeout": "120000", "ConversionMaxStreamDuration": "240000"}
    endpoint = own_endpoint(arguments=parameters(**patience))
    endpoint.start()
    a_token, callers, gate = began(endpoint, origin, "/host.mp4")
    endpoint.kill()
    for caller in callers:
        assert caller.ended().is_whole is False
    gate.set()
    endpoint.start()
    # The token is still valid. What the dead conversion left is not sent: the first caller waits, and gets all of it.
    status, _, body = ask(endpoint.api_port, f"/convert?token={a_token}", seconds=300)
    assert status == 200 and whole(body)


def ready(answer: tuple[int, http.client.HTTPMessage, bytes]) -> bytes | None:
    return answer[2] if answer[0] == 200 else None


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(
        tmp_path_factory.mktemp("limited"),
        arguments=parameters(
            ConversionJobConcurrency="1", ConversionQueueLimit="1", ConversionStreamHttpTimeout="2000",
            ConversionMaxStreamDuration="3000", ConversionMaxSourceBytes="2000000", ConversionMaxSourceSeconds="30",
            ConversionMaxSourcePixels=str(400 * 400), ConversionMaxSourceRedirects="2",
        ),
    )
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def test_a_full_queue_says_when_to_come_again(limited: Endpoint, origin: Origin):
    gate = threading.Event()
    for path in ("/runs.mp4", "/waits.mp4", "/late.mp4"):
        origin.files[path] = origin.files["/small.mp4"]
    origin.held["/runs.mp4"] = (100, gate)
    admitted(limited, origin.url("/runs.mp4"))
    until("the first conversion to run", lambda: origin.sent.get("/runs.mp4"))
    assert token(limited.api_port, origin.url("/waits.mp4"))[0] == 200
    query = f"/token?url={origin.url('/late.mp4')}&ifm=mp4&ofm=gif"
    status, headers, body = ask(limited.api_port, query, Authorization="Basic c29tZW9uZTpzZWNyZXQ=")
    assert (status, json.loads(body)["statusCode"]) == (503, 503) and int(headers["retry-after"]) > 0
    # What waits or is there is no further conversion.
    assert token(limited.api_port, origin.url("/waits.mp4"))[0] == 200
    gate.set()
    body = until("room", lambda: ready(converted(limited, origin.url("/waits.mp4"))))
    assert whole(body, 1)
    until("room", lambda: token(limited.api_port, origin.url("/late.mp4"))[0] == 200)


def test_without_a_first_byte_in_time_the_answer_is_504(limited: Endpoint, origin: Origin):
    gate = threading.Event()
    origin.files["/silent.mp4"] = origin.files["/small.mp4"]
    origin.held["/silent.mp4"] = (100, gate)
    status, _, body = converted(limited, origin.url("/silent.mp4"))
    assert (status, json.loads(body)["statusCode"]) == (504, 504)
    gate.set()
    assert whole(until("the result", lambda: ready(converted(limited, origin.url("/silent.mp4")))), 1)


def test_a_long_answer_is_cut_and_its_conversion_goes_on(limited: Endpoint, origin: Origin):
    a_token, callers, gate = began(limited, origin, "/slow.mp4")
    for caller in callers:
        assert caller.ended().is_whole is False and caller.status == 200
    gate.set()
    body = until("the result", lambda: taken(lambda: ask(limited.api_port, f"/convert?token={a_token}")))
    assert whole(body)
    assert origin.sent["/slow.mp4"] <= 1.02 * len(origin.files["/slow.mp4"])


def taken(call: Callable[[], tuple]) -> bytes | None:
    try:
        return ready(call())
    except BROKEN_OFF:
        return None


def test_sources_beyond_the_limits_are_413(limited: Endpoint, origin: Origin, tmp_path: Path):
    origin.files |= {
        "/bytes.mp4": origin.files["/small.mp4"] + bytes(2_000_000),
        "/seconds.mp4": made(tmp_path / "s.mp4", "-movflags", "+faststart", seconds=40, source="testsrc2=s=64x64:r=5"),
        "/pixels.mp4": made(tmp_path / "p.mp4", "-movflags", "+faststart", seconds=1, source="testsrc2=s=480x480:r=5"),
    }
    for path in ("/bytes.mp4", "/seconds.mp4", "/pixels.mp4"):
        status, _, body = converted(limited, origin.url(path))
        assert (status, json.loads(body)["statusCode"]) == (413, 413), (path, body[:200])
    origin.redirects |= {f"/hop{number}": origin.url(f"/hop{number + 1}") for number in range(3)}
    origin.files["/hop3"] = origin.files["/small.mp4"]
    assert converted(limited, origin.url("/hop1"))[0] == 200
    assert converted(limited, origin.url("/hop0"))[0] == 502


def test_tokens_expire_and_the_hourly_clean_up_removes_what_is_old(
    own_endpoint: Callable[..., Endpoint], origin: Origin, tmp_path: Path
):
    endpoint = own_endpoint(arguments=parameters(TokenTtl="1000", ConversionResultTtl="1000"))
    endpoint.start()
    status, answer = token(endpoint.api_port, origin.url("/small.mp4"))
    assert status == 200
    expired = until("the token to expire", lambda: gone(ask(endpoint.api_port, f"/convert?token={answer['token']}")))
    assert json.loads(expired)["statusCode"] == 410
    s3, event = endpoint.client("s3"), tmp_path / "event.json"
    event.write_text("{}")

    def keys(prefix: str) -> list[str]:
        found = s3.list_objects_v2(Bucket="zoetrope-cache", Prefix=f"conversion/{prefix}")
        return [one["Key"] for one in found.get("Contents", [])]

    until("the result", lambda: any(key.endswith(".gif") for key in keys("results/")))
    # Tokens themselves are not written down.
    assert len(keys("tokens/")) == 1 and answer["token"] not in keys("tokens/")[0]

    def swept() -> bool:
        ended = zoetrope(
            "invoke", "ConversionCleanupFunction", "--event", event, "--endpoint", endpoint.url,
            AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return not keys("tokens/") and not keys("results/")

    until("the clean-up to remove everything", swept, every=0.5)
    # Afterwards the token is not even known.
    assert ask(endpoint.api_port, f"/convert?token={answer['token']}")[0] == 404


def gone(answer: tuple[int, http.client.HTTPMessage, bytes]) -> bytes | None:
    return answer[2] if answer[0] == 410 else None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("many"), arguments=parameters())
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def test_two_hundred_callers_share_one_conversion(served: Endpoint, origin: Origin):
    origin.files["/shared.mp4"] = origin.files["/video.mp4"]
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        bodies = list(pool.map(lambda _: convert(served.api_port, origin.url("/shared.mp4"))[2], range(200)))
    assert len(set(bodies)) == 1 and whole(bodies[0], 3)
    assert origin.sent["/shared.mp4"] <= 1.02 * len(origin.files["/shared.mp4"])


def test_many_sources_are_each_converted_once(served: Endpoint, origin: Origin):
    paths = [f"/many-{number}.mp4" for number in range(16)]
    for path in paths:
        origin.files[path] = origin.files["/small.mp4"]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        bodies = list(pool.map(lambda path: convert(served.api_port, origin.url(path))[2], paths))
    assert len(set(bodies)) == 1 and whole(bodies[0], 1)
    for path in paths:
        assert origin.sent[path] <= 1.02 * len(origin.files[path]), path


def test_what_is_asked_for_just_when_it_begins_is_not_taken_for_waiting(served: Endpoint, origin: Origin):
    # For the GIF right after the token: the conversion begins in that instant, or has begun.
    for number in range(20):
        path = f"/instant-{number}.mp4"
        origin.files[path] = origin.files["/small.mp4"]
        assert convert(served.api_port, origin.url(path))[0] == 200
    # What waits counts against the limit of the queue.
    s3 = served.client("s3")
    until(
        "no conversion to wait",
        lambda: not s3.list_objects_v2(Bucket="zoetrope-cache", Prefix="conversion/queue/").get("Contents"),
    )


def test_a_function_url_streams_what_is_being_made(served: Endpoint, origin: Origin):
    gate = threading.Event()
    for path in ("/url.mp4", "/url-broken.mp4"):
        origin.files[path] = origin.files["/long.mp4"]
    origin.held["/url.mp4"] = (len(origin.files["/url.mp4"]) * 3 // 4, gate)
    origin.cut["/url-broken.mp4"] = len(origin.files["/url.mp4"]) // 2
    base = "/_url/ConvertStreamFunction/convert.gif?token="
    _, answer = token(served.api_port, origin.url("/url.mp4"))
    connection = http.client.HTTPConnection("127.0.0.1", served.api_port, timeout=120)
    connection.request("GET", base + answer["token"])
    streamed = connection.getresponse()
    assert (streamed.status, streamed.headers["content-type"]) == (200, "image/gif")
    body = streamed.read(6)
    assert body == b"GIF89a" and not gate.is_set()
    gate.set()
    body += streamed.read()
    connection.close()
    assert whole(body)
    # From the cache it is the same.
    for target in (base, "/convert.gif?token="):
        assert ask(served.api_port, target + answer["token"])[2] == body
    status, _, body = ask(served.api_port, base + "unknown")
    assert (status, json.loads(body)["statusCode"]) == (404, 404)
    _, answer = token(served.api_port, origin.url("/url-broken.mp4"))
    try:
        status, _, body = ask(served.api_port, base + answer["token"])
        assert (status, json.loads(body)["statusCode"]) == (502, 502)
    except BROKEN_OFF:
        pass


def instance(**variables: str):
    settings = {
        "SERVER_BASE_URL": "http://api.example", "TOKEN_AUTH_USERNAME": PARAMETERS["TokenAuthUsername"],
        "TOKEN_AUTH_PASSWORD": PARAMETERS["TokenAuthPassword"], "SOURCE_HOSTNAME_WHITELIST": "127.0.0.1",
    }  # fmt: skip
    return hosted(host_command("ConversionTokenFunction", "ConvertFunction"), **settings | variables)


def test_three_instances_with_one_cache_convert_once(own_endpoint: Callable[..., Endpoint], origin: Origin):
    store = own_endpoint()
    store.start()
    shared = {
        "CACHE_URL": "s3://zoetrope-cache", "AWS_ENDPOINT_URL_S3": store.url, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION,
    }  # fmt: skip
    with instance(**shared) as one, instance(**shared) as two, instance(**shared) as three:
        ports = [node.port for node in (one, two, three)]
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            bodies = list(pool.map(lambda n: convert(ports[n % 3], origin.url("/video.mp4"))[2], range(12)))
        assert len(set(bodies)) == 1 and whole(bodies[0], 3)
        assert origin.sent["/video.mp4"] <= 1.02 * len(origin.files["/video.mp4"])
        # A token of one works at the others.
        _, answer = token(ports[0], origin.url("/video.mp4"))
        assert ask(ports[1], f"/convert?token={answer['token']}")[2] == bodies[0]


def chosen(url: str, peers: list[str]) -> str:
    """Rendezvous hashing: the peer whose name and the source's address together have the highest hash."""
    return max(peers, key=lambda peer: hashlib.sha256(f"{peer}\n{url}".encode()).digest())


def test_peers_share_the_sources_and_do_without_one_that_is_silent(origin: Origin):
    with socket.socket() as silent:
        # It takes connections and never answers.
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        ports = [free_port(), free_port()]
        peers = [f"http://127.0.0.1:{port}" for port in (*ports, silent.getsockname()[1])]
        listed = {"CONVERSION_PEERS": ", ".join(f"{peer}/" for peer in peers)}
        with (
            instance(PORT=str(ports[0]), SERVER_BASE_URL=peers[0], **listed),
            instance(PORT=str(ports[1]), SERVER_BASE_URL=peers[1], **listed),
        ):
            # A source of each.
            urls = {}
            for number in range(1000):
                url = origin.url(f"/small.mp4?{number}")
                urls.setdefault(chosen(url, peers), url)
            assert set(urls) == set(peers)
            for asked in (0, 1):
                for peer in peers[:2]:
                    status, answer = token(ports[asked], urls[peer])
                    assert status == 200 and answer["url"].startswith(f"{peer}/convert.gif?token="), answer
                # Whom the source belongs to does not answer: the one that was asked converts itself.
                status, answer = token(ports[asked], urls[peers[2]])
                assert status == 200 and answer["url"].startswith(f"{peers[asked]}/")
            _, _, body = ask(ports[0], token(ports[0], urls[peers[0]])[1]["url"].removeprefix(peers[0]))
            assert whole(body, 1)
            # A request that was passed on is not passed on again.
            status, _, body = ask(
                ports[0], f"/token?url={urls[peers[1]]}&ifm=mp4&ofm=gif", Authorization="Basic c29tZW9uZTpzZWNyZXQ=",
                **{"X-Zoetrope-Forwarded": "1"},
            )
            assert status == 200 and json.loads(body)["url"].startswith(f"{peers[0]}/")
            # Wrong credentials are not passed on at all.
            assert token(ports[0], urls[peers[1]], authorization="Basic c29tZW9uZTp3cm9uZw==")[0] == 401
