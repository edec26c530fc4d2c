"""POST /transcode/jobs: long files are encoded in parts by several invocations, with progress, and each is made once."""

import hashlib
import http.client
import io
import json
import os
import signal
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest

from harness import processes, sounds
from harness.endpoint import Endpoint
from harness.hosted import host_command, hosted
from harness.waiting import until

KEY = "a-key-of-the-tests"
CACHE = "zoetrope-cache"
# Long enough for three parts, and not a multiple of anything.
SECONDS = 160.137


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


class Client:
    """Of one service."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.port = endpoint.api_port

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, X_Transcoder_Key=KEY, **headers)

    def post(self, path: str, source: Path) -> Answer:
        head = f'--b0\r\nContent-Disposition: form-data; name="file"; filename="{source.name}"\r\n\r\n'
        body = head.encode() + source.read_bytes() + b"\r\n--b0--\r\n"
        return self.request("POST", path, body, X_Transcoder_Key=KEY, Content_Type="multipart/form-data; boundary=b0")

    def begin(self, source: Path, query: str) -> dict:
        answer = self.post(f"/transcode/jobs?{query}", source)
        assert answer.status == 202, answer.body
        assert answer.headers["location"] == answer.json["url"]
        return answer.json

    def events(self, url: str) -> list[tuple[str, dict]]:
        """All events of a job, to its end, as a page receives them: without any header."""
        found = []
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{url}", timeout=300) as answer:
            name = ""
            for line in answer:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                if text.startswith("data: "):
                    found.append((name, json.loads(text.removeprefix("data: "))))
        return found

    def ended(self, job: dict) -> dict:
        """The job's state, once it has ended."""
        return until(
            "the job to end",
            lambda: (found := self.get(job["url"]).json).get("status") in ("ready", "failed") and found, 300,
        )

    def result(self, job: dict, output: Path) -> Path:
        state = self.ended(job)
        assert state["status"] == "ready", state
        answer = self.get(f"{job['url']}/result")
        assert answer.status == 200, answer.body[:200]
        output.write_bytes(answer.body)
        return output

    def keys(self, prefix: str) -> dict[str, object]:
        found = self.endpoint.client("s3").list_objects_v2(Bucket=CACHE, Prefix=prefix).get("Contents", [])
        return {entry["Key"]: entry["LastModified"] for entry in found}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Client:
    endpoint = Endpoint(
        tmp_path_factory.mktemp("jobs"), arguments=("--parameter", f"TranscoderAuthToken={KEY}", "--concurrency", "2")
    )
    endpoint.start()
    yield Client(endpoint)
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="module")
def music(folder: Path) -> Path:
    return sounds.noise_and_tone(folder / "music.wav", seconds=SECONDS)


@pytest.fixture(scope="module")
def voice(folder: Path) -> Path:
    """As long, at a fraction of the work."""
    return sounds.noise_and_tone(folder / "voice.wav", seconds=SECONDS, rate=16000, channels=1)


@pytest.fixture(scope="module")
def short(folder: Path) -> Path:
    return sounds.noise_and_tone(folder / "short.wav", seconds=3)


@pytest.mark.parametrize("target", ["mp3", "m4a", "flac"])
def test_a_long_file_becomes_one_file_of_many_parts(target: str, service: Client, music: Path, tmp_path: Path):
    job = service.begin(music, f"target={target}")
    events = service.events(job["eventsUrl"])
    assert [name for name, _ in events[:-1]] == ["progress"] * (len(events) - 1)
    percents = [data["percent"] for _, data in events[:-1]]
    assert percents == sorted(percents) and max(percents) < 100
    name, document = events[-1]
    assert (name, document["status"], document["id"]) == ("done", "ready", job["id"])
    # Where AAC is joined, its bit rate can be told: it is encoded in one piece.
    assert document["parts"] == (1 if target == "m4a" else 3)
    output = service.result(job, tmp_path / f"out.{target}")
    original, made = sounds.samples(music), sounds.samples(output)
    assert len(made) == len(original)
    assert sounds.probe(output).duration == pytest.approx(len(original) / sounds.RATE, abs=0.06)
    if target == "flac":
        assert numpy.array_equal(made, original)
        sounds.run(["ffmpeg", "-v", "error", "-err_detect", "explode", "-i", output, "-f", "null", "-"])
    else:
        options = ["-c:a", "libmp3lame", "-qscale:a", "2"] if target == "mp3" else ["-c:a", "aac", "-b:a", "192k"]
        theirs = sounds.samples(sounds.converted(music, tmp_path / f"theirs.{target}", *options))[: len(original)]
        quality = [sounds.signal_to_noise(original, decoded) for decoded in (made, theirs)]
        assert quality[0] >= quality[1] - 0.1
    # Neither the source nor the parts are kept; they go right after the job's state has changed.
    until("the parts to be removed", lambda: service.keys(f"transcoding/jobs/{job['id']}/data/") == {})
    again = service.begin(music, f"target={target}")
    assert (again["status"], again["percent"], again["id"] != job["id"]) == ("ready", 100, True)


