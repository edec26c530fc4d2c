"""The packages of local/package, each in a root folder that holds nothing else, as an unprivileged user."""

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import videos
from harness.endpoint import REGION, Endpoint
from harness.installation import PROJECT, executables, zoetrope
from harness.job import Names
from harness.packages import PACKAGES, TASK_ROOT, Function, in_root, needed, started, unpacked
from harness.platform import EventBus, event_bus
from harness.tls import authority

NAMES = executables("static")
DOCKERFILE = PROJECT / "packaging" / "Dockerfile"
SOURCE, GIFS = "packaged-source", "packaged-gifs"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changing the root folder takes root")


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    needed(NAMES)


def variables(endpoint: Endpoint, bus_url: str, **more: str) -> dict[str, str]:
    """All that a function is told; nothing of this process's environment."""
    named = {
        **endpoint.environment(), "AWS_REGION": REGION, "AWS_ENDPOINT_URL_EVENTBRIDGE": bus_url,
        "SourceBucketName": SOURCE, "GifsBucketName": GIFS,
    }
    return named | more


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return lambda name: unpacked(name, tmp_path_factory.mktemp(name))


@dataclass
class Pipeline:
    """Functions in roots of their own, and the test in the place of S3's notifications and of EventBridge."""

    endpoint: Endpoint
    bus: EventBus
    functions: dict[str, Function]
    # The announcements of the last video's end.
    processed: list[dict] = field(default_factory=list)

    def upload(self, video: Path) -> dict:
        """Puts the video into the bucket. Returns the notification of that."""
        s3 = self.endpoint.client("s3")
        etag = s3.put_object(Bucket=SOURCE, Key=video.name, Body=video.read_bytes())["ETag"].strip('"')
        thing = {"key": video.name, "size": video.stat().st_size, "eTag": etag}
        return {
            "Records": [{
                "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": SOURCE}, "object": thing},
            }]
        }

    def process(self, video: Path) -> dict[str, bytes]:
        """What comes out, by the name within the video's folder; without what the functions keep for themselves."""
        self.invoke("Snippets", self.upload(video))
        for event in self.bus.taken("newVideoCreated"):
            self.invoke("ProcessClip", event)
        self.processed = self.bus.taken("videoProcessed")
        for event in self.processed:
            self.invoke("Storyboard", event)
        s3, prefix = self.endpoint.client("s3"), f"{Names.of(video.name).folder}/"
        listed = s3.list_objects_v2(Bucket=GIFS, Prefix=prefix).get("Contents", [])
        keys = [item["Key"] for item in listed if not item["Key"].startswith(f"{prefix}.clips/")]
        return {key.removeprefix(prefix): s3.get_object(Bucket=GIFS, Key=key)["Body"].read() for key in keys}

    def invoke(self, name: str, event: dict) -> None:
        kind, said = self.functions[name](event)
        assert kind == "response", said


@pytest.fixture(scope="module")
def buckets(endpoint: Endpoint) -> None:
    for bucket in (SOURCE, GIFS):
        endpoint.client("s3").create_bucket(Bucket=bucket)


@pytest.fixture(scope="module")
def pipeline(endpoint: Endpoint, buckets: None, root: Callable[[str], Path]) -> Iterator[Pipeline]:
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(event_bus())
        environment = variables(endpoint, bus.url)
        functions = {name: stack.enter_context(started(root(name), environment)) for name in NAMES}
        yield Pipeline(endpoint, bus, functions)


@pytest.mark.parametrize("name", NAMES)
def test_the_archive_holds_one_static_executable_and_certificates(name: str):
    with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        program = archive.read("bootstrap")
    certificates = [entry for entry in entries if entry.startswith("certificates/") and not entry.endswith("/")]
    assert set(entries) == {"bootstrap", "certificates/", *certificates}
    assert len(certificates) > 100
    assert entries["bootstrap"].external_attr >> 16 & 0o777 == 0o755
    # ELF-64: no segment names a loader (PT_INTERP), so there is none to be missing.
    assert program[:5] == b"\x7fELF\x02"
    offset, size, count = struct.unpack_from("<Q", program, 32)[0], *struct.unpack_from("<HH", program, 54)
    kinds = [struct.unpack_from("<I", program, offset + index * size)[0] for index in range(count)]
    assert 1 in kinds and 3 not in kinds


