"""The console in a real browser: its numbers are those of /metrics, and what it offers works."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness import accessibility, scrubbing
from harness.browser import PATIENCE, PHONE, Tab
from harness.endpoint import Endpoint
from harness.job import Jobs
from harness.outcome import metric
from harness.puppets import Puppets, entry, publish
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
FUNCTIONS = ["SnippetsFunction", "ProcessClipFunction", "RecordFailureFunction"]


def cell(page: Page, function: str, name: str) -> str:
    return page.locator(f"#functions tr[data-function='{function}'] [data-name='{name}']").text_content()


def seconds(text: str) -> float:
    number, unit = text.split()
    return float(number) / (1000 if unit == "ms" else 1)


def sample(endpoint: Endpoint, name: str, function: str) -> float:
    """One series of /metrics."""
    with urllib.request.urlopen(f"{endpoint.web_url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f'{name}{{function="{function}"}}')), 0.0)


def test_its_numbers_are_those_of_the_metrics(
    own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab], three_clips: Path, short_video: Path
):
    endpoint = own_endpoint()
    endpoint.start()
    jobs = Jobs(endpoint)
    jobs.completed(three_clips, "three.mp4")
    one = tab()
    page = one.open(f"{endpoint.web_url}/console")
    expect(page.get_by_role("heading", name="Console")).to_be_visible()
    # What happens while one looks on counts too.
    jobs.completed(short_video, "while looking on.mp4")
    jobs.upload(b"This is no video. " * 400, "bad.mp4")
    until("the manifest of the bad one", lambda: jobs.manifest("bad.mp4"))
    jobs.settled()

    expect(page.locator("#functions tr[data-function='SnippetsFunction'] [data-name='invocations']")).to_have_text("3")
    expect(page.locator("#functions tr[data-function='ProcessClipFunction'] [data-name='invocations']")).to_have_text("4")
    expect(page.get_by_test_id("invocations")).to_have_text(str(metric(endpoint, "zoetrope_invocations_total")))
    expect(page.get_by_test_id("queued")).to_have_text("0")
    for function in FUNCTIONS:
        count = metric(endpoint, "zoetrope_invocations_total", function=function)
        assert int(cell(page, function, "invocations")) == count
        succeeded = metric(endpoint, "zoetrope_invocations_total", function=function, outcome="success")
        assert int(cell(page, function, "errors")) == count - succeeded
        assert int(cell(page, function, "coldStarts")) == metric(endpoint, "zoetrope_cold_starts_total", function=function)
        assert int(cell(page, function, "queued")) == metric(endpoint, "zoetrope_queue_depth", function=function)
        assert int(cell(page, function, "deadLetters")) == metric(endpoint, "zoetrope_dead_letters", function=function)
        if count:
            mean = sample(endpoint, "zoetrope_invocation_duration_seconds_sum", function) / count
            assert seconds(cell(page, function, "average")) == pytest.approx(mean, rel=0.02, abs=0.001)
            assert seconds(cell(page, function, "longest")) >= seconds(cell(page, function, "average"))
    rows = page.get_by_role("table", name="Recent invocations").locator("tbody tr:not(.detail)")
    expect(rows).to_have_count(metric(endpoint, "zoetrope_invocations_total"))
    one.assert_content(endpoint.web_url)


@pytest.fixture
def puppets(tmp_path: Path) -> Puppets:
    return Puppets(tmp_path / "puppets", Worker={"Retries": 0})


@pytest.fixture
def endpoint_of_puppets(own_endpoint: Callable[..., Endpoint], puppets: Puppets) -> Endpoint:
    endpoint = own_endpoint(template=puppets.template, arguments=("--concurrency", "3"))
    endpoint.start()
    return endpoint


def test_what_runs_and_waits_is_shown_as_it_happens(endpoint_of_puppets: Endpoint, puppets: Puppets, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{endpoint_of_puppets.web_url}/console")
    expect(page.get_by_test_id("running")).to_have_text("0 / 3")
    publish(endpoint_of_puppets, *[entry("Worker", gate="go", key="a/video.mp4", number=number) for number in range(5)])

    expect(page.get_by_test_id("running")).to_have_text("3 / 3")
    expect(page.get_by_test_id("queued")).to_have_text("5")
    # A slot is in use while its process starts. The gate must not open before three runs have begun: the first process
    # would do all the work while the others start.
    until("three runs to have begun", lambda: len(puppets.notes("begin")) == 3)
    expect(page.locator("#functions tr[data-function='Worker'] [data-name='running']")).to_have_text("3")
    events = page.get_by_role("table", name="Events").locator("tbody tr")
    expect(events).to_have_count(5)
    expect(events.first).to_contain_text("WorkerOrdered")
    puppets.open("go")
    expect(page.get_by_test_id("running")).to_have_text("0 / 3")
    expect(page.get_by_test_id("invocations")).to_have_text("5")
    expect(page.get_by_label("Object whose fan-out is shown")).to_have_value("a/video.mp4")
    drawing = page.get_by_role("group", name="5 runs in")
    expect(drawing).to_be_visible()
    assert drawing.locator("g.run").count() == 5
    # At most three processes were started, and each of their first runs shows it.
    assert 1 <= drawing.locator("rect.cold").count() <= 3
    assert "at most 3 at the same time" in drawing.get_attribute("aria-label")
    expect(page.get_by_role("img", name="Concurrent runs")).to_be_visible()
    one.assert_content(endpoint_of_puppets.web_url)


def test_functions_that_work_have_colours_of_their_own(
    own_endpoint: Callable[..., Endpoint], tmp_path: Path, tab: Callable[..., Tab]
):
    """There are more functions than colours; the charts show those that work."""
    puppets = Puppets(tmp_path / "many", **{f"Worker{number:02}": {} for number in range(13)})
    endpoint = own_endpoint(template=puppets.template)
    endpoint.start()
    publish(endpoint, *[entry(f"Worker{number:02}") for number in (0, 6, 10, 12)])
    page = tab().open(f"{endpoint.web_url}/console")
    expect(page.get_by_test_id("invocations")).to_have_text("4")
    swatches = page.locator(".plot").filter(has=page.get_by_role("img", name="Invocations over")).locator(".legend .swatch")
    expect(swatches).to_have_count(4)
    assert len(set(swatches.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)"))) == 4


def test_a_run_opens_to_its_log(endpoint_of_puppets: Endpoint, tab: Callable[..., Tab]):
    publish(endpoint_of_puppets, entry("Worker", do="flood", lines=3))
    one = tab()
    page = one.open(f"{endpoint_of_puppets.web_url}/console")
    page.get_by_role("table", name="Recent invocations").get_by_role("button", name="Details").click()
    log = page.get_by_role("region", name="Log of the invocation")
    expect(log).to_contain_text("START RequestId")
    expect(log).to_contain_text("x" * 99)
    expect(log).to_contain_text("REPORT RequestId")
    one.assert_content(endpoint_of_puppets.web_url)


def test_dead_letters_are_redriven_and_purged(endpoint_of_puppets: Endpoint, puppets: Puppets, tab: Callable[..., Tab]):
    endpoint = endpoint_of_puppets
    one = tab()
    page = one.open(f"{endpoint.web_url}/console")
    publish(endpoint, *[entry("Worker", do="error", until="mended", number=number) for number in range(3)])
    letters = page.get_by_role("table", name="Dead letters").locator("tbody tr:not(.detail)")
    expect(letters).to_have_count(3)
    expect(letters.first).to_contain_text("Ordered: as ordered")
    expect(page.get_by_test_id("letters")).to_have_text("3")
    page.get_by_label("failed only").check()
    expect(page.get_by_role("table", name="Recent invocations").locator("tbody tr")).to_have_count(3)
    expect(page.get_by_test_id("errors")).to_have_text("3")

    puppets.open("mended")
    letters.first.get_by_role("button", name="Redrive").click()
    expect(letters).to_have_count(2)
    until("the redriven one to end", lambda: len(puppets.notes("end")) == 1)
    letters.first.get_by_role("button", name="Purge").click()
    expect(letters).to_have_count(1)
    page.get_by_role("button", name="Purge all").click()
    page.get_by_role("button", name="Remove all").click()
    expect(page.get_by_text("no event is waiting to be redriven")).to_be_visible()
    assert metric(endpoint, "zoetrope_dead_letters") == 0
    one.assert_content(endpoint.web_url)


# Who may


def test_with_a_token_the_pages_ask_for_it(own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab], short_video: Path):
    endpoint = own_endpoint(environment={"ZOETROPE_ADMIN_TOKEN": "open sesame"})
    endpoint.start()
    one = tab()
    page = one.open(endpoint.web_url)
    page.get_by_label("Token", exact=True).fill("open barley")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the token.")
    page.get_by_label("Token", exact=True).fill("open sesame")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("There are no videos yet")).to_be_visible()

    # Images, videos and the stream have the session too.
    page.set_input_files("#file", short_video)
    expect(page.locator("article.watch video")).to_be_visible()
    scrubbing.turn_to(one)
    page.goto(f"{endpoint.web_url}/console")
    expect(page.get_by_test_id("invocations")).not_to_have_text("0")
    cookie = one.context.cookies()[0]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert one.page.evaluate("document.cookie") == ""
    assert "open sesame" not in json.dumps(cookie)

    def status(path: str, **headers: str) -> int:
        try:
            return urllib.request.urlopen(urllib.request.Request(endpoint.web_url + path, headers=headers), timeout=10).status
        except urllib.error.HTTPError as error:
            return error.code

    session = f"{cookie['name']}={cookie['value']}"
    expiry, code = cookie["value"].split(".")
    for path in ("/api/console", "/api/stream", "/s3/zoetrope-source/short.mp4", "/api/site"):
        assert status(path) == 401
        assert status(path, Cookie=f"{cookie['name']}={int(expiry) + 1}.{code}") == 401
        assert status(path, Cookie=session, **{"Sec-Fetch-Site": "cross-site"}) == 403
        assert status(path, Cookie=session, Origin="http://evil.example") == 403
    assert status("/api/console", Cookie=session) == 200


def test_a_page_of_another_origin_gets_nothing(endpoint: Endpoint):
    for path in ("/api/console", "/api/stream", "/s3/zoetrope-gifs?list-type=2&prefix="):
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(endpoint.web_url + path, headers=headers), timeout=10)
            assert caught.value.code == 403


@pytest.mark.parametrize(
    "method, path",
    [
        ("DELETE", "/s3/zoetrope-source/x.mp4"),
        ("PUT", "/s3/zoetrope-gifs/x.gif"),
        ("PUT", "/s3/another-bucket/x"),
        ("PUT", "/s3/zoetrope-source"),
        ("GET", "/s3/"),
        ("GET", "/s3/another-bucket?list-type=2"),
        ("POST", "/s3/zoetrope-source?delete"),
        ("PUT", "/s3/zoetrope-source?cors"),
        ("GET", "/s3/zoetrope-source?notification"),
        ("PUT", "/s3/zoetrope-source/x.mp4?acl"),
    ],
)
def test_a_page_may_read_and_upload_and_nothing_else(method: str, path: str, endpoint: Endpoint):
    asked = urllib.request.Request(endpoint.web_url + path, method=method, data=b"x" if method in ("PUT", "POST") else None)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(asked, timeout=10)
    assert caught.value.code in (400, 403, 404)


def test_the_files_are_compressed_and_asked_for_again(endpoint: Endpoint):
    for path in ("/", "/console", "/app/player.js", "/app/base.css"):
        asked = urllib.request.Request(endpoint.web_url + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Cache-Control"] == "no-cache"
            policy, etag = answer.headers["Content-Security-Policy"], answer.headers["ETag"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        again = urllib.request.Request(endpoint.web_url + path, headers={"If-None-Match": f"W/{etag}"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(again, timeout=10)
        assert caught.value.code == 304


def test_what_was_uploaded_does_not_run_as_a_page(endpoint: Endpoint, jobs: Jobs):
    jobs.s3.put_object(Bucket="zoetrope-gifs", Key="trap.html", Body=b"<script>alert(1)</script>", ContentType="text/html")
    with urllib.request.urlopen(f"{endpoint.web_url}/s3/zoetrope-gifs/trap.html", timeout=10) as answer:
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_streams_are_bounded_and_end_with_the_endpoint(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint()
    endpoint.start()
    streams = []
    try:
        with pytest.raises(urllib.error.HTTPError) as caught:
            for _ in range(100):
                streams.append(urllib.request.urlopen(f"{endpoint.web_url}/api/stream", timeout=30))
                assert streams[-1].readline().startswith(b"retry:")
        assert caught.value.code == 503
        assert len(streams) == 64
        streams.pop().close()
        assert endpoint.stop(seconds=15) == 0
        assert streams[0].read().endswith(b"\n\n")
    finally:
        for stream in streams:
            stream.close()


def test_an_interrupted_stream_goes_on_where_it_ended(endpoint: Endpoint, jobs: Jobs):
    def events(**headers: str):
        return urllib.request.urlopen(
            urllib.request.Request(f"{endpoint.web_url}/api/stream?topics=objects", headers=headers), timeout=30
        )

    def message(stream) -> dict[str, str]:
        lines = iter(stream.readline, b"\n")
        return dict(line.decode().rstrip("\n").split(": ", 1) for line in lines)

    with events() as stream:
        began = message(stream)
    jobs.s3.put_object(Bucket="zoetrope-gifs", Key="resumed.txt", Body=b"x")
    with events(**{"Last-Event-ID": began["id"]}) as stream:
        assert message(stream)["event"] == "hello"
        assert "resumed.txt" in [item["key"] for item in json.loads(message(stream)["data"])]
    with events(**{"Last-Event-ID": "another-run-7"}) as stream:
        assert [message(stream)["event"] for _ in range(2)] == ["hello", "reset"]


# For every visitor


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desk", "phone"])
def test_the_console_is_accessible(
    scheme: str, viewport: dict | None, endpoint_of_puppets: Endpoint, puppets: Puppets, tab: Callable[..., Tab]
):
    endpoint = endpoint_of_puppets
    publish(
        endpoint,
        entry("Worker", key="a.mp4"),
        entry("Worker", do="error", key="a.mp4"),
        entry("Worker", gate="never", key="a.mp4"),
    )
    one = tab(color_scheme=scheme, **({"viewport": viewport} if viewport else {}))
    page = one.open(f"{endpoint.web_url}/console")
    expect(page.get_by_test_id("letters")).to_have_text("1")
    for table in ("Recent invocations", "Dead letters", "Events"):
        page.get_by_role("table", name=table).get_by_role("button", name="Details").first.click()
    expect(page.get_by_role("region", name="Log of the invocation")).not_to_have_text("…")
    accessibility.assert_usable(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    expect(page.get_by_role("main")).to_match_aria_snapshot("""
      - main:
        - heading "Console" [level=1]
        - region "Now"
        - region "Functions":
          - region "Functions, rows":
            - table "Functions"
        - region "Monitor"
        - region "HTTP routes"
        - region "Jobs"
        - region "Fan-out of an object":
          - combobox "Object whose fan-out is shown"
        - region "Recent invocations"
        - region "Failures by cause"
        - region "Dead letters":
          - button "Redrive all"
          - button "Purge all"
        - region "Log":
          - search "Log"
        - region "Events"
        - region "Schedules"
        - region "Nodes"
    """)
    puppets.open("never")
    one.assert_content(endpoint.web_url)
