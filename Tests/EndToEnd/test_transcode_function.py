"""The function TranscodeAudio by itself: one HTTP event on standard input, one streamed answer on standard output."""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import sounds
from harness.installation import BUILD, clean_environment

TARGETS = ("mp3", "m4a", "wav", "flac", "ogg")
TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg"}
KEY = "a-key"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        return json.loads(self.body)["error"]


def call(event: dict, key: str | None = KEY) -> tuple[Answer, int]:
    """The answer, and the exit code of the function."""
    additions = {"_HANDLER": "TranscodeAudio", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    if key:
        additions["TRANSCODER_AUTH_TOKEN"] = key
    ended = subprocess.run(
        [BUILD / "TranscodeAudio"], input=json.dumps(event).encode(), capture_output=True, timeout=120,
        env=clean_environment(**additions),
    )
    head, separator, body = ended.stdout.partition(b"\0" * 8)
    assert separator, ended.stderr
    prelude = json.loads(head)
    headers = {name.lower(): value for name, value in prelude.get("headers", {}).items()}
    return Answer(prelude["statusCode"], headers, body), ended.returncode


def request(
    method: str = "POST", path: str = "/transcode", query: str = "", headers: dict[str, str] | None = None,
    body: bytes | None = None, address: str = "127.0.0.1", extension: dict | None = None,
) -> dict:
    context = {
        "accountId": "anonymous", "apiId": "api", "domainName": "localhost", "domainPrefix": "localhost",
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": address, "userAgent": "test"},
        "requestId": "id", "routeKey": "$default", "stage": "$default", "time": "", "timeEpoch": 0,
    }
    if extension is not None:
        context["zoetrope"] = extension
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "requestContext": context,
        "headers": {"x-transcoder-key": KEY} | (headers or {}), "isBase64Encoded": body is not None,
    }
    if body is not None:
        event["body"] = base64.b64encode(body).decode()
    return event


def spooled(source: Path, query: str = "", name: str = "file", count: int = 1, file_name: str | None = None) -> dict:
    """As the gateway passes on a body that it has stored."""
    part = {
        "name": name, "fileName": file_name or source.name, "contentType": "application/octet-stream",
        "size": source.stat().st_size, "sha256": hashlib.sha256(source.read_bytes()).hexdigest(), "url": source.as_uri(),
    }
    return request(query=query, extension={"parts": [part] * count})


def form(content: bytes, name: str = "file", boundary: str = "b0") -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="in.wav"\r\n\r\n'
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


def posted(content: bytes, **arguments) -> dict:
    headers = {"content-type": "multipart/form-data; boundary=b0"}
    return request(body=content, headers=headers | arguments.pop("headers", {}), **arguments)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sounds.noise_and_tone(tmp_path_factory.mktemp("function") / "plain.wav")


@pytest.fixture(scope="module")
def recorder(plain: Path) -> Path:
    return sounds.through_a_pipe(plain, plain.parent / "recorded.webm", "-c:a", "libopus", "-f", "webm")


def test_health_needs_no_key():
    answer, code = call(request("GET", "/health", headers={"x-transcoder-key": ""}))
    assert (answer.status, json.loads(answer.body), code) == (200, {"status": "ok"}, 0)


@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "m4a", "ogg", "opus", "webm"])
def test_streamed_and_stored_results_are_right(
    kind: str, target: str, stream: str, plain: Path, recorder: Path, tmp_path: Path
):
    source = {"wav": plain, "webm": recorder}.get(kind) or sounds.converted(plain, tmp_path / f"in.{kind}")
    answer, code = call(spooled(source, f"target={target}&stream={stream}"))
    assert (answer.status, code) == (200, 0), answer.body[:200]
    assert answer.headers["content-type"] == TYPES[target]
    assert answer.headers["content-disposition"] == f'attachment; filename="{source.stem}.{target}"'
    output = tmp_path / f"out.{target}"
    output.write_bytes(answer.body)
    made, length = sounds.samples(output), len(sounds.samples(source))
    assert len(made) == length
    after = sounds.probe(output)
    assert after.duration == pytest.approx(length / after.rate, abs=0.06 if target == "mp3" else 1e-4)
    if target == "mp3":
        # A seek table only if it could be written at the end.
        flags = answer.body[answer.body.find(b"Xing") + 7]
        isStreamed = stream == "true" and kind != "webm"
        assert flags == (0x09 if isStreamed else 0x0F)


def test_tags_and_cover_are_streamed(plain: Path, tmp_path: Path):
    source = tmp_path / "in.mp3"
    picture = sounds.cover(tmp_path / "cover.jpg")
    sounds.run([
        *sounds.FFMPEG, "-i", plain, "-i", picture, "-map", "0", "-map", "1", "-metadata", "title=T", "-c:v", "copy",
        "-disposition:v", "attached_pic", source,
    ])
    for target in ("mp3", "flac", "ogg", "m4a"):
        answer, _ = call(spooled(source, f"target={target}"))
        output = tmp_path / f"out.{target}"
        output.write_bytes(answer.body)
        after = sounds.probe(output)
        assert (after.has_cover, after.tags.get("title")) == (True, "T"), target