def test_a_video_becomes_previews_in_an_empty_root(pipeline: Pipeline, three_clips: Path, tmp_path: Path):
    made = pipeline.process(three_clips)

    manifest = json.loads(made.pop("manifest.json"))
    assert (manifest["status"], len(manifest["clips"]), manifest["frames"]) == ("complete", 3, 65)
    assert made == rendered(three_clips, tmp_path)
    assert len(pipeline.processed) == 1


def rendered(video: Path, folder: Path) -> dict[str, bytes]:
    """The same by the ordinary build, with the system's libraries."""
    ended = zoetrope("render", video, folder)
    assert ended.returncode == 0, ended.stderr
    made = folder / Names.of(video.name).folder
    board = list((made / "storyboard").iterdir())
    found = [*board, *(file for file in made.iterdir() if file.suffix in (".gif", ".jpg"))]
    return {str(file.relative_to(made)): file.read_bytes() for file in found}


CODECS = {
    "hevc.mkv": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"],
    "hevc 10 bit.mp4": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt",
                        "yuv420p10le"],
    "vp8.webm": ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"],
    "av1.mp4": ["-c:v", "libsvtav1", "-preset", "12", "-pix_fmt", "yuv420p"],
    "h264.ts": [*videos.H264, "-bf", "2"],
    "mpeg2.mpg": ["-c:v", "mpeg2video", "-q:v", "3", "-bf", "2"],
    "mpeg4.avi": ["-c:v", "mpeg4", "-q:v", "3", "-bf", "2"],
    "prores.mov": ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"],
    "mjpeg.avi": ["-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-q:v", "3"],
    "ffv1.mkv": ["-c:v", "ffv1", "-pix_fmt", "yuv444p"],
    "rle.mov": ["-c:v", "qtrle", "-pix_fmt", "rgb24"],
    "flash.flv": ["-c:v", "flv", "-q:v", "3"],
    "theora.ogv": ["-c:v", "libtheora", "-q:v", "7", "-pix_fmt", "yuv420p"],
}


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_is_decoded_as_by_the_systems_libraries(pipeline: Pipeline, tmp_path: Path, name: str):
    video = videos.numbered(tmp_path / name, seconds=2, rate="15", size=(160, 96), encoder=CODECS[name])
    made = pipeline.process(video)
    manifest = json.loads(made.pop("manifest.json"))
    assert manifest["status"] == "complete", manifest.get("reason")
    # A GIF, two stills, and a storyboard: a sheet, three documents and the poster.
    assert len(made) == 3 + 5
    assert made == rendered(video, tmp_path / "expected")


def test_a_file_that_is_no_video_is_named_as_such(pipeline: Pipeline, tmp_path: Path):
    for name, content, reason in [
        ("tone.m4a", videos.tone(tmp_path / "made.m4a").read_bytes(), "no video"),
        ("tone.mp3", videos.tone(tmp_path / "made.wav").read_bytes(), "holds audio only"),
        ("text.mp4", b"no video at all\n" * 500, "not a video"),
    ]:
        video = tmp_path / name
        video.write_bytes(content)
        manifest = json.loads(pipeline.process(video)["manifest.json"])
        assert manifest["status"] == "failed"
        assert reason in manifest["reason"]


def test_a_failure_is_written_down(pipeline: Pipeline, short_video: Path, tmp_path: Path):
    video = Path(shutil.copy(short_video, tmp_path / "gave up.mp4"))
    record = {
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": pipeline.upload(video), "responsePayload": {"errorMessage": "out of luck"},
    }
    pipeline.invoke("RecordFailure", record)
    manifest = pipeline.endpoint.client("s3").get_object(Bucket=GIFS, Key="gave up/manifest.json")["Body"].read()
    assert json.loads(manifest)["reason"] == "gave up after 3 attempts: out of luck"


