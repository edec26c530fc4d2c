"""The media library as its clients see it: tokens, requests, uploads."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import io
import json
import time
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from PIL import Image

from .endpoint import Endpoint
from .waiting import until

LIBRARY, CACHE = "zoetrope-library", "zoetrope-cache"
SECRET = b"a secret that only the tests know"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


KEYS = json.dumps({"keys": [{"kty": "oct", "k": encoded(SECRET)}]})


def token(user: str, lifetime: float = 3600, secret: bytes = SECRET, **libraries: str) -> str:
    """A session as another program would issue it; libraries by their identifiers with `_` for `-`."""
    header = encoded(b'{"alg":"HS256","typ":"JWT"}')
    named = {name.replace("_", "-"): role for name, role in libraries.items()}
    claims = {"sub": user, "exp": time.time() + lifetime, "libraries": named}
    signed = f"{header}.{encoded(json.dumps(claims).encode())}"
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def identifier() -> str:
    return str(uuid.uuid4())


def photo(width: int = 1200, height: int = 800, seed: int = 1, **options) -> bytes:
    """A JPEG like no other of another seed."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.paste((seed * 37 % 256, seed * 91 % 256, seed * 151 % 256), (width // 4, height // 4, width // 2, height // 2))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, **options)
    return out.getvalue()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __getitem__(self, name: str) -> str | None:
        return self.headers.get(name.lower())


class Client:
    """Sends requests as one user."""

    def __init__(self, url: str, session: str | None = None):
        self.url = url
        self.session = session

    def ask(
        self, method: str, path: str, body: bytes | dict | None = None, session: str | None = "", **headers: str
    ) -> Answer:
        """Any status is an answer. `session`: another token than the client's own; None for none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        chosen = self.session if session == "" else session
        if chosen and "Authorization" not in named and "Cookie" not in named:
            named["Authorization"] = f"Bearer {chosen}"
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        address = urllib.parse.urlsplit(self.url + path)
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                # A server may answer before it has read all of the body.
                connection.request(method, address.path + (f"?{address.query}" if address.query else ""), data, named)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)


class Library:
    """One library with its owner and a member; files in it by name."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.id = identifier()
        key = self.id.replace("-", "_")
        self.owner = Client(endpoint.api_url, token("owner", **{key: "owner"}))
        self.member = Client(endpoint.api_url, token("member", **{key: "member"}))
        self.stranger = Client(endpoint.api_url, token("stranger", **{identifier().replace("-", "_"): "owner"}))
        self.files = f"/api/libraries/{self.id}/files"

    def upload(self, content: bytes, name: str = "photo.jpg", client: Client | None = None, waits: bool = True) -> str:
        """The new file's identifier, when its content has been looked at."""
        answer = (client or self.owner).ask("POST", self.files, {"name": name, "size": len(content)})
        assert answer.status == 201, answer.body
        put(answer.json["upload"]["url"], content)
        file = answer.json["file"]["id"]
        if waits:
            self.wait(file, lambda record: record["version"] > 0)
        return file

    def record(self, file: str) -> dict:
        return self.owner.get(f"{self.files}/{file}").json

    def wait(self, file: str, condition, seconds: float = 60) -> dict:
        def found() -> dict | None:
            record = self.record(file)
            return record if condition(record) else None

        return until(f"file {file} to change", found, seconds=seconds)

    def image(self, file: str, query: str = "", name: str = "x.jpg") -> str:
        return f"/api/files/proxy/{self.id}/{file}/{name}" + (f"?{query}" if query else "")

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        listing = self.endpoint.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for item in listing.get("Contents", [])]


def put(url: str, content: bytes) -> str:
    request = urllib.request.Request(url, data=content, method="PUT", headers={"Content-Type": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
        return answer.headers["ETag"]


def size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size
