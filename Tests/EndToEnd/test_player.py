"""The player page in a real browser: from dropping a video to scrubbing through its previews."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness import accessibility, scrubbing, static_files, storyboard
from harness.browser import PATIENCE, PHONE, Tab
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.installation import PROJECT
from harness.job import Jobs, Names
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
KEY = "player/three clips.mp4"
PAGES = PROJECT / "Sources" / "Pages" / "WebPages" / "Pages"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Of these tests alone: the library has their videos and no others."""
    own = Endpoint(tmp_path_factory.mktemp("player"))
    own.start()
    yield own
    assert own.stop() == 0


@pytest.fixture(scope="module")
def jobs(endpoint: Endpoint) -> Jobs:
    return Jobs(endpoint)


@pytest.fixture(scope="module")
def watched(jobs: Jobs, three_clips: Path) -> dict:
    """A finished video of 64.5 seconds whose frame n, shown at n / 10 s, shows the number n. Its manifest."""
    return jobs.completed(three_clips, KEY)


@pytest.fixture
def player(watched: dict, tab: Callable[..., Tab], endpoint: Endpoint) -> Tab:
    """The player with that video, ready, for a visitor who does not mind motion."""
    one = tab(reduced_motion="no-preference")
    one.open(f"{endpoint.web_url}/?video={KEY}")
    scrubbing.turn_to(one)
    return one


# Uploading


@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}], ids=["desktop", "phone"])
def test_a_chosen_video_is_uploaded_and_ends_in_the_player(
    settings: dict, tab: Callable[..., Tab], endpoint: Endpoint, jobs: Jobs, three_clips: Path
):
    one = tab(**settings)
    title = f"chosen on {'a phone' if settings else 'a desk'}"
    page = one.open(endpoint.web_url)
    page.set_input_files("#file", {"name": f"{title}.mp4", "mimeType": "video/mp4", "buffer": three_clips.read_bytes()})

    expect(page.locator("article.watch video")).to_be_visible()

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("button", name="Play from")).to_have_count(3)
    assert page.evaluate("new URLSearchParams(location.search).get('video')") == f"{title}.mp4"
    assert jobs.get(f"{title}.mp4", SOURCE) == three_clips.read_bytes()
    assert jobs.s3.head_object(Bucket=SOURCE, Key=f"{title}.mp4")["ContentType"] == "video/mp4"
    one.assert_still()
    one.assert_content(endpoint.web_url)


def test_a_visitor_without_a_video_has_a_sample_and_a_command(own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab]):
    endpoint = own_endpoint()
    endpoint.start()
    one = tab()
    page = one.open(endpoint.web_url)
    expect(page.get_by_text("There are no videos yet")).to_be_visible()
    expect(page.get_by_role("region", name="Command")).to_have_text(f"zoetrope process talk.mp4 --endpoint {endpoint.url}")
    accessibility.assert_usable(page)
    page.get_by_role("button", name="Try a sample").press("Enter")
    expect(page.locator("article.watch video")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("sample")
    one.assert_still()
    one.assert_content(endpoint.web_url)


def test_a_dropped_file_is_uploaded_too(tab: Callable[..., Tab], endpoint: Endpoint, jobs: Jobs, short_video: Path):
    one = tab()
    page = one.open(endpoint.web_url)
    page.locator(".drop").wait_for()
    page.evaluate(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "dropped.mp4", { type: "video/mp4" }));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""", list(short_video.read_bytes()))
    expect(page.locator("article.watch video")).to_be_visible()
    assert jobs.get("dropped.mp4", SOURCE) == short_video.read_bytes()
    one.assert_content(endpoint.web_url)


def test_a_large_file_goes_in_parts(tab: Callable[..., Tab], endpoint: Endpoint, jobs: Jobs, short_video: Path, tmp_path: Path):
    """Bytes after an MP4's last box mean nothing to a player."""
    large = tmp_path / "large.mp4"
    large.write_bytes(short_video.read_bytes() + b"\0\0\0\0skip" + bytes(70 << 20))
    one = tab()
    page = one.open(endpoint.web_url)
    page.set_input_files("#file", large)

    expect(page.locator("article.watch, article.fanout")).to_be_visible()

    head = jobs.s3.head_object(Bucket=SOURCE, Key="large.mp4")
    assert (head["ContentLength"], head["ETag"].strip('"').rpartition("-")[2]) == (large.stat().st_size, "3")
    assert any("partNumber=3" in url for url in one.requests)
    one.assert_content(endpoint.web_url)


