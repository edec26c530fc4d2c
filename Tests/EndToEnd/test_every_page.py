"""What holds for each page: it is cheap for a visitor with a slow connection, nothing of it moves by itself, and it can be
used at any size, in any colours and by the keyboard alone."""

import gzip
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from harness import accessibility, visits
from harness.browser import PATIENCE, PHONE, Tab
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.job import Jobs
from harness.library import photo
from harness.round_trips import Rounds
from harness.visits import Visit

expect.set_options(timeout=PATIENCE)
NAMES = ["previews", "player", "library", "video", "audio", "convert", "console", "avatar", "embedded player"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("weight"), arguments=visits.ARGUMENTS)
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def pages(served: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Visit]:
    found = {visit.name: visit for visit in visits.prepared(served, tmp_path_factory.mktemp("video"))}
    assert list(found) == NAMES
    return found


# What a page has asked for is there.
LOADED = """[...document.images].every((image) => image.complete)
  && ![...document.querySelectorAll('.empty')].some((one) => one.textContent === 'Looking …' && one.checkVisibility()
    && one.getBoundingClientRect().top < innerHeight && one.getBoundingClientRect().bottom > 0)""".replace("\n", " ")


def with_pictures(one: Tab) -> Tab:
    """The library's files are in its lists only."""
    for name in ("IMG_*", "poster.jpg*"):
        one.context.route(f"**/api/files/proxy/**/{name}", lambda route: route.fulfill(body=photo(), content_type="image/jpeg"))
    return one


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_useful_within_two_seconds_of_a_slow_connection(
    name: str, pages: dict[str, Visit], served: Endpoint, tab: Callable[..., Tab], record_property
):
    """Reckoned by what is counted: round trips in series of 300 ms each, and bytes at 1.6 Mbit/s."""
    one = with_pictures(tab())
    cost = Rounds(one).open(served.web_url + pages[name].path, pages[name].useful)
    record_property("cost", str(cost))
    print(f"\n{name}: {cost}")
    assert cost.seconds <= 2
    # The page, what it names, and at most two questions behind each other.
    assert len(cost.rounds) <= 4
    assert cost.bytes <= 100_000
    one.until(LOADED)
    one.assert_still()
    one.assert_content(served.web_url)


SETTINGS = {
    "dark desktop": {"color_scheme": "dark"},
    "light phone": {"color_scheme": "light", "viewport": PHONE, "has_touch": True, "is_mobile": True},
    "320 pixels, forced colours": {"viewport": {"width": 320, "height": 640}, "forced_colors": "active"},
    # A desktop at 200 % has half of its pixels.
    "200 %, motion": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2, "reduced_motion": "no-preference"},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_usable_and_nothing_of_it_moves(
    name: str, settings: dict, pages: dict[str, Visit], served: Endpoint, tab: Callable[..., Tab]
):
    one = with_pictures(tab(**settings))
    page = one.open(served.web_url + pages[name].path)
    one.until(pages[name].useful)
    # Parts ask for their data when they come into view.
    for part in range(9):
        page.evaluate(f"scrollTo(0, document.documentElement.scrollHeight * {part} / 8)")
        one.until(LOADED)
    page.evaluate("scrollTo(0, 0)")
    one.until(LOADED)
    if name != "embedded player":
        accessibility.assert_usable(page)
    one.assert_still()
    one.assert_content(served.web_url)


@pytest.mark.parametrize("name", NAMES)
def test_the_tab_key_reaches_everything_in_order_and_its_place_is_seen(
    name: str, pages: dict[str, Visit], served: Endpoint, tab: Callable[..., Tab]
):
    one = with_pictures(tab())
    page = one.open(served.web_url + pages[name].path)
    one.until(pages[name].useful)
    one.until(LOADED)
    # A library has no end.
    stops = accessibility.walk(page, 80 if name == "library" else 400)
    if name != "embedded player":
        assert stops[0] == "a Skip to content"
    one.assert_content(served.web_url)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "embedded player"])
def test_a_page_that_could_not_begin_can_be_tried_again(
    name: str, pages: dict[str, Visit], served: Endpoint, tab: Callable[..., Tab]
):
    one = with_pictures(tab())
    one.context.route("**/api/site", lambda route: route.abort())
    page = one.open(served.web_url + pages[name].path)
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    accessibility.assert_usable(page)
    one.context.unroute("**/api/site")
    page.get_by_role("button", name="Try again").press("Enter")
    one.until(pages[name].useful)