@pytest.mark.parametrize("kind", ["flac", "mp3", "m4a", "aiff", "aac", "alac.m4a"])
def test_every_kind_of_source_is_cut_to_the_sample(kind: str, service: Client, voice: Path, tmp_path: Path):
    options = {"mp3": ["-b:a", "160k"], "alac.m4a": ["-c:a", "alac"]}.get(kind, [])
    source = sounds.converted(voice, tmp_path / f"in.{kind}", *options)
    job = service.begin(source, "target=flac")
    output = service.result(job, tmp_path / "out.flac")
    assert service.get(job["url"]).json["status"] == "ready"
    cut, whole = sounds.samples(output), sounds.samples(source)
    assert len(cut) == len(whole)
    difference = numpy.abs(cut.astype(int) - whole)
    # AAC fills bands with noise that depends on what was decoded before.
    assert difference.max() <= (0 if kind in ("flac", "aiff", "alac.m4a") else 2000 if kind in ("aac", "m4a") else 1)


@pytest.mark.parametrize("target", ["mp3", "m4a", "wav", "flac", "ogg"])
@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "m4a", "ogg", "webm"])
def test_short_files_of_all_kinds_become_all_targets(kind: str, target: str, service: Client, short: Path, tmp_path: Path):
    source = short if kind == "wav" else sounds.converted(short, tmp_path / f"in.{kind}")
    output = service.result(service.begin(source, f"target={target}"), tmp_path / f"out.{target}")
    assert len(sounds.samples(output)) == len(sounds.samples(source))


def test_results_have_ranges_and_a_name(service: Client, short: Path, tmp_path: Path):
    job = service.begin(short, "target=ogg&quality=low")
    whole = service.result(job, tmp_path / "out.ogg").read_bytes()
    part = service.get(f"{job['url']}/result", Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])
    assert part.headers["content-disposition"] == 'attachment; filename="short.ogg"'
    assert part.headers["content-type"] == "audio/ogg"


def test_equal_jobs_are_one(service: Client, voice: Path, tmp_path: Path):
    source = sounds.converted(voice, tmp_path / "equal.flac", "-metadata", "title=equal")
    with ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(lambda _: service.begin(source, "target=mp3&quality=low"), range(4)))
    assert len({job["id"] for job in jobs}) == 1
    # Each has a ticket of its own that opens the job.
    for job in jobs:
        assert service.request("GET", f"{job['url']}?ticket={job['ticket']}").status == 200
    service.result(jobs[0], tmp_path / "out.mp3")


def test_tickets_open_their_own_job_only(service: Client, short: Path):
    one, other = (service.begin(short, f"target=mp3&quality={quality}") for quality in ("low", "high"))
    assert one["ticket"] != other["ticket"]
    for path in ("", "/events", "/result"):
        url = one["url"] + path
        assert service.request("GET", url).status == 401
        assert service.request("GET", f"{url}?ticket={other['ticket']}").status == 401
        assert service.request("GET", f"{url}?ticket=9999999999.00").status == 401
        assert service.request("GET", url, X_Transcoder_Key="wrong").status == 401
    service.ended(one)
    state = service.request("GET", f"{one['url']}?ticket={one['ticket']}")
    assert (state.status, "ticket" in state.json) == (200, False)
    assert service.request("GET", f"{one['url']}/result?ticket={one['ticket']}").status == 200


def test_unknown_jobs_and_methods(service: Client):
    for path in ("/transcode/jobs/" + "0" * 32, "/transcode/jobs/x", "/transcode/jobs/" + "0" * 32 + "/other"):
        assert service.get(path).status == 404, path
    assert service.get("/transcode/jobs").status in (404, 405)


