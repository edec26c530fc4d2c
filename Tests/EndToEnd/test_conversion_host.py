"""The conversion service as operators of the service that it stands in for run it: by their settings, and its metrics."""

import json
import os
import pty
import re
import select
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.conversion import USER, ask, basic, convert, token
from harness.endpoint import Endpoint
from harness.hosted import Hosted, host_command, hosted
from harness.installation import ZOETROPE, clean_environment, zoetrope
from harness.origin import Origin, made
from harness.waiting import until

FUNCTIONS = ("ConversionTokenFunction", "ConvertFunction")
# A file of settings as it is, apart from what has no default: names, numbers and the variables without a meaning here.
SETTINGS = {
    "SERVER_BASE_URL": "https://api.example.com/covers",
    "TOKEN_AUTH_USERNAME": "someone",
    "TOKEN_AUTH_PASSWORD": "secret",
    "TOKEN_SIZE": "48",
    "TOKEN_TTL": "3600000",
    "TOKEN_TTL_RESOLUTION": "60000",
    "CONVERSION_RESULT_TTL": "3600000",
    "MAXIMUM_OUTPUT_SIZE": "80",
    "MAXIMUM_OUTPUT_FRAMERATE": "24",
    "SOURCE_HOSTNAME_WHITELIST": "resources.tidal.com, 127.0.0.1",
    "CONVERSION_MAX_STREAM_DURATION": "30000",
    "CONVERSION_STREAM_BUFFER_SIZE": "65536",
    "CONVERSION_STREAM_HTTP_TIMEOUT": "30000",
    "CONVERSION_JOB_CONCURRENCY": "1",
    "CONVERSION_FFMPEG_THREADS": "1",
    "REDIS_HOSTNAME": "redis",
    "REDIS_PORT": "6379",
    "DEBUG": "1",
    "NODE_ENV": "production",
    "METRICS_AUTH_USERNAME": "watcher",
}


@pytest.fixture(scope="module")
def hashed() -> str:
    return subprocess.run(
        [ZOETROPE, "credentials", "--cost", "6"], input="a pass word\n", capture_output=True, text=True, check=True,
        timeout=60,
    ).stdout.strip()  # fmt: skip


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("host-videos")
    with Origin({"/video.mp4": made(folder / "video.mp4", "-movflags", "+faststart")}) as origin:
        yield origin


@pytest.fixture(scope="module")
def dropped_in(hashed: str) -> Iterator[Hosted]:
    with hosted(host_command(*FUNCTIONS), **SETTINGS, METRICS_AUTH_PASSWORD_BCRYPT=f"'{hashed}'") as host:
        yield host


def test_a_file_of_settings_works_unchanged(dropped_in: Hosted, origin: Origin):
    said = "".join(dropped_in.running.said)
    assert f"Server listening at http://127.0.0.1:{dropped_in.port}\n" in said
    ignored = [line for line in dropped_in.running.said if "no meaning here" in line]
    assert len(ignored) == 1
    names = ("REDIS_HOSTNAME", "REDIS_PORT", "NODE_ENV", "TOKEN_TTL_RESOLUTION", "CONVERSION_STREAM_BUFFER_SIZE")
    assert all(name in ignored[0] for name in names) and "TOKEN_SIZE" not in ignored[0]
    status, answer = token(dropped_in.port, origin.url("/video.mp4"), osz="64", pre="true", rts="1")
    assert status == 200
    assert answer["url"] == f"https://api.example.com/covers/convert.gif?token={answer['token']}"
    status, headers, body = ask(dropped_in.port, f"/convert.gif?token={answer['token']}")
    assert (status, headers["content-type"], body[:6], body[-1:]) == (200, "image/gif", b"GIF89a", b"\x3b")


