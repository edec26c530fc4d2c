"""Files of the kinds that are easily shown wrong: every still and every GIF frame is the one that players show."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import pytest
from PIL import Image

from harness import blockcode, framecode, patching, videos
from harness.installation import ZOETROPE, clean_environment
from harness.rendering import Rendered, refusal, render

CASES = Path(__file__).parent / "cases"
# Enough of a GIF to see what it shows, quickly made.
QUICK = ["--parameter", "GifFrameRate=2", "--parameter", "GifWidth=120", "--parameter", "GifColors=16"]
QUICK += ["--parameter", "GifDither=none", "--parameter", "Storyboard=false"]
FRAME_RATE = 25

Shown = Callable[[float], int]


def from_start(first: int = 0, late: float = 0) -> Shown:
    """Pictures numbered from `first` at 25 a second, the first one `late` seconds after the start."""
    return lambda time: first + max(0, int((time - late) * FRAME_RATE + 1e-6))


def joined(*parts: tuple[int, int]) -> Shown:
    """Pictures at 25 a second in sequence: numbers from (first, up to but not including)."""
    numbers = [number for first, end in parts for number in range(first, end)]
    return lambda time: numbers[min(len(numbers) - 1, int(time * FRAME_RATE + 1e-6))]


def assert_shown(rendered: Rendered, shown: Shown, read: Callable[[numpy.ndarray], int], stills: int) -> None:
    assert rendered.manifest["frames"] == rendered.still_count == stills
    found = [read(rendered.still(second)) for second in range(stills)]
    assert found == [shown(second) for second in range(stills)]
    for clip in rendered.manifest["clips"]:
        frames = [read(frame) for frame in rendered.animation(clip["start"]).frames]
        assert len(frames) == clip["gifFrames"]
        assert frames == [shown(clip["start"] + index / 2) for index in range(len(frames))]


@dataclass(frozen=True)
class Case:
    """A file in `cases` and what is right."""

    name: str
    stills: int
    shown: Shown
    facts: dict = field(default_factory=dict)


# Three pictures before the odd one, and that one: they may stand for it.
OUTLIER = 302


NUMBERED = [
    Case("one_picture_50s.mp4", 50, lambda time: 0),
    Case("slides_25s_each.mp4", 100, lambda time: int(time // 25)),
    Case("video_starts_5s_after_audio.mkv", 26, from_start(late=5.023)),
    Case("mp4_ctts_outlier_3h.mp4", 40, from_start()),
    Case("ts_cat_reset.ts", 23, joined((0, 250), (1000, 1325))),
    Case("ts_jump_back_60s.ts", 23, joined((0, 250), (1000, 1325))),
    Case("ts_video_20s_late.ts", 27, from_start(late=20.030067), {"width": 160, "height": 96, "frameRate": 25}),
    Case("paff_pes_per_field.ts", 6, from_start()),
    # Two pictures are decoded before they are shown, and none says when: FFmpeg shows them two later.
    Case("avc3_inband.mp4", 40, lambda time: max(0, int(time * FRAME_RATE + 1e-6) - 2)),
    Case("mkv_starts_mid_gop.mkv", 67, from_start(75)),
    Case("mpeg4_no_stss.mp4", 35, from_start()),
    Case("mp4_many_tracks.mp4", 40, from_start()),
    Case("anim.apng", 3, lambda time: int(time * 10 + 1e-6)),
    Case("auxv_depth_track.mov", 10, from_start(1000), {"width": 160, "height": 96}),
]


@pytest.mark.parametrize("case", NUMBERED, ids=lambda case: case.name)
def test_a_known_file_shows_what_players_show(case: Case, tmp_path: Path):
    rendered = render(CASES / case.name, tmp_path, *QUICK)
    assert_shown(rendered, case.shown, blockcode.read, case.stills)
    for name, value in case.facts.items():
        assert rendered.manifest[name] == value


REFUSED = {
    "dolby_vision_p5.mp4": "Dolby Vision",
    "heic_still.heic": "still image (HEIC)",
    "mp4_elst_beyond.mp4": "edit list",
    "scrambled.ts": "encrypted",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_known_file_that_cannot_be_shown_is_refused_with_its_fault(name: str, tmp_path: Path):
    assert REFUSED[name] in refusal(CASES / name, tmp_path, *QUICK)


def decoded(
    video: Path, number: int, *filters: str, options: Sequence[str] = (), select: str | None = None
) -> numpy.ndarray:
    """A picture as ffmpeg decodes, turns and filters it: one by its number, or the first of those that `select` names."""
    chain = ",".join([f"select={select or f'eq(n,{number})'}".replace(",", "\\,"), *filters])
    png = videos.run(
        ["ffmpeg", "-v", "error", "-nostdin", *options, "-i", video, "-vf", chain, "-frames:v", "1", "-f", "image2pipe", "-c:v",
         "ppm", "-"]
    ).stdout  # fmt: skip
    _, size, _, rest = png.split(b"\n", 3)
    width, height = map(int, size.split())
    return numpy.frombuffer(rest, numpy.uint8).reshape(height, width, 3)


def turned_by_the_first(video: Path, number: int) -> numpy.ndarray:
    """A picture, turned as the first one is: ffmpeg itself turns only pictures that say so."""
    # By time: pictures that say something else begin a new count.
    upright, first, wanted = (
        decoded(video, 0),
        *(decoded(video, at, options=["-noautorotate"], select=f"gte(t,{(at - 0.5) / FRAME_RATE})") for at in (0, number)))
    turns = [turn for turn in range(4) if numpy.rot90(first, turn).shape == upright.shape]
    best = min(turns, key=lambda turn: numpy.mean(numpy.abs(numpy.rot90(first, turn).astype(float) - upright)))
    return numpy.rot90(wanted, best)


def assert_alike(one: numpy.ndarray, other: numpy.ndarray) -> None:
    assert one.shape == other.shape
    assert float(numpy.mean(numpy.abs(one.astype(float) - other))) < 4


def test_rotation_that_only_the_coded_pictures_tell_is_applied(tmp_path: Path):
    rendered = render(CASES / "h264_sei_rotate90.mp4", tmp_path, *QUICK)
    assert (rendered.manifest["width"], rendered.manifest["height"]) == (180, 320)
    # It is said of the first one, and holds for those that follow.
    for second in (0, 1):
        assert_alike(rendered.still(second), turned_by_the_first(CASES / "h264_sei_rotate90.mp4", 25 * second))


def test_the_clean_aperture_is_what_is_shown(tmp_path: Path):
    rendered = render(CASES / "mp4_clap.mp4", tmp_path, *QUICK)
    assert (rendered.manifest["width"], rendered.manifest["height"]) == (240, 136)
    assert_alike(rendered.still(0), decoded(CASES / "mp4_clap.mp4", 0, "crop=240:136:40:22:exact=1"))


def test_pictures_that_change_their_size_are_fitted(tmp_path: Path):
    rendered = render(CASES / "res_change_portrait.ts", tmp_path, *QUICK)
    assert (rendered.manifest["width"], rendered.manifest["height"]) == (320, 180)
    for second in range(10):
        still = rendered.still(second)
        assert still.shape == (180, 320, 3)
        if second < 5:
            assert blockcode.read(still) == second * FRAME_RATE
        else:
            inner = still[:, 110:210]
            assert numpy.mean(still[:, :105]) < 3 and numpy.mean(still[:, 215:]) < 3
            assert numpy.mean(inner) > 60


def test_pictures_of_high_definition_without_tags_are_bt709(tmp_path: Path):
    rendered = render(CASES / "col_untagged_hd.mp4", tmp_path, *QUICK)
    for found, right in zip(blockcode.patches(rendered.still(0)), blockcode.PATCHES, strict=True):
        assert max(abs(a - b) for a, b in zip(found, right, strict=True)) <= 4, (found, right)


# Generated files of the same kinds.

SIZE = (160, 96)
B_FRAMES = ["-bf", "2", "-x264-params", "b-adapt=0:keyint=50:scenecut=0"]
NO_B_FRAMES = ["-bf", "0", "-g", "25"]


def numbered(path: Path, seconds: float = 10, rate: str = "25", **options) -> Path:
    options.setdefault("size", SIZE)
    options.setdefault("options", B_FRAMES)
    return videos.numbered(path, seconds=seconds, rate=rate, **options)


def with_sound(source: Path, path: Path, *, late: float, seconds: float, codec: str = "aac") -> Path:
    """Pictures that begin `late` seconds after the sound."""
    videos.run(
        [*videos.FFMPEG, "-itsoffset", str(late), "-i", source, "-f", "lavfi", "-i", f"sine=d={seconds}", "-map", "0:v",
         "-map", "1:a", "-c:v", "copy", "-c:a", codec, path]
    )  # fmt: skip
    return path


def joined_files(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def setts(source: Path, path: Path, expression: str) -> Path:
    """The same packets at other times."""
    return videos.remuxed(source, path, "-bsf:v", f"setts={expression}")


MPEG2 = ["-c:v", "mpeg2video", "-q:v", "3", "-pix_fmt", "yuv420p"]
MPEG4 = ["-c:v", "mpeg4", "-q:v", "3", "-pix_fmt", "yuv420p"]
VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-pix_fmt", "yuv420p"]
THEORA = ["-c:v", "libtheora", "-q:v", "8", "-pix_fmt", "yuv420p"]


@dataclass(frozen=True)
class Kind:
    """How to make a file, how many stills it has, and what each moment shows."""

    name: str
    make: Callable[[Path, Path], object]
    stills: int
    shown: Shown
    facts: dict = field(default_factory=dict)


def two_parts(kind: str, offsets: tuple[float, float] = (0, 0), first: float = 6, second: float = 5, **options):
    """Two recordings one after the other in one file."""

    def make(folder: Path, path: Path) -> None:
        parts = []
        for index, (seconds, number) in enumerate([(first, 0), (second, 500)]):
            made = numbered(folder / f"part{index}.{kind}", seconds, first=number, **options)
            if offsets[index]:
                made = videos.remuxed(made, folder / f"moved{index}.{kind}", "-output_ts_offset", str(offsets[index]))
            parts.append(made)
        joined_files(path, *parts)

    return make


def clipped(numbers: Shown, last: int) -> Shown:
    return lambda time: min(last, numbers(time))


def stss_shifted(path: Path) -> None:
    """The sync table names the fifth picture behind each key frame."""

    def change(content: bytearray) -> None:
        _, start, end = patching.find(content, "trak", "mdia", "minf", "stbl", "stss")
        for at in range(start + 8, end, 4):
            number = int.from_bytes(content[at : at + 4], "big") + 5
            content[at : at + 4] = min(number, 240).to_bytes(4, "big")

    patching.replace(path, change)


def two_sizes(folder: Path, path: Path, *, auxiliary: Callable[[bytearray, int], None]) -> None:
    """A small video and a larger one behind it, of which `auxiliary` makes something that is not for showing."""
    small = numbered(folder / "small.mp4", 4)
    large = numbered(folder / "large.mp4", 4, first=700, size=(320, 192))
    videos.run([*videos.FFMPEG, "-i", small, "-i", large, "-map", "0", "-map", "1", "-c", "copy", path])

    def change(content: bytearray) -> None:
        auxiliary(content, 1)

    patching.replace(path, change)


def disable(content: bytearray, track: int) -> None:
    _, start, _ = patching.find(content, "trak", "tkhd", track=track)
    content[start + 3] &= 0xFE


def make_auxiliary(content: bytearray, track: int) -> None:
    _, start, _ = patching.find(content, "trak", "mdia", "hdlr", track=track)
    content[start + 8 : start + 12] = b"auxv"


def with_cover(folder: Path, path: Path) -> None:
    cover = folder / "cover.jpg"
    Image.new("RGB", (1000, 1000), (200, 10, 10)).save(cover)
    videos.run(
        [*videos.FFMPEG, "-i", cover, "-i", numbered(folder / "made.mp4", 4), "-map", "0", "-map", "1", "-c", "copy",
         "-disposition:v:0", "default", "-disposition:v:1", "0", path]
    )  # fmt: skip


def many_tracks(folder: Path, path: Path) -> None:
    text = folder / "text.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nwords\n")
    maps = ["-map", "1"] * 200
    videos.run(
        [*videos.FFMPEG, "-i", numbered(folder / "made.mp4", 4), "-i", text, *maps, "-map", "0", "-c", "copy", "-c:s",
         "mov_text", path]
    )  # fmt: skip


def edits_in_order(folder: Path, path: Path) -> None:
    """400 edits of one picture each, in the order of the pictures: what one edit would show."""
    shutil.copy(numbered(folder / "made.mp4", 16, options=NO_B_FRAMES), path)
    patching.edit_list(path, [(40, 512 * number) for number in range(400)])


def edits_within_pictures(folder: Path, path: Path) -> None:
    """8,000 edits of 5 ms each, eight of every picture, and one of the last second."""
    shutil.copy(numbered(folder / "made.mp4", 41, options=["-bf", "0", "-g", "5"]), path)
    patching.edit_list(path, [*((5, 512 * (number // 8)) for number in range(8000)), (960, 512 * 1000)])


def animated_webp(folder: Path, path: Path) -> None:
    """Frames of a tenth of a second; each changes its lower half only after the first."""
    pictures = [Image.fromarray(framecode.draw(number, *SIZE)) for number in range(30)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, lossless=True, loop=0)


TENTHS: Shown = lambda time: int(time * 10 + 1e-6)  # noqa: E731

KINDS = [
    Kind("slides of 40 s.mp4", lambda folder, path: numbered(path, 80, "1/40"), 80, lambda time: int(time // 40)),
    Kind("slides of 12 s.mkv", lambda folder, path: numbered(path, 60, "1/12"), 60, lambda time: int(time // 12)),
    Kind("one picture.mov", lambda folder, path: numbered(path, 35, "1/35"), 35, lambda time: 0),
    Kind(
        "slides.webm", lambda folder, path: numbered(path, 66, "1/33", encoder=VP9, options=[]), 66,
        lambda time: int(time // 33),
    ),
    Kind(
        "sound first.mp4",
        lambda folder, path: with_sound(numbered(folder / "made.mp4", 6), path, late=2, seconds=9), 8, from_start(late=2),
    ),
    Kind(
        "sound first.mov",
        lambda folder, path: with_sound(numbered(folder / "made.mp4", 31), path, late=33, seconds=70), 64,
        from_start(late=33),
    ),
    Kind(
        "sound first.webm",
        lambda folder, path: with_sound(
            numbered(folder / "made.webm", 4, encoder=VP9, options=[]), path, late=3, seconds=8, codec="libopus"),
        8, from_start(late=3.007),
    ),
    Kind(
        "an empty edit.mp4",
        lambda folder, path: videos.remuxed(numbered(folder / "made.mp4", 6), path, "-output_ts_offset", "3.5"), 10,
        from_start(late=3.5),
    ),
    Kind(
        "one wild time.mkv",
        lambda folder, path: setts(
            numbered(folder / "made.mkv", 8, options=NO_B_FRAMES), path, "pts=if(eq(N\\,60)\\,PTS+9000000\\,PTS):dts=DTS"),
        8, from_start(),
    ),
    Kind(
        "one wild time.mp4",
        lambda folder, path: setts(
            numbered(folder / "made.mp4", 34), path, "pts=if(eq(N\\,90)\\,PTS+100000000\\,PTS):dts=DTS"),
        34, from_start(),
    ),
    Kind(
        "the last time is wild.mp4",
        lambda folder, path: setts(
            numbered(folder / "made.mp4", 6, options=NO_B_FRAMES), path, "pts=if(eq(N\\,149)\\,PTS+9000000\\,PTS):dts=DTS"),
        6, from_start(),
    ),
    Kind("joined.ts", two_parts("ts"), 11, joined((0, 150), (500, 625))),
    Kind("joined, times go back by 90 s.ts", two_parts("ts", (90, 0)), 11, joined((0, 150), (500, 625))),
    Kind("joined with a gap of 40 s.ts", two_parts("ts", (0, 46)), 11, joined((0, 150), (500, 625))),
    Kind("joined after 34 s.ts", two_parts("ts", (50, 0), 34, 6), 40, joined((0, 850), (500, 650))),
    Kind(
        "times wrap around.ts",
        lambda folder, path: videos.remuxed(numbered(folder / "made.ts", 34), path, "-output_ts_offset", "95420"), 34,
        from_start(),
    ),
    Kind("joined.mpg", two_parts("mpg", encoder=MPEG2, options=["-g", "12"]), 11, joined((0, 150), (500, 625))),
    Kind(
        "joined with a gap.mpg", two_parts("mpg", (0, 80), encoder=MPEG2, options=["-g", "12"]), 11,
        joined((0, 150), (500, 625)),
    ),
    Kind("chained.ogv", two_parts("ogv", encoder=THEORA, options=["-g", "20"]), 11, joined((0, 150), (500, 625))),
    Kind(
        "without composition times.mp4",
        lambda folder, path: patching.rename(
            videos.remuxed(numbered(folder / "made.mp4", 34), path, "-use_editlist", "0"), "trak", "mdia", "minf", "stbl",
            "ctts"),
        34, lambda time: max(0, int(time * FRAME_RATE + 1e-6) - 2),
    ),
    Kind(
        "begins in mid-group.mkv",
        lambda folder, path: videos.remuxed(
            numbered(folder / "made.mkv", 10), path, "-bsf:v", "noise=drop=lt(n\\,20)", "-copyinkf"), 8, from_start(50),
    ),
    Kind(
        "begins in mid-group.ts",
        lambda folder, path: videos.remuxed(
            numbered(folder / "made.ts", 10), path, "-bsf:v", "noise=drop=lt(n\\,20)", "-copyinkf"), 8, from_start(50),
    ),
    Kind(
        "MPEG-4 without a sync table.mp4",
        lambda folder, path: patching.rename(
            numbered(path, 34, encoder=MPEG4, options=["-g", "40"]), "trak", "mdia", "minf", "stbl", "stss"),
        34, from_start(),
    ),
    Kind(
        "H.264 without a sync table.mp4",
        lambda folder, path: patching.rename(numbered(path, 34), "trak", "mdia", "minf", "stbl", "stss"), 34, from_start(),
    ),
    Kind(
        "MPEG-2 without a sync table.mov",
        lambda folder, path: patching.rename(
            numbered(path, 34, encoder=MPEG2, options=["-g", "40"]), "trak", "mdia", "minf", "stbl", "stss"),
        34, from_start(),
    ),
    Kind(
        "a wrong sync table.mp4",
        lambda folder, path: stss_shifted(numbered(path, 34, encoder=MPEG4, options=["-g", "40"])), 34, from_start(),
    ),
    Kind(
        "an animation.apng", lambda folder, path: numbered(path, 4, "10", encoder=["-c:v", "apng"], options=[]), 4, TENTHS
    ),
    Kind("an animation.webp", animated_webp, 3, TENTHS),
    Kind(
        "a disabled track.mp4", lambda folder, path: two_sizes(folder, path, auxiliary=disable), 4, from_start(),
        {"width": 160, "height": 96},
    ),
    Kind(
        "an auxiliary track.mov", lambda folder, path: two_sizes(folder, path, auxiliary=make_auxiliary), 4, from_start(),
        {"width": 160, "height": 96},
    ),
    Kind("a cover.mp4", with_cover, 4, from_start(), {"width": 160, "height": 96}),
    Kind("200 tracks.mp4", many_tracks, 4, from_start()),
    Kind("400 edits.mp4", edits_in_order, 16, from_start()),
    Kind("8000 edits.mp4", edits_within_pictures, 41, from_start()),
    Kind(
        "gradual refresh.mp4",
        lambda folder, path: numbered(
            path, 34, size=(640, 96), options=["-x264-params", "intra-refresh=1:keyint=100:bframes=2"]),
        34, from_start(),
    ),
    Kind(
        "sound 15 s before pictures.ts",
        lambda folder, path: with_sound(
            numbered(folder / "made.mp4", 5, options=NO_B_FRAMES), path, late=15, seconds=21, codec="mp2"),
        21, from_start(late=15.010911), {"width": 160, "height": 96, "frameRate": 25},
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_made_file_shows_what_players_show(kind: Kind, tmp_path: Path):
    path = tmp_path / kind.name
    kind.make(tmp_path, path)
    rendered = render(path, tmp_path / "out", *QUICK)
    assert_shown(rendered, kind.shown, framecode.read, kind.stills)
    for name, value in kind.facts.items():
        assert rendered.manifest[name] == value


@pytest.mark.parametrize("container", ["mp4", "mkv", "mov"])
def test_fields_are_halves_of_pictures_in_every_container(container: str, tmp_path: Path):
    path = tmp_path / f"fields.{container}"
    videos.remuxed(CASES / "paff_pes_per_field.ts", path)
    rendered = render(path, tmp_path / "out", *QUICK)
    assert_shown(rendered, from_start(), blockcode.read, 6)


def test_what_matroska_crops_is_not_shown(tmp_path: Path):
    path = numbered(
        tmp_path / "made.mkv", 2, size=(192, 120),
        options=[*B_FRAMES, "-colorspace", "bt470bg", "-color_primaries", "bt470bg", "-color_trc", "gamma28",
                 "-color_range", "tv", "-chroma_sample_location", "left"],
    )  # fmt: skip
    whole = decoded(path, 25)
    patching.matroska_crop(path, left=16, top=12, right=16, bottom=8)
    rendered = render(path, tmp_path / "out", *QUICK)
    assert (rendered.manifest["width"], rendered.manifest["height"]) == (160, 100)
    assert_alike(rendered.still(1), whole[12:112, 16:176])


def test_a_clean_aperture_within_a_clip_header(tmp_path: Path):
    path = patching.clean_aperture(numbered(tmp_path / "made.mp4", 2, size=(192, 120)), 160, 100)
    rendered = render(path, tmp_path / "out", *QUICK)
    assert (rendered.manifest["width"], rendered.manifest["height"]) == (160, 100)
    assert_alike(rendered.still(1), decoded(path, 25, "crop=160:100:16:10:exact=1"))


def test_a_size_change_between_clips_keeps_the_size_of_all_stills(tmp_path: Path):
    wide = numbered(tmp_path / "wide.ts", 32, size=(160, 96))
    high = numbered(tmp_path / "high.ts", 34, first=1000, size=(96, 160))
    rendered = render(joined_files(tmp_path / "both.ts", wide, high), tmp_path / "out", *QUICK)
    assert rendered.manifest["frames"] == 66
    assert {rendered.still(second).shape for second in (0, 31, 33, 62, 65)} == {(96, 160, 3)}
    assert framecode.read(rendered.still(31)) == 31 * FRAME_RATE
    fitted = rendered.still(62)
    assert numpy.mean(fitted[:, :48]) < 3 and numpy.mean(fitted[:, 112:]) < 3
    assert framecode.read(fitted[:, 51:109]) == 1000 + 30 * FRAME_RATE


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP"), ("a.avif", "AVIF")]
)
def test_an_image_is_named_as_one(name: str, expected: str, tmp_path: Path):
    path = tmp_path / name
    options = ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"] if name == "a.avif" else []
    videos.run([*videos.FFMPEG, "-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", *options, path])
    reason = refusal(path, tmp_path / "out", *QUICK)
    assert "still image" in reason and expected in reason


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([(1, 512 * (number % 100)) for number in range(100_001)], "has 100001 edits in its edit list"),
        ([(4000, 0)] * 25_600, "the 25600 edits of a track need 2560000 frames"),
    ],
    ids=["too many", "all of the video each time"],
)
def test_edits_that_cost_too_much_are_refused_at_once(edits: list[tuple[int, int]], expected: str, tmp_path: Path):
    path = numbered(tmp_path / "made.mp4", 4, options=NO_B_FRAMES)
    patching.edit_list(path, edits)
    assert expected in refusal(path, tmp_path / "out", *QUICK, seconds=60)


def test_a_file_name_that_is_not_utf8(tmp_path: Path):
    made = numbered(tmp_path / "made.mp4", 1)
    name = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    os.rename(made, name)
    ended = subprocess.run(
        [str(ZOETROPE), "render", name, str(tmp_path / "out"), *QUICK], capture_output=True, timeout=60,
        env=clean_environment())
    assert ended.returncode == 0, ended.stderr
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name == "caf\ufffd"


@pytest.mark.parametrize("name", ["-name.mp4", "--name.mp4"])
def test_a_file_name_that_begins_like_an_option(name: str, tmp_path: Path):
    numbered(tmp_path / "made.mp4", 1).rename(tmp_path / name)
    ended = subprocess.run(
        [str(ZOETROPE), "render", name, "out", *QUICK], capture_output=True, timeout=60, cwd=tmp_path,
        env=clean_environment())
    assert ended.returncode == 0, ended.stderr
    assert len(list((tmp_path / "out" / name.removesuffix(".mp4")).glob("*.jpg"))) == 1
