"""Proxies show what the container says is shown, as previews do: cropped, turned, of the right track."""

from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from harness import framecode, patching, videos
from harness.installation import zoetrope
from test_wrong_frames import (
    B_FRAMES,
    CASES,
    assert_alike,
    decoded,
    disable,
    make_auxiliary,
    numbered,
    turned_by_the_first,
    two_sizes,
)


def proxy(video: Path, folder: Path) -> Path:
    out = folder / "proxy.mp4"
    ended = zoetrope("proxy", video, out, "--force", seconds=120)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return out


def test_the_clean_aperture_is_cut_out(tmp_path: Path):
    made = proxy(CASES / "mp4_clap.mp4", tmp_path)
    assert_alike(decoded(made, 0), decoded(CASES / "mp4_clap.mp4", 0, "crop=240:136:40:22:exact=1"))


def test_rotation_that_only_the_coded_pictures_tell_is_applied(tmp_path: Path):
    made = proxy(CASES / "h264_sei_rotate90.mp4", tmp_path)
    # It is said of the first one, and holds for those that follow.
    for number in (0, 30):
        assert_alike(decoded(made, number), turned_by_the_first(CASES / "h264_sei_rotate90.mp4", number))


def test_what_matroska_crops_is_cut_off(tmp_path: Path):
    path = numbered(
        tmp_path / "made.mkv", 2, size=(192, 120),
        options=[*B_FRAMES, "-colorspace", "bt470bg", "-color_primaries", "bt470bg", "-color_trc", "gamma28",
                 "-color_range", "tv", "-chroma_sample_location", "left"],
    )  # fmt: skip
    whole = decoded(path, 25)
    patching.matroska_crop(path, left=16, top=12, right=16, bottom=8)
    assert_alike(decoded(proxy(path, tmp_path), 25), whole[12:112, 16:176])


@pytest.mark.parametrize("change", [disable, make_auxiliary], ids=["switched off", "auxiliary"])
def test_a_track_that_is_not_for_showing_is_left_alone(change: Callable, tmp_path: Path):
    path = tmp_path / "two.mov"
    two_sizes(tmp_path, path, auxiliary=change)
    made = proxy(path, tmp_path)
    shown: list[numpy.ndarray] = [decoded(made, number) for number in (0, 25)]
    assert [framecode.read(picture) for picture in shown] == [0, 25]
    facts = videos.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width", "-of", "csv=p=0", made]
    ).stdout
    assert int(facts) < 320