def test_the_calls_that_are_documented_work_with_curl(dropped_in: Hosted, origin: Origin, tmp_path: Path):
    base, gif = f"http://127.0.0.1:{dropped_in.port}", tmp_path / "cover.gif"
    query = urllib.parse.urlencode(
        {"url": origin.url("/video.mp4"), "ifm": "mp4", "ofm": "gif", "osz": 80, "ofr": 15, "out_gif_colors": 32}
    )
    answer = json.loads(
        subprocess.run(
            ["curl", "-sf", "-u", "someone:secret", f"{base}/token?{query}"], check=True, capture_output=True, timeout=60
        ).stdout
    )
    assert set(answer) == {"url", "token", "expires", "key"}
    for path in ("convert", "convert.gif"):
        subprocess.run(
            ["curl", "-sf", "-o", gif, f"{base}/{path}?token={answer['token']}"], check=True, timeout=120
        )
        assert gif.read_bytes()[-1:] == b"\x3b"
    # Without a user name, and with a header's name that some documents give.
    for headers in ([], ["-H", f"Authentication: {USER}"]):
        refused = subprocess.run(
            ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", *headers, f"{base}/token?{query}"],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert refused.stdout == "401"


def test_metrics_are_for_those_with_the_password(dropped_in: Hosted, origin: Origin):
    assert convert(dropped_in.port, origin.url("/video.mp4"), osz="40")[0] == 200
    assert ask(dropped_in.port, "/metrics")[0] == 403
    for page in ("video", "cache"):
        status, headers, body = ask(dropped_in.port, f"/metrics/{page}")
        assert (status, json.loads(body)["statusCode"]) == (401, 401)
        assert headers["www-authenticate"].startswith("Basic")
        assert ask(dropped_in.port, f"/metrics/{page}", Authorization=basic("watcher", "wrong"))[0] == 401
        assert ask(dropped_in.port, f"/metrics/{page}", Authorization=basic("other", "a pass word"))[0] == 401

    def page(name: str) -> str:
        status, headers, body = ask(
            dropped_in.port, f"/metrics/{name}", Authorization=basic("watcher", "a pass word")
        )
        assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
        return body.decode()

    # Functions write what they count at the end of an invocation.
    video = until("the conversion to be counted", lambda: counted(page("video"), "conversion_conversions_total"))
    for name in (
        'zoetrope_http_requests_total{route="GET /token",status="200"}',
        'zoetrope_http_first_byte_seconds_bucket{route="GET /convert.gif"',
        'zoetrope_http_duration_seconds_count{route="GET /convert.gif"}',
        'zoetrope_queue_depth{function="ConvertVideoFunction"}',
        'zoetrope_environments{function="ConvertVideoFunction",state="busy"}',
        "conversion_source_bytes_total{",
        "conversion_first_byte_seconds_bucket{",
    ):
        assert f"\n{name}" in video, name
    cache = until("the cache to be counted", lambda: counted(page("cache"), "conversion_cache_entries"))
    for name in ("conversion_cache_bytes{} ", "conversion_cache_hits_total{", "conversion_cache_misses_total{"):
        assert f"\n{name}" in cache, name
    assert "conversion_cache" not in video and "zoetrope_" not in cache
    for text in (video, cache):
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def counted(text: str, name: str) -> str | None:
    return text if re.search(rf"(?m)^{name}\{{.*\}} [1-9]", text) else None


def test_a_hash_that_is_none_is_refused_at_the_start(hashed: str):
    ended = zoetrope(
        *host_command(*FUNCTIONS)[1:], PORT="0", METRICS_AUTH_PASSWORD_BCRYPT="plain-password", CONVERSION_JOB_CONCURRENCY="x",
    )  # fmt: skip
    assert ended.returncode == 1
    assert "METRICS_AUTH_PASSWORD_BCRYPT must be a bcrypt hash" in ended.stderr
    assert "CONVERSION_JOB_CONCURRENCY must be a whole number" in ended.stderr
    assert "plain-password" not in ended.stderr


def test_credentials_are_typed_twice_without_being_shown():
    def typed(*lines: bytes) -> tuple[int, bytes, str]:
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(ZOETROPE, [str(ZOETROPE), "credentials", "--cost", "4"], clean_environment(TERM="xterm"))
        seen, waiting = b"", list(lines)
        while select.select([terminal], [], [], 60)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part
            if part.endswith(b": ") and waiting:
                os.write(terminal, waiting.pop(0))
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen, "".join(re.findall(r"\$2b\$04\$\S{53}", seen.decode()))

    code, seen, made_hash = typed(b"hidden words\r", b"hidden wordz\x7fs\r")
    assert code == 0 and made_hash and b"hidden" not in seen
    code, seen, made_hash = typed(b"hidden words\r", b"other words\r")
    assert code == 1 and not made_hash and b"differ" in seen
    code, seen, made_hash = typed(b"hidden\x03")
    assert code == 130 and not made_hash


def test_a_password_that_bcrypt_cannot_hold_is_refused():
    for text in ("", "x" * 73):
        ended = subprocess.run([ZOETROPE, "credentials"], input=text, capture_output=True, text=True, timeout=60)
        assert (ended.returncode, ended.stdout) == (1, "") and "the password must" in ended.stderr


def test_a_password_is_made_for_each_data_folder(tmp_path: Path, origin: Origin):
    endpoint = Endpoint(tmp_path, arguments=("--parameter", "SourceHostnameWhitelist=127.0.0.1"))
    endpoint.start()
    try:
        told = json.loads(zoetrope("env", "--json", "--data", endpoint.data).stdout)
        assert len(told["TOKEN_AUTH_PASSWORD"]) >= 32
        caller = basic(told["TOKEN_AUTH_USERNAME"], told["TOKEN_AUTH_PASSWORD"])
        assert token(endpoint.api_port, origin.url("/video.mp4"), authorization=caller)[0] == 200
        assert token(endpoint.api_port, origin.url("/video.mp4"))[0] == 401
        assert endpoint.stop() == 0
        endpoint.start()
        assert token(endpoint.api_port, origin.url("/video.mp4"), authorization=caller)[0] == 200
    finally:
        endpoint.stop()
