"""The packages of local/package that bring Debian's libraries, each in a root folder that holds nothing else."""

import base64
import contextlib
import io
import json
import os
import shutil
import subprocess
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from harness import videos
from harness.endpoint import REGION, Endpoint
from harness.installation import executables
from harness.library import KEYS, identifier, photo, put, size, token as session
from harness.origin import Origin
from harness.packages import PACKAGES, TASK_ROOT, Function, needed, started, unpacked
from harness.platform import EventBus, event_bus
from harness.tls import authority

NAMES = executables("shared")
LIBRARY, CACHE = "packaged-library", "packaged-cache"
TRANSCODER_KEY = "key-of-these-tests"
# Bytes that AWS Lambda takes unpacked.
LARGEST = 262_144_000

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changing the root folder takes root")

# Who answers which event, as the template's rules say.
TARGETS = {
    "hashRequested": ("MediaAPI", "HashFile"), "imagePrewarmRequested": ("TransformImage", "PrewarmImages"),
    "imageTransformRequested": ("TransformImage", "TransformImage"), "posterRequested": ("ProxyVideo", "MakePoster"),
    "proxyRequested": ("ProxyVideo", "PlanProxy"), "proxyPartRequested": ("EncodeSegment", "EncodeSegment"),
    "proxyJoinRequested": ("ProxyVideo", "JoinProxy"), "waveformRequested": ("TranscodeAudio", "ExtractWaveform"),
    "conversionRequested": ("ConvertVideo", "ConvertVideo"),
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    needed(NAMES)


class Platform:
    """Functions in roots of their own, and the test in the place of S3's notifications, EventBridge and API Gateway."""

    def __init__(self, endpoint: Endpoint, bus: EventBus, roots: dict[str, Path], stack: contextlib.ExitStack):
        self.endpoint, self.bus = endpoint, bus
        self.s3 = endpoint.client("s3")
        self.library = identifier()
        claims = {self.library.replace("-", "_"): "owner"}
        self.session = {"authorization": f"Bearer {session('owner', **claims)}"}
        self.files = f"/api/libraries/{self.library}/files"
        self._roots, self._stack = roots, stack
        self._functions: dict[tuple[str, str], Function] = {}

    def environment(self, handler: str, bus_url: str) -> dict[str, str]:
        """All that a function is told; nothing of this process's environment."""
        return {
            **self.endpoint.environment(), "AWS_REGION": REGION, "AWS_ENDPOINT_URL_EVENTBRIDGE": bus_url,
            "_HANDLER": handler, "LibraryBucketName": LIBRARY, "CacheBucketName": CACHE, "SESSION_JWKS": KEYS,
            "TRANSCODER_AUTH_TOKEN": TRANSCODER_KEY, "TOKEN_AUTH_USERNAME": "user", "TOKEN_AUTH_PASSWORD": "password",
            "SOURCE_HOSTNAME_WHITELIST": "127.0.0.1", "SERVER_BASE_URL": "http://localhost",
        }

    def invoke(self, name: str, handler: str, event: dict, **more):
        key = (name, handler)
        if key not in self._functions:
            environment = self.environment(handler, self.bus.url)
            self._functions[key] = self._stack.enter_context(started(self._roots[name], environment, handler))
        kind, said = self._functions[key](event, seconds=180, **more)
        assert kind == "response", said
        return said

    def ask(self, handler: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict, bytes]:
        event = request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.invoke("MediaAPI", handler, event)
        content = answer.get("body", "")
        return (
            answer["statusCode"], answer.get("headers", {}),
            base64.b64decode(content) if answer.get("isBase64Encoded") else content.encode(),
        )

    def deliver(self) -> None:
        """Hands events over until there are none."""
        while pending := self.bus.take_all():
            for event in pending:
                kind = event["detail-type"]
                if kind == "metadataRequested":
                    is_image = event["detail"]["mimeType"].startswith("image/")
                    self.invoke("TransformImage" if is_image else "ProxyVideo", "ReadMetadata", event)
                elif kind in TARGETS:
                    self.invoke(*TARGETS[kind], event)

    def upload(self, content: bytes, name: str) -> dict:
        """The record of the file when all that follows has been done."""
        status, _, answer = self.ask(
            "Library", "POST", self.files, json.dumps({"name": name, "size": len(content)}).encode(), **self.session)
        assert status == 201, answer
        announced = json.loads(answer)
        put(announced["upload"]["url"], content)
        file = announced["file"]["id"]
        self.invoke("MediaAPI", "Ingest", notification(self.s3, f"original/{self.library}/{file}/{name}"))
        self.deliver()
        return self.record(file)

    def record(self, file: str) -> dict:
        return json.loads(self.ask("Library", "GET", f"{self.files}/{file}", **self.session)[2])


def request(method: str, path: str, body: bytes, headers: dict[str, str]) -> dict:
    """API Gateway's payload format 2.0."""
    parts = urllib.parse.urlsplit(path)
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": parts.path, "rawQueryString": parts.query,
        "queryStringParameters": dict(urllib.parse.parse_qsl(parts.query)),
        "headers": {"host": "media.example"} | {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "media.example", "domainPrefix": "media",
            "http": {
                "method": method, "path": parts.path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "",
            },
            "requestId": "r", "routeKey": "$default", "stage": "$default", "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "isBase64Encoded": bool(body),
    }
    return event | ({"body": base64.b64encode(body).decode()} if body else {})


def notification(s3, key: str) -> dict:
    head = s3.head_object(Bucket=LIBRARY, Key=key)
    thing = {"key": urllib.parse.quote_plus(key, safe="/"), "size": head["ContentLength"], "eTag": head["ETag"].strip('"')}
    record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}
    return {"Records": [record | {"s3": {"bucket": {"name": LIBRARY}, "object": thing}}]}


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name in NAMES:
        made[name] = unpacked(name, tmp_path_factory.mktemp(name))
        # All that Lambda gives a function besides its package.
        (made[name] / "tmp").mkdir()
        (made[name] / "tmp").chmod(0o1777)
    return made