def test_a_job_that_cannot_succeed_says_why(service: Client, short: Path, tmp_path: Path):
    # Its beginning is that of a WAV file; there is not one sample behind it.
    source = tmp_path / "empty.wav"
    source.write_bytes(sounds.converted(short, tmp_path / "in.opus").read_bytes()[:600])
    job = service.begin(source, "target=flac")
    state = service.ended(job)
    assert state["status"] == "failed"
    assert len(state["error"]["message"]) > 10
    name, _ = service.events(job["eventsUrl"])[-1]
    assert name == "failed"
    assert service.get(f"{job['url']}/result").status == 409
    # It does not stand in the way of the next try.
    assert service.begin(source, "target=flac")["id"] != job["id"]


def test_a_killed_function_costs_its_own_part_only(service: Client, voice: Path, tmp_path: Path):
    source = sounds.converted(voice, tmp_path / "killed.flac", "-metadata", "title=killed")
    job = service.begin(source, "target=mp3&quality=high")
    prefix = f"transcoding/jobs/{job['id']}/done/"
    records = until("a part to be done", lambda: service.keys(prefix) or None, 120)
    for process in processes.descendants(service.endpoint.pid):
        if processes.name(process).startswith("TranscodeAudio"):
            os.kill(process, signal.SIGKILL)
    output = service.result(job, tmp_path / "out.mp3")
    assert len(sounds.samples(output)) == len(sounds.samples(source))
    after = service.keys(prefix)
    assert {key: after[key] for key in records} == records


def test_streams_that_fit_are_copied(service: Client, short: Path, tmp_path: Path):
    for kind, target in (("mp3", "mp3"), ("m4a", "m4a"), ("aac", "m4a"), ("flac", "flac"), ("ogg", "ogg")):
        source = sounds.converted(short, tmp_path / f"in.{kind}", "-metadata", "title=T")
        for name, output in (
            ("job", service.result(service.begin(source, f"target={target}&copy=auto"), tmp_path / f"job.{target}")),
            ("request", tmp_path / f"request.{target}"),
        ):
            if name == "request":
                answer = service.post(f"/transcode?target={target}&copy=auto", source)
                assert answer.status == 200, answer.body
                output.write_bytes(answer.body)
            # In ADTS each packet has a header of its own.
            assert kind == "aac" or frames(output) == frames(source), (kind, name)
            before, after = sounds.samples(source), sounds.samples(output)
            assert len(after) == len(before), (kind, name)
            # ADTS has no tags.
            assert kind == "aac" or sounds.probe(output).tags.get("title") == "T"


def test_streams_that_do_not_fit_are_encoded(service: Client, short: Path, tmp_path: Path):
    source = sounds.converted(short, tmp_path / "in.mp3", "-b:a", "320k")
    output = service.result(service.begin(source, "target=mp3&quality=low&copy=auto"), tmp_path / "out.mp3")
    assert output.stat().st_size < source.stat().st_size / 2


def frames(path: Path) -> list[str]:
    """Digests of the audio stream's packets."""
    found = sounds.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f", "framemd5", "-"])
    lines = [line.split(",") for line in found.stdout.decode().splitlines() if not line.startswith("#")]
    return [line[5].strip() for line in lines]


def test_answers_are_kept_for_the_next_request(service: Client, short: Path, tmp_path: Path):
    source = sounds.converted(short, tmp_path / "kept.flac", "-metadata", "title=kept")
    first = service.post("/transcode?target=mp3", source)
    until("the answer to be kept", lambda: len(service.keys("transcoding/results/")) or None)
    assert first.status == 200

    def kept() -> Answer | None:
        again = service.post("/transcode?target=mp3", source)
        return again if "etag" in again.headers else None

    again = until("the answer to be kept", kept)
    assert again.body == first.body
    assert again.headers["content-disposition"] == 'attachment; filename="kept.mp3"'
    # What was streamed has no seek table, so a stored answer is made again, once.
    assert service.post("/transcode?target=mp3&stream=false", source).body != first.body


def archive(answer: Answer) -> dict[str, bytes]:
    assert answer.status == 200, answer.body[:500]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as files:
        return {name: files.read(name) for name in files.namelist()}


