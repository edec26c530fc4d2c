"""What the pages cost a visitor with a slow connection, and that files which do not change are fetched once."""

import re
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from harness import visits
from harness.browser import Tab
from harness.endpoint import Endpoint
from harness.library import photo
from harness.round_trips import Rounds
from harness.visits import Visit

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


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_useful_within_two_seconds_of_a_slow_connection(
    name: str, pages: dict[str, Visit], served: Endpoint, tab: Callable[..., Tab], record_property
):
    """Reckoned by what is counted: round trips in series of 300 ms each, and bytes at 1.6 Mbit/s."""
    one = tab()
    # The library's files are in its lists only.
    one.context.route("**/api/files/proxy/**/IMG_*", lambda route: route.fulfill(body=photo(), content_type="image/jpeg"))
    one.context.route("**/api/files/proxy/**/poster.jpg*", lambda route: route.fulfill(body=photo(), content_type="image/jpeg"))
    cost = Rounds(one).open(served.web_url + pages[name].path, pages[name].useful)
    record_property("cost", str(cost))
    print(f"\n{name}: {cost}")
    assert cost.seconds <= 2
    # The page, what it names, and at most two questions behind each other.
    assert len(cost.rounds) <= 4
    # The console's answers are not compressed.
    assert cost.bytes <= (200_000 if name == "console" else 100_000)
    one.until("[...document.images].every((image) => image.complete)")
    # Sections of the console grow with what they find.
    if name != "console":
        one.assert_still()
    one.assert_content(served.web_url)


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