@pytest.fixture(scope="module")
def platform(endpoint: Endpoint, roots: dict[str, Path]) -> Iterator[Platform]:
    for bucket in (LIBRARY, CACHE):
        endpoint.client("s3").create_bucket(Bucket=bucket)
    with contextlib.ExitStack() as stack:
        yield Platform(endpoint, stack.enter_context(event_bus()), roots, stack)


@pytest.mark.parametrize("name", NAMES)
def test_a_package_is_whole_and_not_too_large(name: str):
    with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        listed = archive.read("libraries.txt").decode().splitlines()
    assert sum(entry.file_size for entry in entries.values()) <= LARGEST
    for program in ("bootstrap", "program"):
        assert entries[program].external_attr >> 16 & 0o777 == 0o755
    assert len([entry for entry in entries if entry.startswith("certificates/")]) > 100
    # Every library's source can be found.
    assert {"libc6", "libcurl4"} <= {line.split()[0] for line in listed}
    brings_libav = any(entry.startswith("lib/libavcodec.so") for entry in entries)
    assert brings_libav == ("copyright" in entries) == (name not in ("MediaAPI", "TransformImage"))


def test_an_image_becomes_all_sizes_in_empty_roots(platform: Platform):
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    record = platform.upload(photo(900, 600, exif=exif), "a photo.jpg")
    assert (record["imageProxyStatus"], record["metadata"]["cameraMake"]) == ("ready", "Canon")
    assert (record["width"], record["height"], len(record["sha256"])) == (900, 600, 64)
    # AVIF by a module of libvips, and back.
    prefix = f"library/{platform.library}/{record['id']}/transforms/"
    event = {"libraryId": platform.library, "fileId": record["id"], "version": 1, "bucket": LIBRARY,
             "key": f"original/{platform.library}/{record['id']}/a photo.jpg", "mimeType": "image/jpeg",
             "transform": "w300_h0_q0.avif"}
    platform.invoke(*TARGETS["imageTransformRequested"], {
        "version": "0", "id": "1", "source": "zoetrope.library", "detail-type": "imageTransformRequested", "detail": event})
    made = platform.s3.get_object(Bucket=CACHE, Key=prefix + "w300_h0_q0.avif")["Body"].read()
    assert made[4:12] == b"ftypavif"
    again = platform.upload(made, "small.avif")
    assert (again["mimeType"], again["width"], again["height"]) == ("image/avif", 300, 200)
    assert again["imageProxyStatus"] == "ready"
    address = f"/api/files/proxy/{platform.library}/{again['id']}/x.jpg?format=webp&height=240&quality=70&width=240"
    status, headers, body = platform.ask("Library", "GET", address, **platform.session)
    assert (status, headers.get("content-type")) == (200, "image/webp"), body[:300]
    assert size(body) == (240, 160)


