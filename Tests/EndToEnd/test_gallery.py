"""The library page in a browser: finding, looking at, changing and uploading many files."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from harness import sounds, videos
from harness.accessibility import assert_usable
from harness.browser import PATIENCE, PHONE, Tab
from harness.endpoint import Endpoint
from harness.library import LIBRARY, photo, put
from harness.shelf import Shelf
from harness.waiting import until

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("gallery"))
    endpoint.start()
    yield endpoint
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


@pytest.fixture
def shelf(served: Endpoint) -> Shelf:
    return Shelf(served)


def names(page: Page) -> list[str]:
    return page.locator(".grid .title").all_text_contents()


def data_requests(one: Tab) -> list[str]:
    return [url for url in one.requests if "/api/" in url and "/api/files/proxy/" not in url and "/api/stream" not in url]


# Windows on which each flow has to work.
BOTH = pytest.mark.parametrize(
    "settings", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}], ids=["desktop", "phone"])


@BOTH
def test_an_empty_library_says_how_to_fill_it(settings: dict, shelf: Shelf, tab: Callable[..., Tab]):
    one = tab(**settings)
    page = one.open(shelf.page_url)
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    expect(page.locator("pre")).to_contain_text(f"{shelf.endpoint.web_url}{shelf.files}")
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Library")).to_have_attribute(
        "aria-current", "page"
    )
    assert_usable(page)
    one.assert_still()
    one.assert_content(shelf.endpoint.web_url)


def test_samples_are_there_to_try(shelf: Shelf, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(shelf.page_url)
    page.get_by_role("button", name="Try samples").press("Enter")
    expect(page.locator(".grid li")).to_have_count(3)
    expect(page.locator(".grid img")).to_have_count(2)
    expect(page.get_by_role("link", name="chime.wav").locator(".outline")).to_be_visible()
    # Its length is on the card.
    expect(page.get_by_role("link", name="chime.wav").locator(".length")).to_have_text("0:05")
    expect(page.get_by_role("link", name="sample.mp4").locator(".length")).to_have_text("0:10")
    expect(page.locator(".grid .chip:visible")).to_have_count(0)
    assert {one["name"]: one["size"] > 5000 for one in shelf.owner.get(shelf.files).json["files"]} == {
        "sample.jpg": True, "sample.mp4": True, "chime.wav": True}
    page.get_by_role("link", name="sample.jpg").click()
    # From a file to what ran for it.
    page.get_by_role("dialog").get_by_role("link", name="What ran for it").click()
    expect(page.locator(".gantt a").first).to_be_visible()
    key = f"original/{shelf.id}/{file_named(shelf, 'sample.jpg')}/sample.jpg"
    expect(page.get_by_label("Object whose fan-out is shown")).to_have_value(key)
    # And back to the file.
    page.get_by_role("link", name="Open the object").click()
    expect(page.get_by_role("heading", name="sample.jpg")).to_be_visible()
    one.assert_content(shelf.endpoint.web_url)


def file_named(shelf: Shelf, name: str) -> str:
    return next(one["id"] for one in shelf.owner.get(shelf.files).json["files"] if one["name"] == name)


@BOTH
def test_files_that_are_chosen_appear_and_are_followed_by_events_alone(
    settings: dict, shelf: Shelf, tab: Callable[..., Tab], tmp_path
):
    one = tab(**settings)
    page = one.open(shelf.page_url)
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    video = videos.numbered(tmp_path / "talk.mp4", seconds=2, size=(320, 180), audio=True)
    sound = sounds.noise_and_tone(tmp_path / "beat.wav", seconds=2)
    pictures = tmp_path / "picture.jpg"
    pictures.write_bytes(photo())
    page.set_input_files("#file", [video, sound, pictures])
    expect(page.locator(".grid li")).to_have_count(3)
    # The picture's smaller size, and the video's poster.
    expect(page.locator(".grid img")).to_have_count(2)
    for image in page.locator(".grid img").all():
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0
        assert "format=" in image.get_attribute("src")
    expect(page.locator(".sending li")).to_have_count(0)
    page.get_by_role("link", name="talk.mp4").click()
    box = page.get_by_role("dialog")
    for what in ("Poster", "Waveform", "GIFs, stills and storyboard"):
        expect(box.locator(".derivatives li", has_text=what)).to_contain_text("ready")
    expect(box.locator(".derivatives li", has_text="Copy that every")).to_contain_text("not needed")
    expect(box.get_by_role("link", name="Play", exact=True)).to_have_attribute(
        "href", f"video?library={shelf.id}&file={file_of(page)}"
    )
    assert_usable(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="beat.wav").click()
    expect(box.get_by_role("img", name="Waveform")).to_be_visible()
    # A canvas without anything on it is a very short PNG.
    one.until("document.querySelector('.peaks').toDataURL().length > 3000")
    assert_usable(page)
    one.assert_content(shelf.endpoint.web_url)


def file_of(page: Page) -> str:
    return page.evaluate("new URLSearchParams(location.search).get('file')")


@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE, "is_mobile": True}], ids=["desktop", "phone"])
@pytest.mark.parametrize("view", ["cards", "timeline"])
def test_ten_thousand_files_cost_one_page_of_data_and_few_elements(
    view: str, settings: dict, shelf: Shelf, tab: Callable[..., Tab]
):
    shelf.fill(10_000, is_mixed=True)
    one = tab(**settings)
    # The files have no content: any picture will do.
    picture = photo(720, 480)
    one.context.route("**/api/files/proxy/**", lambda route: route.fulfill(body=picture, content_type="image/jpeg"))
    asked: list[Request] = []
    one.page.on("requestfinished", lambda request: asked.append(request) if "/files?" in request.url else None)
    page = one.open(f"{shelf.page_url}&view={view}")
    expect(page.locator(".tools")).to_contain_text("10,000 files")
    expect(page.get_by_role("link", name="a document 09999.pdf")).to_be_visible()
    assert len(data_requests(one)) <= 3, data_requests(one)
    # Also as it is before it is compressed.
    assert asked and len(asked[0].response().body()) < 60_000
    if view == "cards":
        expect(page.get_by_role("link", name="Recording 09998.m4a").locator(".outline")).to_be_visible()
    before = page.locator(".grid li").count()

    protocol = one.context.new_cdp_session(page)

    def scrolled_through() -> int:
        """Bytes of the page's heap afterwards."""
        for part in range(21):
            page.evaluate(f"scrollTo(0, document.documentElement.scrollHeight * {part} / 20)")
            one.until("[...document.querySelectorAll('.grid li')].some((tile) => !tile.classList.contains('pending'))")
        protocol.send("HeapProfiler.collectGarbage")
        return page.evaluate("performance.memory.usedJSHeapSize")

    first = scrolled_through()
    assert scrolled_through() - first < 2_000_000
    expect(page.get_by_role("link", name="IMG_00000.jpeg")).to_be_visible()
    assert page.locator(".grid li").count() <= before * 3
    assert page.locator(".grid li").last.get_attribute("aria-posinset") == "10000"
    # Each page of a hundred files is one request.
    assert len(data_requests(one)) - len(asked) <= 1
    assert all(request.response().headers["content-encoding"] == "gzip" for request in asked)
    assert max(request.sizes()["responseBodySize"] for request in asked) < 30_000
    one.assert_still()
    assert_usable(page)
    one.assert_content(shelf.endpoint.web_url)


