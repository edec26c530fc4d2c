"""The command line: exit codes, and what goes to which output."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from harness import videos
from harness.endpoint import GIFS, Endpoint
from harness.installation import PROJECT, ZOETROPE, clean_environment, zoetrope
from harness.job import Jobs
from harness.processes import running


def test_process_says_where_the_manifest_is(endpoint: Endpoint, short_video: Path):
    ended = zoetrope("process", short_video, "--key", "cli/plain.mp4", **endpoint.environment())
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        f"s3://{GIFS}/cli/plain/manifest.json", f"{endpoint.web_url}/?video=cli/plain.mp4"
    ]
    assert re.search(r"1 GIF, 2 stills in \d+\.\d s", ended.stderr)
    assert "\x1b" not in ended.stderr and "\r" not in ended.stderr


def test_process_finds_its_endpoint_by_option_too(endpoint: Endpoint, short_video: Path, jobs: Jobs):
    ended = zoetrope("process", short_video, "--endpoint", endpoint.url)
    assert ended.returncode == 0, ended.stderr
    assert jobs.manifest("short.mp4")["status"] == "complete"


def test_process_prints_the_manifest_as_json(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    ended = zoetrope("process", short_video, "--key", "cli/json.mp4", "--json", **endpoint.environment())

    assert ended.returncode == 0, ended.stderr
    manifest = json.loads(ended.stdout)
    # What is in the store may name the storyboard by now.
    stored = jobs.wait("cli/json.mp4", manifest["source"]["etag"])
    assert {**stored, "storyboard": None} == {**manifest, "storyboard": None}
    assert manifest["status"] == "complete"
    assert manifest["source"].keys() == {"bucket", "key", "etag", "size"}
    assert manifest["source"]["size"] == short_video.stat().st_size
    assert (manifest["width"], manifest["height"], manifest["frames"]) == (320, 180, 2)
    assert manifest["frameRate"] == pytest.approx(30)
    assert manifest["duration"] == pytest.approx(2, abs=0.001)
    assert (manifest["codec"], manifest["snippetSize"]) == ("h264", 30)
    (clip,) = manifest["clips"]
    assert (clip["status"], clip["start"], clip["end"], clip["frames"], clip["gifFrames"]) == ("complete", 0, 29, 2, 20)
    assert clip["timings"]["finishedAt"] >= clip["timings"]["startedAt"]


def test_progress_is_drawn_on_a_terminal(endpoint: Endpoint, tmp_path: Path):
    """`script` gives the command a terminal. The video is one that takes several looks to be done."""
    video = tmp_path / "large.mp4"
    source = "testsrc2=size=1280x720:rate=30:duration=64.5"
    videos.run([*videos.FFMPEG, "-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "ultrafast", video])
    command = f"'{ZOETROPE}' process '{video}' --key cli/terminal.mp4"
    ended = subprocess.run(
        ["script", "--quiet", "--return", "--command", command, "/dev/null"], capture_output=True, text=True, timeout=90,
        stdin=subprocess.DEVNULL, env=clean_environment(**endpoint.environment(), TERM="xterm"),
    )
    assert ended.returncode == 0, ended.stdout
    assert "/3" in ended.stdout and "/65" in ended.stdout and "%" in ended.stdout


def test_render_makes_the_same_bytes_without_a_server(jobs: Jobs, three_clips: Path, tmp_path: Path):
    key = "render/three-clips.mp4"
    jobs.completed(three_clips, key)

    ended = zoetrope("render", three_clips, tmp_path / "out put")

    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "out put" / "three-clips"
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".gif", ".jpg")}
    served = {name.rsplit("/", 1)[1]: jobs.get(name) for name in jobs.pictures(key)}
    assert files.keys() == served.keys()
    assert [name for name in files if files[name] != served[name]] == []
    board = {path.name: path.read_bytes() for path in (folder / "storyboard").iterdir()}
    assert board == {name.rsplit("/", 1)[1]: jobs.get(name) for name in jobs.storyboard(key)}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["status"], manifest["frames"], len(manifest["clips"])) == ("complete", 65, 3)
    assert (manifest["storyboard"]["tiles"], len(manifest["storyboard"]["sheets"])) == (65, 3)
    assert ended.stdout.strip() == str(folder)


def test_render_makes_the_same_bytes_on_every_processor(tmp_path: Path):
    """With fewer vector instructions than this one has; noise shows every difference."""
    video = tmp_path / "noise.mp4"
    source = "testsrc2=size=426x242:rate=30:duration=2,noise=alls=40:allf=t:all_seed=1"
    tagged = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    videos.run([*videos.FFMPEG, "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-c:v", "libx264", *tagged, video])

    def made(*options: str) -> dict[str, bytes]:
        folder = tmp_path / "-".join(["out", *options])
        ended = zoetrope("render", video, folder, *options, seconds=300)
        assert ended.returncode == 0, ended.stderr
        return {path.name: path.read_bytes() for path in folder.rglob("*") if path.suffix in (".gif", ".jpg")}

    expected = made()
    assert len(expected) >= 4
    for vectors in ("baseline", "avx2", "avx512"):
        assert made("--vectors", vectors) == expected, vectors


def test_render_of_what_is_no_video_fails(tmp_path: Path):
    (tmp_path / "text.mp4").write_text("text" * 1000)
    ended = zoetrope("render", tmp_path / "text.mp4", tmp_path / "out")
    assert ended.returncode == 1
    assert json.loads((tmp_path / "out" / "text" / "manifest.json").read_text())["reason"] in ended.stderr


@pytest.mark.parametrize("arguments", [
    ["process"], ["process", "--no-such-option", "x.mp4"], ["render", "x.mp4"], ["no-such-command"],
    ["up", "--port", "70000"], ["render", "x.mp4", "out", "--parameter", "SnippetSize=0"],
    ["render", "x.mp4", "out", "--parameter", "Snippetsize=5"],
], ids=" ".join)
def test_wrong_usage_ends_with_2(arguments: list[str]):
    ended = zoetrope(*arguments)
    assert ended.returncode == 2
    assert ended.stdout == "" and ended.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["process", "--help"]], ids=" ".join)
def test_help_ends_with_0(arguments: list[str]):
    ended = zoetrope(*arguments)
    assert ended.returncode == 0
    assert ended.stdout


def test_a_file_that_is_not_there_is_named(endpoint: Endpoint, tmp_path: Path):
    for command in (["process", tmp_path / "absent.mp4"], ["render", tmp_path / "absent.mp4", tmp_path / "out"]):
        ended = zoetrope(*command, **endpoint.environment())
        assert ended.returncode == 1
        assert "absent.mp4" in ended.stderr


def test_an_endpoint_that_is_not_there_is_named(short_video: Path):
    ended = zoetrope("process", short_video, "--endpoint", "http://127.0.0.1:9", seconds=60)
    assert ended.returncode == 1
    assert "127.0.0.1:9" in ended.stderr


def test_an_interrupted_process_ends_with_130(own_endpoint, three_clips: Path, tmp_path: Path):
    endpoint = own_endpoint()
    endpoint.start()
    command = [ZOETROPE, "process", three_clips, "--key", "cli/interrupted.mp4"]
    with running(command, clean_environment(**endpoint.environment())) as uploading:
        uploading.wait_for_line("uploaded", seconds=30)
        uploading.process.send_signal(signal.SIGINT)
        assert uploading.ended(seconds=20) == 130
    # The job is the endpoint's, and goes on.
    jobs = Jobs(endpoint)
    etag = jobs.s3.head_object(Bucket="zoetrope-source", Key="cli/interrupted.mp4")["ETag"].strip('"')
    assert jobs.wait("cli/interrupted.mp4", etag)["status"] == "complete"


EVENTS = ["s3-notification.json", "eventbridge-object-created.json", "minio-webhook.json"]


@pytest.mark.parametrize("event", EVENTS)
def test_the_sample_events_invoke_the_functions(event: str, endpoint: Endpoint, jobs: Jobs, short_video: Path):
    jobs.completed(short_video, "sample.mp4")
    ended = zoetrope(
        "invoke", "SnippetsFunction", "--event", PROJECT / "local" / "events" / event, "--endpoint", endpoint.url
    )
    assert ended.returncode == 0, ended.stderr
    (outcome,) = json.loads(ended.stdout)
    assert (outcome["key"], outcome["status"]) == ("sample.mp4", "unchanged")


def test_the_sample_clip_event_is_rendered(endpoint: Endpoint, jobs: Jobs, three_clips: Path):
    jobs.completed(three_clips, "sample.mp4")
    event = PROJECT / "local" / "events" / "new-video-created.json"
    ended = zoetrope("invoke", "ProcessClipFunction", "--event", event, "--endpoint", endpoint.url)
    assert ended.returncode == 0, ended.stderr
    outcome = json.loads(ended.stdout)
    assert (outcome["key"], outcome["start"], outcome["status"]) == ("sample.mp4", 0, "complete")


def test_a_function_runs_without_any_host(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    """DESIGN §2: without AWS_LAMBDA_RUNTIME_API, one event on standard input gives one result on standard output."""
    jobs.completed(short_video, "sample.mp4")
    names = {"SourceBucketName": "zoetrope-source", "GifsBucketName": GIFS}
    ended = subprocess.run(
        [ZOETROPE.parent / "Snippets"], capture_output=True, timeout=60,
        input=(PROJECT / "local" / "events" / "s3-notification.json").read_bytes(),
        env=clean_environment(**endpoint.environment(), **names),
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)[0]["status"] == "unchanged"