def test_files_of_a_batch_are_kept_and_used(service: Client, short: Path, tmp_path: Path):
    sources = [sounds.converted(short, tmp_path / f"{name}.flac", "-metadata", f"title={name}") for name in "ab"]
    before = set(service.keys("transcoding/results/"))
    body = b"".join(
        f'--b0\r\nContent-Disposition: form-data; name="file"; filename="{source.name}"\r\n\r\n'.encode()
        + source.read_bytes() + b"\r\n" for source in sources
    ) + b"--b0--\r\n"

    def batch() -> dict[str, bytes]:
        return archive(service.request(
            "POST", "/transcode/batch?target=mp3", body, X_Transcoder_Key=KEY,
            Content_Type="multipart/form-data; boundary=b0"))

    first = batch()
    assert sorted(first) == ["a.mp3", "b.mp3"]
    new = until(
        "both to be kept", lambda: (keys := set(service.keys("transcoding/results/")) - before) and len(keys) == 2 and keys)
    s3 = service.endpoint.client("s3")
    assert sorted(s3.get_object(Bucket=CACHE, Key=key)["Body"].read() for key in new) == sorted(first.values())
    # What is sent the next time is what was kept.
    for key in new:
        s3.put_object(Bucket=CACHE, Key=key, Body=b"kept")
    assert batch() == {"a.mp3": b"kept", "b.mp3": b"kept"}
    # One file by itself that may not be streamed is the same file.
    assert service.post("/transcode?target=mp3&stream=false", sources[0]).body == b"kept"


def test_a_file_may_be_sent_to_the_store_first(service: Client, short: Path, tmp_path: Path):
    """As clients do on AWS, where no request carries a file of more than 6 MB."""
    source = sounds.converted(short, tmp_path / "sent.flac", "-metadata", "title=sent")
    assert service.request("POST", "/transcode/uploads").status == 401
    announced = json.dumps({"name": "folder/sent.flac", "size": source.stat().st_size}).encode()
    too_large = json.dumps({"size": 1 << 40}).encode()
    assert service.request("POST", "/transcode/uploads", too_large, X_Transcoder_Key=KEY).status == 413
    upload = service.request("POST", "/transcode/uploads", announced, X_Transcoder_Key=KEY)
    assert upload.status == 201, upload.body
    named = f"target=wav&upload={upload.json['id']}"
    assert service.request("POST", f"/transcode?{named}", X_Transcoder_Key=KEY).status == 404
    request = urllib.request.Request(upload.json["url"], data=source.read_bytes(), method="PUT")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
    answer = service.request("POST", f"/transcode?{named}", X_Transcoder_Key=KEY)
    assert answer.status == 200, answer.body
    assert answer.headers["content-disposition"] == 'attachment; filename="sent.wav"'
    output = tmp_path / "out.wav"
    output.write_bytes(answer.body)
    assert numpy.array_equal(sounds.samples(output), sounds.samples(source))
    job = service.request("POST", f"/transcode/jobs?target=flac&upload={upload.json['id']}", X_Transcoder_Key=KEY)
    assert job.status == 202, job.body
    assert numpy.array_equal(sounds.samples(service.result(job.json, tmp_path / "out.flac")), sounds.samples(source))
    assert service.request("POST", f"/transcode?upload={'0' * 32}", X_Transcoder_Key=KEY).status == 404


def test_jobs_of_a_host_that_was_killed_go_on_at_its_next_start(voice: Path, tmp_path: Path):
    """Its queue is gone; what is left are the documents and the parts that were finished."""
    variables = {
        "TRANSCODER_AUTH_TOKEN": KEY, "TRANSCODER_HOST": "127.0.0.1", "TRANSCODER_PORT": "0",
        "CACHE_URL": f"file://{tmp_path}/cache",
    }
    head = '--b0\r\nContent-Disposition: form-data; name="file"; filename="voice.wav"\r\n\r\n'
    body = head.encode() + voice.read_bytes() + b"\r\n--b0--\r\n"
    with hosted(host_command("TranscodeAudioFunction"), **variables) as host:
        job = host.request(
            "POST", "/transcode/jobs?target=mp3", body, X_Transcoder_Key=KEY,
            Content_Type="multipart/form-data; boundary=b0").json
        until(
            "the job to be under way",
            lambda: host.request("GET", job["url"], X_Transcoder_Key=KEY).json["status"] == "processing" or None)
        host.process.kill()
        host.process.wait()
    with hosted(host_command("TranscodeAudioFunction"), **variables) as host:
        state = until(
            "the job to end",
            lambda: (found := host.request("GET", job["url"], X_Transcoder_Key=KEY).json)["status"]
            in ("ready", "failed") and found, 300)
        assert state["status"] == "ready", state
        output = tmp_path / "voice.mp3"
        output.write_bytes(host.request("GET", f"{job['url']}/result", X_Transcoder_Key=KEY).body)
    assert len(sounds.samples(output)) == len(sounds.samples(voice))


