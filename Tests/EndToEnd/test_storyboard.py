"""The storyboard: what players show while a viewer scrubs."""

import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from harness import framecode, oracle, pictures, storyboards, videos
from harness.endpoint import GIFS, Endpoint
from harness.installation import zoetrope
from harness.job import Jobs, Names
from harness.jobcheck import assert_whole, storyboard_objects
from harness.waiting import until

KEY = "boards/three clips.mp4"


@pytest.fixture(scope="module")
def manifest(jobs: Jobs, three_clips: Path) -> dict:
    return jobs.completed(three_clips, KEY)


@pytest.fixture(scope="module")
def long_video(video_folder: Path) -> Path:
    """230.25 seconds in 921 frames: ten sheets."""
    return videos.numbered(video_folder / "long.mp4", seconds=230.25, rate="4", size=(192, 108))


def still_at(jobs: Jobs, key: str, manifest: dict, second: int) -> bytes:
    clip = max((clip for clip in manifest["clips"] if clip["start"] <= second), key=lambda clip: clip["start"])
    return jobs.get(Names.of(key).still(clip["start"], second - clip["start"] + 1))


def assert_right_tiles(jobs: Jobs, key: str, manifest: dict, truth: oracle.Timeline | None = None) -> None:
    """Cues follow each other from 0 to the video's end, every tile is the still of its second, and no two are in the same
    place."""
    storyboard = manifest["storyboard"]
    interval = storyboard["interval"]
    tiles = storyboards.tiles(jobs, key)
    assert len(tiles) == storyboard["tiles"] == -(-manifest["frames"] // interval)
    assert [tile.start for tile in tiles] == [index * interval for index in range(len(tiles))]
    assert all(before.end == after.start for before, after in itertools.pairwise(tiles))
    assert tiles[-1].end == pytest.approx(manifest["duration"], abs=0.001)
    assert len({(tile.sheet, tile.x, tile.y) for tile in tiles}) == len(tiles)
    for tile in tiles:
        assert tile.picture.shape == (storyboard["tileHeight"], storyboard["tileWidth"], 3)
        still = still_at(jobs, key, manifest, int(tile.start))
        assert storyboards.distance(tile, still) < 6, f"the tile of second {tile.start}"
        number = framecode.read(tile.picture)
        assert number == framecode.read(pictures.still(still))
        assert truth is None or number == truth.on_screen(tile.start)


def test_every_tile_is_the_still_of_its_second(
    jobs: Jobs, manifest: dict, three_clips_truth: oracle.Timeline
):
    storyboard = manifest["storyboard"]
    assert (storyboard["tileWidth"], storyboard["tileHeight"], storyboard["tiles"]) == (320, 180, 65)
    assert (storyboard["columns"], storyboard["rows"], len(storyboard["sheets"])) == (5, 5, 3)
    assert_right_tiles(jobs, KEY, manifest, three_clips_truth)


def test_long_videos_have_several_sheets_of_the_same_size(jobs: Jobs, long_video: Path):
    key = "boards/long.mp4"
    manifest = jobs.completed(long_video, key)
    assert len(manifest["storyboard"]["sheets"]) == 10
    sizes = {pictures.still(jobs.get(sheet["key"])).shape for sheet in manifest["storyboard"]["sheets"]}
    assert sizes == {(540, 960, 3)}
    assert_right_tiles(jobs, key, manifest, oracle.timeline(long_video))


def test_the_manifest_names_everything_that_is_there(jobs: Jobs, manifest: dict):
    assert_whole(jobs, KEY, manifest)
    prefix = Names.of(KEY).storyboard
    documents = ["thumbnails.vtt", "storyboard.json", "storyboard.m3u8", "poster.jpg", "overview.jpg"]
    sheets = ["sheet-0.jpg", "sheet-1.jpg", "sheet-2.jpg"]
    assert storyboard_objects(manifest).keys() == {prefix + name for name in [*sheets, *documents]}
    types = {
        name: jobs.s3.head_object(Bucket=GIFS, Key=prefix + name)["ContentType"] for name in ["sheet-0.jpg", *documents]
    }
    assert types == {
        "sheet-0.jpg": "image/jpeg", "thumbnails.vtt": "text/vtt", "storyboard.json": "application/json",
        "storyboard.m3u8": "application/vnd.apple.mpegurl", "poster.jpg": "image/jpeg", "overview.jpg": "image/jpeg",
    }  # fmt: skip


def test_the_overview_shows_the_whole_video_in_48_kilobytes(jobs: Jobs, long_video: Path):
    key = "boards/overview.mp4"
    manifest = jobs.completed(long_video, key)
    overview = manifest["storyboard"]["overview"]
    content = jobs.get(overview["key"])
    assert len(content) == overview["bytes"] <= 48_000
    sheet = pictures.still(content)
    width, height, columns = overview["tileWidth"], overview["tileHeight"], overview["columns"]
    assert (width, height) == (80, 45)
    assert sheet.shape == (overview["rows"] * height, columns * width, 3)
    assert (overview["tiles"] - 1) * overview["interval"] < 231 <= overview["tiles"] * overview["interval"]
    for index in range(overview["tiles"]):
        x, y = index % columns * width, index // columns * height
        tile = storyboards.Tile(Fraction(0), Fraction(0), "", x, y, sheet[y : y + height, x : x + width])
        assert storyboards.distance(tile, still_at(jobs, key, manifest, index * overview["interval"])) < 12
    described = json.loads(jobs.get(manifest["storyboard"]["description"]["key"]))["overview"]
    assert (described["url"], described["tiles"], described["interval"]) == (
        "overview.jpg",
        overview["tiles"],
        overview["interval"],
    )


def test_the_other_documents_say_what_the_track_says(jobs: Jobs, manifest: dict):
    prefix = Names.of(KEY).storyboard
    cues = [(tile.start, tile.sheet, tile.x, tile.y) for tile in storyboards.tiles(jobs, KEY)]

    described = json.loads(jobs.get(f"{prefix}storyboard.json"))
    assert (described["tile_width"], described["tile_height"]) == (320, 180)
    assert described["duration"] == pytest.approx(manifest["duration"])
    assert cues == [
        (tile["start"], sheet["url"], tile["x"], tile["y"]) for sheet in described["sheets"] for tile in sheet["tiles"]
    ]
    assert described["poster"] == {"url": "poster.jpg", "time": manifest["storyboard"]["posterTime"]}

    assert cues == [cue[:4] for cue in playlist_tiles(jobs.get(f"{prefix}storyboard.m3u8").decode())][: len(cues)]


def playlist_tiles(text: str) -> list[tuple[Fraction, str, int, int]]:
    """What an image media playlist (version 0.4) says of tiles; those that a sheet does not have are cut off."""
    lines = iter(text.splitlines())
    assert next(lines) == "#EXTM3U"
    found, begin, duration, tiles, ended, only = [], Fraction(0), None, None, False, False
    for line in lines:
        name, _, value = line.partition(":")
        if name == "#EXTINF":
            duration = Fraction(value.rstrip(","))
        elif name == "#EXT-X-TILES":
            tiles = dict(part.split("=") for part in value.split(","))
        elif name == "#EXT-X-IMAGES-ONLY":
            only = True
        elif name == "#EXT-X-ENDLIST":
            ended = True
        elif not line.startswith("#"):
            width, height = map(int, tiles["RESOLUTION"].split("x"))
            columns, rows = map(int, tiles["LAYOUT"].split("x"))
            each = Fraction(tiles["DURATION"])
            places = [(column * width, row * height) for row in range(rows) for column in range(columns)]
            shown = -(-duration // each)
            found += [(begin + each * index, line, x, y) for index, (x, y) in enumerate(places[:shown])]
            begin += duration
    assert only and ended
    return found


def test_the_poster_is_a_good_still(jobs: Jobs, tmp_path: Path):
    """Three seconds of black, three of fog, three of a flat colour; then there is something to see."""
    parts = ["color=black:s=640x360:r=10:d=3", "testsrc2=s=640x360:r=10:d=3,gblur=sigma=12",
             "color=0x406080:s=640x360:r=10:d=3", "testsrc2=s=640x360:r=10:d=6"]  # fmt: skip
    graph = ";".join(f"{part},setsar=1,format=yuv420p[p{index}]" for index, part in enumerate(parts))
    graph += ";" + "".join(f"[p{index}]" for index in range(len(parts))) + f"concat=n={len(parts)}[all]"
    video = tmp_path / "fade.mp4"
    videos.run([*videos.FFMPEG, "-filter_complex", graph, "-map", "[all]", *videos.H264, video])

    manifest = jobs.completed(video, "boards/poster.mp4")

    time = manifest["storyboard"]["posterTime"]
    assert 9 <= time <= 12
    assert jobs.get(manifest["storyboard"]["poster"]["key"]) == still_at(jobs, "boards/poster.mp4", manifest, time)


def test_a_shorter_version_replaces_all_of_it(jobs: Jobs, long_video: Path, short_video: Path):
    key = "boards/replaced.mp4"
    before = jobs.completed(long_video, key)
    assert len(jobs.storyboard(key)) == 10 + 5

    manifest = jobs.completed(short_video, key)
    jobs.settled()

    assert manifest["version"] != before["version"]
    assert jobs.storyboard(key) == storyboard_objects(manifest)
    assert len(jobs.storyboard(key)) == 1 + 5
    assert_right_tiles(jobs, key, manifest, oracle.timeline(short_video))


def announce(jobs: Jobs, key: str, **detail: str) -> None:
    entry = {"Source": "custom.gifGenerator", "DetailType": "videoProcessed", "Detail": json.dumps({"key": key, **detail})}
    assert jobs.endpoint.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_the_event_again_changes_nothing(jobs: Jobs, short_video: Path):
    key = "boards/again.mp4"
    manifest = jobs.completed(short_video, key)

    def stamps() -> dict:
        names = [*jobs.storyboard(key), Names.of(key).manifest]
        return {name: jobs.s3.head_object(Bucket=GIFS, Key=name)["LastModified"] for name in names}

    before = stamps()
    announce(jobs, key, version=manifest["version"])
    announce(jobs, key)
    announce(jobs, key, version="of another time")
    announce(jobs, "boards/never uploaded.mp4")
    jobs.settled()

    assert jobs.manifest(key) == manifest
    assert stamps() == before
    assert "StoryboardFunction" not in zoetrope("dlq", "list", "--json", "--console", jobs.endpoint.web_url).stdout


def test_one_that_could_not_be_made_is_made_when_its_dead_letter_is_redriven(
    own_endpoint: Callable[..., Endpoint], short_video: Path
):
    endpoint = own_endpoint()
    endpoint.start()
    jobs, key = Jobs(endpoint), "boards/outage.mp4"
    manifest = jobs.completed(short_video, key)
    jobs.settled()
    made = {name: jobs.get(name) for name in jobs.storyboard(key)}

    # As if it had never been made, and neither the clip's tiles nor its stills were to be had.
    for name in made:
        jobs.s3.delete_object(Bucket=GIFS, Key=name)
    without = {name: value for name, value in manifest.items() if name != "storyboard"}
    jobs.s3.put_object(Bucket=GIFS, Key=Names.of(key).manifest, Body=json.dumps(without).encode())
    strip = f"{Names.of(key).folder}/.clips/{manifest['version']}/0.tiles"
    lost = {name: jobs.get(name) for name in [strip, *(name for name in jobs.pictures(key) if name.endswith(".jpg"))]}
    for name in lost:
        jobs.s3.delete_object(Bucket=GIFS, Key=name)
    announce(jobs, key)

    def letters() -> list[dict]:
        return json.loads(zoetrope("dlq", "list", "--json", "--console", endpoint.web_url).stdout)

    (letter,) = until("all tries to fail", lambda: letters() or None, every=0.2)
    assert (letter["function"], letter["attempts"], letter["errorType"]) == ("StoryboardFunction", 3, "OutputMissing")
    assert "storyboard" not in jobs.manifest(key), "the job is as complete as it was"

    for name, content in lost.items():
        jobs.s3.put_object(Bucket=GIFS, Key=name, Body=content)
    assert zoetrope("dlq", "redrive", "--all", "--console", endpoint.web_url).returncode == 0
    again = jobs.wait(key, manifest["source"]["etag"])
    assert {name: jobs.get(name) for name in jobs.storyboard(key)} == made
    assert storyboard_objects(again) == storyboard_objects(manifest)


def test_key_frames_small_stills_and_other_settings(own_endpoint: Callable[..., Endpoint], three_clips: Path):
    values = {"RenderMode": "keyframes", "JpegWidth": 96, "StoryboardColumns": 4, "StoryboardInterval": 3}
    endpoint = own_endpoint(arguments=tuple(
        part for name, value in values.items() for part in ("--parameter", f"{name}={value}")
    ))  # fmt: skip
    endpoint.start()
    jobs = Jobs(endpoint)

    manifest = jobs.completed(three_clips, KEY)

    storyboard = manifest["storyboard"]
    # Smaller stills are not enlarged.
    assert (storyboard["tileWidth"], storyboard["tileHeight"], storyboard["columns"]) == (96, 54, 4)
    assert (storyboard["tiles"], storyboard["rows"], storyboard["interval"]) == (22, 6, 3)
    assert_right_tiles(jobs, KEY, manifest)


@pytest.mark.parametrize("parameter", ["GenerateFrames", "Storyboard"])
def test_none_is_made_without_stills_or_where_none_is_wanted(
    parameter: str, own_endpoint: Callable[..., Endpoint], short_video: Path
):
    endpoint = own_endpoint(arguments=("--parameter", f"{parameter}=false"))
    endpoint.start()
    jobs = Jobs(endpoint)
    manifest = jobs.completed(short_video, KEY)
    jobs.settled()
    assert jobs.manifest(KEY) == manifest
    assert "storyboard" not in manifest and jobs.storyboard(KEY) == {}
    logged = zoetrope("logs", "--function", "StoryboardFunction", "--console", endpoint.web_url)
    if parameter == "GenerateFrames":
        assert "there are no stills to make it of" in logged.stdout
    else:
        assert "StoryboardFunction" not in [
            function["FunctionName"] for function in endpoint.client("lambda").list_functions()["Functions"]
        ]


@pytest.mark.parametrize(
    "value", ["StoryboardColumns=0", "StoryboardTileWidth=wide", "StoryboardInterval=0.5", "Storyboard=perhaps"]
)
def test_settings_that_cannot_be_are_refused(value: str, short_video: Path, tmp_path: Path):
    ended = zoetrope("render", short_video, tmp_path / "out", "--parameter", value)
    assert ended.returncode == 2
    assert f"{value.split('=')[0]} must be " in ended.stderr
