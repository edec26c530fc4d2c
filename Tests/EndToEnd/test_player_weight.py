"""What the player costs a visitor: bytes to open it, and the wait for the first picture on a slow connection."""

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect

from harness import boards, scrubbing, static_files, videos
from harness.browser import PATIENCE, PHONE, Tab
from harness.installation import PROJECT
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
SECONDS = 210
KEY = "talks/three minutes and a half.mp4"
PAGES = PROJECT / "Sources" / "Pages" / "WebPages" / "Pages"
# 1.6 Mbit/s and 300 ms, as Chromium's "slow 4G".
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 200_000}


@dataclass
class Place:
    pages: str
    bucket: str
    finished: boards.Finished

    @property
    def player(self) -> str:
        return f"{self.pages}/index.html?bucket={self.bucket}&video={self.finished.key}"


@pytest.fixture(scope="module")
def place(bunny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """3:30 of a film at 480p, 4 MB each half minute."""
    folder = tmp_path_factory.mktemp("weight")
    video = folder / "long.mp4"
    videos.run([*videos.FFMPEG, "-stream_loop", "6", "-i", bunny, "-c", "copy", "-movflags", "+faststart", video])
    finished = boards.finished(video, folder, KEY, SECONDS)
    with static_files.serving(static_files.folder(PAGES)) as pages, static_files.serving(finished.read) as bucket:
        yield Place(pages, bucket, finished)


def slow(one: Tab) -> None:
    session = one.context.new_cdp_session(one.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)


def point_at(one: Tab, seconds: float) -> None:
    box = one.page.get_by_role("slider", name="Position in the video").bounding_box()
    one.page.mouse.move(box["x"] + box["width"] * seconds / SECONDS, box["y"] + box["height"] / 2)


def is_ready(one: Tab) -> None:
    """The page has its first view and its overview."""
    one.until("document.querySelector('canvas.strip.filled')")


def shown(one: Tab) -> numpy.ndarray:
    """What the preview's canvas shows."""
    url = one.page.locator("canvas.still").evaluate("(canvas) => canvas.toDataURL('image/png')")
    return numpy.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))).convert("RGB"))


def likeness(one: Tab, place: Place, second: int) -> float:
    """Mean difference between what is shown and the still of a second, both made small."""
    key = next(name for name in place.finished.objects if name.endswith(f"-{second // 30 * 30}-frame-{second % 30 + 1}.jpg"))
    still = Image.open(io.BytesIO(place.finished.objects[key])).convert("RGB").resize((16, 9), Image.Resampling.BOX)
    found = Image.fromarray(shown(one)).resize((16, 9), Image.Resampling.BOX)
    return float(numpy.mean(numpy.abs(numpy.asarray(still, numpy.int16) - numpy.asarray(found, numpy.int16))))


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, PHONE], ids=["desktop", "phone"])
def test_opening_it_costs_less_than_700_kilobytes(place: Place, tab: Callable[..., Tab], viewport: dict, record_property):
    one = tab(viewport=viewport)
    session = one.context.new_cdp_session(one.page)
    session.send("Network.enable")
    received = {"bytes": 0}
    session.on("Network.dataReceived", lambda event: received.update(bytes=received["bytes"] + event["dataLength"]))
    one.open(place.player)
    is_ready(one)
    one.page.wait_for_load_state("networkidle")
    one.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    one.page.wait_for_load_state("networkidle")
    record_property("bytes", received["bytes"])
    print(f"\nopening costs {received['bytes'] / 1000:.0f} KB")
    assert received["bytes"] <= 700_000
    assert not [url for url in one.requests if "-frame-" in url or ".gif" in url]
    assert one.page.evaluate("document.querySelector('video').readyState") == 0
    scrubbing.turn_to(one)
    one.assert_content(place.pages, place.bucket)


def test_the_first_moment_pointed_at_is_shown_by_what_came_with_the_page(place: Place, tab: Callable[..., Tab]):
    """On a slow connection, too: nothing that is asked for after the pointer has come is needed."""
    one = tab()
    slow(one)
    one.open(place.player)
    is_ready(one)
    one.page.route("**/sheet-*", lambda route: None)
    one.page.route("**/*-frame-*", lambda route: None)
    point_at(one, 160.2)
    expect(one.page.get_by_test_id("preview")).to_be_visible()
    milliseconds = one.page.evaluate(
        """() => new Promise((resolve) => {
          const began = performance.now(), canvas = document.querySelector("canvas.still");
          const look = () => {
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const time = performance.now() - began;
            if (pixels.some((value, index) => index % 4 < 3 && value > 30) || time > 20_000) resolve(time);
            else requestAnimationFrame(look);
          };
          look();
        })""")
    print(f"\nfirst picture after {milliseconds:.0f} ms")
    assert likeness(one, place, 160) < 25
    assert one.page.locator("canvas.still").evaluate("(canvas) => canvas.width") == 80


