"""Videos of the library over HTTP: posters, proxies by fan-out, playback sources, moments, what is not needed."""

import contextlib
import http.client
import io
import json
import os
import signal
import subprocess
import urllib.parse
from pathlib import Path

import numpy
import pytest
from PIL import Image, ImageStat

from harness import framecode, videos
from harness.endpoint import Endpoint
from harness.library import CACHE, KEYS, LIBRARY, Library, put
from harness.processes import name, with_temporary_folder
from harness.waiting import until

FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    # Small GIFs: what is looked at here waits behind them.
    settings = (f"SessionJWKS={KEYS}", "GifWidth=32", "GifFrameRate=2", "JpegWidth=64")
    arguments = [word for setting in settings for word in ("--parameter", setting)]
    endpoint = Endpoint(tmp_path_factory.mktemp("videos"), arguments=tuple(arguments))
    endpoint.start()
    yield endpoint
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


@pytest.fixture
def library(served: Endpoint) -> Library:
    return Library(served)


def video(folder: Path, name: str, *arguments: str, seconds: int = 24) -> bytes:
    """A test card, black for its first two seconds."""
    path = folder / name
    subprocess.run(
        [
            *FFMPEG, "-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}", "-f", "lavfi", "-i",
            f"sine=duration={seconds}", "-vf", "fade=in:25:25", *arguments, str(path),
        ],
        check=True,
    )
    return path.read_bytes()


def content_of(library: Library, file: str) -> bytes:
    """A file's bytes as they are in the store."""
    key = library.record(file)["objectKey"]
    return library.endpoint.client("s3").get_object(Bucket=LIBRARY, Key=key)["Body"].read()


def streams(path: Path) -> dict:
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)],
        check=True, capture_output=True,
    ).stdout
    return {stream["codec_type"]: stream for stream in json.loads(said)["streams"]}


def test_a_video_gets_a_poster_and_a_proxy_that_browsers_play(library: Library, tmp_path: Path):
    content = video(tmp_path, "talk.avi", "-c:v", "mpeg4", "-g", "50", "-c:a", "mp3")
    file = library.upload(content, "talk.avi")
    record = library.wait(
        file, lambda record: record.get("proxyStatus") == "ready" and record.get("thumbnailStatus") == "ready"
    )
    assert record["proxyProgress"] == 100
    assert (record["width"], record["height"]) == (320, 180)
    assert record["duration"] == pytest.approx(24, abs=0.2)

    sources = library.member.get(f"{library.files}/{file}/playback-sources").json
    assert [source["kind"] for source in sources["sources"]] == ["source", "proxy"]
    proxy = sources["sources"][1]
    assert sources["defaultSourceId"] == proxy["id"]
    assert proxy["mimeType"] == "video/mp4" and proxy["name"].startswith("talk_proxy_")

    assert library.member.get(proxy["streamUrl"]).status == 200
    assert library.member.get(f"{library.files}/{file}/proxy")["content-type"] == "video/mp4"
    assert library.stranger.get(f"{library.files}/{file}/proxy").status == 404
    whole = content_of(library, proxy["id"])
    assert whole.index(b"moov") < whole.index(b"mdat")
    path = tmp_path / "proxy.mp4"
    path.write_bytes(whole)
    found = streams(path)
    assert (found["video"]["codec_name"], found["video"]["profile"]) == ("h264", "High")
    assert int(found["video"]["nb_read_frames"]) == 600
    assert found["audio"]["codec_name"] == "aac" and found["audio"]["channels"] == 2

    assert library.member.get(f"{library.files}/{file}/thumbnail")["content-type"] == "image/webp"
    thumbnail = library.endpoint.client("s3").get_object(
        Bucket=CACHE, Key=f"library/{library.id}/{file}/thumbnail.webp"
    )["Body"].read()
    picture = Image.open(io.BytesIO(thumbnail)).convert("L")
    assert picture.size == (320, 180)
    assert ImageStat.Stat(picture).mean[0] > 30
    assert library.record(record["thumbnailFileId"])["role"] == "poster"


def test_a_stream_that_fits_is_copied_and_mp4_needs_no_proxy(library: Library, tmp_path: Path):
    x264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    mp4 = library.upload(video(tmp_path, "a.mp4", *x264, seconds=4), "a.mp4")
    mkv = library.upload(video(tmp_path, "a.mkv", *x264, seconds=4), "a.mkv")
    assert library.wait(mp4, lambda record: record.get("proxyStatus") == "not_needed")["proxyProgress"] == 100
    assert library.member.get(f"{library.files}/{mp4}/proxy").status == 404
    library.wait(mkv, lambda record: record.get("proxyStatus") == "ready")