def test_a_video_becomes_a_proxy_a_poster_and_a_waveform(platform: Platform, tmp_path: Path):
    video = videos.numbered(
        tmp_path / "old.avi", seconds=2, rate="15", size=(160, 96), encoder=["-c:v", "mpeg4", "-q:v", "3"], audio=True)
    record = platform.upload(video.read_bytes(), "old.avi")
    states = {name: record.get(name) for name in ("proxyStatus", "thumbnailStatus", "waveformStatus")}
    assert states == {"proxyStatus": "ready", "thumbnailStatus": "ready", "waveformStatus": "complete"}, record
    (proxy,) = [made for made in map(platform.record, record["derivedFileIds"]) if made["role"] == "proxy"]
    made = tmp_path / "proxy.mp4"
    made.write_bytes(platform.s3.get_object(Bucket=LIBRARY, Key=proxy["objectKey"])["Body"].read())
    assert probed(made) == {"h264", "aac"}


def probed(file: Path) -> set[str]:
    ended = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", file], capture_output=True,
        text=True, check=True, timeout=60)
    return set(ended.stdout.replace(",", " ").split())


@pytest.mark.parametrize(
    ("target", "codec"), [("mp3", "mp3"), ("m4a", "aac"), ("ogg", "vorbis"), ("flac", "flac"), ("wav", "pcm_s16le")])
def test_audio_is_transcoded(platform: Platform, tmp_path: Path, target: str, codec: str):
    tone = videos.tone(tmp_path / "tone.m4a")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="tone.m4a"\r\n\r\n'
        + tone.read_bytes() + b"\r\n--b--\r\n")
    headers = {"x-transcoder-key": TRANSCODER_KEY, "content-type": "multipart/form-data; boundary=b"}
    answer = platform.invoke(
        "TranscodeAudio", "TranscodeAudio", request("POST", f"/transcode?target={target}", body, headers), read=bytes)
    head, _, content = answer.partition(b"\0" * 8)
    assert json.loads(head)["statusCode"] == 200, answer[:500]
    made = tmp_path / f"made.{target}"
    made.write_bytes(content)
    assert probed(made) == {codec}


def test_a_remote_video_becomes_a_gif(platform: Platform, short_video: Path):
    with Origin({"/short.mp4": short_video.read_bytes()}) as origin:
        query = urllib.parse.urlencode({"url": origin.url("/short.mp4"), "ifm": "mp4", "ofm": "gif"})
        basic = base64.b64encode(b"user:password").decode()
        status, _, answer = platform.ask("ConversionToken", "GET", f"/token?{query}", authorization=f"Basic {basic}")
        assert status == 200, answer
        platform.deliver()
        address = urllib.parse.urlsplit(json.loads(answer)["url"])
        status, headers, gif = platform.ask("Convert", "GET", f"{address.path}?{address.query}")
    assert (status, headers["content-type"]) == (200, "image/gif"), gif[:300]
    with Image.open(io.BytesIO(gif)) as image:
        assert image.format == "GIF" and image.n_frames > 5


def test_servers_are_trusted_by_the_certificates_of_the_package(platform: Platform, roots: dict[str, Path], tmp_path: Path):
    certificate, context = authority(tmp_path)
    hashed = videos.run(["openssl", "x509", "-noout", "-hash", "-in", certificate]).stdout.decode().strip()
    content = photo(200, 100)
    key = f"original/{platform.library}/{identifier()}/tls.jpg"
    platform.s3.put_object(Bucket=LIBRARY, Key=key, Body=content)
    trusted = roots["MediaAPI"] / TASK_ROOT / "certificates" / f"{hashed}.0"
    with event_bus(context) as bus:
        environment = platform.environment("Ingest", bus.url)
        with started(roots["MediaAPI"], environment, "untrusted") as function:
            kind, said = function(notification(platform.s3, key))
            assert kind == "error" and "certificate" in json.dumps(said)
            assert not bus.take_all()
        shutil.copy(certificate, trusted)
        try:
            with started(roots["MediaAPI"], environment, "trusted") as function:
                kind, said = function(notification(platform.s3, key))
                assert kind == "response", said
                assert bus.take_all()
        finally:
            trusted.unlink()