def test_a_name_that_is_taken_is_asked_about(tab: Callable[..., Tab], endpoint: Endpoint, jobs: Jobs, short_video: Path):
    jobs.completed(short_video, "taken.mp4")
    one = tab()
    page = one.open(endpoint.web_url)
    page.set_input_files("#file", {"name": "taken.mp4", "mimeType": "video/mp4", "buffer": short_video.read_bytes()})
    page.get_by_role("button", name="Keep both").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("taken (2)")
    assert jobs.get("taken (2).mp4", SOURCE) == short_video.read_bytes()
    one.assert_content(endpoint.web_url)


# Progress


def test_the_fan_out_fills_as_objects_are_written(tab: Callable[..., Tab], stage: Endpoint, short_video: Path):
    jobs, names = Jobs(stage), Names.of("live.mp4")

    def write(key: str, content: bytes | dict) -> None:
        body = json.dumps(content).encode() if isinstance(content, dict) else content
        jobs.s3.put_object(Bucket=GIFS, Key=key, Body=body)

    one = tab()
    page = one.open(stage.web_url)
    page.set_input_files("#file", {"name": "live.mp4", "mimeType": "video/mp4", "buffer": short_video.read_bytes()})
    lead = page.get_by_test_id("lead")
    expect(lead).to_contain_text("Waiting to be cut")

    etag = jobs.s3.head_object(Bucket=SOURCE, Key="live.mp4")["ETag"].strip('"')
    version = f"{etag}-abc"
    records = f"{names.folder}/.clips/{version}"
    plan = {"video": {"length": 64.5}, "snippetSize": 30, "clips": 3, "stills": 65, "createdAt": 1}
    write(f"{records}/plan.json", plan)
    cells = page.locator(".cells .cell")
    expect(cells).to_have_count(3)
    figures = page.locator(".figures .value")
    expect(figures.nth(1)).to_have_text("0 / 65")

    write(names.still(0, 1), b"picture")
    write(names.still(30, 7), b"picture")
    expect(figures.nth(1)).to_have_text("2 / 65")
    expect(cells.nth(0)).to_contain_text("1/30")
    expect(cells.nth(2)).to_contain_text("0/5")
    for number in range(2, 6):
        write(names.still(60, number), b"picture")
    expect(cells.nth(2)).to_contain_text("4/5")

    write(f"{records}/60.json", {})
    expect(cells.nth(2)).to_contain_text("done")
    expect(figures.nth(0)).to_have_text("1 / 3")

    # A visitor who comes later sees the same.
    second = tab()
    late = second.open(f"{stage.web_url}/?video=live.mp4")
    expect(late.locator(".figures .value").nth(1)).to_have_text("6 / 65")
    expect(late.locator(".figures .value").nth(0)).to_have_text("1 / 3")

    failed = {
        "status": "failed",
        "reason": "2 of 3 clips failed: as arranged",
        "version": version,
        "clips": [],
        "source": {"key": "live.mp4", "etag": etag},
        "createdAt": 1,
    }
    write(names.manifest, failed)
    for shown in (page, late):
        expect(shown.get_by_test_id("reason")).to_have_text("2 of 3 clips failed: as arranged")
    one.assert_content(stage.web_url)