def test_owners_may_encode_again_and_members_may_not(library: Library, tmp_path: Path):
    content = video(
        tmp_path, "b.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", seconds=4
    )
    file = library.upload(content, "b.mp4")
    library.wait(file, lambda record: record.get("proxyStatus") == "not_needed")
    assert library.member.ask("POST", f"{library.files}/{file}/proxy").status == 403
    assert library.stranger.ask("POST", f"{library.files}/{file}/proxy").status == 404
    for _ in range(2):
        before = set(library.record(file).get("derivedFileIds", []))
        answer = library.owner.ask("POST", f"{library.files}/{file}/proxy")
        assert answer.status == 200 and answer.json["proxyStatus"] == "queued"
        library.wait(
            file,
            lambda record: record.get("proxyStatus") == "ready" and set(record["derivedFileIds"]) != before,
        )
    def has_one_proxy(record: dict) -> bool:
        roles = [library.record(derived).get("role") for derived in record["derivedFileIds"]]
        return roles.count("proxy") == 1

    # The one that was replaced goes after the new one has come.
    library.wait(file, has_one_proxy)


def test_a_moment_is_a_file_of_its_own(library: Library, tmp_path: Path):
    content = video(tmp_path, "c.avi", "-c:v", "mpeg4", "-g", "50", "-c:a", "mp3", seconds=12)
    file = library.upload(content, "c.avi")
    library.wait(file, lambda record: record.get("proxyStatus") == "ready")
    address = f"{library.files}/{file}/moments"
    assert library.owner.ask("POST", address, {"start": 5, "end": 2}).status == 400
    answer = library.owner.ask("POST", address, {"start": 2.0, "end": 5.0, "format": "mp4"})
    assert answer.status == 202
    # Asked for, it is part of the record, until it is there.
    record = library.record(file)
    if answer.json["id"] not in record["derivedFileIds"]:
        (pending,) = record["moments"]
        assert (pending["id"], pending["start"], pending["end"], pending["format"]) == (answer.json["id"], 2, 5, "mp4")
    record = library.wait(file, lambda record: answer.json["id"] in record.get("derivedFileIds", []))
    assert "moments" not in record and "momentsStatus" not in record
    moment = library.record(answer.json["id"])
    assert moment["role"] == "moment" and moment["sourceFileId"] == file
    path = tmp_path / "moment.mp4"
    path.write_bytes(content_of(library, moment["id"]))
    assert int(streams(path)["video"]["nb_read_frames"]) == 75


@pytest.mark.parametrize("form, rate, count", [("gif", 10, 12), ("webp", 20, 24)])
def test_each_frame_of_an_animated_moment_is_the_one_on_screen_then(
    form: str, rate: int, count: int, library: Library, tmp_path: Path
):
    content = videos.numbered(tmp_path / "n.mp4", seconds=4, rate="25", size=(320, 192)).read_bytes()
    file = library.upload(content, "n.mp4")
    address = f"{library.files}/{file}/moments"
    assert library.owner.ask("POST", address, {"start": 0, "end": 2, "format": "bmp"}).status == 400
    assert library.owner.ask("POST", address, {"start": 0, "end": 61, "format": form}).status == 400
    assert library.stranger.ask("POST", address, {"start": 0, "end": 2, "format": form}).status == 404
    answer = library.member.ask("POST", address, {"start": 1.3, "end": 2.5, "format": form})
    assert answer.status == 202, answer.body
    library.wait(file, lambda record: answer.json["id"] in record.get("derivedFileIds", []), seconds=120)
    moment = library.record(answer.json["id"])
    assert (moment["role"], moment["mimeType"]) == ("moment", f"image/{form}")
    assert moment["name"].endswith(f".{form}") and (moment["width"], moment["height"]) == (320, 192)
    found, lasts = [], 0
    with Image.open(io.BytesIO(content_of(library, moment["id"]))) as animation:
        assert animation.size == (320, 192) and animation.info.get("loop") == 0
        for number in range(animation.n_frames):
            animation.seek(number)
            found.append(framecode.read(numpy.asarray(animation.convert("RGB"))))
            lasts += animation.info["duration"]
    assert found == [int((1.3 + number / rate) * 25 + 1e-6) for number in range(count)]
    # WebP counts in milliseconds, GIF in hundredths of a second.
    assert lasts == pytest.approx(1200, abs=count)


