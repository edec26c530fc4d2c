"""A small file cannot ask for hours of work: a budget ends it at once, finally, and says which one."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import videos
from harness.endpoint import Endpoint
from harness.installation import TEMPLATE, zoetrope
from harness.job import Jobs
from harness.library import KEYS, Library, photo
from harness.outcome import metric
from harness.waiting import until


def gif_bomb(path: Path, side: int = 4096, frames: int = 230) -> Path:
    """Hours of huge frames in 5 KB: each frame draws one pixel of the canvas and stays for 200 s."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes([0, 0, 0, 255, 255, 255])
    control = b"\x21\xf9\x04\x04" + struct.pack("<HBB", 20_000, 0, 0)
    pixel = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    path.write_bytes(head + (control + pixel) * frames + b"\x3b")
    return path


def loaded(path: Path) -> Path:
    """20 s that cost seconds of CPU time as a large GIF."""
    videos.run([
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=50:duration=20", "-c:v", "libx264",
        "-preset", "ultrafast", path,
    ])
    return path


def with_parameters(own_endpoint: Callable[..., Endpoint], *values: str) -> Endpoint:
    arguments = [part for value in values for part in ("--parameter", value)]
    endpoint = own_endpoint(arguments=tuple(arguments))
    endpoint.start()
    return endpoint


def assert_failed_once(endpoint: Endpoint, jobs: Jobs, path: Path, function: str, named: str) -> None:
    manifest = jobs.wait(path.name, jobs.upload(path, path.name))
    assert manifest["status"] == "failed"
    assert named in manifest["reason"], manifest["reason"]
    assert not manifest.get("gaveUp")
    # The manifest is there a moment before the invocation has ended.
    runs = lambda **more: metric(endpoint, "zoetrope_invocations_total", function=function, **more)  # noqa: E731
    until("the invocation to end", lambda: runs(outcome="success") == 1)
    assert runs() == 1
    assert path.name not in zoetrope("dlq", "list", "--json", "--console", endpoint.web_url).stdout


def test_a_gif_that_claims_hours_of_huge_frames_is_refused_before_a_clip_is_made(
    own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    endpoint = with_parameters(own_endpoint)
    bomb = gif_bomb(tmp_path / "bomb.gif")
    assert bomb.stat().st_size < 6000
    assert_failed_once(endpoint, Jobs(endpoint), bomb, "SnippetsFunction", "MaxPixelsPerByte")
    assert metric(endpoint, "zoetrope_invocations_total", function="ProcessClipFunction") == 0


def test_a_clip_that_takes_too_much_cpu_time_fails_at_once(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    endpoint = with_parameters(own_endpoint, "ClipCpuTimeLimit=1", "GifWidth=1024", "GifFrameRate=50")
    assert_failed_once(
        endpoint, Jobs(endpoint), loaded(tmp_path / "loaded.mp4"), "ProcessClipFunction",
        "1 s of CPU time, the limit of ClipCpuTimeLimit",
    )


def test_a_clip_of_too_many_bytes_fails_at_once(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    endpoint = with_parameters(own_endpoint, "ClipMaxBytes=65536")
    jobs = Jobs(endpoint)
    assert_failed_once(endpoint, jobs, loaded(tmp_path / "heavy.mp4"), "ProcessClipFunction", "ClipMaxBytes")



def test_a_video_whose_clips_are_too_many_bytes_together_fails_and_the_rest_is_not_rendered(
    own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    """Each of 20 clips is within its limit."""
    endpoint = with_parameters(own_endpoint, "SnippetSize=1", "ClipMaxBytes=600000", "JobMaxBytes=1000000")
    jobs = Jobs(endpoint)
    path = loaded(tmp_path / "many.mp4")
    manifest = jobs.wait(path.name, jobs.upload(path, path.name))
    assert manifest["status"] == "failed"
    assert "1000000 bytes together, the limit of JobMaxBytes" in manifest["reason"]
    assert not manifest.get("gaveUp")
    done = [clip for clip in manifest["clips"] if clip["status"] == "complete"]
    written = sum(clip["gifBytes"] + sum(clip["frameBytes"]) for clip in done)
    # Beyond the limit by no more than what was under way when it was met.
    assert 0 < written <= 1_000_000 + 4 * 600_000
    # What failed has cost nothing once the limit was met, but for those that were under way.
    spent = [clip for clip in manifest["clips"] if clip["status"] == "failed" and clip["timings"]["cpuMilliseconds"] > 50]
    assert len(spent) <= 8


def test_work_that_a_file_makes_too_long_is_not_tried_three_times(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    """The function's own time-out comes before any limit of CPU time: the file is what takes so long, so it is final."""
    template = tmp_path / "template.yaml"
    text = TEMPLATE.read_text()
    place = text.index("Handler: ProcessClip")
    template.write_text(text[:place] + text[place:].replace("Timeout: 120", "Timeout: 8", 1))
    endpoint = own_endpoint(
        template=template,
        arguments=(
            "--concurrency", "1", "--parameter", "ClipCpuTimeLimit=0", "--parameter", "GifWidth=1024", "--parameter",
            "GifFrameRate=50", "--parameter", "GifColors=256"),
    )
    endpoint.start()
    path = tmp_path / "long.mp4"
    videos.run([
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=60:duration=29", "-c:v", "libx264",
        "-preset", "ultrafast", path,
    ])
    jobs = Jobs(endpoint)
    manifest = jobs.wait(path.name, jobs.upload(path, path.name), seconds=180)
    if manifest.get("gaveUp") and os.getloadavg()[0] > os.cpu_count():
        # The function got too little of a processor: then the machine is what is slow, and other tries are right.
        pytest.skip("other programs have taken the processors")
    assert_failed_once(endpoint, jobs, path, "ProcessClipFunction", "shortly before the function's Timeout")


def image_library(own_endpoint: Callable[..., Endpoint], *values: str) -> Library:
    return Library(with_parameters(own_endpoint, f"SessionJWKS={KEYS}", "ImageProxyPrewarmEnabled=true", *values))


def assert_refused_once(library: Library, file: str, query: str, status: int, named: str) -> None:
    """A derivative that is asked for, those that are made ahead: each fails at the first try, with the sentence."""
    answer = library.owner.get(library.image(file, query))
    assert (answer.status, named in answer.json["message"]) == (status, True), answer.body
    runs = lambda name, **more: metric(  # noqa: E731
        library.endpoint, "zoetrope_invocations_total", function=name, **more)
    until("the invocation to end", lambda: runs("TransformImageFunction", outcome="success") == 1)
    assert runs("TransformImageFunction") == 1
    record = library.wait(file, lambda record: record.get("imageProxyStatus") == "failed")
    assert named in record["imageProxyError"]
    assert record["imageProxyAttempts"] == 1


def test_derivatives_of_too_many_bytes_fail_at_once(own_endpoint: Callable[..., Endpoint]):
    library = image_library(own_endpoint, "ImageMaxBytes=1000")
    file = library.upload(photo())
    assert_refused_once(library, file, "width=700&format=jpeg", 413, "1000 bytes, the limit of ImageMaxBytes")
