"""deploy/compose: its settings, its commands and both ways to TLS, with the programs that its containers run."""

import http.client
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.conversion import basic, token
from harness.hosted import Hosted, hosted
from harness.installation import BUILD, PROJECT, TEMPLATE, ZOETROPE
from harness.origin import Origin, made
from harness.proxies import certificate, free_port, started
from harness.waiting import until

COMPOSE = PROJECT / "deploy" / "compose"
# Of requirements.txt: the container's is a recent one, and before 2.8, as in Debian 12, an answer that broke off ends as if
# it were whole.
CADDY = Path(sys.executable).parent / "caddy"
pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()), reason="nginx is absent"
)


def settings(text: str) -> dict[str, str]:
    """A file of variables as Compose reads it."""
    pairs = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value.strip("'\"") for name, value in pairs}


@pytest.fixture(scope="module")
def service() -> dict:
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("compose-videos")
    files = {
        "/video.mp4": made(folder / "video.mp4", "-movflags", "+faststart"),
        # Its first frames come long before its end.
        "/long.mp4": made(folder / "long.mp4", "-movflags", "+faststart", "-g", "30", seconds=12),
    }
    with Origin(files) as origin:
        yield origin


@pytest.fixture(scope="module")
def video(service: dict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """The container's command with its settings; the port and the folder are this machine's."""
    made_hash = subprocess.run(
        ["make", "--silent", "-C", COMPOSE, "credentials", f"ZOETROPE={ZOETROPE}"],
        input="a password\n", capture_output=True, text=True, check=True, timeout=60,
    ).stdout.strip()  # fmt: skip
    assert re.fullmatch(r"\$2b\$14\$\S{53}", made_hash)
    variables = settings((COMPOSE / ".env.example").read_text()) | service["video"]["environment"]
    assert variables["METRICS_AUTH_PASSWORD_BCRYPT"] == ""
    variables |= {
        "METRICS_AUTH_PASSWORD_BCRYPT": made_hash,
        "SOURCE_HOSTNAME_WHITELIST": "127.0.0.1",
        "CACHE_URL": f"file://{tmp_path_factory.mktemp('compose')}/data",
        "PORT": "0",
    }
    dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text()
    entry = yaml.safe_load(re.search(r"(?m)^ENTRYPOINT (.*)$", dockerfile)[1])
    assert entry[0] == "/opt/zoetrope/zoetrope"
    command = [str(TEMPLATE) if part.endswith("template.yaml") else part for part in entry[1:]]
    with hosted([str(ZOETROPE), *command, "--functions", str(BUILD)], **variables) as host:
        yield host


def connected(port: int) -> http.client.HTTPSConnection:
    context = ssl._create_unverified_context()
    return http.client.HTTPSConnection("localhost", port, timeout=60, context=context)


def get(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = connected(port)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.msg, answer.read()
    finally:
        connection.close()


def shakes_hands(port: int) -> bool:
    """Whether the front has its certificate: Caddy listens before that."""
    try:
        get(port, "/")
    except ssl.SSLError:
        return False
    return True


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def own_certificate(folder: Path, service: dict, target: int) -> tuple[list, int, dict[str, str]]:
    """nginx with the file that its container mounts; addresses and paths are this machine's."""
    mounts = dict(volume.split(":")[:2] for volume in service["certificate"]["volumes"])
    assert mounts == {"./nginx.conf": "/etc/nginx/nginx.conf", "./certificates": "/etc/nginx/certificates"}
    crt, key = certificate(folder)
    port, plain = free_port(), free_port()
    paths = "".join(
        f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = replaced(
        (COMPOSE / "nginx.conf").read_text(),
        ("listen 80;", f"listen 127.0.0.1:{plain};"), ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/nginx/certificates/fullchain.pem", str(crt)), ("/etc/nginx/certificates/privkey.pem", str(key)),
        ("http://video:8080;", f"http://127.0.0.1:{target};"), ("http {", "http { " + paths),
    )  # fmt: skip
    path = folder / "nginx.conf"
    path.write_text(f"daemon off; pid {folder}/nginx.pid; error_log stderr;\n{text}")
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", path], port, {}


def automatic(folder: Path, service: dict, target: int) -> tuple[list, int, dict[str, str]]:
    """Caddy with the file that its container mounts. For localhost it makes the certificate itself."""
    mounts = dict(volume.split(":")[:2] for volume in service["automatic"]["volumes"])
    assert mounts["./Caddyfile"] == "/etc/caddy/Caddyfile" and mounts["certificates"] == "/data"
    port = free_port()
    path = folder / "Caddyfile"
    # No other port, and nothing of the machine is changed.
    path.write_text(
        "{\n admin off\n auto_https disable_redirects\n skip_install_trust\n}\n" + (COMPOSE / "Caddyfile").read_text()
    )
    environment = {
        "HOME": str(folder), "XDG_DATA_HOME": str(folder), "SITE_ADDRESS": f"https://localhost:{port}",
        "UPSTREAM": f"127.0.0.1:{target}",
    }  # fmt: skip
    return [CADDY, "run", "--adapter", "caddyfile", "--config", path], port, environment


@pytest.mark.parametrize("front", [own_certificate, automatic], ids=["own certificate", "automatic"])
def test_conversions_are_served_by_tls(front, service: dict, video: Hosted, origin: Origin, tmp_path: Path):
    command, port, environment = front(tmp_path, service, video.port)
    with started(command, port, **environment):
        until("the certificate", lambda: shakes_hands(port))
        query = urllib.parse.urlencode({"url": origin.url("/video.mp4"), "ifm": "mp4", "ofm": "gif"})
        assert get(port, f"/token?{query}")[0] == 401
        status, _, body = get(port, f"/token?{query}", Authorization=basic("user", "pass"))
        answer = yaml.safe_load(body)
        assert status == 200 and answer["url"].startswith("https://api.example.com/convert.gif?token=")
        status, headers, body = get(port, f"/convert.gif?token={answer['token']}")
        assert (status, headers["content-type"], body[-1:]) == (200, "image/gif", b"\x3b")
        assert get(port, "/metrics")[0] == 403
        assert get(port, "/metrics/video")[0] == 401
        status, _, body = get(port, "/metrics/video", Authorization=basic("user", "a password"))
        assert status == 200 and b'zoetrope_http_requests_total{route="GET /convert.gif",status="200"}' in body


@pytest.mark.parametrize("front", [own_certificate, automatic], ids=["own certificate", "automatic"])
def test_a_gif_that_breaks_off_is_no_whole_answer_behind_tls(
    front, service: dict, video: Hosted, origin: Origin, tmp_path: Path
):
    path, gate = f"/broken-{front.__name__}.mp4", threading.Event()
    content = origin.files[path] = origin.files["/long.mp4"]
    # Its beginning is there and is sent on; then it breaks off.
    origin.held[path] = (len(content) * 3 // 4, gate)
    origin.cut[path] = len(content) * 3 // 4 + 1000
    command, port, environment = front(tmp_path, service, video.port)
    with started(command, port, **environment):
        until("the certificate", lambda: shakes_hands(port))
        status, answer = token(video.port, origin.url(path), authorization=basic("user", "pass"))
        assert status == 200
        connection = connected(port)
        connection.request("GET", f"/convert.gif?token={answer['token']}")
        begun = connection.getresponse()
        assert (begun.status, begun.read(6)) == (200, b"GIF89a")
        gate.set()
        with pytest.raises((http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
            begun.read()
        connection.close()


def test_every_variable_of_the_example_is_documented():
    documented = (PROJECT / "docs" / "CONVERSION.md").read_text()
    for name in settings((COMPOSE / ".env.example").read_text()):
        assert name == "SITE_ADDRESS" or f"`{name}`" in documented, name


def test_the_commands_of_the_guide_are_there(service: dict):
    guide = (COMPOSE / "README.md").read_text()
    profiles = {profile for one in service.values() for profile in one.get("profiles", [])}
    assert set(re.findall(r"docker compose --profile (\w+)", guide)) == profiles
    assert "make credentials" in guide and os.access(COMPOSE / "Makefile", os.R_OK)
    assert service["video"]["build"]["dockerfile"] == "deploy/Dockerfile"