def test_an_audio_file_has_its_cover_as_poster(library: Library, tmp_path: Path):
    cover, song, plain = tmp_path / "cover.png", tmp_path / "song.mp3", tmp_path / "plain.mp3"
    Image.new("RGB", (600, 600), (200, 30, 30)).save(cover)
    tone = [*FFMPEG, "-f", "lavfi", "-i", "sine=duration=2"]
    subprocess.run(
        [*tone, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic", song],
        check=True,
    )
    subprocess.run([*tone, plain], check=True)
    file, other = (library.upload(path.read_bytes(), path.name) for path in (song, plain))
    record = library.wait(file, lambda record: record.get("thumbnailStatus") == "ready")
    with Image.open(io.BytesIO(content_of(library, record["thumbnailFileId"]))) as poster:
        assert poster.size == (600, 600)
        red, green, blue = ImageStat.Stat(poster).mean
        assert red > 180 and green < 50 and blue < 50
    assert library.member.get(f"{library.files}/{file}/thumbnail")["content-type"] == "image/webp"
    assert "thumbnailError" not in library.wait(other, lambda record: record.get("thumbnailStatus") == "not_needed")


def test_owners_choose_the_frame_that_stands_for_a_video(library: Library, tmp_path: Path):
    content = videos.numbered(tmp_path / "n.mp4", seconds=4, rate="25", size=(320, 192)).read_bytes()
    file = library.upload(content, "n.mp4")
    first = library.wait(file, lambda record: record.get("thumbnailStatus") == "ready")["thumbnailFileId"]
    address = f"{library.files}/{file}/thumbnail"
    assert library.member.ask("POST", address, {"time": 2.5}).status == 403
    assert library.stranger.ask("POST", address, {"time": 2.5}).status == 404
    assert library.owner.ask("POST", address, {"time": -1}).status == 400
    assert library.owner.ask("POST", address, {"at": 1}).status == 400
    answer = library.owner.ask("POST", address, {"time": 2.53})
    assert answer.status == 202 and answer.json["thumbnailStatus"] == "queued"
    record = library.wait(
        file, lambda record: record.get("thumbnailStatus") == "ready" and record["thumbnailFileId"] != first)
    with Image.open(io.BytesIO(content_of(library, record["thumbnailFileId"]))) as poster:
        assert framecode.read(numpy.asarray(poster.convert("RGB"))) == 63


def test_what_is_no_video_fails_with_a_reason_and_posters_are_made_again(library: Library, tmp_path: Path):
    broken = library.upload(b"\x1a\x45\xdf\xa3" + b"x" * 5000, "broken.mkv")
    record = library.wait(broken, lambda record: record.get("proxyStatus") == "failed")
    assert record["proxyError"]
    content = video(tmp_path, "d.avi", "-c:v", "mpeg4", "-c:a", "mp3", seconds=4)
    file = library.upload(content, "d.avi")
    first = library.wait(file, lambda record: record.get("thumbnailStatus") == "ready")["thumbnailFileId"]
    address = f"{library.files}/video-thumbnails/reprocess"
    assert library.member.ask("POST", address).status == 403
    assert library.owner.ask("POST", address).json["queuedCount"] == 2
    second = library.wait(
        file, lambda record: record.get("thumbnailStatus") == "ready" and record["thumbnailFileId"] != first
    )["thumbnailFileId"]
    # The one that was replaced goes after the new one has come.
    until("the former poster to go", lambda: library.member.get(f"{library.files}/{first}").status == 404)
    assert library.record(second)["mimeType"] == "image/jpeg"


def test_what_was_made_of_a_video_is_made_again_when_asked(library: Library, tmp_path: Path):
    """Each derivative by its name; the results are new ones, and the former ones go."""
    file = library.upload(video(tmp_path, "f.avi", "-c:v", "mpeg4", "-c:a", "mp3", seconds=4), "f.avi")
    wanted = ["thumbnail", "proxy", "waveform", "previews"]
    made = {"thumbnailStatus": "ready", "proxyStatus": "ready", "waveformStatus": "complete", "previewsStatus": "ready"}

    def is_made(record: dict) -> bool:
        return all(record.get(name) == state for name, state in made.items())

    def proxies(record: dict) -> list[str]:
        derived = [library.record(derived) for derived in record["derivedFileIds"]]
        return [one["id"] for one in derived if one.get("role") == "proxy"]

    first = library.wait(file, is_made, seconds=120)
    (former_proxy,) = proxies(first)
    address = f"{library.files}/{file}/reprocess"
    assert library.stranger.ask("POST", address, {"derivatives": wanted}).status == 404
    queued = library.owner.ask("POST", address, {"derivatives": wanted})
    assert queued.status == 202, queued.body
    assert queued.json["waveformVersion"] == 2

    def is_made_again(record: dict) -> bool:
        return (
            is_made(record) and record["waveformedVersion"] == 2 and record["thumbnailFileId"] != first["thumbnailFileId"]
            and former_proxy not in record["derivedFileIds"])

    second = library.wait(file, is_made_again, seconds=120)
    assert second["version"] == 1 and len(proxies(second)) == 1
    for former in (former_proxy, first["thumbnailFileId"]):
        until("a former file to go", lambda former=former: library.member.get(f"{library.files}/{former}").status == 404)
    manifest = library.member.get(f"{library.files}/{file}/previews").json
    assert manifest["status"] == "complete"


def test_what_failed_is_tried_again_without_being_named(library: Library):
    file = library.upload(b"\x1a\x45\xdf\xa3" + b"y" * 5000, "broken.mkv")
    ended = library.wait(
        file, lambda record: "failed" in (record.get("proxyStatus"), record.get("thumbnailStatus"))
        and not {"queued", "processing"} & {value for name, value in record.items() if name.endswith("Status")},
        seconds=120)
    failed = [name for name, value in ended.items() if name.endswith("Status") and value == "failed"]
    answer = library.owner.ask("POST", f"{library.files}/{file}/reprocess")
    assert answer.status == 202, answer.body
    assert answer.json["updatedAt"] > ended["updatedAt"]
    again = library.wait(
        file, lambda record: record["updatedAt"] > answer.json["updatedAt"]
        and all(record.get(name) == "failed" for name in failed), seconds=120)
    assert again["proxyError"]


def previews_of(library: Library, file: str) -> list[str]:
    return library.keys(CACHE, f"library/{library.id}/{file}/previews/")


def test_previews_of_a_video_are_named_in_its_record_and_go_with_it(library: Library, tmp_path: Path):
    content = video(tmp_path, "e.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", seconds=4)
    file = library.upload(content, "e.mp4")
    record = library.wait(file, lambda record: record.get("previewsStatus") == "ready")
    prefix = f"library/{library.id}/{file}/previews/1/"
    assert record["previewsManifest"] == f"{prefix}manifest.json"
    address = f"{library.files}/{file}/previews"

    def manifest_with_storyboard() -> dict | None:
        manifest = library.member.get(address).json
        return manifest if manifest.get("storyboard") else None

    manifest = until("the storyboard to be named", manifest_with_storyboard)
    assert manifest["status"] == "complete" and manifest["frames"] == 4
    assert manifest["source"] == {**manifest["source"], "bucket": LIBRARY, "key": record["objectKey"]}
    assert manifest["clips"][0]["gif"] == f"{prefix}preview-0.gif"
    gif = library.member.get(f"{address}/preview-0.gif")
    assert gif.status == 200 and gif["content-type"] == "image/gif" and gif.body.startswith(b"GIF89a")
    assert library.member.get(f"{address}/storyboard/thumbnails.vtt").body.startswith(b"WEBVTT")
    assert library.stranger.get(f"{address}/preview-0.gif").status == 404
    assert library.member.get(f"{address}/.clips/x").status == 404
    assert library.member.get(f"{address}/%2E%2E/1/manifest.json").status == 404
    # Nothing of it is among the previews of the source bucket's videos.
    assert not library.keys("zoetrope-gifs")

    # A new version has its own, and nothing of the former one is left.
    answer = library.owner.ask("POST", f"{library.files}/{file}/content", {"name": "e.mp4", "size": len(content)})
    put(answer.json["upload"]["url"], video(tmp_path, "f.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", seconds=3))
    record = library.wait(file, lambda record: record["version"] == 2 and record.get("previewsStatus") == "ready")
    assert record["previewsManifest"].endswith("/previews/2/manifest.json")
    until("the former previews to go", lambda: all("/previews/2/" in key for key in previews_of(library, file)))
    until("the storyboard to be named", manifest_with_storyboard)

    assert library.owner.ask("DELETE", f"{library.files}/{file}").status == 204
    until("all previews to go", lambda: not previews_of(library, file))
    assert library.member.get(address).status == 404


def test_owners_may_cancel_a_proxy(library: Library, tmp_path: Path):
    content = video(tmp_path, "g.avi", "-c:v", "mpeg4", "-c:a", "mp3", seconds=4)
    file = library.upload(content, "g.avi")
    library.wait(file, lambda record: record.get("proxyStatus") == "ready")
    address = f"{library.files}/{file}/proxy"
    assert library.owner.ask("DELETE", address).status == 409
    assert library.owner.ask("POST", address).status == 200
    assert library.member.ask("DELETE", address).status == 403
    answer = library.owner.ask("DELETE", address)
    # It may have been quicker than the request.
    if answer.status == 200:
        assert answer.json["proxyStatus"] == "cancelled"
        assert library.record(file)["proxyStatus"] == "cancelled"
    else:
        assert answer.status == 409
    # The former proxy stays, and another one can be asked for.
    assert library.member.get(address).status == 200
    assert library.owner.ask("POST", address).status == 200
    library.wait(file, lambda record: record.get("proxyStatus") == "ready")


def parts_made(endpoint: Endpoint, file: str) -> list[int]:
    """The parts of a file's proxy that have been encoded, as the functions' log says."""
    lines = (endpoint.data / "logs" / "functions.log").read_text(errors="replace").splitlines()
    entries = [json.loads(line.split(" ", 3)[3]) for line in lines if '"message":"part made"' in line]
    return [int(entry["part"]) for entry in entries if entry["file"] == file]


def test_a_killed_segment_is_encoded_again_alone(served: Endpoint, library: Library, tmp_path: Path):
    """A segment's process is killed in its work; segments that were finished before are not encoded once more."""
    content = video(tmp_path, "h.mkv", "-c:v", "mpeg4", "-g", "25", "-c:a", "mp3", seconds=90)
    file = library.upload(content, "h.mkv")

    def killed() -> list[int] | None:
        """Kills what encodes, once one part has been made and others are under way."""
        made = parts_made(served, file)
        encoders = [process for process in with_temporary_folder(served.folder) if name(process) == "EncodeSegment"]
        if not made or not encoders:
            return None
        for process in encoders:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return parts_made(served, file)

    before = until("a part to be made", killed, seconds=120)
    library.wait(file, lambda record: record.get("proxyStatus") == "ready", seconds=180)
    made = parts_made(served, file)
    # A process that ends between its part's record and its line in the log leaves a gap there.
    assert len(made) == len(set(made)) and set(before) < set(made), (before, made)
    path = tmp_path / "proxy.mp4"
    sources = library.member.get(f"{library.files}/{file}/playback-sources").json
    path.write_bytes(content_of(library, sources["defaultSourceId"]))
    assert int(streams(path)["video"]["nb_read_frames"]) == 90 * 25


def test_events_alone_tell_how_a_video_is_made_ready(library: Library, tmp_path: Path):
    """One connection from before the upload to the end: queued, processing with its progress, ready."""
    content = video(tmp_path, "i.mkv", "-c:v", "mpeg4", "-g", "25", "-c:a", "mp3", seconds=40)
    answer = library.owner.ask("POST", library.files, {"name": "i.mkv", "size": len(content)})
    address = urllib.parse.urlsplit(library.endpoint.api_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=120)
    path = f"{library.files}/{answer.json['file']['id']}/events"
    connection.request("GET", path, headers={"Authorization": f"Bearer {library.member.session}"})
    stream = connection.getresponse()
    assert stream.status == 200 and stream.headers["Content-Type"] == "text/event-stream"
    put(answer.json["upload"]["url"], content)
    events, name_of_event = [], ""
    for line in stream:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name_of_event = value
        elif field == "data":
            events.append((name_of_event, json.loads(value)))
    connection.close()
    assert [kind for kind, _ in events[:-1]] == ["progress"] * (len(events) - 1)
    assert events[-1][0] == "done" and events[-1][1]["proxyStatus"] == "ready"
    assert events[0][1]["version"] == 0
    states = [data.get("proxyStatus", "") for _, data in events]
    assert "processing" in states and states == sorted(states, key=["", "queued", "processing", "ready"].index), states
    percents = [data["percent"] for _, data in events if "percent" in data]
    assert percents and all(0 <= percent < 100 for percent in percents), percents