def test_the_sheet_of_larger_tiles_replaces_it(place: Place, tab: Callable[..., Tab]):
    one = tab()
    one.open(place.player)
    is_ready(one)
    for second in (0, 24, 25, 131, 209):
        point_at(one, second + 0.5)
        one.page.locator(f"canvas.still[data-second='{second}']").wait_for()
        assert one.page.locator("canvas.still").evaluate("(canvas) => canvas.width") == 320
        assert likeness(one, place, second) < 8
    assert len({url for url in one.requests if "/sheet-" in url}) == 4
    assert not [url for url in one.requests if "-frame-" in url], "tiles of 320 pixels are as good as stills"
    one.assert_content(place.pages, place.bucket)


def test_one_preview_shows_the_second_and_then_the_gif_of_its_clip_as_it_loads(place: Place, tab: Callable[..., Tab]):
    one = tab(reduced_motion="no-preference")
    one.open(place.player)
    is_ready(one)
    point_at(one, 95.4)
    preview = one.page.get_by_test_id("preview")
    expect(preview.locator("figure")).to_have_count(1)
    gif = preview.locator("img.gif")
    expect(gif).to_be_visible()
    assert "-90.gif" in gif.get_attribute("src")
    assert gif.bounding_box() == preview.locator("canvas.still").bounding_box()
    # It does not wait for all of the file.
    assert one.page.evaluate("document.querySelector('img.gif').onload") is None
    point_at(one, 99.4)
    expect(preview).to_contain_text("1:39")
    one.assert_content(place.pages, place.bucket)


def test_who_asked_for_no_motion_sees_none(place: Place, tab: Callable[..., Tab]):
    one = tab(reduced_motion="reduce")
    one.open(place.player)
    is_ready(one)
    point_at(one, 95.4)
    one.page.locator("canvas.still[data-second='95']").wait_for()
    first = one.page.get_by_role("button", name="Play from").first
    first.hover()
    first.focus()
    one.page.keyboard.press("ArrowRight")
    # What would be fetched by now was asked for before this answer.
    one.page.evaluate("new Promise((resolve) => setTimeout(resolve, 600))")
    assert not [url for url in one.requests if url.endswith(".gif") or ".gif?" in url]
    expect(one.page.get_by_text("Point at one")).to_have_count(0)


def test_all_clips_are_one_stop_of_the_tab_key(place: Place, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(place.player)
    is_ready(one)
    buttons = page.get_by_role("button", name="Play from")
    expect(buttons).to_have_count(7)
    assert buttons.evaluate_all("all => all.filter((one) => one.tabIndex === 0).length") == 1
    buttons.first.focus()
    focused = "document.activeElement.getAttribute('aria-label')"
    for key, label in [("ArrowRight", "0:30"), ("End", "3:00"), ("ArrowRight", "3:00"), ("ArrowLeft", "2:30"), ("Home", "0:00")]:
        page.keyboard.press(key)
        assert page.evaluate(focused) == f"Play from {label}"
    page.keyboard.press("ArrowDown")
    below = page.evaluate(focused)
    assert below != "Play from 0:00"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "Play from 0:00"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    # The stop is where one was last.
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) == "Play from 0:00"
    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name="Position in the video")).to_be_focused()


def test_colours_of_the_visitor_show_where_the_video_is(place: Place, tab: Callable[..., Tab]):
    one = tab(forced_colors="active")
    page = one.open(place.player)
    is_ready(one)
    page.get_by_role("slider", name="Position in the video").focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    played, track, cursor = (
        page.locator(part).evaluate("(element) => getComputedStyle(element).backgroundColor")
        for part in (".played", ".track", ".cursor")
    )
    assert len({played, track}) == 2
    assert cursor != track
    assert page.locator(".played").bounding_box()["width"] > 100


def test_a_drag_becomes_finer_away_from_the_time_line(place: Place, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(place.player)
    is_ready(one)
    # As if it were long: a pixel is a fifth of a second and more.
    scrubbing.turn_to(one)
    box = page.get_by_role("slider", name="Position in the video").bounding_box()
    a_pixel = SECONDS / box["width"]
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, box["y"] - 170)
    before = page.evaluate("document.querySelector('video').currentTime")
    page.mouse.move(x + 50, box["y"] - 170, steps=5)
    preview = page.get_by_test_id("preview")
    expect(preview).to_contain_text("fine")
    page.mouse.up()

    def moved() -> bool:
        after = page.evaluate("document.querySelector('video').seeking ? null : document.querySelector('video').currentTime")
        return after is not None and abs(after - before - 50 * 0.1) < 0.3

    assert a_pixel > 0.12
    until("the video to move by 5 s", lambda: moved() or None)