def test_the_timeline_has_a_heading_for_each_month(shelf: Shelf, tab: Callable[..., Tab]):
    shelf.fill(1000)
    one = tab(viewport=PHONE, has_touch=True, is_mobile=True)
    page = one.open(f"{shelf.page_url}&view=timeline&sort=createdAt")
    expect(page.get_by_role("heading", name="January 2000")).to_be_visible()
    months = set()
    for part in range(81):
        page.evaluate(f"scrollTo(0, document.documentElement.scrollHeight * {part} / 80)")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        months.update(page.locator(".month").all_text_contents())
    assert len(months) == 10 and "October 2000" in months
    expect(page.get_by_role("link", name="file 00999.bin")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    one.assert_still()
    one.assert_content(shelf.endpoint.web_url)


def test_back_keeps_its_place_and_its_question(shelf: Shelf, tab: Callable[..., Tab]):
    shelf.fill(3000)
    one = tab()
    page = one.open(f"{shelf.page_url}&sort=name")
    expect(page.get_by_role("link", name="file 00000.bin")).to_be_visible()
    page.get_by_role("searchbox").fill("00007")
    expect(page.locator(".tools")).to_contain_text("1 file")
    page.goto(f"{shelf.endpoint.web_url}/avatar")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("00007")
    expect(page.locator(".tools")).to_contain_text("1 file")

    page.get_by_role("searchbox").fill("")
    expect(page.locator(".tools")).to_contain_text("3,000 files")
    page.evaluate("scrollTo(0, 12000)")
    one.until("history.state?.scroll === scrollY && scrollY > 11000")
    shown = "document.elementFromPoint(300, 400).closest('li')?.querySelector('.title').textContent"
    one.until(shown)
    name = page.evaluate(shown)
    page.goto(f"{shelf.endpoint.web_url}/avatar")
    page.go_back()
    one.until(f"{shown} === '{name}'")
    assert abs(page.evaluate("scrollY") - 12000) < 5


def test_folders_are_parts_of_names(shelf: Shelf, tab: Callable[..., Tab]):
    for name in ("a/one.jpg", "a/b/two.jpg", "three.jpg"):
        announced = shelf.owner.ask("POST", shelf.files, {"name": name})
        put(announced.json["upload"]["url"], photo())
    one = tab()
    page = one.open(shelf.page_url)
    page.get_by_role("link", name="Folder a, 2 files").click()
    expect(page.get_by_role("link", name="one.jpg")).to_be_visible()
    assert names(page) == ["one.jpg"]
    page.get_by_role("link", name="Folder b, 1 file").click()
    expect(page.get_by_role("link", name="two.jpg")).to_be_visible()
    # A search looks into folders.
    page.get_by_role("link", name="All files").click()
    page.get_by_role("searchbox").fill("tw")
    expect(page.locator(".grid .title")).to_have_text(["two.jpg"])
    page.go_back()
    expect(page.get_by_role("link", name="two.jpg")).to_be_visible()
    assert "folder=a%2Fb%2F" in page.url


@BOTH
def test_deleting_asks_and_can_be_undone_and_renaming_moves(settings: dict, shelf: Shelf, tab: Callable[..., Tab]):
    files = [shelf.upload(photo(seed=number), f"p{number}.jpg") for number in range(3)]
    one = tab(**settings)
    page = one.open(f"{shelf.page_url}&sort=name")
    expect(page.locator(".grid .title")).to_have_text(["p0.jpg", "p1.jpg", "p2.jpg"])
    page.get_by_label("Select p0.jpg").check()
    page.get_by_label("Select p1.jpg").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Delete …").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".grid .title")).to_have_text(["p2.jpg"])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".grid .title")).to_have_text(["p0.jpg", "p1.jpg", "p2.jpg"])
    assert shelf.record(files[0])["name"] == "p0.jpg"

    page.get_by_role("link", name="p1.jpg").click()
    page.keyboard.press("Delete")
    page.get_by_role("dialog", name="Delete p1.jpg?").get_by_role("button", name="Delete").click()
    expect(page.locator(".grid .title")).to_have_text(["p0.jpg", "p2.jpg"])
    page.get_by_role("button", name="Do it now").click()
    until("the file to be gone", lambda: shelf.owner.get(f"{shelf.files}/{files[1]}").status == 404 or None)
    expect(page.locator(".grid .title")).to_have_text(["p0.jpg", "p2.jpg"])

    page.get_by_role("link", name="p0.jpg").click()
    page.get_by_role("button", name="Rename …").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("trip/first.jpg")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="first.jpg")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Folder trip, 1 file")).to_be_visible()
    assert shelf.record(files[0])["name"] == "trip/first.jpg"
    one.assert_content(shelf.endpoint.web_url)


