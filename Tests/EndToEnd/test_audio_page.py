"""The audio page in a real browser: files become others by jobs, are compared, and are downloaded."""

import json
import subprocess
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness import accessibility, sounds
from harness.browser import PATIENCE, Tab
from harness.endpoint import Endpoint
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
NARROW = {"width": 320, "height": 640}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("audio-page"), arguments=("--concurrency", "2"))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sounds.noise_and_tone(tmp_path_factory.mktemp("short") / "short.wav", seconds=3)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes: long enough to be cancelled."""
    return sounds.noise_and_tone(tmp_path_factory.mktemp("long") / "long.wav", seconds=300)


def row(page: Page, name: str):
    return page.locator(".sounds > li").filter(has_text=name)


def state(page: Page, name: str):
    return row(page, name).get_by_test_id("state")


def drawn(page: Page) -> int:
    """Pixels of the first waveform that have a colour."""
    return page.evaluate("""() => {
      const canvas = document.querySelector("canvas.peaks");
      if (!canvas?.width) return 0;
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    }""")


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desk", "phone"])
def test_files_become_others_and_are_downloaded(
    settings: dict, service: Endpoint, tab: Callable[..., Tab], short: Path, tmp_path: Path
):
    other = sounds.noise_and_tone(tmp_path / f"other {len(settings)}.flac", seconds=2, codec="flac")
    one = tab(**settings)
    page = one.open(f"{service.web_url}/audio")
    expect(page.get_by_role("heading", name="There are no files yet")).to_be_visible()
    page.get_by_role("combobox", name="Format").select_option("ogg")
    page.get_by_role("combobox", name="Preset").select_option("low")
    assert page.url.endswith("/audio?target=ogg&quality=low")
    page.set_input_files("#file", [short, other])
    for path in (short, other):
        expect(state(page, path.name)).to_have_text("ready")
    expect(page.get_by_role("heading", name="2 of 2 files ready")).to_be_visible()
    # The waveform has the pixels of the screen.
    until("the waveform to be drawn", lambda: drawn(page))
    ratio = settings.get("device_scale_factor", 1)
    assert page.evaluate(
        "(() => { const one = document.querySelector('canvas.peaks'); return one.width / one.clientWidth; })()"
    ) == pytest.approx(ratio, abs=0.02)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download short.wav as Ogg Vorbis").click()
    made = tmp_path / "made.ogg"
    download.value.save_as(made)
    assert download.value.suggested_filename == "short.ogg"
    assert sounds.probe(made).codec == "vorbis"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all as ZIP (Ogg Vorbis)").click()
    download.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert sorted(archive.namelist()) == [f"{other.stem}.ogg", "short.ogg"]
        assert archive.testzip() is None
    expect(page.get_by_text("The ZIP has 2 files")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    one.assert_still()
    one.assert_content(service.web_url)


def test_before_and_after_are_heard_by_keyboard(service: Endpoint, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{service.web_url}/audio?target=flac")
    expect(page.get_by_role("combobox", name="Preset")).to_be_disabled()
    expect(page.get_by_role("combobox", name="Format")).to_have_value("flac")
    page.get_by_role("button", name="Try a sample").focus()
    page.keyboard.press("Enter")
    expect(state(page, "chime.wav")).to_have_text("ready")
    slider = page.get_by_role("slider", name="Position in chime.wav")
    expect(slider).to_have_attribute("aria-valuemax", "5")
    slider.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause chime.wav")).to_be_visible()
    page.get_by_role("button", name="Before").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Before")).to_have_attribute("aria-pressed", "true")
    slider.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Play chime.wav")).to_be_visible()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "5")
    page.get_by_role("button", name="Remove chime.wav from the list").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="There are no files yet")).to_be_visible()
    one.assert_content(service.web_url)


def test_progress_comes_by_events_and_a_job_is_cancelled(service: Endpoint, tab: Callable[..., Tab], long: Path):
    one = tab()
    page = one.open(f"{service.web_url}/audio")
    page.set_input_files("#file", long)
    expect(state(page, long.name)).to_contain_text("encoding")
    job = next(url for url in one.requests if "/events" in url).split("/events")[0]
    asked = len([url for url in one.requests if url.startswith(job) and "/events" not in url])
    assert asked == 0, "the page polls"
    page.get_by_role("button", name=f"Cancel {long.name}").click()
    expect(state(page, long.name)).to_have_text("cancelled")
    until("the job to be cancelled", lambda: json.load(urllib.request.urlopen(job, timeout=10))["status"] == "cancelled")
    prefix = f"transcoding/jobs/{job.rsplit('/', 1)[1]}/data/"
    store = service.client("s3")
    until(
        "its parts to be removed",
        lambda: store.list_objects_v2(Bucket="zoetrope-cache", Prefix=prefix).get("KeyCount") == 0)
    page.get_by_role("button", name="Start again").click()
    expect(state(page, long.name)).to_have_text("ready", timeout=5 * PATIENCE)
    one.assert_content(service.web_url)


def test_what_fails_is_said_in_sentences(service: Endpoint, tab: Callable[..., Tab], short: Path):
    one = tab()
    page = one.open(f"{service.web_url}/audio")
    page.set_input_files("#file", [{"name": "letter.txt", "mimeType": "text/plain", "buffer": b"Dear all, " * 5000}])
    alert = row(page, "letter.txt").get_by_role("alert")
    expect(alert).to_contain_text("Choose another file, or another format.")
    expect(state(page, "letter.txt")).to_have_text("failed")
    # What is on the page besides is not affected.
    page.set_input_files("#file", short)
    expect(state(page, short.name)).to_have_text("ready")
    page.get_by_role("button", name="Remove finished").click()
    expect(page.locator(".sounds > li")).to_have_count(0)
    # The browser itself tells of the status.
    one.complaints = [text for text in one.complaints if "400" not in text]
    one.assert_content(service.web_url)


def test_an_upload_goes_on_when_the_server_is_back(own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab], short: Path):
    endpoint = own_endpoint()
    endpoint.start()
    one = tab()
    page = one.open(f"{endpoint.web_url}/audio")
    expect(page.get_by_role("heading", name="There are no files yet")).to_be_visible()
    endpoint.kill()
    page.set_input_files("#file", short)
    expect(state(page, short.name)).to_have_text("waiting for the server")
    endpoint.start()
    expect(state(page, short.name)).to_have_text("ready")


def test_the_command_on_the_page_works(service: Endpoint, tab: Callable[..., Tab], short: Path, tmp_path: Path):
    page = tab().open(f"{service.web_url}/audio?target=mp3&quality=low")
    command = page.get_by_role("region", name="Command", exact=True).text_content()
    (tmp_path / "song.wav").write_bytes(short.read_bytes())
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True)
    assert sounds.probe(tmp_path / "song.mp3").codec == "mp3"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("settings", [{}, {"viewport": NARROW}, {"forced_colors": "active"}], ids=["desk", "narrow", "forced"])
def test_the_audio_page_is_accessible(scheme: str, settings: dict, service: Endpoint, tab: Callable[..., Tab]):
    one = tab(color_scheme=scheme, **settings)
    page = one.open(f"{service.web_url}/audio")
    expect(page.get_by_role("heading", name="There are no files yet")).to_be_visible()
    accessibility.assert_usable(page)
    page.get_by_role("button", name="Try a sample").click()
    expect(state(page, "chime.wav")).to_have_text("ready")
    until("the waveform to be drawn", lambda: drawn(page))
    accessibility.assert_usable(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    # At 200 % a desktop has half of its pixels.
    page.set_viewport_size({"width": 640, "height": 450})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 200 %"
    one.assert_content(service.web_url)