def test_what_was_missed_while_the_endpoint_was_away_is_caught_up(tab: Callable[..., Tab], stage: Endpoint, short_video: Path):
    one = tab()
    page = one.open(stage.web_url)
    expect(page.get_by_text("There are no videos yet")).to_be_visible()
    assert stage.stop() == 0
    stage.start()
    Jobs(stage).upload(short_video, "while away.mp4")
    expect(page.get_by_role("link", name="while away")).to_be_visible()


def test_a_tab_that_nobody_looks_at_gives_its_stream_back_and_catches_up(
    tab: Callable[..., Tab], stage: Endpoint, short_video: Path
):
    one = tab()
    page = one.open(stage.web_url)
    expect(page.get_by_text("There are no videos yet")).to_be_visible()

    def look(away: bool) -> None:
        page.evaluate("""(away) => {
          Object.defineProperty(document, "hidden", { value: away, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""", away)

    def streams() -> int:
        return sum("/api/stream" in url for url in one.requests)

    look(away=True)
    Jobs(stage).upload(short_video, "looked away.mp4")
    look(away=False)
    expect(page.get_by_role("link", name="looked away")).to_be_visible()
    assert streams() == 2
    one.assert_content(stage.web_url)


def test_a_video_that_fails_shows_its_reason(tab: Callable[..., Tab], endpoint: Endpoint, jobs: Jobs):
    one = tab()
    page = one.open(endpoint.web_url)
    page.set_input_files("#file", {"name": "no video.mp4", "mimeType": "video/mp4", "buffer": b"This is no video. " * 400})
    reason = page.get_by_test_id("reason")
    expect(reason).to_be_visible()
    assert reason.text_content() == jobs.manifest("no video.mp4")["reason"]
    page.get_by_role("link", name="All videos").click()
    card = page.get_by_role("link", name="no video")
    expect(card).to_contain_text("failed")
    one.assert_content(endpoint.web_url)


# Scrubbing


def test_the_time_line_shows_the_still_of_the_second_and_the_gif_of_its_clip(player: Tab, endpoint: Endpoint):
    page = player.page
    # The first and the last second included, and both sides of a clip's border.
    for second in (0, 1, 29, 30, 37, 59, 60, 64):
        scrubbing.point_at(page, second + 0.25)
        assert scrubbing.shown_still(page, second) == second * 10
        address, number = scrubbing.shown_gif(page)
        start = second // 30 * 30
        assert f"-{start}.gif" in address
        assert start * 10 <= number < min(start + 30, 64.5) * 10
    player.assert_content(endpoint.web_url)


def test_its_very_ends_show_the_first_and_the_last_still(player: Tab):
    page = player.page
    box = page.get_by_role("slider", name="Position in the video").bounding_box()
    for x, second in [(box["x"] + 0.2, 0), (box["x"] + box["width"] - 0.2, 64)]:
        page.mouse.move(x, box["y"] + 10)
        assert scrubbing.shown_still(page, second) == second * 10


def test_dragging_moves_the_video(player: Tab):
    page = player.page
    scrubbing.point_at(page, 5)
    page.mouse.down()
    for seconds in (15, 25, 41.5):
        scrubbing.point_at(page, seconds)
    page.mouse.up()
    player.until("!document.querySelector('video').seeking && Math.abs(document.querySelector('video').currentTime - 41.5) < 0.3")
    assert page.evaluate("new URLSearchParams(location.search).get('t')") == "41"


def test_the_keyboard_moves_it_and_a_screen_reader_is_told(player: Tab, endpoint: Endpoint):
    page = player.page
    slider = page.get_by_role("slider", name="Position in the video")
    slider.focus()
    for key, now, text in [
        ("End", 64, "1 minute 4 seconds"), ("Home", 0, "0 seconds"), ("ArrowRight", 1, "1 second"), ("PageUp", 31, "31 seconds"),
        ("Shift+ArrowRight", 36, "36 seconds"), ("ArrowLeft", 35, "35 seconds"), ("PageDown", 5, "5 seconds"),
    ]:
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuenow", str(now))
        expect(slider).to_have_attribute("aria-valuetext", f"{text} of 1 minute 4 seconds")
        assert scrubbing.shown_still(page, now) == now * 10
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("preview")).to_be_hidden()
    player.assert_content(endpoint.web_url)