def test_a_file_that_is_deleted_is_not_asked_for_again(shelf: Shelf, tab: Callable[..., Tab]):
    kept, deleted = (shelf.upload(photo(seed=number), f"p{number}.jpg") for number in range(2))
    one = tab()
    page = one.open(f"{shelf.page_url}&sort=name")
    page.get_by_label("Select p1.jpg").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Delete …").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".grid .title")).to_have_text(["p0.jpg"])
    held, is_open = [], []
    one.context.route(f"**{shelf.files}?*", lambda route: route.continue_() if is_open else held.append(route))
    page.get_by_role("button", name="Do it now").click()
    until("the list to be asked for", lambda: held or page.wait_for_timeout(50))
    before = len(one.requests)
    # What is opened prepares its neighbours.
    page.get_by_role("link", name="p0.jpg").click()
    expect(page.get_by_role("dialog").get_by_role("img", name="p0.jpg")).to_be_visible()
    until("the file itself to be asked for", lambda: [url for url in one.requests[before:] if kept in url] or None)
    assert [url for url in one.requests[before:] if deleted in url] == []
    is_open.append(True)
    for route in held:
        route.continue_()
    page.keyboard.press("Escape")
    expect(page.locator(".grid .title")).to_have_text(["p0.jpg"])
    one.assert_content(shelf.endpoint.web_url)