@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE, "is_mobile": True}], ids=["desktop", "phone"])
def test_the_console_fills_and_nothing_of_it_moves(settings: dict, served: Endpoint, tab: Callable[..., Tab], pages: dict):
    one = tab(**settings)
    page = one.open(f"{served.web_url}/console")
    one.until(pages["console"].useful)
    figure = "Number(document.querySelector('[data-testid=invocations]').textContent.replaceAll(',', ''))"
    for number in range(2):
        before = page.evaluate(figure)
        Jobs(served).upload(b"This is no video. " * 400, f"broken {number} {settings.get('is_mobile')}.mp4")
        one.until(f"{figure} > {before}")
        for section in ("http", "jobs", "fan-out", "runs", "failures", "letters", "log", "events", "schedules", "nodes"):
            page.evaluate(f"document.getElementById('{section}').scrollIntoView()")
            one.until(LOADED)
        page.evaluate("scrollTo(0, 0)")
    one.until("document.querySelectorAll('#events tbody tr').length > 1")
    one.assert_still()
    one.assert_content(served.web_url)


def ask(url: str, **headers: str):
    """An answer as it was sent: its status, its fields and its bytes."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=fields), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_answers_are_compressed_for_those_that_accept_it(served: Endpoint, pages: dict[str, Visit]):
    library = pages["library"].path.split("=")[1]
    manifest = f"{GIFS}/{visits.KEY.removesuffix('.mp4')}/manifest.json"
    for path in ("/api/console?bins=60", f"/api/libraries/{library}/files", f"/s3/{GIFS}?list-type=2&prefix=", f"/s3/{manifest}"):
        _, plain, whole = ask(served.web_url + path)
        assert plain["Content-Encoding"] is None and plain["Vary"] == "Accept-Encoding"
        assert ask(served.web_url + path, Accept_Encoding="gzip;q=0")[1]["Content-Encoding"] is None
        status, coded, content = ask(served.web_url + path, Accept_Encoding="gzip, br")
        assert (status, coded["Content-Encoding"], coded["Vary"]) == (200, "gzip", "Accept-Encoding")
        assert coded["Accept-Ranges"] is None
        assert len(content) < len(whole) / 2
        read = gzip.decompress(content)
        if "console" in path:
            assert json.loads(read).keys() == json.loads(whole).keys()
        else:
            assert read == whole

    # A tag that serves for both codings; a range is one of the content itself.
    url = f"{served.web_url}/s3/{manifest}"
    tag = ask(url)[1]["ETag"]
    weak = ask(url, Accept_Encoding="gzip")[1]["ETag"]
    assert weak == f"W/{tag}"
    assert ask(url, Accept_Encoding="gzip", If_None_Match=weak)[0] == 304
    status, fields, content = ask(url, Accept_Encoding="gzip", Range="bytes=1-10", If_Range=tag)
    assert (status, fields["Content-Encoding"], fields["ETag"]) == (206, None, tag)
    assert content == ask(url)[2][1:11]
    assert ask(url, Accept_Encoding="gzip", Range="bytes=1-10", If_Range=weak)[0] == 200
    # What is small already is sent as it is.
    assert ask(f"{served.web_url}/s3/{SOURCE}/{visits.KEY}", Accept_Encoding="gzip")[1]["Content-Encoding"] is None


def test_files_of_the_pages_have_a_tag_for_each_coding(served: Endpoint):
    url = f"{served.web_url}/console"
    plain, coded = ask(url)[1]["ETag"], ask(url, Accept_Encoding="gzip")[1]["ETag"]
    assert plain != coded
    for tag in (plain, coded, f"W/{coded}", f'"other", {plain}'):
        status, fields, _ = ask(url, Accept_Encoding="gzip", If_None_Match=tag)
        assert (status, fields["ETag"] in tag) == (304, True)
    assert ask(url, If_None_Match='"other"')[0] == 200


def test_files_with_a_tag_are_kept_by_browsers_and_pages_are_not(served: Endpoint):
    with urllib.request.urlopen(f"{served.web_url}/library", timeout=30) as answer:
        html = answer.read().decode()
        assert answer.headers["Cache-Control"] == "no-cache"
    named = re.findall(r'(?:href|src)="(app/[^"]+)"', html)
    assert len(named) == 4 and all("?v=" in address for address in named)
    for address in named:
        with urllib.request.urlopen(f"{served.web_url}/{address}", timeout=30) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        # Another tag is of another version of the program: what is sent is not what it names.
        for other in (address.split("?")[0], address[:-1] + "~"):
            with urllib.request.urlopen(f"{served.web_url}/{other}", timeout=30) as answer:
                assert answer.headers["Cache-Control"] == "no-cache"


def test_a_second_visit_fetches_no_file_again(served: Endpoint, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{served.web_url}/audio")
    page.get_by_text("Choose files").wait_for()
    page.goto(f"{served.web_url}/convert")
    page.get_by_role("textbox").first.wait_for()
    page.goto(f"{served.web_url}/audio")
    page.get_by_text("Choose files").wait_for()
    sent = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/app/')).map((one) => one.transferSize)")
    assert len(sent) >= 3 and not any(sent)
