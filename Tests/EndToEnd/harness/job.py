"""One video's job as seen from outside: upload it, wait for its manifest, read what came out."""

import hashlib
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import botocore.exceptions

from .endpoint import GIFS, SOURCE, Endpoint
from .waiting import until


@dataclass(frozen=True)
class Names:
    """DESIGN §2: where the outputs of a source key are."""

    folder: str
    base: str

    @classmethod
    def of(cls, key: str) -> "Names":
        last = key.rsplit("/", 1)[-1]
        if last.endswith(".mp4") and len(last) > 4:
            folder = key[:-4]
        else:
            folder = key if 0 < last.rfind(".") < len(last) - 1 else f"{key}~"
        path = cls._shortened(folder.encode(), key)
        return cls(path.decode(), path.rsplit(b"/", 1)[-1].decode())

    @staticmethod
    def _shortened(folder: bytes, key: str) -> bytes:
        def fits(path: bytes) -> bool:
            return len(path) + 1 + len(path.rsplit(b"/", 1)[-1]) <= 900

        mark = f"~{hashlib.sha256(key.encode()).hexdigest()[:16]}".encode()
        ends = (end for end in range(len(folder) - 1, 0, -1) if folder[end] & 0xC0 != 0x80)
        return folder if fits(folder) else next(folder[:end] + mark for end in ends if fits(folder[:end] + mark))

    @property
    def manifest(self) -> str:
        return f"{self.folder}/manifest.json"

    def gif(self, start: int) -> str:
        return f"{self.folder}/{self.base}-{start}.gif"

    def still(self, start: int, number: int) -> str:
        return f"{self.folder}/{self.base}-{start}-frame-{number}.jpg"

    @property
    def storyboard(self) -> str:
        """What all keys of the storyboard begin with."""
        return f"{self.folder}/storyboard/"


class Jobs:
    """Uploads and outcomes at one endpoint."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.s3 = endpoint.client("s3")

    def upload(self, content: bytes | Path, key: str, metadata: dict[str, str] | None = None) -> str:
        """Puts a video into the source bucket. Returns its ETag without quotes."""
        body = content.read_bytes() if isinstance(content, Path) else content
        answer = self.s3.put_object(Bucket=SOURCE, Key=key, Body=body, Metadata=metadata or {})
        return answer["ETag"].strip('"')

    def manifest(self, key: str) -> dict | None:
        content = self.get(Names.of(key).manifest)
        return None if content is None else json.loads(content)

    def get(self, key: str, bucket: str = GIFS) -> bytes | None:
        try:
            return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def sizes(self, prefix: str, bucket: str = GIFS) -> dict[str, int]:
        """Keys below a prefix, and how many bytes each object has."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    def pictures(self, key: str) -> dict[str, int]:
        """All GIFs and stills below the video's folder, and how many bytes each has."""
        names = Names.of(key)
        sizes = self.sizes(f"{names.folder}/")
        return {
            name: size
            for name, size in sizes.items()
            if name.endswith((".gif", ".jpg")) and not name.startswith(names.storyboard)
        }

    def storyboard(self, key: str) -> dict[str, int]:
        """All objects of the video's storyboard, and how many bytes each has."""
        return self.sizes(Names.of(key).storyboard)

    def wait(self, key: str, etag: str, seconds: float = 240, previous: dict | None = None) -> dict:
        """The manifest of the version of `key` with this ETag; another one than `previous` if that is given.

        If the endpoint makes storyboards, as it is when that has been added.
        """

        def ended() -> dict | None:
            assert self.endpoint.is_running, f"the endpoint has ended:\n{self.endpoint.tail()}"
            found = self.manifest(key)
            if found is None or found["source"]["etag"] != etag or found == previous:
                return None
            awaits = self.endpoint.makes_storyboards and found["status"] == "complete" and found["frames"] > 0
            return None if awaits and "storyboard" not in found else found

        try:
            return until(f"the manifest of '{key}'", ended, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; the end of its log:\n{self.endpoint.tail()}") from None

    def settled(self, seconds: float = 240) -> None:
        """Waits until nothing is queued and nothing runs."""

        def idle() -> bool:
            with urllib.request.urlopen(f"{self.endpoint.web_url}/api/status", timeout=10) as answer:
                status = json.load(answer)
            return status["running"] == 0 and all(function["queued"] == 0 for function in status["functions"])

        until("all invocations to end", idle, seconds)

    def process(self, content: bytes | Path, key: str, seconds: float = 240) -> dict:
        """Uploads and waits. Returns the manifest, whatever its status."""
        return self.wait(key, self.upload(content, key), seconds)

    def completed(self, content: bytes | Path, key: str, seconds: float = 240) -> dict:
        """As `process`, for a video that must succeed."""
        manifest = self.process(content, key, seconds)
        assert manifest["status"] == "complete", manifest.get("reason")
        return manifest
