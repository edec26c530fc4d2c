"""The page of one video of a library, in a real browser: the player, the waveform, clips, downloads."""

import io
import json
import math
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness import accessibility, boards, library_pages, scrubbing, videos
from harness.browser import PATIENCE, PHONE, Tab
from harness.library_pages import ScriptedLibrary
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
LIBRARY, FILE = "0a0a0a0a-0000-4000-8000-000000000001", "0b0b0b0b-0000-4000-8000-000000000002"
PROXY, MOMENT = "0c0c0c0c-0000-4000-8000-000000000003", "0d0d0d0d-0000-4000-8000-000000000004"
SECONDS, RATE = 64, 10
PREFIX = f"library/{LIBRARY}/{FILE}/previews/1/"


@dataclass
class Made:
    video: bytes
    files: dict[str, bytes]
    manifest: dict


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A video of 64 seconds whose frame n shows the number n, and its previews under the names that libraries have."""
    folder = tmp_path_factory.mktemp("page")
    video = videos.numbered(folder / "talk.mp4", seconds=SECONDS, rate=str(RATE), size=(320, 180), audio=True)
    finished = boards.finished(video, folder, "talk.mp4", SECONDS, width=320, height=180, rate=RATE)

    def placed(key: str) -> str:
        return PREFIX + key.removeprefix("talk/").replace("talk-", "preview-")

    files = {placed(key): content for key, content in finished.objects.items()}
    manifest = json.loads(json.dumps(finished.manifest).replace("talk/talk-", f"{PREFIX}preview-").replace("talk/", PREFIX))
    for name in ("description", "thumbnails", "playlist"):
        file = {"description": "storyboard.json", "thumbnails": "thumbnails.vtt", "playlist": "storyboard.m3u8"}[name]
        files[f"{PREFIX}storyboard/{file}"] = f"the {name}".encode()
        manifest["storyboard"][name] = {"key": f"{PREFIX}storyboard/{file}", "bytes": 9}
    return Made(video.read_bytes(), files, manifest)


@pytest.fixture
def library(made: Made) -> ScriptedLibrary:
    record = {
        "id": FILE, "libraryId": LIBRARY, "name": "A talk.mp4", "mimeType": "video/mp4", "size": len(made.video), "version": 1,
        "role": "original", "width": 320, "height": 180, "duration": SECONDS, "thumbnailFileId": None, "derivedFileIds": [PROXY],
        "metadata": {"streams": {"video": {"frameRate": {"numerator": RATE, "denominator": 1}, "codec": "h264"}}},
        "proxyStatus": "ready", "waveformStatus": "complete", "waveformedVersion": 1, "previewsStatus": "ready",
        "previewsManifest": f"{PREFIX}manifest.json",
    }  # fmt: skip
    one = ScriptedLibrary(LIBRARY, FILE, record)
    for key, content in made.files.items():
        one.contents[f"{one.address}/previews/{key.removeprefix(PREFIX)}"] = content
    del one.contents[f"{one.address}/previews/manifest.json"]
    one.answers[f"{one.address}/previews"] = made.manifest
    one.answers[f"{one.address}/waveform"] = {
        "peaks": [round(abs(math.sin(index / 40)), 4) for index in range(SECONDS * 50)], "peaksPerSecond": 50,
        "sampleRate": 16000, "duration": SECONDS,
    }  # fmt: skip
    sources = [("source", FILE, "A talk.mp4"), ("proxy", PROXY, "A talk_proxy.mp4")]
    one.answers[f"{one.address}/playback-sources"] = {
        "defaultSourceId": PROXY,
        "sources": [
            {
                "id": id,
                "name": name,
                "kind": kind,
                "mimeType": "video/mp4",
                "streamUrl": f"/api/files/proxy/{LIBRARY}/{id}/{name.replace(' ', '%20')}",
            }
            for kind, id, name in sources
        ],
    }
    for _, id, name in sources:
        one.contents[f"/api/files/proxy/{LIBRARY}/{id}/{name}"] = made.video
    return one


@pytest.fixture
def served(library: ScriptedLibrary) -> Iterator[str]:
    with library_pages.serving(library) as url:
        yield url


def opened(one: Tab, url: str, query: str = "") -> Page:
    page = one.open(f"{url}/video?library={LIBRARY}&file={FILE}{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text("A talk.mp4")
    expect(page.get_by_role("button", name="Play from")).to_have_count(3)
    scrubbing.turn_to(one)
    return page


def position(page: Page) -> float:
    return page.evaluate("document.querySelector('video').currentTime")


def is_at(one: Tab, seconds: float, within: float = 0.06) -> None:
    one.until(
        "!document.querySelector('video').seeking"
        f" && Math.abs(document.querySelector('video').currentTime - {seconds}) < {within}"
    )


def test_it_shows_the_video_with_its_previews_and_its_sound(served: str, tab: Callable[..., Tab]):
    one = tab(reduced_motion="no-preference")
    page = opened(one, served)
    for second in (0, 25, 37, 63):
        scrubbing.point_at(page, second + 0.25)
        assert scrubbing.shown_still(page, second) == second * RATE
    expect(page.get_by_role("img", name="Waveform of 1 minute 4 seconds")).to_be_visible()
    assert painted(page) > 500
    assert "/previews/preview-60.gif" in scrubbing.shown_gif(page)[0]
    one.assert_content(served)


def painted(page: Page) -> int:
    """Pixels of the waveform that are drawn."""
    return page.locator("canvas.peaks").evaluate("""(canvas) => {
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      let count = 0;
      for (let index = 3; index < pixels.length; index += 4) if (pixels[index]) count += 1;
      return count;
    }""")


def test_the_source_is_switched_without_losing_the_place(served: str, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    source = page.get_by_role("combobox", name="Source")
    expect(source).to_have_value(f"/api/files/proxy/{LIBRARY}/{PROXY}/A%20talk_proxy.mp4")
    scrubbing.point_at(page, 41.5)
    page.mouse.down()
    page.mouse.up()
    is_at(one, 41.5, 0.3)
    source.select_option("Original")
    one.until("document.querySelector('video').src.includes('A%20talk.mp4') && document.querySelector('video').readyState >= 1")
    is_at(one, 41.5, 0.3)
    one.assert_content(served)


def test_keys_are_those_of_well_known_players(served: str, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    page.evaluate("""() => {
      const video = document.querySelector("video");
      window.small = 0;
      video.requestPictureInPicture = async () => { window.small += 1; };
      window.full = 0;
      document.querySelector(".stage").requestFullscreen = async () => { window.full += 1; };
    }""")
    press = page.keyboard.press
    press("5")
    is_at(one, 32)
    press("l")
    is_at(one, 42)
    press("j")
    is_at(one, 32)
    press("ArrowLeft")
    is_at(one, 27)
    press("ArrowRight")
    is_at(one, 32)
    press(".")
    is_at(one, 32.15)
    press(",")
    is_at(one, 32.05)
    press("m")
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    press("m")
    press(">")
    expect(page.get_by_role("combobox", name="Speed")).to_have_value("1.25")
    press("<")
    press("c")
    expect(page.get_by_role("status").filter(has_text="no captions")).to_have_count(1)
    press("f")
    assert page.evaluate("window.full") == 1
    if page.evaluate("document.pictureInPictureEnabled"):
        press("p")
        assert page.evaluate("window.small") == 1
    press("k")
    one.until("!document.querySelector('video').paused")
    press(" ")
    one.until("document.querySelector('video').paused")
    page.locator(".stage").focus()
    press("ArrowDown")
    assert page.evaluate("document.querySelector('video').volume") == 0.95
    press("ArrowUp")
    press("0")
    is_at(one, 0)
    one.assert_content(served)


def test_letters_in_fields_are_letters(served: str, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    page.get_by_role("combobox", name="Speed").focus()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "false")


def test_the_waveform_is_zoomed_by_wheel_and_only_its_visible_part_is_drawn(served: str, tab: Callable[..., Tab]):
    one = tab(device_scale_factor=2)
    page = opened(one, served)
    strip = page.locator(".waveform")
    box = strip.bounding_box()
    shown = page.locator(".waveform-tools .number")
    expect(shown).to_have_text("0:00–1:04")
    until("the canvas", lambda: page.locator("canvas.peaks").evaluate("(canvas) => canvas.width") or None)
    # Sharp on a dense screen, and no larger than what is seen.
    assert abs(page.locator("canvas.peaks").evaluate("(canvas) => canvas.width") - 2 * box["width"]) <= 2
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    for _ in range(6):
        page.mouse.wheel(0, -400)
    expect(shown).not_to_have_text("0:00–1:04")
    text = shown.text_content()
    first, last = (int(part.split(":")[0]) * 60 + int(part.split(":")[1]) for part in text.split("–"))
    assert first <= 32 <= last + 1 and last - first < 5
    assert abs(page.locator("canvas.peaks").evaluate("(canvas) => canvas.width") - 2 * box["width"]) <= 2
    # What is under the pointer stays there.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 30)
    is_at(one, 32, 0.3)
    page.get_by_role("button", name="Whole video").click()
    expect(shown).to_have_text("0:00–1:04")
    page.get_by_role("button", name="Zoom in").click()
    expect(shown).not_to_have_text("0:00–1:04")
    one.assert_content(served)


def test_two_fingers_zoom_the_waveform(served: str, tab: Callable[..., Tab]):
    one = tab(viewport=PHONE, has_touch=True, is_mobile=True)
    page = opened(one, served)
    strip = page.locator(".waveform")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    middle, y = box["x"] + box["width"] / 2, box["y"] + 30
    session = one.context.new_cdp_session(page)

    def touch(kind: str, *places: float) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": index} for index, x in enumerate(places)]},
        )

    touch("touchStart", middle - 20, middle + 20)
    for apart in range(30, 130, 10):
        touch("touchMove", middle - apart, middle + apart)
    touch("touchEnd")
    shown = page.locator(".waveform-tools .number")
    expect(shown).not_to_have_text("0:00–1:04")
    first, last = (int(part.split(":")[0]) * 60 + int(part.split(":")[1]) for part in shown.text_content().split("–"))
    assert 5 <= last - first <= 20 and first <= 32 <= last
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    one.assert_content(served)


def test_a_clip_is_marked_by_keyboard_and_exported(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    name = "A talk_moment.gif"
    library.on_post = lambda path, body: pending(library, body)
    page.keyboard.press("2")
    is_at(one, 12.8)
    page.keyboard.press("i")
    page.keyboard.press("l")
    is_at(one, 22.8)
    page.keyboard.press("o")
    cut = page.get_by_test_id("cut")
    expect(cut).to_have_text("0:12.80 – 0:22.80 (10.00 s)")
    # The marks move by frames.
    page.get_by_role("slider", name="End of the clip").focus()
    page.keyboard.press("ArrowRight")
    expect(cut).to_have_text("0:12.80 – 0:22.90 (10.10 s)")
    page.keyboard.press("Shift+ArrowRight")
    expect(cut).to_have_text("0:12.80 – 0:23.90 (11.10 s)")
    page.get_by_role("combobox", name="Format").select_option("gif")
    page.get_by_role("button", name="Export the clip").click()
    exports = page.get_by_role("list", name="Exported clips")
    expect(exports).to_contain_text("waiting")
    library.change(moments=[{**library.record["moments"][0], "status": "processing"}])
    expect(exports).to_contain_text("being made")
    (path, body), = library.posted
    assert path == f"{library.address}/moments"
    assert (pytest.approx(body["start"]), pytest.approx(body["end"]), body["format"]) == (12.8, 23.9, "gif")
    # It is there when the record names it.
    made = {"id": MOMENT, "libraryId": LIBRARY, "name": name, "size": 1234, "mimeType": "image/gif"}
    library.answers[f"/api/libraries/{LIBRARY}/files/{MOMENT}"] = made
    library.change(derivedFileIds=[PROXY, MOMENT], moments=None, momentsStatus=None)
    link = page.get_by_role("link", name="Download (1.2 KB)")
    expect(link).to_have_attribute("href", f"/api/files/proxy/{LIBRARY}/{MOMENT}/A%20talk_moment.gif")
    one.assert_content(served)


def pending(library: ScriptedLibrary, body: dict) -> tuple[int, dict]:
    """As the library does: the record names a moment until it is there."""
    library.change(moments=[{"id": MOMENT, "status": "queued", **body}], momentsStatus="processing")
    return 202, {"id": MOMENT, "job": "j", "status": "queued"}


def test_a_clip_that_is_under_way_is_seen_after_a_reload(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    pending(library, {"start": 1.5, "end": 4, "format": "webp"})
    one = tab()
    page = opened(one, served)
    exports = page.get_by_role("list", name="Exported clips")
    expect(exports).to_contain_text("0:01.50 – 0:04.00 · WEBP")
    expect(exports).to_contain_text("waiting")
    # Told by events alone: one stream, which stays.
    assert len([url for url in one.requests if url.endswith("/events")]) == 1
    one.assert_content(served)


def test_a_clip_that_fails_says_why_and_is_tried_again(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    library.on_post = lambda path, body: pending(library, body)
    one = tab()
    page = opened(one, served)
    page.get_by_role("button", name="Export the clip").click()
    exports = page.get_by_role("list", name="Exported clips")
    expect(exports).to_contain_text("waiting")
    failed = {**library.record["moments"][0], "status": "failed", "error": "The video ends before this."}
    library.change(moments=[failed], momentsStatus=None)
    expect(exports).to_contain_text("The video ends before this.")
    accessibility.assert_usable(page)
    exports.get_by_role("button", name="Try again").click()
    expect(exports.get_by_role("listitem")).to_have_count(1)
    expect(exports).to_contain_text("waiting")
    assert len(library.posted) == 2 and library.posted[0] == library.posted[1]
    one.assert_content(served)


def test_a_clip_that_is_refused_says_why(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    library.on_post = lambda path, body: (400, {"error": "BadRequest", "message": "A moment must be shorter."})
    one = tab()
    page = opened(one, served)
    page.get_by_role("button", name="Export the clip").click()
    expect(page.get_by_role("alert")).to_contain_text("A moment must be shorter.")


def test_marks_are_dragged_and_the_clip_is_played_to_its_end(served: str, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    strip = page.locator(".waveform").bounding_box()
    mark = page.get_by_role("slider", name="End of the clip").bounding_box()
    y = mark["y"] + 40
    page.mouse.move(mark["x"] + mark["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(strip["x"] + strip["width"] * 2 / SECONDS, y, steps=4)
    page.mouse.up()
    expect(page.get_by_test_id("cut")).to_contain_text("0:00.00 – 0:0")
    end = float(page.get_by_role("slider", name="End of the clip").get_attribute("aria-valuenow"))
    assert abs(end - 2) < 0.3
    page.get_by_role("button", name="Play the clip").click()
    one.until(f"document.querySelector('video').paused && document.querySelector('video').currentTime >= {end}")
    assert position(page) < end + 1
    one.assert_content(served)


def test_what_can_be_saved_is_in_one_menu(served: str, made: Made, tab: Callable[..., Tab]):
    one = tab(accept_downloads=True)
    page = opened(one, served, "&t=37")
    page.locator("summary").filter(has_text="Download").press("Enter")
    menu = page.locator(".menu-list")
    expect(menu.get_by_role("link", name="Original")).to_have_attribute("download", "A talk.mp4")
    expect(menu.get_by_role("link", name="Video for every browser")).to_have_attribute("download", "A talk_proxy.mp4")
    is_at(one, 37, 0.2)
    with page.expect_download() as still:
        menu.get_by_role("link", name="Still of this second").click()
    assert still.value.suggested_filename == "A talk-37.jpg"
    assert Path(still.value.path()).read_bytes() == made.files[f"{PREFIX}preview-30-frame-8.jpg"]
    with page.expect_download() as gif:
        menu.get_by_role("link", name="GIF of this part").click()
    assert Path(gif.value.path()).read_bytes() == made.files[f"{PREFIX}preview-30.gif"]
    with page.expect_download() as archive:
        menu.get_by_role("button", name="Storyboard (ZIP)").click()
    assert archive.value.suggested_filename == "A talk-storyboard.zip"
    with zipfile.ZipFile(io.BytesIO(Path(archive.value.path()).read_bytes())) as inside:
        assert inside.testzip() is None
        for name in inside.namelist():
            assert inside.read(name) == made.files[f"{PREFIX}storyboard/{name}"]
        assert {"storyboard.json", "thumbnails.vtt", "overview.jpg", "poster.jpg", "sheet-0.jpg", "sheet-2.jpg"} <= set(
            inside.namelist()
        )
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    one.assert_content(served)


def test_the_frame_that_is_shown_becomes_the_poster(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    def queued(path: str, body: dict) -> tuple[int, dict]:
        library.change(thumbnailStatus="queued")
        return 202, library.record

    library.on_post = queued
    one = tab()
    page = opened(one, served, "&t=37")
    is_at(one, 37, 0.2)
    page.get_by_role("button", name="Use as poster").click()
    expect(page.get_by_text("The poster is being made.")).to_be_visible()
    (path, body), = library.posted
    assert path == f"{library.address}/thumbnail"
    assert abs(body["time"] - 37) < 0.2
    library.contents[f"{library.address}/thumbnail"] = b"RIFF"
    library.change(thumbnailStatus="ready", thumbnailFileId=MOMENT)
    expect(page.locator("video")).to_have_attribute("poster", f"{library.address}/thumbnail?v={MOMENT}")
    expect(page.get_by_role("button", name="Use as poster")).to_be_enabled()
    library.on_post = lambda path, body: (403, {"error": "Forbidden", "message": "Only owners of the library may do this."})
    page.get_by_role("button", name="Use as poster").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_the_poster_is_chosen_of_frames_that_are_seen(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    """Before the video has moved, its poster is what is seen: the frame of its position is another one."""
    library.contents[f"{library.address}/thumbnail"] = b"RIFF"
    library.change(thumbnailFileId=MOMENT, thumbnailStatus="ready")
    one = tab()
    page = opened(one, served)
    button = page.get_by_role("button", name="Use as poster")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "Play the video or go to a frame first: what is seen now is the poster")
    page.keyboard.press("l")
    expect(button).to_be_enabled()


def test_times_of_a_clip_are_the_nearest_hundredths(served: str, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    page.evaluate("document.querySelector('video').currentTime = 17.999999")
    is_at(one, 18)
    page.keyboard.press("o")
    expect(page.get_by_test_id("cut")).to_have_text("0:00.00 – 0:18.00 (18.00 s)")


def test_while_one_drags_no_gif_covers_the_still(served: str, tab: Callable[..., Tab]):
    one = tab(reduced_motion="no-preference")
    page = opened(one, served)
    scrubbing.point_at(page, 25.25)
    page.mouse.down()
    scrubbing.point_at(page, 37.25)
    assert scrubbing.shown_still(page, 37) == 37 * RATE
    # A timer that is set later and waits longer than the one of the GIF.
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 500))")
    expect(page.locator("img.gif")).to_be_hidden()
    page.mouse.up()
    scrubbing.point_at(page, 38.25)
    assert "/previews/preview-30.gif" in scrubbing.shown_gif(page)[0]


def test_the_wheel_zooms_the_waveform_and_scrolls_the_page_if_all_is_seen(served: str, tab: Callable[..., Tab]):
    one = tab(viewport={"width": 1000, "height": 600})
    page = opened(one, served)
    strip = page.locator(".waveform")
    strip.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    box = strip.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, 40)
    one.until(f"scrollY > {before}")
    expect(page.locator(".waveform-tools .number")).to_have_text("0:00–1:04")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    expect(page.locator(".waveform-tools .number")).not_to_have_text("0:00–1:04")


def test_on_a_phone_the_buttons_are_one_row(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    library.change(proxyStatus="not_needed")
    sources = library.answers[f"{library.address}/playback-sources"]
    library.answers[f"{library.address}/playback-sources"] = {"defaultSourceId": FILE, "sources": sources["sources"][:1]}
    one = tab(viewport=PHONE, has_touch=True, is_mobile=True)
    page = opened(one, served)
    # There is nothing to choose from, and nothing that could come.
    expect(page.get_by_role("combobox", name="Source")).to_be_hidden()
    middles = page.locator(".buttons > *:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map((box) => Math.round(box.top + box.height / 2))")
    assert len(middles) >= 6 and max(middles) - min(middles) <= 2


def test_what_is_made_later_comes_by_events(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    ready = library.record
    library.change(proxyStatus="processing", percent=40, waveformStatus="queued", previewsStatus="queued")
    sources = library.answers[f"{library.address}/playback-sources"]
    library.answers[f"{library.address}/playback-sources"] = {
        **sources,
        "defaultSourceId": FILE,
        "sources": sources["sources"][:1],
    }
    one = tab()
    page = one.open(f"{served}/video?library={LIBRARY}&file={FILE}")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "40")
    expect(page.get_by_text("Stills, GIFs and the storyboard are being made.")).to_be_visible()
    library.answers[f"{library.address}/playback-sources"] = sources
    library.record = ready
    expect(page.get_by_role("button", name="Play from")).to_have_count(3)
    expect(page.get_by_role("combobox", name="Source")).to_be_visible()
    expect(page.get_by_role("img", name="Waveform")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_text("The waveform is ready.")).to_be_visible()
    one.assert_still()
    looks = [url for url in one.requests if url.endswith(library.address)]
    assert len(looks) == 1, "the record comes by events, not by asking"
    one.assert_content(served)


def test_the_length_is_told_by_events_or_by_the_browser(served: str, library: ScriptedLibrary, tab: Callable[..., Tab]):
    library.change(duration=None, metadata=None, previewsStatus="queued", waveformStatus="queued")
    one = tab()
    page = one.open(f"{served}/video?library={LIBRARY}&file={FILE}")
    expect(page.get_by_text("Looking …")).to_be_visible()
    library.change(duration=SECONDS)
    expect(page.get_by_test_id("cut")).to_have_text("0:00.00 – 0:10.00 (10.00 s)")
    library.change(duration=None, previewsStatus="failed", previewsError="as arranged", waveformStatus=None)
    page.reload()
    expect(page.get_by_test_id("cut")).to_have_text("0:00.00 – 0:10.00 (10.00 s)")
    expect(page.get_by_text("No previews: as arranged")).to_be_visible()
    expect(page.get_by_role("slider", name="Position in the video")).to_have_attribute("aria-valuemax", str(SECONDS))
    one.assert_content(served)


@pytest.mark.parametrize("query,text", [
    ("", "Name a library and a file"),
    (f"?library={LIBRARY}&file={MOMENT}", "There is no such video, or this library is not yours."),
])  # fmt: skip
def test_what_is_not_there_is_said(query: str, text: str, served: str, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{served}/video{query}")
    expect(page.get_by_role("alert")).to_contain_text(text)
    accessibility.assert_usable(page)


def test_memory_stays_as_it_is_while_one_scrubs(served: str, tab: Callable[..., Tab]):
    one = tab()
    page = opened(one, served)
    session = one.context.new_cdp_session(page)

    def memory() -> tuple[float, int]:
        session.send("HeapProfiler.collectGarbage")
        return page.evaluate("performance.memory.usedJSHeapSize") / 1e6, session.send("Memory.getDOMCounters")["nodes"]

    def sweep() -> None:
        for step in range(60):
            scrubbing.point_at(page, step * 37 % 64 + 0.5)

    sweep()
    before = memory()
    for _ in range(3):
        sweep()
    after = memory()
    assert after[0] - before[0] < 3
    assert after[1] - before[1] < 200


@pytest.mark.parametrize("settings", [
    {"color_scheme": "dark"}, {"color_scheme": "light"}, {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    {"viewport": {"width": 320, "height": 640}}, {"forced_colors": "active"},
], ids=["dark", "light", "phone", "narrow", "forced colours"])  # fmt: skip
def test_it_is_usable(settings: dict, served: str, tab: Callable[..., Tab]):
    one = tab(**settings)
    page = opened(one, served)
    page.get_by_text("Keys", exact=True).click()
    page.locator("summary").filter(has_text="Download").click()
    if "forced_colors" not in settings:
        accessibility.assert_usable(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    one.assert_content(served)
