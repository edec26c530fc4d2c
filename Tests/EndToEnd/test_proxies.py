"""Behind a reverse proxy on the same machine, which makes every caller look like this machine."""

import http.client
import json
import re
import shutil
import ssl
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import boto3
import botocore.config
import pytest

from harness.endpoint import GIFS, REGION, Endpoint
from harness.installation import ACCESS_KEY, PROJECT, SECRET_KEY
from harness.job import Jobs
from harness.library import KEYS, identifier, photo, token as session
from harness.proxies import caddy, certificate, free_port, nginx, started
from harness.waiting import until

TOKEN = "a-token-of-the-tests"
pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()) or not shutil.which("caddy"),
    reason="nginx or caddy is absent")

# As their manuals say; without `Host`, nginx writes the target's own address there.
NGINX = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;"
WITH_HOST = NGINX + " proxy_set_header Host $http_host;"


def ask(port: int, method: str, path: str, headers: dict[str, str] | None = None, tls: bool = False, body: bytes = b""):
    if tls:
        connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=ssl._create_unverified_context())
    else:
        connection = http.client.HTTPConnection("localhost", port, timeout=30)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def through(kind: str, folder: Path, target: str, tls=None):
    if kind == "caddy":
        return caddy(folder, target, tls)
    return nginx(folder, target, tls, NGINX if kind == "nginx" else WITH_HOST)


