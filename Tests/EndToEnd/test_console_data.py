"""What the console shows besides functions: routes, queues, jobs, failures, the log, schedules, nodes, and its history."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness import accessibility, sounds
from harness.browser import PATIENCE, PHONE, Tab
from harness.endpoint import Endpoint
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def puppets(tmp_path: Path) -> Puppets:
    return Puppets(tmp_path / "puppets", Worker={"Retries": 0})


@pytest.fixture
def endpoint(own_endpoint: Callable[..., Endpoint], puppets: Puppets) -> Endpoint:
    endpoint = own_endpoint(template=puppets.template, arguments=("--concurrency", "3"))
    endpoint.start()
    return endpoint


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """With all services."""
    endpoint = Endpoint(tmp_path_factory.mktemp("console-data"), arguments=("--concurrency", "2"))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def answer(endpoint: Endpoint, path: str) -> dict:
    with urllib.request.urlopen(f"{endpoint.web_url}{path}", timeout=30) as found:
        return json.load(found)


def see(page: Page, section: str) -> None:
    page.get_by_role("navigation", name="Sections").get_by_role("link", name=section, exact=True).click()


def rows(page: Page, table: str):
    return page.get_by_role("table", name=table, exact=True).locator("tbody tr")


def test_routes_are_counted_with_their_percentiles(service: Endpoint, tab: Callable[..., Tab]):
    for _ in range(3):
        with urllib.request.urlopen(f"{service.api_url}/health", timeout=60) as found:
            assert found.status == 200
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{service.api_url}/convert.gif?token=none", timeout=60)
    one = tab()
    page = one.open(f"{service.web_url}/console")
    see(page, "HTTP")
    health = rows(page, "HTTP routes").filter(has_text="GET /health")
    expect(health.locator("td").nth(0)).to_have_text("3")
    refused = rows(page, "HTTP routes").filter(has_text="GET /convert.gif")
    expect(refused.locator("td").nth(2)).to_have_text("1")
    found = next(one for one in answer(service, "/api/routes")["routes"] if one["route"] == "GET /health")
    assert (found["requests"], found["serverErrors"]) == (3, 0)
    assert 0 < found["median"] <= found["p95"] <= found["p99"]
    assert sum(bin["invocations"] for bin in found["series"]) == 3
    one.assert_content(service.web_url)


def test_a_job_is_seen_and_cancelled_and_known_after_a_restart(
    own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab], tmp_path: Path
):
    endpoint = own_endpoint(arguments=("--concurrency", "2"))
    endpoint.start()
    source = sounds.noise_and_tone(tmp_path / "long.mp2", seconds=1200, codec="mp2")
    one = tab()
    page = one.open(f"{endpoint.web_url}/audio")
    # In one piece, so that it lasts.
    page.get_by_role("combobox", name="Format").select_option("ogg")
    page.set_input_files("#file", source)
    expect(page.get_by_test_id("state")).to_contain_text("encoding")
    page.goto(f"{endpoint.web_url}/console")
    see(page, "Jobs")
    job = rows(page, "Jobs").first
    expect(job).to_contain_text("transcode")
    expect(job).to_contain_text("processing")
    job.get_by_role("button", name="Cancel job").click()
    expect(job).to_contain_text("cancelled")
    expect(job.get_by_role("button")).to_have_count(0)
    one.assert_content(endpoint.web_url)

    before = answer(endpoint, "/api/invocations?limit=4096")["invocations"]
    assert endpoint.stop() == 0
    endpoint.start()
    after = answer(endpoint, "/api/invocations?limit=4096")["invocations"]
    known = {run["requestID"] for run in after}
    assert known and known >= {run["requestID"] for run in before if run["outcome"] != "running"}
    assert [job["status"] for job in answer(endpoint, "/api/jobs")["jobs"]] == ["cancelled"]


def test_charts_and_totals_go_on_after_a_restart(
    endpoint: Endpoint, puppets: Puppets, tab: Callable[..., Tab]
):
    publish(endpoint, *[entry("Worker", number=number) for number in range(4)], entry("Worker", do="error"))

    def counted() -> dict | None:
        functions = {one["name"]: one for one in answer(endpoint, "/api/console?bins=720")["functions"]}
        return functions.get("Worker") if functions.get("Worker", {}).get("invocations") == 5 else None

    before = until("all to be counted", counted)
    since = answer(endpoint, "/api/console")["since"]
    one = tab()
    page = one.open(f"{endpoint.web_url}/console?bins=720")
    expect(page.get_by_test_id("invocations")).to_have_text("5")
    assert endpoint.stop() == 0
    endpoint.start()
    page.reload()
    expect(page.get_by_test_id("invocations")).to_have_text("5")
    expect(page.get_by_test_id("errors")).to_have_text("1")
    after = counted()
    assert after and answer(endpoint, "/api/console")["since"] == since
    # A process that was still starting when the last call ended is counted when it is there.
    assert after["coldStarts"] >= before["coldStarts"] > 0
    for member in ("errors", "duration", "longest", "mostRunning", "gigabyteSeconds"):
        assert after[member] == before[member], member
    for member in ("invocations", "errors", "concurrency"):
        numbers = [[bin[member] for bin in found["series"] if bin["invocations"]] for found in (before, after)]
        assert numbers[0] and numbers[0] == numbers[1], member
    # What happens next is added.
    publish(endpoint, entry("Worker", number=5))
    expect(page.get_by_test_id("invocations")).to_have_text("6")
    one.assert_content(endpoint.web_url)


def test_routes_and_their_percentiles_are_known_after_a_restart(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=("--concurrency", "2"))
    endpoint.start()
    for _ in range(3):
        with urllib.request.urlopen(f"{endpoint.api_url}/health", timeout=60) as found:
            assert found.status == 200

    def health() -> dict:
        return next(one for one in answer(endpoint, "/api/routes?bins=720")["routes"] if one["route"] == "GET /health")

    before = until("the requests to be counted", lambda: health() if health()["requests"] == 3 else None)
    assert endpoint.stop() == 0
    endpoint.start()
    after = health()
    assert {**after, "series": None} == {**before, "series": None}
    assert sum(bin["invocations"] for bin in after["series"]) == 3


@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}], ids=["desktop", "phone"])
def test_failures_of_one_cause_are_one_row_that_leads_to_the_run_and_the_log(
    settings: dict, endpoint: Endpoint, tab: Callable[..., Tab]
):
    publish(endpoint, *[entry("Worker", do="error", key="a.mp4", number=number) for number in range(3)])
    publish(endpoint, entry("Worker", do="crash", key="b.mp4"))
    until("all to fail", lambda: sum(one["count"] for one in answer(endpoint, "/api/failures")["failures"]) == 4)
    one = tab(**settings)
    page = one.open(f"{endpoint.web_url}/console")
    see(page, "Failures")
    expect(rows(page, "Failures")).to_have_count(2)
    expect(rows(page, "Failures").first).to_contain_text("Ordered: as ordered")
    expect(rows(page, "Failures").first).to_contain_text("a.mp4")
    rows(page, "Failures").first.get_by_role("link", name="Newest invocation").click()
    # A link that can be sent to others: one run, open, with its log.
    expect(page.get_by_text("Only the invocation")).to_be_visible()
    assert "run=" in page.url
    expect(page.get_by_role("region", name="Log of the invocation")).to_be_visible()
    expect(page.locator("tr.detail pre")).to_contain_text("REPORT RequestId")
    expect(page.get_by_role("table", name="Recent invocations").locator("tbody tr:not(.detail)")).to_have_count(1)
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("table", name="Recent invocations").locator("tbody tr:not(.detail)")).to_have_count(4)
    one.assert_content(endpoint.web_url)


def test_the_log_is_searched_and_the_search_is_in_the_address(endpoint: Endpoint, tab: Callable[..., Tab]):
    publish(endpoint, entry("Worker", do="flood", lines=3), entry("Worker", key="a.mp4"))
    until("both to end", lambda: len(answer(endpoint, "/api/logs/search?q=REPORT")["lines"]) == 2)
    one = tab()
    page = one.open(f"{endpoint.web_url}/console")
    see(page, "Log")
    page.get_by_label("Search", exact=True).fill("report requestid")
    page.keyboard.press("Enter")
    lines = page.get_by_role("table", name="Log").locator("tbody tr")
    expect(lines).to_have_count(2)
    page.reload()
    see(page, "Log")
    expect(lines).to_have_count(2)
    page.get_by_label("Level").select_option("error")
    expect(page.get_by_text("No line passes these filters.")).to_be_visible()
    assert "level=error" in page.url
    # Each line has an address of its own, that leads to it and to what was written shortly before.
    page.get_by_label("Level").select_option("")
    page.get_by_label("Search", exact=True).fill("report requestid")
    page.keyboard.press("Enter")
    expect(lines).to_have_count(2)
    time = lines.last.get_by_role("link").first
    said = time.text_content()
    time.click()
    expect(page.locator("tr.named").first).to_contain_text(said)
    expect(page.locator("tr.named").filter(has_text="REPORT RequestId")).not_to_have_count(0)
    # It leads there after a restart as well.
    link = page.url
    assert endpoint.stop() == 0
    endpoint.start()
    page.goto(link)
    expect(page.locator("tr.named").filter(has_text="REPORT RequestId")).not_to_have_count(0)
    one.complaints = [text for text in one.complaints if "ERR_CONNECTION_REFUSED" not in text and "ERR_" not in text]
    one.assert_content(endpoint.web_url)
    with pytest.raises(urllib.error.HTTPError) as caught:
        answer(endpoint, "/api/logs/search?level=loud")
    assert caught.value.code == 400


def test_a_bar_of_the_fan_out_names_its_part_and_opens_its_run(endpoint: Endpoint, tab: Callable[..., Tab]):
    publish(endpoint, *[entry("Worker", key="a/video.mp4", number=number) for number in range(2)])
    until("both to end", lambda: len(answer(endpoint, "/api/invocations?group=a%2Fvideo.mp4")["invocations"]) == 2)
    one = tab()
    page = one.open(f"{endpoint.web_url}/console?group=a%2Fvideo.mp4")
    bar = page.locator(".gantt a").first
    expect(bar).to_contain_text("number")
    expect(page.get_by_role("group", name="GB-seconds")).to_be_visible()
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only the invocation")).to_be_visible()
    table = page.get_by_role("table", name="Recent invocations")
    expect(table.locator("tbody tr:not(.detail)")).to_have_count(1)
    expect(table).to_contain_text("GB-s")
    one.assert_content(endpoint.web_url)


def test_schedules_nodes_and_queues_are_shown(service: Endpoint, endpoint: Endpoint, puppets: Puppets, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{service.web_url}/console")
    see(page, "Schedules")
    expect(rows(page, "Schedules").filter(has_text="rate(1 hour)").first).to_contain_text("in ")
    see(page, "Nodes")
    expect(rows(page, "Nodes")).to_have_count(1)
    expect(rows(page, "Nodes")).to_contain_text("this one")
    node = answer(service, "/api/nodes")["nodes"][0]
    assert node["slots"] == 2 and node["memory"] > 1 << 20
    one.assert_content(service.web_url)

    publish(endpoint, *[entry("Worker", gate="go", number=number) for number in range(5)])
    samples = until("a sample of the queue", lambda: answer(endpoint, "/api/queues?bins=10")["queues"] or None)
    assert samples[0]["name"] == "Worker" and samples[0]["samples"][-1]["depth"] == 5
    puppets.open("go")


@pytest.mark.parametrize("settings", [{"viewport": NARROW}, {"forced_colors": "active"}], ids=["narrow", "forced"])
def test_every_section_is_usable(settings: dict, service: Endpoint, tab: Callable[..., Tab]):
    with urllib.request.urlopen(f"{service.api_url}/health", timeout=60) as found:
        assert found.status == 200
    one = tab(**settings)
    page = one.open(f"{service.web_url}/console")
    expect(rows(page, "Recent invocations").first).to_be_visible()
    for section in ("HTTP", "Jobs", "Failures", "Log", "Schedules", "Nodes"):
        see(page, section)
    expect(rows(page, "Nodes")).to_have_count(1)
    cut = page.locator("thead th:visible").evaluate_all("""all => all.filter((one) => {
      const range = document.createRange(), { paddingLeft, paddingRight } = getComputedStyle(one);
      range.selectNodeContents(one);
      const room = one.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      return !one.querySelector(".visually-hidden") && range.getBoundingClientRect().width > room + 0.5;
    }).map((one) => one.textContent)""")
    assert cut == []
    accessibility.assert_usable(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    one.assert_content(service.web_url)
