"""A proxy in Chromium over HTTP: it plays from its first bytes and seeks to the right frames."""

import base64
import random
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from harness import framecode, videos
from harness.browser import Tab
from harness.endpoint import Endpoint
from harness.library import KEYS, Library, token

SECONDS, RATE, SIZE = 64, 25, (320, 192)

# Asks for nothing but what the video element itself asks for.
BEGIN = """async (address) => {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  document.body.append(video);
  window.video = video;
  const ready = new Promise((resolve, reject) => {
    video.oncanplay = resolve;
    video.onerror = () => reject(new Error(video.error.message));
  });
  video.src = address;
  await ready;
  return { duration: video.duration, width: video.videoWidth, height: video.videoHeight };
}"""
SHOW = """async (time) => {
  const video = window.video;
  if (time !== null) {
    const seeked = new Promise((resolve) => { video.onseeked = resolve; });
    // The picture of before may still be there when the seek has ended.
    const shown = new Promise((resolve) => { video.requestVideoFrameCallback(resolve); });
    video.currentTime = time;
    await Promise.all([seeked, shown]);
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let at = 0; at < pixels.length; at += 8192) text += String.fromCharCode(...pixels.subarray(at, at + 8192));
  return btoa(text);
}"""
PLAY = """async () => {
  await window.video.play();
  await new Promise((resolve) => { window.video.ontimeupdate = () => window.video.currentTime > 0.3 && resolve(); });
  window.video.pause();
  return window.video.currentTime;
}"""


def number(shown: str) -> int:
    picture = numpy.frombuffer(base64.b64decode(shown), numpy.uint8).reshape(SIZE[1], SIZE[0], 4)
    return framecode.read(picture[..., :3])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    settings = (f"SessionJWKS={KEYS}", "GifWidth=32", "GifFrameRate=2", "JpegWidth=64", "Storyboard=false")
    arguments = [word for setting in settings for word in ("--parameter", setting)]
    endpoint = Endpoint(tmp_path_factory.mktemp("playback"), arguments=tuple(arguments))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def test_a_joined_proxy_plays_and_seeks_in_chromium(served: Endpoint, tab: Callable[..., Tab], tmp_path: Path):
    library = Library(served)
    # Long enough for three parts.
    path = videos.numbered(
        tmp_path / "film.mkv", seconds=SECONDS, rate=str(RATE), size=SIZE, audio=True,
        # The sound has no delay of an encoder, so that frame n is on screen from n / RATE.
        encoder=["-c:v", "mpeg4", "-q:v", "2", "-g", "25", "-c:a", "pcm_s16le"])
    file = library.upload(path.read_bytes(), "film.mkv")
    library.wait(file, lambda record: record.get("proxyStatus") == "ready", seconds=180)
    session = token("member", **{library.id.replace("-", "_"): "member"})
    one = tab()
    one.context.add_cookies([{"name": "session", "value": session, "url": served.api_url}])
    # Any page of the same origin, so that pixels may be read.
    page = one.open(f"{served.api_url}/api/files/variants")
    answers: list[tuple[str | None, int, str | None]] = []
    page.on("response", lambda answer: answers.append(
        (answer.request.headers.get("range"), answer.status, answer.headers.get("content-range"))))
    facts = page.evaluate(BEGIN, f"{library.files}/{file}/proxy")
    assert (facts["width"], facts["height"]) == SIZE
    assert facts["duration"] == pytest.approx(SECONDS, abs=0.1)
    first = answers[0]
    assert first[0] == "bytes=0-" and first[1] == 206 and first[2].startswith("bytes 0-"), answers
    assert number(page.evaluate(SHOW, None)) == 0
    assert page.evaluate(PLAY) > 0.3
    chance = random.Random(18)
    for frame in chance.sample(range(SECONDS * RATE), 20):
        assert number(page.evaluate(SHOW, (frame + 0.5) / RATE)) == frame
    assert all(status in (200, 206) for _, status, _ in answers), answers


def test_ranges_of_a_proxy_are_those_of_the_whole(served: Endpoint, tmp_path: Path):
    library = Library(served)
    path = videos.numbered(
        tmp_path / "film.avi", seconds=4, rate=str(RATE), size=SIZE, encoder=["-c:v", "mpeg4", "-q:v", "2"])
    file = library.upload(path.read_bytes(), "film.avi")
    library.wait(file, lambda record: record.get("proxyStatus") == "ready", seconds=120)
    address = f"{library.files}/{file}/proxy"
    whole = library.member.get(address)
    assert whole.status == 200 and whole["accept-ranges"] == "bytes" and int(whole["content-length"]) == len(whole.body)
    assert whole.body.index(b"moov") < whole.body.index(b"mdat")
    size = len(whole.body)
    for asked, start, end in [
        ("0-99", 0, 100), ("100-", 100, size), ("-7", size - 7, size), (f"{size - 1}-{size + 50}", size - 1, size),
    ]:
        part = library.member.get(address, Range=f"bytes={asked}")
        assert part.status == 206 and part.body == whole.body[start:end], asked
        assert part["content-range"] == f"bytes {start}-{end - 1}/{size}"
    assert library.member.get(address, Range=f"bytes={size}-").status == 416
    assert library.member.get(address, If_None_Match=whole["etag"]).status == 304
    assert library.stranger.get(address, Range="bytes=0-99").status == 404
