"""POST /transcode through the public port, with the clients that the service's documentation names."""

import json
import subprocess
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from harness import sounds
from harness.endpoint import Endpoint

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


def test_broken_forms_never_hang(service: str):
    bodies = [b"", b"x", b"--b\r\n", b"--b\r\n\r\n\r\n--b--\r\n", b"--b--\r\n", b"\0" * 5000, b"--c\r\n" + b"A" * 70_000]
    for body in bodies:
        request = urllib.request.Request(
            f"{service}/transcode", data=body, method="POST",
            headers={"X-Transcoder-Key": KEY, "Content-Type": "multipart/form-data; boundary=b", "X-Id": str(uuid.uuid4())},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        assert refused.value.code == 400