def test_the_video_plays(player: Tab):
    page = player.page
    page.get_by_role("button", name="Play", exact=True).click()
    player.until("document.querySelector('video').currentTime > 0.5")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_link_opens_a_video_at_a_moment(watched: dict, tab: Callable[..., Tab], endpoint: Endpoint):
    one = tab()
    page = one.open(f"{endpoint.web_url}/?video={KEY}&t=31")
    one.until("Math.abs((document.querySelector('video')?.currentTime ?? 0) - 31) < 0.2")
    expect(page.get_by_role("slider", name="Position in the video")).to_have_attribute("aria-valuenow", "31")
    one.assert_content(endpoint.web_url)


def test_the_library_leads_to_it_and_back(watched: dict, tab: Callable[..., Tab], endpoint: Endpoint):
    one = tab(viewport=PHONE)
    page = one.open(endpoint.web_url)
    card = page.get_by_role("link", name="three clips")
    card.scroll_into_view_if_needed()
    expect(card).to_contain_text("ready")
    expect(card).to_contain_text("1:04")
    card.click()
    expect(page.locator("article.watch video")).to_be_visible()
    page.go_back()
    expect(card).to_be_visible()
    one.assert_content(endpoint.web_url)


def test_a_finger_scrubs_on_a_phone(watched: dict, tab: Callable[..., Tab], endpoint: Endpoint):
    one = tab(viewport=PHONE, has_touch=True, is_mobile=True)
    page = one.open(f"{endpoint.web_url}/?video={KEY}")
    scrubbing.turn_to(one)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    slider = page.get_by_role("slider", name="Position in the video")
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(slider).to_have_attribute("aria-valuenow", "32")
    one.assert_content(endpoint.web_url)


# Elsewhere


def test_the_pages_work_as_plain_files_beside_a_bucket(watched: dict, tab: Callable[..., Tab], jobs: Jobs):
    def previews(key: str) -> bytes | None:
        return jobs.get(key)

    def sources(key: str) -> bytes | None:
        return jobs.get(key, SOURCE)

    with (
        static_files.serving(static_files.folder(PAGES)) as pages,
        static_files.serving(previews) as bucket,
        static_files.serving(sources) as videos,
    ):
        one = tab(reduced_motion="no-preference")
        page = one.open(f"{pages}/index.html?bucket={bucket}&source={videos}&snippet=30&video={KEY}")
        scrubbing.turn_to(one)
        scrubbing.point_at(page, 37.25)
        assert scrubbing.shown_still(page, 37) == 370
        assert "-30.gif" in scrubbing.shown_gif(page)[0]
        one.assert_content(pages, bucket, videos)


