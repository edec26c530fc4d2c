"""Stills and GIF frames show the picture on screen at their time, whatever the video is like."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy
import pytest
from PIL import Image

from harness import oracle, pictures, videos
from harness.job import Jobs, Names
from harness.jobcheck import assert_right_pictures, assert_whole


@dataclass(frozen=True)
class Sample:
    """A kind of video: how to make it and the size its stills must have."""

    name: str
    stills: tuple[int, int] = (480, 272)
    options: dict = field(default_factory=dict)
    # From the video made of `options` to the one that is uploaded.
    then: Callable[[Path, Path], Path] | None = None
    made_as: str = "mp4"
    # Seconds from the start of the presentation to the first picture.
    late: Fraction = Fraction(0)


def encoder(name: str, *options: str) -> dict[str, Sequence[str]]:
    return {"encoder": ["-c:v", name, *options]}


IRREGULAR = "N*0.04 + 0.013*mod(N,3) + 0.0007*mod(N,7) + 2.7*gte(N,40)"
HEVC = encoder("libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=3:keyint=60")
VP9 = encoder("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M")
B_FRAMES = {"options": videos.B_FRAMES}

SAMPLES = [
    Sample("constant rate.mp4", options={"seconds": 4.25}),
    Sample("29.97 fps with B-frames.mp4", options={"rate": "30000/1001", **B_FRAMES}),
    Sample("24 fps, times in milliseconds.mkv", options={"rate": "24", **B_FRAMES}),
    Sample("one frame each two seconds.mp4", options={"rate": "1/2", "seconds": 8}),
    Sample("120 fps.mp4", options={"rate": "120", "seconds": 2, **B_FRAMES}),
    Sample(
        "variable rate with B-frames and a pause.mp4",
        options={
            "rate": "25", "seconds": 5, "timing": IRREGULAR.replace(",", r"\,"),
            "options": [*videos.B_FRAMES, "-video_track_timescale", "90000"],
        },
    ),
    Sample("variable rate.mkv", options={"rate": "25", "seconds": 4, "timing": IRREGULAR.replace(",", r"\,")}),
    Sample("transport stream, starts at 1.4 s.ts", options=B_FRAMES, made_as="ts"),
    Sample(
        "starts at 3.5 s.mkv", options=B_FRAMES,
        then=lambda made, path: videos.remuxed(made, path, "-output_ts_offset", "3.5"),
    ),
    Sample(
        "empty edit of 3.5 s.mp4", options=B_FRAMES, late=Fraction(7, 2),
        then=lambda made, path: videos.remuxed(made, path, "-output_ts_offset", "3.5"),
    ),
    Sample(
        "cut between keyframes by an edit list.mp4", options={"seconds": 6, **B_FRAMES},
        then=lambda made, path: videos.remuxed(made, path, before=["-ss", "1.7"]),
    ),
    Sample("fragmented.mp4", options={"options": ["-movflags", "frag_keyframe+empty_moov", "-g", "30"]}),
    Sample("turned by 90 degrees.mp4", stills=(480, 272), options={"quarter_turns": 1, **B_FRAMES}),
    Sample("turned by 180 degrees.mp4", options={"quarter_turns": 2, "seconds": 2}),
    Sample("portrait, turned by 270 degrees.mp4", stills=(272, 480), options={"quarter_turns": 3, "size": (272, 480)}),
    Sample("pixels wider than high.mp4", stills=(524, 288), options={"size": (360, 288), "options": ["-vf", "setsar=16/11"]}),
    Sample("pixels higher than wide.mp4", stills=(480, 300), options={"size": (480, 240), "options": ["-vf", "setsar=4/5"]}),
    Sample(
        "odd size.mp4", stills=(427, 241),
        options={"size": (427, 241), "seconds": 2, **encoder("libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p")},
    ),
    Sample("with sound.mov", options={"audio": True, **B_FRAMES}),
    Sample("hevc.mkv", options={"seconds": 3, **HEVC}),
    Sample("vp9 without a duration.webm", options={"seconds": 3, **VP9, "options": ["-live", "1"]}),
    Sample("av1.mp4", options={"seconds": 3, **encoder("libsvtav1", "-preset", "12", "-crf", "30")}),
    Sample("mpeg4.avi", options={"seconds": 3, **encoder("mpeg4", "-q:v", "3")}),
    Sample("prores.mov", options={"seconds": 2, **encoder("prores_ks", "-profile:v", "0")}),
    Sample("mjpeg.mov", options={"seconds": 2, **encoder("mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p")}),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_picture_is_the_one_on_screen_at_its_time(sample: Sample, jobs: Jobs, tmp_path: Path):
    path = tmp_path / sample.name
    if sample.then:
        sample.then(videos.numbered(tmp_path / f"made.{sample.made_as}", **sample.options), path)
    else:
        videos.numbered(path, **sample.options)
    truth = oracle.timeline(path)
    truth = replace(truth, times=[time + sample.late for time in truth.times])
    key = f"pictures/{sample.name}"

    manifest = jobs.completed(path, key)

    assert_whole(jobs, key, manifest)
    assert (manifest["width"], manifest["height"]) == sample.stills
    last = truth.times[-1]
    assert last < manifest["duration"] <= last + 2.1
    assert manifest["frames"] == math.ceil(round(manifest["duration"], 3))
    assert_right_pictures(jobs, key, manifest, truth)


def test_a_video_of_several_clips_is_whole(jobs: Jobs, three_clips: Path, three_clips_truth: oracle.Timeline):
    manifest = jobs.completed(three_clips, "pictures/three clips.mp4")

    assert [clip["start"] for clip in manifest["clips"]] == [0, 30, 60]
    assert [clip["end"] for clip in manifest["clips"]] == [29, 59, 89]
    assert [clip["frames"] for clip in manifest["clips"]] == [30, 30, 5]
    assert [clip["gifFrames"] for clip in manifest["clips"]] == [300, 300, 45]
    assert manifest["duration"] == pytest.approx(64.5, abs=0.001)
    assert_whole(jobs, "pictures/three clips.mp4", manifest)
    assert_right_pictures(jobs, "pictures/three clips.mp4", manifest, three_clips_truth)


def test_a_video_of_exactly_one_snippet_has_one_clip_whatever_its_sound_claims(jobs: Jobs, tmp_path: Path):
    picture = videos.numbered(tmp_path / "picture.mp4", seconds=30, rate="10", size=(240, 136))
    both = tmp_path / "both.mp4"
    videos.run([*videos.FFMPEG, "-i", picture, "-i", videos.tone(tmp_path / "sound.m4a", 31), "-c", "copy", both])

    manifest = jobs.completed(both, "pictures/exactly 30 s.mp4")

    assert [(clip["start"], clip["frames"], clip["gifFrames"]) for clip in manifest["clips"]] == [(0, 30, 300)]


@pytest.fixture(scope="module")
def bunny_seconds(bunny: Path) -> numpy.ndarray:
    """The frames at 0 s, 1 s, … of the real recording, which has 24 frames a second, as ffmpeg decodes them."""
    command = [*videos.FFMPEG, "-i", bunny, "-map", "0:v:0", "-vf", "select=not(mod(n\\,24))", "-fps_mode", "passthrough"]
    raw = videos.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]).stdout
    return numpy.frombuffer(raw, numpy.uint8).reshape(-1, 480, 854, 3)


def test_the_real_recording_gives_one_gif_thirty_stills_and_one_manifest(
    jobs: Jobs, bunny: Path, bunny_seconds: numpy.ndarray
):
    manifest = jobs.completed(bunny, "bbb.mp4")

    (clip,) = manifest["clips"]
    assert (clip["gifFrames"], clip["frames"]) == (300, 30)
    assert (manifest["width"], manifest["height"]) == (854, 480)
    assert_whole(jobs, "bbb.mp4", manifest)
    assert len(jobs.pictures("bbb.mp4")) == 31
    animation = pictures.Animation(jobs.get(clip["gif"]))
    for second, original in enumerate(bunny_seconds):
        jpeg = pictures.still(jobs.get(Names.of("bbb.mp4").still(0, second + 1)))
        assert psnr(jpeg, original) > 35, f"still of second {second}"
        small = Image.fromarray(original).resize((animation.width, animation.height), Image.Resampling.BOX)
        assert psnr(animation.frames[second * 10], numpy.asarray(small)) > 26, f"GIF frame of second {second}"


def psnr(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """Peak signal-to-noise ratio in dB: how alike two pictures are."""
    error = numpy.mean((one.astype(float) - other) ** 2)
    return 99.0 if error == 0 else 10 * math.log10(255**2 / error)