def test_servers_are_trusted_by_the_certificates_of_the_package(
    endpoint: Endpoint, buckets: None, root: Callable[[str], Path], short_video: Path, tmp_path: Path
):
    certificate, context = authority(tmp_path)
    hashed = videos.run(["openssl", "x509", "-noout", "-hash", "-in", certificate]).stdout.decode().strip()
    place = root("Snippets")
    video = Path(shutil.copy(short_video, tmp_path / "over tls.mp4"))
    with event_bus(context) as bus:
        environment = variables(endpoint, bus.url)
        with started(place, environment) as function:
            upload = Pipeline(endpoint, bus, {"Snippets": function}).upload(video)
            kind, said = function(upload)
            assert kind == "error" and "certificate" in json.dumps(said)
            assert not bus.taken("newVideoCreated")
        shutil.copy(certificate, place / TASK_ROOT / "certificates" / f"{hashed}.0")
        with started(place, environment) as function:
            kind, said = function(upload)
            assert kind == "response", said
            assert len(bus.taken("newVideoCreated")) == 1


@contextlib.contextmanager
def name_server(address: str) -> Iterator[None]:
    """A DNS server (RFC 1035) to which every name is 127.0.0.1, and has no other address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))

        def serve() -> None:
            # Until an empty packet comes.
            while (received := server.recvfrom(512))[0]:
                packet, client = received
                end = packet.index(b"\0", 12) + 5
                is_address = packet[end - 4 : end - 2] == b"\0\1"
                counts = struct.pack(">HHHH", 1, int(is_address), 0, 0)
                answer = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 127, 0, 0, 1) if is_address else b""
                server.sendto(packet[:2] + b"\x81\x80" + counts + packet[12:end] + answer, client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.sendto(b"", (address, 53))
            thread.join(timeout=10)


@pytest.mark.parametrize("source", ["hosts", "dns"])
def test_names_are_looked_up_without_the_platforms_libraries(
    endpoint: Endpoint, buckets: None, root: Callable[[str], Path], short_video: Path, tmp_path: Path, source: str
):
    place, server = root("Snippets"), "127.77.0.53"
    (place / "etc").mkdir(mode=0o755)
    # A service of Amazon Linux that is a library for its own version of the C library.
    (place / "etc/nsswitch.conf").write_text("hosts: myhostname\n")
    (place / "etc/hosts").write_text("127.0.0.1 events.example\n" if source == "hosts" else "")
    (place / "etc/resolv.conf").write_text(f"nameserver {server}\n")
    video = Path(shutil.copy(short_video, tmp_path / f"name from {source}.mp4"))
    with event_bus() as bus, name_server(server):
        environment = variables(endpoint, bus.url.replace("127.0.0.1", "events.example"))
        with started(place, environment) as function:
            kind, said = function(Pipeline(endpoint, bus, {"Snippets": function}).upload(video))
            assert kind == "response", said
            assert len(bus.taken("newVideoCreated")) == 1


def test_the_image_reads_an_event_where_nobody_serves_a_runtime_api(
    endpoint: Endpoint, buckets: None, pipeline: Pipeline, short_video: Path, tmp_path: Path
):
    """The image is made as its Dockerfile says, whose few instructions this follows."""
    image, settings = tmp_path / "image", {}
    for line in DOCKERFILE.read_text().splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "COPY":
            source, target = rest.replace("${FUNCTION}", "Snippets").split()
            shutil.copytree(PACKAGES / source, image / target.lstrip("/"), dirs_exist_ok=True)
        elif instruction and not instruction.startswith("#"):
            settings[instruction] = rest
    assert settings["FROM"] == "scratch"
    (command,) = json.loads(settings["ENTRYPOINT"])
    video = Path(shutil.copy(short_video, tmp_path / "image.mp4"))
    ended = subprocess.run(
        [*in_root(image, int(settings["USER"].split(":")[0])), command], capture_output=True, timeout=60,
        input=json.dumps(pipeline.upload(video)).encode(), env=variables(endpoint, pipeline.bus.url),
    )
    assert ended.returncode == 0, ended.stderr
    assert len(json.loads(ended.stdout)) == 1
    assert len(pipeline.bus.taken("newVideoCreated")) == 1