def test_the_keyboard_alone_is_enough(shelf: Shelf, tab: Callable[..., Tab]):
    for number in range(3):
        shelf.upload(photo(seed=number), f"p{number}.jpg")
    one = tab()
    page = one.open(f"{shelf.page_url}&sort=name")
    expect(page.locator(".grid li")).to_have_count(3)

    def focused() -> str:
        return page.evaluate("document.activeElement.textContent || document.activeElement.getAttribute('aria-label') || ''")

    for _ in range(60):
        page.keyboard.press("Tab")
        if focused().startswith("p0.jpg"):
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    assert focused().startswith("p2.jpg")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="p2.jpg")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="p1.jpg")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    until("the grid to have the focus", lambda: focused().startswith("p1.jpg") or None)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("region", name="Selection")).to_contain_text("1 file selected")


def test_a_swipe_goes_on_to_the_next_file(shelf: Shelf, tab: Callable[..., Tab]):
    for number in range(2):
        shelf.upload(photo(seed=number), f"p{number}.jpg")
    one = tab(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, color_scheme="dark")
    page = one.open(f"{shelf.page_url}&sort=name")
    page.get_by_role("link", name="p0.jpg").click()
    expect(page.get_by_role("heading", name="p0.jpg")).to_be_visible()
    touch = one.context.new_cdp_session(page)
    points = [(260, 200), (200, 202), (120, 204), (60, 205)]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": points[0][0], "y": points[0][1]}]})
    for x, y in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("heading", name="p1.jpg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert_usable(page)
    one.assert_content(shelf.endpoint.web_url)


def test_what_failed_is_found_and_made_again(shelf: Shelf, tab: Callable[..., Tab]):
    shelf.upload(photo(seed=2), "good.jpg")
    broken = shelf.upload(photo()[:200], "broken.jpg")
    shelf.wait(broken, lambda record: record.get("imageProxyStatus") == "failed")
    one = tab()
    page = one.open(f"{shelf.page_url}&failed=true")
    expect(page.locator(".grid .title")).to_have_text(["broken.jpg"])
    expect(page.locator(".grid .chip")).to_have_text(["failed"])
    page.get_by_role("link", name="broken.jpg").click()
    put(shelf.owner.ask("POST", f"{shelf.files}/{broken}/content", {}).json["upload"]["url"], photo(seed=3))
    expect(page.locator(".derivatives")).to_contain_text("ready")
    page.get_by_role("button", name="Make again: Smaller sizes").click()
    expect(page.locator(".derivatives")).to_contain_text("ready")
    until("it to be made again", lambda: shelf.record(broken).get("imageProxyStatus") == "ready" or None)


def test_derivatives_of_many_files_are_made_again(shelf: Shelf, tab: Callable[..., Tab]):
    sound = sounds.noise_and_tone(shelf.endpoint.data.parent / "many.wav", seconds=1)
    files = [shelf.upload(photo(seed=number), f"p{number}.jpg") for number in range(2)]
    files.append(shelf.upload(sound.read_bytes(), "beat.wav"))
    shelf.wait(files[2], lambda record: record.get("waveformStatus") == "complete")
    for file in files[:2]:
        shelf.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    drawn = shelf.record(files[2])["waveformVersion"]
    one = tab()
    page = one.open(f"{shelf.page_url}&sort=name")
    page.get_by_label("Select beat.wav").check()
    page.get_by_label("Select p1.jpg").click(modifiers=["Shift"])
    expect(page.get_by_role("region", name="Selection")).to_contain_text("3 files selected")
    page.get_by_role("region", name="Selection").get_by_role("button", name="Make again …").click()
    box = page.get_by_role("dialog", name="Make again of 3 files")
    expect(box.get_by_role("button", name="Smaller sizes (2)")).to_be_visible()
    assert_usable(page)
    box.get_by_role("button", name="Waveform (1)").click()
    shelf.wait(files[2], lambda record: record["waveformVersion"] > drawn and record["waveformStatus"] == "complete")
    one.assert_content(shelf.endpoint.web_url)


def test_files_are_chosen_deleted_and_taken_back_by_keyboard(shelf: Shelf, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{shelf.page_url}&sort=name")
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()

    def to(name: str) -> None:
        """By the Tab key alone."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)") == name:
                return
            if page.evaluate("document.activeElement.labels?.[0]?.textContent") == name:
                return
        raise AssertionError(f"the Tab key does not reach {name}")

    with page.expect_file_chooser() as chooser:
        to("Upload")
        page.keyboard.press("Enter")
    chooser.value.set_files([{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    expect(page.locator(".grid img")).to_have_count(1)
    to("Select photo.jpg")
    page.keyboard.press("Space")
    to("Delete …")
    page.keyboard.press("Enter")
    to("Delete")
    page.keyboard.press("Enter")
    expect(page.locator(".grid li")).to_have_count(0)
    to("Undo")
    page.keyboard.press("Enter")
    expect(page.locator(".grid .title")).to_have_text(["photo.jpg"])
    one.assert_content(shelf.endpoint.web_url)


def test_a_tile_says_how_far_its_upload_is(shelf: Shelf, tab: Callable[..., Tab]):
    one = tab()
    held = []
    one.context.route("**/original/**", lambda route: held.append(route) if route.request.method == "PUT" else route.continue_())
    page = one.open(shelf.page_url)
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    page.set_input_files("#file", {"name": "held.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    until("the upload to begin", lambda: held or page.wait_for_timeout(50))
    chip = page.locator(".grid .chip")
    expect(chip).to_contain_text("%")
    expect(chip).to_have_class("chip busy")
    held[0].continue_()
    expect(page.locator(".grid img")).to_have_count(1)
    expect(page.locator(".grid .chip:visible")).to_have_count(0)
    one.assert_content(shelf.endpoint.web_url)


@pytest.mark.parametrize("width", [320, 1280])
def test_all_of_a_file_that_is_opened_is_seen_beside_the_scroll_bar(width: int, shelf: Shelf, tab: Callable[..., Tab]):
    shelf.upload(photo(), "a.jpg")
    one = tab(viewport={"width": width, "height": 640})
    page = one.open(shelf.page_url)
    page.get_by_role("link", name="a.jpg").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    # The room of the scroll bar is kept free on this page.
    assert dialog.bounding_box()["width"] <= page.evaluate("document.body.getBoundingClientRect().width")


def test_an_upload_that_fails_can_be_tried_again(shelf: Shelf, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(shelf.page_url)
    refused = {"left": 1}

    def refuse(route) -> None:
        if refused["left"] and route.request.method == "PUT":
            refused["left"] -= 1
            return route.fulfill(status=400, body="<Error><Message>The store has refused it.</Message></Error>")
        return route.continue_()

    one.context.route("**/s3/**", refuse)
    page.set_input_files("#file", [{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    expect(page.get_by_role("alert")).to_contain_text("The store has refused it.")
    assert_usable(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".grid img")).to_have_count(1)


def test_a_large_file_is_sent_in_parts_and_survives_a_restart(own_endpoint, tab: Callable[..., Tab], tmp_path):
    endpoint = own_endpoint()
    endpoint.start()
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * (4 << 10) * 80)
    shelf = Shelf(endpoint)
    one = tab()
    page = one.open(shelf.page_url)
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    network = one.context.new_cdp_session(page)
    network.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 10 << 20})
    page.set_input_files("#file", large)
    s3 = endpoint.client("s3")

    def arrived() -> bool:
        uploads = s3.list_multipart_uploads(Bucket=LIBRARY).get("Uploads", [])
        return bool(uploads and s3.list_parts(
            Bucket=LIBRARY, Key=uploads[0]["Key"], UploadId=uploads[0]["UploadId"]).get("Parts"))

    until("a part to arrive", lambda: arrived() or None, seconds=60)
    endpoint.kill()
    expect(page.get_by_text("the upload goes on when it is back")).to_be_visible()
    endpoint.start()
    record = until("the file to be there", lambda: next(
        (file for file in shelf.owner.get(shelf.files).json["files"] if file["size"] == large.stat().st_size), None), seconds=90)
    assert record["name"] == "large.bin"


def test_a_server_that_is_away_is_said_and_waited_for(own_endpoint, tab: Callable[..., Tab]):
    endpoint = own_endpoint()
    endpoint.start()
    shelf = Shelf(endpoint)
    one = tab()
    page = one.open(shelf.page_url)
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    endpoint.kill()
    expect(page.get_by_text("The server is away. This page goes on when it is back.")).to_be_visible()
    one.assert_still()
    endpoint.start()
    expect(page.get_by_text("The server is away.")).to_be_hidden()
    shelf.upload(photo(), "late.jpg")
    expect(page.get_by_role("link", name="late.jpg")).to_be_visible()


def test_a_library_of_others_is_not_shown(shelf: Shelf, tab: Callable[..., Tab]):
    one = tab(forced_colors="active")
    page = one.open(f"{shelf.endpoint.web_url}/library?library=none")
    expect(page.get_by_role("alert")).to_contain_text("Identifiers must be UUIDs.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