@pytest.mark.parametrize("kind", ["nginx", "nginx with Host", "caddy"])
def test_a_proxy_does_not_open_the_administration_port(kind: str, own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    endpoint = own_endpoint()
    endpoint.start()
    with through(kind, tmp_path, endpoint.web_url) as port:
        for path in ("/api/status", "/api/logs", "/metrics", f"/s3/{GIFS}?list-type=2"):
            status, _, body = ask(port, "GET", path)
            assert (status, b"ZOETROPE_ADMIN_TOKEN" in body) == (403, True), path
        # Nor when the caller says that it is this machine.
        assert ask(port, "GET", "/api/status", {"X-Forwarded-For": "127.0.0.1"})[0] == 403
    assert ask(endpoint.web_port, "GET", "/api/status")[0] == 200


@pytest.mark.parametrize("kind", ["nginx with Host", "caddy"])
@pytest.mark.parametrize("is_trusted", [True, False], ids=["trusted", "not named"])
def test_with_a_token_a_proxy_that_ends_tls_works(
    kind: str, is_trusted: bool, own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    arguments = ("--trusted-proxy", "127.0.0.1") if is_trusted else ()
    endpoint = own_endpoint(arguments=arguments, environment={"ZOETROPE_ADMIN_TOKEN": TOKEN})
    endpoint.start()
    with through(kind, tmp_path, endpoint.web_url, certificate(tmp_path)) as port:
        own, bearer = {"Origin": f"https://localhost:{port}"}, {"Authorization": f"Bearer {TOKEN}"}
        assert ask(port, "GET", "/api/status", tls=True)[0] == 401
        assert ask(port, "GET", "/api/status", bearer, tls=True)[0] == 200
        put = f"/s3/zoetrope-source/{kind[0]}-{is_trusted}.txt"
        assert ask(port, "PUT", put, bearer | own, tls=True, body=b"by TLS")[0] == 200
        assert ask(port, "PUT", put, bearer | {"Origin": "https://evil.example"}, tls=True, body=b"x")[0] == 403
        status, headers, _ = ask(port, "POST", "/api/session", own, tls=True, body=f'{{"token":"{TOKEN}"}}'.encode())
        assert status == 204
        assert ("Secure" in headers["Set-Cookie"]) == is_trusted
        cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        assert ask(port, "PUT", put, cookie | own, tls=True, body=b"by TLS")[0] == 200


def test_a_trusted_proxy_is_asked_for_its_caller(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    """Its callers here are this machine, or say so only to themselves."""
    endpoint = own_endpoint(arguments=("--trusted-proxy", "127.0.0.1"))
    endpoint.start()
    headers = WITH_HOST.replace("$proxy_add_x_forwarded_for", "203.0.113.9")
    with nginx(tmp_path, endpoint.web_url, headers=headers) as port:
        assert ask(port, "GET", "/api/status", {"X-Forwarded-For": "127.0.0.1"})[0] == 403


@pytest.mark.parametrize("kind", ["nginx with Host", "caddy"])
def test_the_store_works_behind_a_trusted_proxy_that_ends_tls(
    kind: str, own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    endpoint = own_endpoint(arguments=("--trusted-proxy", "127.0.0.1"))
    endpoint.start()
    with through(kind, tmp_path, endpoint.url, certificate(tmp_path)) as port:
        session = boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
        s3 = session.client(
            "s3", endpoint_url=f"https://localhost:{port}", verify=str(tmp_path / "proxy.crt"),
            config=botocore.config.Config(s3={"addressing_style": "path"}))
        s3.put_object(Bucket=GIFS, Key="by proxy.txt", Body=b"by proxy")
        assert s3.get_object(Bucket=GIFS, Key="by proxy.txt")["Body"].read() == b"by proxy"
    assert Jobs(endpoint).get("by proxy.txt") == b"by proxy"


def of_the_guide(kind: str, folder: Path, target: int) -> tuple[list, int]:
    """The proxy with the configuration that docs/OPERATING.md shows; addresses and certificates are this machine's."""
    text = (PROJECT / "docs" / "OPERATING.md").read_text()
    crt, key = certificate(folder)
    port = free_port()
    pairs = {
        "nginx": {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;", "server_name media.example.com;": "server_name localhost;",
            "/etc/ssl/media/fullchain.pem": str(crt), "/etc/ssl/media/privkey.pem": str(key),
        },
        "caddy": {"media.example.com {": f"https://localhost:{port} {{\n\ttls {crt} {key}"},
    }[kind] | {"127.0.0.1:4568": f"127.0.0.1:{target}"}
    start = "```nginx\n" if kind == "nginx" else "```\n# Caddyfile\n"
    shown = re.search(f"{re.escape(start)}(.*?)```", text, re.DOTALL)[1]
    for old, new in pairs.items():
        assert shown.count(old) == 1, old
        shown = shown.replace(old, new)
    if kind == "caddy":
        (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + shown)
        return ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"], port
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{name}_temp_path {folder}/{name}; " for name in names)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr;\nevents {{ worker_connections 64; }}\n"
        f"http {{ access_log off; {paths}\n{shown}}}\n")
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"], port


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_the_guides_proxies_pass_the_services_on(kind: str, own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    endpoint = own_endpoint(arguments=("--trusted-proxy", "127.0.0.1"))
    endpoint.start()
    command, port = of_the_guide(kind, tmp_path, endpoint.api_port)
    with started(command, port, HOME=str(tmp_path)):
        status, _, body = ask(port, "GET", "/health", tls=True)
        assert (status, json.loads(body)) == (200, {"status": "ok"})
        if kind == "caddy":
            # It has no limit for bodies, and holds an answer back for as long as more of the body is to come.
            return
        # A body of more than nginx's own limit is the service's business. It says no before it has come: through a proxy a
        # caller is not this machine, and has no key here.
        connection = http.client.HTTPSConnection("localhost", port, timeout=60, context=ssl._create_unverified_context())
        try:
            connection.putrequest("POST", "/transcode")
            connection.putheader("Content-Type", "multipart/form-data; boundary=b")
            connection.putheader("Content-Length", str(20 << 20))
            connection.endheaders(b"x" * (100 << 10))
            assert connection.getresponse().status == 401
        finally:
            connection.close()


class Uploads:
    """Clients of a proxy in front of the functions' port, who reach nothing else of this machine."""

    def __init__(self, port: int):
        self.port = port
        self.library = identifier()
        claims = {self.library.replace("-", "_"): "owner"}
        self.session = {"Authorization": f"Bearer {session('owner', **claims)}"}
        self.files = f"/api/libraries/{self.library}/files"

    def send(self, method: str, url: str, content: bytes) -> dict[str, str]:
        """To an address that the service gave, which must be the proxy's. Returns the answer's headers."""
        parts = urllib.parse.urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", f"localhost:{self.port}"), url
        status, headers, body = ask(self.port, method, f"{parts.path}?{parts.query}", tls=True, body=content)
        assert status == 200, body
        return {name.lower(): value for name, value in headers.items()}

    def announce(self, **facts) -> dict:
        body = json.dumps({"name": "photo.jpg", **facts}).encode()
        status, _, answer = ask(self.port, "POST", self.files, self.session, tls=True, body=body)
        assert status == 201, answer
        return json.loads(answer)

    def arrived(self, file: str) -> dict:
        def record() -> dict | None:
            found = json.loads(ask(self.port, "GET", f"{self.files}/{file}", self.session, tls=True)[2])
            return found if found["version"] > 0 else None

        return until("the upload to become a file", record)


LIBRARY_ARGUMENTS = ("--parameter", f"SessionJWKS={KEYS}", "--parameter", "ImageProxyPrewarmEnabled=false")


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_clients_of_the_guides_proxies_upload_by_the_addresses_that_they_are_given(
    kind: str, own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    key = {"X-Transcoder-Key": "key-of-these-tests"}
    endpoint = own_endpoint(
        arguments=("--trusted-proxy", "127.0.0.1", "--parameter", f"TranscoderAuthToken={key['X-Transcoder-Key']}",
                   *LIBRARY_ARGUMENTS))
    endpoint.start()
    command, port = of_the_guide(kind, tmp_path, endpoint.api_port)
    with started(command, port, HOME=str(tmp_path)):
        clients = Uploads(port)
        content = photo(900, 600)
        announced = clients.announce(size=len(content))
        clients.send("PUT", announced["upload"]["url"], content)
        assert clients.arrived(announced["file"]["id"])["size"] == len(content)

        # In parts, of which the first must have 5 MiB.
        content += bytes(17 << 20)
        announced = clients.announce(size=len(content), multipart=True)
        upload = announced["upload"]
        tags = [
            clients.send("PUT", url, content[number * upload["partSize"] : (number + 1) * upload["partSize"]])["etag"]
            for number, url in enumerate(upload["partUrls"])
        ]
        assert len(tags) == 2
        parts = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>" for n, tag in enumerate(tags, 1))
        clients.send(
            "POST", upload["completeUrl"], f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode())
        assert clients.arrived(announced["file"]["id"])["size"] == len(content)

        status, _, answer = ask(port, "POST", "/transcode/uploads", key, tls=True, body=b'{"name":"a.wav"}')
        assert status == 201, answer
        address = json.loads(answer)["url"]
        clients.send("PUT", address, b"RIFF")
        # Nothing else of the store is reached by that way.
        path = urllib.parse.urlsplit(address).path
        assert path.startswith("/_store/zoetrope-cache/transcoding/uploads/")
        for method, target in [
            ("PUT", path), ("GET", path), ("GET", "/_store/zoetrope-library/"), ("DELETE", path),
            ("PUT", address.removeprefix(f"https://localhost:{port}").replace("a.wav", "b.wav")),
        ]:
            assert ask(port, method, target, tls=True, body=b"x" if method == "PUT" else b"")[0] == 403, (method, target)
        # A browser's page of that origin is not this service's page.
        headers = ask(port, "GET", path + "?X-Amz-Signature=0", tls=True)[1]
        policies = [value for name, value in headers.items() if name.lower() == "content-security-policy"]
        assert policies == ["default-src 'none'; sandbox"]


def test_addresses_name_the_store_as_the_operator_says(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    """A proxy of its own in front of the S3 port, here with another name of this machine's."""
    public = free_port()
    endpoint = own_endpoint(
        arguments=("--trusted-proxy", "127.0.0.1", "--public-store-url", f"https://localhost:{public}", *LIBRARY_ARGUMENTS))
    endpoint.start()
    (tmp_path / "api").mkdir()
    tls = certificate(tmp_path)
    # Without a file of its own for the body.
    headers = WITH_HOST + " proxy_request_buffering off;"
    with nginx(tmp_path, endpoint.url, tls, headers, port=public), nginx(
        tmp_path / "api", endpoint.api_url, tls, WITH_HOST
    ) as port:
        clients = Uploads(port)
        content = photo(900, 600)
        announced = clients.announce(size=len(content))
        assert announced["upload"]["url"].startswith(f"https://localhost:{public}/zoetrope-library/original/")
        clients.port = public
        clients.send("PUT", announced["upload"]["url"], content)
        clients.port = port
        assert clients.arrived(announced["file"]["id"])["size"] == len(content)
    # The pages' port passes requests on itself.
    body = json.dumps({"name": "photo.jpg"}).encode()
    own = {"Origin": f"http://localhost:{endpoint.web_port}"}
    status, _, answer = ask(
        endpoint.web_port, "POST", "/api/libraries/00000000-0000-4000-8000-000000000000/files", own, body=body)
    assert status == 201, answer
    address = urllib.parse.urlsplit(json.loads(answer)["upload"]["url"])
    status, _, answer = ask(endpoint.web_port, "PUT", f"/s3{address.path}?{address.query}", own, body=content)
    assert status == 200, answer


def test_without_a_trusted_proxy_addresses_are_the_stores_own(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=LIBRARY_ARGUMENTS)
    endpoint.start()
    library = identifier()
    claims = {library.replace("-", "_"): "owner"}
    headers = {"Authorization": f"Bearer {session('owner', **claims)}", "X-Forwarded-Host": "evil.example"}
    body = json.dumps({"name": "photo.jpg"}).encode()
    status, _, answer = ask(endpoint.api_port, "POST", f"/api/libraries/{library}/files", headers, body=body)
    assert status == 201
    assert json.loads(answer)["upload"]["url"].startswith(f"{endpoint.url}/zoetrope-library/")
