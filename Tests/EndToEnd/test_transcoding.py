"""POST /transcode through the public port, with the clients that the service's documentation names."""

import asyncio
import http.client
import json
import socket
import subprocess
import tomllib
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest

from harness import sounds
from harness.endpoint import Endpoint
from harness.hosted import host_command, hosted
from harness.installation import PROJECT
from harness.waiting import until

KEY = "a-key-of-the-tests"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> str:
    endpoint = Endpoint(
        tmp_path_factory.mktemp("transcoder"), arguments=("--parameter", f"TranscoderAuthToken={KEY}")
    )
    endpoint.start()
    yield endpoint.api_url
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sounds.noise_and_tone(tmp_path_factory.mktemp("posted") / "plain.wav")


def curl(service: str, source: Path, output: Path, query: str, key: str = KEY) -> dict[str, str]:
    """As in the documentation; the status and the headers of the answer."""
    head = output.with_suffix(".head")
    ended = subprocess.run(
        [
            "curl", "--silent", "-X", "POST", f"{service}/transcode?{query}", "-H", f"X-Transcoder-Key: {key}", "-F",
            f"file=@{source}", "--output", output, "--dump-header", head, "--max-time", "60",
        ],
        capture_output=True,
    )
    assert ended.returncode == 0, ended.stderr
    lines = head.read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("HTTP/")]
    last = lines[starts[-1]:]
    fields = dict(line.lower().split(": ", 1) for line in last[1:] if ": " in line)
    return {"status": last[0].split()[1], **fields}


@pytest.mark.parametrize("target", ["mp3", "m4a", "wav", "flac", "ogg"])
def test_curl_receives_the_transcoded_file(target: str, service: str, plain: Path, tmp_path: Path):
    output = tmp_path / f"out.{target}"
    answer = curl(service, plain, output, f"target={target}")
    assert answer["status"] == "200", output.read_bytes()[:200]
    assert answer["content-disposition"] == f'attachment; filename="plain.{target}"'
    assert len(sounds.samples(output)) == len(sounds.samples(plain))


def test_health_needs_no_key(service: str):
    with urllib.request.urlopen(f"{service}/health") as answer:
        assert json.loads(answer.read()) == {"status": "ok"}


def test_refusals_are_sentences(service: str, plain: Path, tmp_path: Path):
    text = tmp_path / "text.wav"
    text.write_text("no audio " * 1000)
    output = tmp_path / "answer.json"
    for source, query, key, status in (
        (plain, "target=mp3", "wrong", "401"), (plain, "target=xyz", KEY, "400"), (text, "target=mp3", KEY, "400"),
    ):
        assert curl(service, source, output, query, key)["status"] == status
        assert len(json.loads(output.read_text())["error"]) > 10


HEAD = b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
OPEN, CLOSE = b"--b\r\n", b"\r\n--b--\r\n"
# Beginnings that look like something, none of which is a whole file.
STARTS = {
    "text": b"no audio",
    "zip": b"PK\x03\x04" + bytes(26),
    "html": b"<!doctype html><html><body>x</body></html>",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(16),
    "pdf": b"%PDF-1.4\n",
    "elf": b"\x7fELF" + bytes(60),
    "gzip": b"\x1f\x8b\x08" + bytes(9),
    "riff": b"RIFF\xff\xff\xff\xffWAVE",
    "riff-fmt": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + bytes(16),
    "riff-huge-chunk": b"RIFF\x24\0\0\0WAVEfmt \xff\xff\xff\x7f" + bytes(16),
    "flac": b"fLaC",
    "flac-block": b"fLaC\x80\xff\xff\xff",
    "ogg": b"OggS\0\x02" + bytes(21),
    "id3": b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
    "mp3": b"\xff\xfb\x90\x00",
    "mp4": b"\0\0\0\x18ftypM4A " + bytes(12),
    "mp4-huge": b"\0\0\0\x01ftypM4A \xff" + bytes(12),
    "webm": b"\x1aE\xdf\xa3\x01\xff\xff\xff",
    "aiff": b"FORM\xff\xff\xff\xffAIFF",
    "caf": b"caff\0\x01\0\0desc" + b"\xff" * 8,
    "asf": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(20),
    "adts": b"\xff\xf1\x50\x80",
    "playlist": b"#EXTM3U\nhttp://127.0.0.1/x.ts\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
}
FORMS: dict[str, bytes] = {
    "nothing": b"", "one byte": b"x", "only a boundary": OPEN, "only an end": b"--b--\r\n", "zeros": bytes(5000),
    "other boundary": b"--c\r\n" + HEAD + b"RIFF\r\n--c--\r\n", "long line": OPEN + b"A" * 70_000,
    "huge header": OPEN + b"X: " + b"A" * 40_000 + b"\r\n" + HEAD + b"RIFF" + CLOSE,
    "many headers": OPEN + b"X: y\r\n" * 5000 + HEAD + b"RIFF" + CLOSE, "no name": OPEN + b"\r\nRIFF" + CLOSE,
    "other name": OPEN + HEAD.replace(b'"file"', b'"fil"') + b"RIFF" + CLOSE, "empty file": OPEN + HEAD + CLOSE,
    "two files": (OPEN + HEAD + b"RIFF\r\n") * 2 + b"--b--\r\n", "no end": OPEN + HEAD + b"RIFF",
    "many parts": OPEN.join([b""] + [HEAD.replace(b'"file"', b'"x"') + b"y\r\n"] * 300) + b"--b--\r\n",
    "quote without end": OPEN + HEAD.replace(b'"file"', b'"file') + b"RIFF" + CLOSE,
    "not UTF-8": OPEN + HEAD.replace(b"a.wav", b"\xff\xfe\x00") + b"RIFF" + CLOSE,
    **{
        f"{name}, {extra} bytes more": OPEN + HEAD + start + bytes(extra) + CLOSE
        for name, start in STARTS.items()
        for extra in (0, 100, 9000)
    },
    **{f"cut after {count}": (OPEN + HEAD + b"RIFF" + CLOSE)[:count] for count in range(2, 80, 6)},
}