def test_the_seeds_request_becomes_mp3(plain: Path, tmp_path: Path):
    answer, _ = call(posted(form(plain.read_bytes())))
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert answer.headers["content-disposition"] == 'attachment; filename="in.mp3"'


def test_keys():
    check = {"phase": "check"}
    for header in ("", "wrong", "Bearer wrong"):
        answer, _ = call(posted(form(b"x"), headers={"x-transcoder-key": header}, extension=check))
        assert answer.status == 401 and answer.error
    answer, _ = call(posted(form(b"x"), address="192.0.2.1"), key=None)
    assert answer.status == 401 and "TRANSCODER_AUTH_TOKEN" in answer.error
    answer, _ = call(posted(form(b"x"), headers={"x-forwarded-for": "127.0.0.1"}), key=None)
    assert answer.status == 401


def test_the_body_check_accepts_audio_and_refuses_the_rest(plain: Path):
    check = {"phase": "check"}
    beginning = form(plain.read_bytes())[: 64 << 10]
    assert call(posted(beginning, extension=check))[0].status == 100
    assert call(posted(beginning, extension=check, query="target=xyz"))[0].status == 400
    text = form(b"<html>" + b"text " * 20_000)[: 64 << 10]
    answer, _ = call(posted(text, extension=check))
    assert answer.status == 400 and "audio" in answer.error
    too_long = {"content-length": str(2 << 30)}
    assert call(posted(beginning, extension=check, headers=too_long))[0].status == 413


@pytest.mark.parametrize("body, headers", [
    (b"", {}), (b"x", {}), (form(b""), {}), (form(b"RIFF", name="other"), {}), (form(b"RIFF")[:-20], {}),
    (form(b"PK\3\4" + b"\0" * 9000), {}), (form(b"RIFF" * 2000), {"content-type": "multipart/form-data; boundary=zz"}),
    (form(b"RIFF"), {"content-type": "application/json"}), (b"--b0\r\n" + b"A" * 200_000, {}),
    (form(b"one") [:-8] + b"\r\n" + form(b"two"), {}),
])
def test_broken_uploads_are_400(body: bytes, headers: dict[str, str]):
    answer, code = call(posted(body, headers=headers))
    assert (answer.status, code) == (400, 0)
    assert answer.error.endswith(tuple("abcdefghijklmnopqrstuvwxyz'")) and len(answer.error) > 10


def test_a_second_file_is_400(plain: Path):
    answer, _ = call(spooled(plain, count=2))
    assert answer.status == 400 and "batch" in answer.error


def test_a_file_that_ends_early_ends_the_stream_as_a_failure(plain: Path, tmp_path: Path):
    """A FLAC file states its length; half of it cannot become the whole."""
    whole = sounds.converted(plain, tmp_path / "whole.flac").read_bytes()
    half = tmp_path / "half.flac"
    half.write_bytes(whole[: len(whole) // 2])
    answer, code = call(spooled(half, "target=mp3"))
    assert code != 0
    answer, code = call(spooled(half, "target=mp3&stream=false"))
    assert (answer.status, code) == (200, 0)


@pytest.mark.parametrize("name, expected", [
    ("söng.wav", "attachment; filename=\"s_ng.mp3\"; filename*=UTF-8''s%C3%B6ng.mp3"),
    ('../a"b.wav', "attachment; filename=\"a_b.mp3\"; filename*=UTF-8''a%22b.mp3"),
])
def test_names_of_results(name: str, expected: str, plain: Path):
    answer, _ = call(spooled(plain, file_name=name))
    assert answer.headers["content-disposition"] == expected


def test_a_batch_becomes_one_archive(plain: Path, tmp_path: Path):
    flac = sounds.converted(plain, tmp_path / "plain.flac")
    text = tmp_path / "text.wav"
    text.write_text("no audio " * 1000)
    event = spooled(plain, "target=ogg")
    parts = [spooled(path)["requestContext"]["zoetrope"]["parts"][0] for path in (plain, text, flac)]
    event["requestContext"]["zoetrope"]["parts"] = parts
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/transcode/batch"
    answer, code = call(event)
    assert (answer.status, answer.headers["content-type"], code) == (200, "application/zip", 0)
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.testzip() is None
    assert archive.namelist() == ["plain.ogg", "plain (2).ogg", "errors.json"]
    for name in archive.namelist()[:2]:
        output = tmp_path / "out.ogg"
        output.write_bytes(archive.read(name))
        assert len(sounds.samples(output)) == len(sounds.samples(plain))
    assert [entry["file"] for entry in json.loads(archive.read("errors.json"))] == ["text.wav"]


def test_a_batch_of_too_many_files_is_400(plain: Path):
    event = spooled(plain, count=101)
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/transcode/batch"
    answer, _ = call(event)
    assert answer.status == 400 and "100" in answer.error