def test_an_upload_becomes_the_source_of_its_job_without_a_copy(music: Path, tmp_path: Path):
    # Queued functions do not run, so that the job stays as it begins.
    arguments = ("--parameter", f"TranscoderAuthToken={KEY}", "--concurrency", "0")
    endpoint = Endpoint(tmp_path / "endpoint", arguments=arguments)
    endpoint.start()
    try:
        client, objects = Client(endpoint), endpoint.client("s3")
        job = client.begin(music, "target=mp3")
        source = f"transcoding/jobs/{job['id']}/data/source"
        # A tag of this form is half of a SHA-256: the store has not read the bytes.
        digest = hashlib.sha256(music.read_bytes()).hexdigest()
        assert objects.head_object(Bucket=CACHE, Key=source)["ETag"] == f'"{digest[:32]}-1"'
        assert objects.get_object(Bucket=CACHE, Key=source)["Body"].read() == music.read_bytes()

        def scratch() -> list[Path]:
            return [path for path in (endpoint.data / "scratch").rglob("*") if path.is_file()]

        # Functions of this machine read it there, as one more name of the object's file.
        [file] = scratch()
        assert file.read_bytes() == music.read_bytes() and file.stat().st_nlink == 2
        assert client.request("DELETE", job["url"], X_Transcoder_Key=KEY).json["status"] == "cancelled"
        until("the file to go with the job", lambda: not scratch(), 60)
    finally:
        assert endpoint.stop() == 0


def test_what_was_not_asked_for_longest_goes_first(tmp_path: Path, short: Path):
    endpoint = Endpoint(
        tmp_path / "small",
        arguments=(
            "--parameter", f"TranscoderAuthToken={KEY}", "--parameter", "TranscoderCacheMaxBytes=1100000",
        ),
    )
    endpoint.start()
    try:
        client = Client(endpoint)
        # About 0.5 MB each: there is room for two.
        sources = [sounds.converted(short, tmp_path / f"{name}.flac", "-metadata", f"title={name}") for name in "abc"]
        for source in sources[:2]:
            client.result(client.begin(source, "target=wav"), tmp_path / "out.wav")
        assert client.begin(sources[0], "target=wav")["status"] == "ready"
        client.result(client.begin(sources[2], "target=wav"), tmp_path / "out.wav")
        kept = until(
            "the cache to shrink",
            lambda: (keys := [key for key in client.keys("transcoding/results/") if key.endswith(".wav")])
            and len(keys) == 2 and keys,
        )
        assert len(kept) == 2
        assert client.begin(sources[0], "target=wav")["status"] == "ready"
        assert client.begin(sources[1], "target=wav")["status"] != "ready"
    finally:
        assert endpoint.stop() == 0


def test_metrics_of_the_service(service: Client, short: Path, tmp_path: Path):
    service.result(service.begin(short, "target=m4a&quality=low"), tmp_path / "out.m4a")
    service.post("/transcode?target=ogg", short)
    wanted = (
        "transcode_requests_total", "transcode_seconds", "transcode_first_byte_seconds", "transcode_audio_seconds_total",
        "transcode_audio_seconds_per_second", "transcode_received_bytes_total", "transcode_sent_bytes_total",
        "transcode_scratch_bytes", "transcode_jobs_total", "transcode_jobs_waiting", "transcode_jobs_running",
        "transcode_cache_misses_total", "transcode_cache_bytes",
    )

    def missing() -> list[str] | None:
        with urllib.request.urlopen(f"{service.endpoint.web_url}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        found = [name for name in wanted if name not in text]
        return None if found else [text]

    text = until("all metrics to be there", missing)[0]
    assert 'target="ogg"' in text and 'outcome="ok"' in text
