"""The truth about a video: a full decode by the system's ffmpeg, and what is on screen when."""

import bisect
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy

from . import framecode
from .videos import run

# Big enough to read the number, small enough for thousands of frames.
WIDTH, HEIGHT = 120, 80


@dataclass(frozen=True)
class Timeline:
    """When each frame appears, counted from the first one's appearance, and the number it shows."""

    times: list[Fraction]
    numbers: list[int]

    def on_screen(self, time: Fraction) -> int:
        """The number of the frame with the largest presentation time <= time; of the first frame before that."""
        return self.numbers[max(0, bisect.bisect_right(self.times, time) - 1)]


def timeline(video: Path) -> Timeline:
    """Decodes every frame of the video stream: its time stamp by ffprobe, its picture by ffmpeg."""
    probed = json.loads(
        run(
            ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json", "-show_entries",
             "stream=time_base:frame=best_effort_timestamp", video]
        ).stdout
    )
    time_base = Fraction(probed["streams"][0]["time_base"])
    stamps = [frame["best_effort_timestamp"] for frame in probed["frames"] if "best_effort_timestamp" in frame]
    raw = run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", video, "-map", "0:v:0", "-fps_mode", "passthrough",
         "-vf", f"scale={WIDTH}:{HEIGHT}:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    ).stdout
    pictures = numpy.frombuffer(raw, numpy.uint8).reshape(-1, HEIGHT, WIDTH, 3)
    assert len(pictures) == len(stamps), f"ffmpeg decoded {len(pictures)} frames, ffprobe {len(stamps)}"
    times = [(stamp - stamps[0]) * time_base for stamp in stamps]
    assert times == sorted(times), "ffprobe shows frames out of order"
    return Timeline(times, [framecode.read(picture) for picture in pictures])