def test_a_hundred_malformed_uploads_are_refused_by_a_sentence(service: str, plain: Path, tmp_path: Path):
    assert len(FORMS) >= 100
    port = int(service.rsplit(":", 1)[1])
    for name, body in FORMS.items():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"X-Transcoder-Key": KEY, "Content-Type": "multipart/form-data; boundary=b"}
        connection.request("POST", "/transcode?target=flac", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        # A header without samples is a file in which nothing can be decoded: 500 says so too.
        assert answer.status in (400, 500), (name, answer.status, text[:100])
        assert len(json.loads(text)["error"]) > 10, name
    # The service is as before.
    assert curl(service, plain, tmp_path / "out.mp3", "target=mp3")["status"] == "200"


def test_an_upload_that_ends_early_is_no_upload(service: str):
    port = int(service.rsplit(":", 1)[1])
    for sent in (0, 10, 200):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            head = (
                f"POST /transcode HTTP/1.1\r\nHost: localhost\r\nX-Transcoder-Key: {KEY}\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
            )
            connection.sendall(head.encode() + (OPEN + HEAD + b"RIFF" + bytes(500))[:sent])
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(100)
            assert not answer or answer.startswith(b"HTTP/1.1 4"), answer
    with urllib.request.urlopen(f"{service}/health", timeout=30) as answer:
        assert answer.status == 200


def test_httpx_as_in_the_documentation(service: str, plain: Path):
    """The function of the seed, word for word but for the settings' names."""

    async def transcode_audio(file: BinaryIO, target_format: str = "mp3") -> bytes:
        async with httpx.AsyncClient() as client:
            response = await client.post(
                f"{service}/transcode",
                params={"target": target_format},
                files={"file": file},
                headers={"X-Transcoder-Key": KEY},
                timeout=300.0,
            )
            response.raise_for_status()
            return response.content

    def run(target: str) -> bytes:
        # In a thread of its own: the browser's tests keep an event loop in this one.
        with open(plain, "rb") as file, ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(transcode_audio(file, target))).result()

    assert run("mp3").startswith(b"ID3")
    with pytest.raises(httpx.HTTPStatusError) as refused:
        run("wma")
    assert refused.value.response.status_code == 400


def test_the_variables_of_fly_io(plain: Path, tmp_path: Path):
    """`deploy/fly/fly.toml`, on this machine: its variables, its health check, a job and its result."""
    settings = tomllib.loads((PROJECT / "deploy" / "fly" / "fly.toml").read_text())
    check = settings["http_service"]["checks"][0]
    assert settings["env"]["TRANSCODER_PORT"] == str(settings["http_service"]["internal_port"])
    # Any free port, and the loopback only.
    variables = settings["env"] | {"TRANSCODER_HOST": "127.0.0.1", "TRANSCODER_PORT": "0", "TRANSCODER_AUTH_TOKEN": KEY}
    with hosted(host_command(), **variables) as service:
        health = service.request(check["method"], check["path"])
        assert (health.status, health.json) == (200, {"status": "ok"})
        assert service.request("POST", "/transcode", b"", X_Transcoder_Key="wrong").status == 401
        url = f"http://127.0.0.1:{service.port}"
        assert curl(url, plain, tmp_path / "out.mp3", "target=mp3")["status"] == "200"
        body = OPEN + HEAD + plain.read_bytes() + CLOSE
        form = {"X_Transcoder_Key": KEY, "Content_Type": "multipart/form-data; boundary=b"}
        job = service.request("POST", "/transcode/jobs?target=flac", body, **form)
        assert job.status == 202, job.body
        state = until(
            "the job to end", lambda: (found := service.request("GET", job.json["url"], X_Transcoder_Key=KEY).json)["status"]
            not in ("queued", "processing") and found, 120,
        )
        assert state["status"] == "ready", state
        output = tmp_path / "out.flac"
        output.write_bytes(service.request("GET", job.json["resultUrl"]).body)
        assert len(sounds.samples(output)) == len(sounds.samples(plain))
        wrong = service.request("POST", "/transcode/jobs?target=flac", OPEN + HEAD + b"text" * 2000 + CLOSE, **form)
        assert wrong.status == 400, wrong.body


def test_an_upload_above_the_limit_is_refused_while_it_arrives(plain: Path, tmp_path: Path):
    variables = {"TRANSCODER_AUTH_TOKEN": KEY, "TRANSCODER_MAX_UPLOAD_BYTES": "100000", "TRANSCODER_HOST": "127.0.0.1"}
    with hosted(host_command("TranscodeAudioFunction"), **variables) as service:
        form = {"X_Transcoder_Key": KEY, "Content_Type": "multipart/form-data; boundary=b"}
        # The client announces a gigabyte and sends a little of it.
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        connection.putrequest("POST", "/transcode")
        for name, value in (form | {"Content_Length": str(1 << 30)}).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(OPEN + HEAD + b"RIFF")
        assert connection.getresponse().status == 413
        connection.close()