def test_the_embed_code_shows_the_storyboard_on_any_page(player: Tab, tab: Callable[..., Tab], jobs: Jobs, watched: dict):
    """The WebVTT file is a track of metadata to the browser; the code paints the tile of the moment pointed at."""
    files = storyboard.make(range(65))
    folder = Names.of(KEY).folder
    objects = {f"{folder}/storyboard/{name}": content for name, content in files.items()}
    page_there: dict[str, bytes] = {}

    def read(path: str) -> bytes | None:
        return page_there.get(path) or objects.get(path) or (jobs.get(KEY, SOURCE) if path == KEY else None)

    with static_files.serving(read) as elsewhere, static_files.serving(lambda path: page_there.get(path)) as plain:
        page = player.page
        page.get_by_text("Embed on a page").click()
        page.get_by_label("Videos", exact=True).fill(elsewhere)
        page.get_by_label("Previews", exact=True).fill(elsewhere)
        code = page.locator(".embed pre.video-code").text_content()
        page_there["page.html"] = f"<!doctype html><title>Plain</title><link rel=icon href=data:,>{code}".encode()
        one = tab()
        there = one.open(f"{plain}/page.html")
        one.until("document.querySelector('track').readyState === 2 && document.querySelector('video').readyState >= 1")
        cues = there.evaluate(
            "[...document.querySelector('track').track.cues].map((cue) => [cue.startTime, cue.endTime, cue.text])"
        )
        assert len(cues) == 65
        assert (cues[0], cues[64][:2]) == ([0, 1, "sheet-0.jpg#xywh=0,0,160,90"], [64, 65])
        box = there.locator("video").bounding_box()
        there.mouse.move(box["x"] + box["width"] * 37.3 / 64.5, box["y"] + 20)
        there.locator("canvas").wait_for()
        assert scrubbing.number_in(there.locator("canvas")) == 37
        one.assert_content(elsewhere, plain)


def test_a_storyboard_shows_a_moment_while_its_still_is_on_the_way(
    tab: Callable[..., Tab], endpoint: Endpoint, jobs: Jobs, three_clips: Path
):
    """As earlier releases made them: a hundred narrow tiles on a sheet, and no overview."""
    key = "player/with storyboard.mp4"
    manifest = jobs.completed(three_clips, key)
    earlier = {
        "sheets": [{"key": f"{Names.of(key).folder}/storyboard/sheet-0.jpg", "bytes": 1}], "tiles": 65, "interval": 1,
        "tileWidth": 160, "tileHeight": 90, "columns": 10, "rows": 7, "posterTime": 0,
    }
    jobs.settled()
    for name, content in storyboard.make(range(1000, 1065)).items():
        jobs.s3.put_object(Bucket=GIFS, Key=f"{Names.of(key).folder}/storyboard/{name}", Body=content)
    jobs.s3.put_object(Bucket=GIFS, Key=Names.of(key).manifest, Body=json.dumps(manifest | {"storyboard": earlier}).encode())
    one = tab()
    # Stills do not come at all; the tile is there.
    one.page.route("**/*-frame-*.jpg*", lambda route: None)
    page = one.open(f"{endpoint.web_url}/?video={key}")
    scrubbing.turn_to(one)

    def tile() -> bool:
        scrubbing.point_at(page, 12.3)
        scrubbing.point_at(page, 37.3)
        return scrubbing.number_or_none(page.locator("canvas.still")) == 1037

    until("the tile of the second", tile)
    one.assert_content(endpoint.web_url)


# For every visitor


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_player_is_accessible(scheme: str, watched: dict, tab: Callable[..., Tab], endpoint: Endpoint):
    one = tab(color_scheme=scheme)
    page = one.open(endpoint.web_url)
    page.get_by_role("link", name="three clips").scroll_into_view_if_needed()
    expect(page.get_by_role("link", name="three clips")).to_contain_text("ready")
    accessibility.assert_usable(page)
    page.goto(f"{endpoint.web_url}/?video={KEY}")
    scrubbing.turn_to(one)
    page.get_by_text("Embed on a page").click()
    accessibility.assert_usable(page)
    expect(page.get_by_role("main")).to_match_aria_snapshot("""
      - main:
        - article:
          - heading "three clips" [level=1]
          - button "Copy link"
          - slider "Position in the video"
          - button "Play"
          - button "Mute"
          - slider "Volume"
          - combobox "Speed"
          - button "Full screen"
          - list "About this video"
          - region "Clips":
            - heading "Clips" [level=2]
            - list:
              - listitem:
                - button "Play from 0:00"
    """)
    page.goto(f"{endpoint.web_url}/?video=missing.mp4")
    expect(page.get_by_role("alert")).to_have_text("There is no video of this name.")
    accessibility.assert_usable(page)
