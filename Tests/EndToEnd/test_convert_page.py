"""The conversion page in a real browser: an address goes in, and the GIF appears while it is made."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness import accessibility, conversion, origin
from harness.browser import PATIENCE, Tab
from harness.endpoint import SOURCE, Endpoint
from harness.job import Jobs
from harness.library import LIBRARY, Client, put
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
# Milliseconds: a loaded machine may take longer than a visitor would wait.
PATIENT = {"ConversionStreamHttpTimeout": "300000", "ConversionMaxStreamDuration": "300000"}
NARROW = {"width": 320, "height": 640}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("convert-page"), arguments=conversion.parameters(**PATIENT))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return origin.made(tmp_path_factory.mktemp("video") / "video.mp4", "-movflags", "+faststart", "-g", "15", seconds=3)


@pytest.fixture
def source(video: bytes) -> Iterator[origin.Origin]:
    with origin.Origin({"/video.mp4": video, "/held.mp4": video, "/page.html": b"<html>" * 500}) as started:
        yield started


def shape(gif: Path) -> tuple[int, ...]:
    """Width, height, frames."""
    query = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames", "-of", "csv=p=0"]
    return tuple(
        int(part) for part in subprocess.run([*query, gif], capture_output=True, check=True, text=True).stdout.strip().split(",")
    )


def state(page: Page):
    return page.get_by_test_id("state")


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desk", "phone"])
def test_the_gif_appears_while_it_is_made(
    settings: dict, service: Endpoint, source: origin.Origin, tab: Callable[..., Tab], tmp_path: Path
):
    gate = threading.Event()
    name = f"/held{len(settings)}.mp4"
    source.files[name] = source.files["/held.mp4"]
    source.held[name] = (len(source.files[name]) * 2 // 3, gate)
    one = tab(**settings)
    page = one.open(f"{service.web_url}/convert")
    page.get_by_label("Address of an MP4 file or an HLS playlist").fill(source.url(name))
    page.keyboard.press("Enter")
    # The source has stopped half-way, and the first frames are on the page.
    expect(state(page)).to_have_text("arriving")
    one.until("document.querySelector('.frame img')?.naturalWidth > 0")
    expect(page.get_by_test_id("shape")).to_have_text("80 × 80")
    expect(page.get_by_test_id("first")).not_to_have_text("–")
    expect(page.get_by_test_id("last")).to_contain_text("…")
    gate.set()
    expect(state(page)).to_have_text("complete")
    expect(page.get_by_test_id("last")).not_to_contain_text("…")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "video.gif")
    width, height, frames = shape(tmp_path / "video.gif")
    assert (width, height) == (80, 80) and frames > 60
    assert source.sent[name] == len(source.files[name]), "the page's two readers share one conversion"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    one.assert_still()
    one.assert_content(service.web_url)


def test_the_choice_is_part_of_the_address_and_of_the_command(
    service: Endpoint, source: origin.Origin, tab: Callable[..., Tab], tmp_path: Path
):
    one = tab()
    page = one.open(f"{service.web_url}/convert")
    page.get_by_label("Address of an MP4 file or an HLS playlist").fill(source.url("/video.mp4"))
    page.get_by_text("Size, speed and part").click()
    page.get_by_label("Size (px)").fill("40")
    page.get_by_label("Length (s)").fill("1")
    page.reload()
    expect(page.get_by_label("Size (px)")).to_have_value("40")
    command = page.get_by_role("region", name="Command", exact=True).text_content()
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True)
    assert shape(tmp_path / "video.gif")[:2] == (40, 40)
    page.get_by_role("button", name="Convert").focus()
    page.keyboard.press("Enter")
    expect(state(page)).to_have_text("complete")
    expect(page.get_by_test_id("shape")).to_have_text("40 × 40")
    one.assert_content(service.web_url)


def test_without_a_video_of_ones_own_there_is_a_sample(service: Endpoint, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{service.web_url}/convert?osz=48&ofr=4")
    for _ in range(2):
        # It is uploaded once, and stays a video of one's own.
        page.get_by_role("button", name="Try a sample").press("Enter")
        expect(page.get_by_label("Address of an MP4 file or an HLS playlist")).to_have_value(f"s3://{SOURCE}/sample.mp4")
        expect(state(page)).to_have_text("complete")
        expect(page.get_by_test_id("shape")).to_contain_text("48 ×")
        page.goto(f"{service.web_url}/convert?osz=48&ofr=4")
    assert len([url for url in one.requests if url.endswith("/app/sample.mp4")]) == 1
    one.assert_content(service.web_url)


def test_refusals_name_the_next_step(service: Endpoint, source: origin.Origin, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{service.web_url}/convert")
    address = page.get_by_label("Address of an MP4 file or an HLS playlist")
    for url, step in [
        ("https://videos.example/a.mp4", "--parameter SourceHostnameWhitelist=videos.example"),
        (source.url("/page.html"), "not of a page that shows it"),
        (source.url("/absent.mp4"), "Check that the address opens in a browser"),
    ]:
        address.fill(url)
        page.get_by_role("button", name="Convert").click()
        expect(page.get_by_role("alert")).to_contain_text(step)
        expect(state(page)).to_have_text("failed")
    # The page serves the path, except if the query names a token.
    assert conversion.ask(service.web_port, "/convert?token=unknown")[0] == 404
    status, headers, _ = conversion.ask(service.web_port, "/convert")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert one.page.evaluate("window.policyViolations") == []


def test_a_conversion_is_stopped(service: Endpoint, source: origin.Origin, tab: Callable[..., Tab]):
    gate = threading.Event()
    source.held["/video.mp4"] = (1000, gate)
    one = tab()
    page = one.open(f"{service.web_url}/convert?osz=33&url={source.url('/video.mp4')}")
    page.get_by_role("button", name="Convert").click()
    page.get_by_role("button", name="Stop").click()
    expect(state(page)).to_have_text("stopped")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    gate.set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("settings", [{}, {"viewport": NARROW}, {"forced_colors": "active"}], ids=["desk", "narrow", "forced"])
def test_the_conversion_page_is_accessible(
    scheme: str, settings: dict, service: Endpoint, source: origin.Origin, tab: Callable[..., Tab]
):
    one = tab(color_scheme=scheme, **settings)
    page = one.open(f"{service.web_url}/convert?osz=60&url={source.url('/video.mp4')}")
    expect(page.get_by_role("heading", name="Convert")).to_be_visible()
    accessibility.assert_usable(page)
    page.get_by_role("button", name="Convert").click()
    expect(state(page)).to_have_text("complete")
    accessibility.assert_usable(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    page.set_viewport_size({"width": 640, "height": 450})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 200 %"
    one.assert_content(service.web_url)


def test_a_video_that_is_here_is_chosen_and_converted(service: Endpoint, video: bytes, tab: Callable[..., Tab]):
    service.client("s3").put_object(Bucket=SOURCE, Key="talks/a clip & more.mp4", Body=video)
    home = Client(service.web_url)
    files = "/api/libraries/00000000-0000-4000-8000-000000000000/files"
    announced = home.ask("POST", files, {"name": "folder/at home.mp4", "size": len(video)}).json
    put(announced["upload"]["url"], video)
    until("the upload to be looked at", lambda: home.get(f"{files}/{announced['file']['id']}").json["version"] == 1 or None)
    # Both videos have previews made, too.
    Jobs(service).settled()
    one = tab()
    page = one.open(f"{service.web_url}/convert?osz=64")
    choice = page.get_by_role("combobox", name="Or one of your videos")
    address = page.get_by_role("textbox", name="Address of an MP4")
    for name, begins in [
        ("talks/a clip & more.mp4", f"s3://{SOURCE}/talks/a%20clip%20%26%20more.mp4"), ("at home.mp4", f"s3://{LIBRARY}/original/"),
    ]:
        choice.select_option(label=name)
        expect(address).to_have_value(re.compile(f"^{re.escape(begins)}"))
        page.get_by_role("button", name="Convert", exact=True).click()
        expect(state(page)).to_have_text("complete")
        one.until("document.querySelector('.frame img')?.naturalWidth === 64")
    accessibility.assert_usable(page)
    one.assert_content(service.web_url)


def test_nothing_is_converted_before_the_address_of_the_chosen_video_is_known(
    service: Endpoint, video: bytes, tab: Callable[..., Tab]
):
    shelf = Client(service.web_url)
    files = "/api/libraries/00000000-0000-4000-8000-000000000000/files"
    file = shelf.ask("POST", files, {"name": "asked for.mp4", "size": len(video)}).json
    put(file["upload"]["url"], video)
    until("the file to be there", lambda: shelf.get(f"{files}/{file['file']['id']}").json["version"] or None)
    one = tab()
    held = []
    one.context.route(f"**{files}/{file['file']['id']}", lambda route: held.append(route))
    page = one.open(f"{service.web_url}/convert")
    page.get_by_role("combobox", name="Or one of your videos").select_option("asked for.mp4")
    until("the server to be asked", lambda: held or page.wait_for_timeout(50))
    button = page.get_by_role("button", name="Convert", exact=True)
    expect(button).to_be_disabled()
    held[0].continue_()
    expect(button).to_be_focused()
    expect(page.get_by_label("Address of an MP4 file or an HLS playlist")).to_have_value(re.compile("^s3://"))
    one.assert_content(service.web_url)


def test_videos_that_are_here_are_for_this_machines_user_only(service: Endpoint, video: bytes):
    service.client("s3").put_object(Bucket=SOURCE, Key="mine.mp4", Body=video)
    query = "/token?ifm=mp4&ofm=gif&url=s3%3A%2F%2F"
    elsewhere = Client(service.api_url).get(f"{query}{SOURCE}%2Fmine.mp4", Authorization=conversion.USER)
    assert (elsewhere.status, elsewhere.json["statusCode"]) == (403, 403)
    here = Client(service.web_url)
    assert here.get(f"{query}{SOURCE}%2Fmine.mp4").status == 200
    assert here.get(f"{query}zoetrope-cache%2Fmine.mp4").status == 403
    missing = here.get(f"{query}{SOURCE}%2Fnone.mp4")
    assert missing.status == 502 and "there is no object" in missing.json["message"]
    assert here.get(f"{query.replace('mp4', 'm3u8')}{SOURCE}%2Fmine.mp4").status == 400
