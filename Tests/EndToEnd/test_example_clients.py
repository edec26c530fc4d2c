"""Examples/clients: the programs do what they say, and what they receive is what docs/schemas describes."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import schemas, sounds, videos
from harness.endpoint import GIFS, Endpoint
from harness.installation import PROJECT, clean_environment
from harness.job import Jobs
from harness.library import KEYS, Library, token
from harness.waiting import until

CLIENTS = PROJECT / "Examples" / "clients"
TRANSCODER_KEY = "a-key-of-the-tests"
# Whose pages show the previews.
SITE = "https://site.example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    settings = (f"SessionJWKS={KEYS}", f"TranscoderAuthToken={TRANSCODER_KEY}", "GifWidth=32", "GifFrameRate=2")
    arguments = [word for setting in settings for word in ("--parameter", setting)]
    arguments += ["--public-read", f"{GIFS}={SITE}"]
    endpoint = Endpoint(tmp_path_factory.mktemp("clients"), arguments=tuple(arguments))
    endpoint.start()
    yield endpoint
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return videos.numbered(tmp_path_factory.mktemp("video") / "clip.mp4", seconds=2, size=(160, 90), audio=True)


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL,
        env=clean_environment(**environment),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_preview_with_boto3(served: Endpoint, video: Path, tmp_path: Path):
    done = run(sys.executable, "-B", CLIENTS / "preview.py", video, **served.environment())
    assert done.stdout == "complete  clip/clip-0.gif\n"
    jobs = Jobs(served)
    manifest = jobs.manifest("clip.mp4")
    assert schemas.problems(manifest, "manifest") == []
    # Another version under the same name: the first one's manifest is not taken for its own.
    other = videos.numbered(tmp_path / "clip.mp4", seconds=3, size=(160, 90))
    run(sys.executable, "-B", CLIENTS / "preview.py", other, **served.environment())
    assert jobs.manifest("clip.mp4")["source"]["etag"] != manifest["source"]["etag"]

    def with_storyboard() -> dict | None:
        found = jobs.manifest("clip.mp4")
        return found if "storyboard" in found else None

    assert schemas.problems(until("the storyboard", with_storyboard), "manifest") == []


def test_a_storyboard_as_players_of_another_site_read_it(served: Endpoint, video: Path):
    Jobs(served).completed(video, "player.mp4")
    board = f"{served.url}/{GIFS}/player/storyboard"

    def fetch(url: str) -> tuple[str, bytes] | None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Origin": SITE}), timeout=60) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] in (SITE, "*")
                return answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            assert error.code in (403, 404)
            return None

    kind, vtt = until("the storyboard", lambda: fetch(f"{board}/thumbnails.vtt"))
    assert kind.startswith("text/vtt") and vtt.startswith(b"WEBVTT")
    cues = re.findall(r"^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$", vtt.decode(), re.M)
    assert len(cues) == 2
    for name, *_ in cues:
        kind, sheet = fetch(f"{board}/{name}")
        assert kind == "image/jpeg" and sheet.startswith(b"\xff\xd8")


def test_a_manifest_of_what_is_no_video(served: Endpoint):
    manifest = Jobs(served).process(b"no video", "none.mp4")
    assert manifest["status"] == "failed"
    assert schemas.problems(manifest, "manifest") == []


@pytest.mark.skipif(not shutil.which("node"), reason="node is absent (Debian: nodejs)")
def test_preview_with_fetch(served: Endpoint, video: Path):
    library = Library(served)
    key = library.id.replace("-", "_")
    done = run(
        shutil.which("node"), CLIENTS / "preview.mjs", video, ZOETROPE_API=served.api_url,
        ZOETROPE_LIBRARY=library.id, ZOETROPE_TOKEN=token("owner", **{key: "owner"}),
    )
    manifest = json.loads(done.stdout)
    assert manifest["status"] == "complete" and len(manifest["clips"]) == 1
    assert schemas.problems(manifest, "manifest") == []


SWIFT = shutil.which("swiftc", path=f"{os.environ['PATH']}:/opt/swift/usr/bin")


@pytest.mark.skipif(not SWIFT, reason="the command swiftc is absent")
def test_preview_with_swift(served: Endpoint, video: Path, tmp_path: Path):
    # As a reader would build it: by itself, without this package.
    subprocess.run(
        [SWIFT, "-o", tmp_path / "preview", CLIENTS / "preview.swift"], check=True, timeout=600, cwd=tmp_path,
        stdin=subprocess.DEVNULL)
    library = Library(served)
    done = run(
        tmp_path / "preview", video, ZOETROPE_API=served.api_url, ZOETROPE_LIBRARY=library.id,
        ZOETROPE_TOKEN=token("owner", **{library.id.replace("-", "_"): "owner"}),
    )
    manifest = json.loads(done.stdout)
    assert manifest["status"] == "complete" and len(manifest["clips"]) == 1
    assert schemas.problems(manifest, "manifest") == []


def test_records_of_files(served: Endpoint, video: Path):
    library = Library(served)
    announced = library.owner.ask("POST", library.files, {"name": "later.mp4", "size": 10}).json["file"]
    assert schemas.problems(announced, "file-record") == []
    file = library.upload(video.read_bytes(), "clip.mp4")
    ends = ("ready", "complete", "not_needed", "failed", None)
    names = ("thumbnailStatus", "proxyStatus", "waveformStatus", "previewsStatus")
    record = library.wait(
        file, lambda record: "sha256" in record and "width" in record and all(record.get(name) in ends for name in names),
        seconds=240,
    )
    assert record["previewsStatus"] == "ready"
    assert schemas.problems(record, "file-record") == []
    for other in record.get("derivedFileIds", []):
        assert schemas.problems(library.record(other), "file-record") == []


def test_transcode_with_httpx(served: Endpoint, tmp_path: Path):
    sound = sounds.noise_and_tone(tmp_path / "sound.wav", seconds=3)
    output = tmp_path / "sound.mp3"
    done = run(
        sys.executable, "-B", CLIENTS / "transcode.py", sound, output,
        ZOETROPE_API=served.api_url, TRANSCODER_AUTH_TOKEN=TRANSCODER_KEY,
    )
    assert done.stderr.splitlines()[-1].startswith("ready")
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=format_name,duration", "-of", "json", output],
        check=True, capture_output=True, timeout=60,
    )
    found = json.loads(said.stdout)["format"]
    assert found["format_name"] == "mp3" and abs(float(found["duration"]) - 3) < 0.1


def test_documents_of_jobs(served: Endpoint, tmp_path: Path):
    import httpx

    service = httpx.Client(base_url=served.api_url, headers={"X-Transcoder-Key": TRANSCODER_KEY}, timeout=120)
    sound = sounds.noise_and_tone(tmp_path / "a.wav", seconds=2).read_bytes()
    for content, expected in ((sound, "ready"), (b"x" * 5000, "failed")):
        job = service.post("/transcode/jobs", params={"target": "flac"}, files={"file": ("a.wav", content)}).json()
        if expected == "failed" and "id" not in job:
            # What is no audio may be refused at once.
            continue
        assert schemas.problems(job, "job") == []
        events = service.get(job["eventsUrl"]).text.split("\n\n")
        last = dict(line.split(": ", 1) for line in [event for event in events if "event: " in event][-1].splitlines())
        assert last["event"] == {"ready": "done", "failed": "failed"}[expected]
        assert schemas.problems(json.loads(last["data"]), "job", "document") == []
        ended = service.get(job["url"]).json()
        assert ended["status"] == expected
        assert schemas.problems(ended, "job") == []
