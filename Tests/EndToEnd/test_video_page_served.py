"""The page of a video with the library itself behind it: from an upload to a clip of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness import scrubbing, videos
from harness.browser import PATIENCE, PHONE, Tab
from harness.endpoint import Endpoint
from harness.library import KEYS, Library

expect.set_options(timeout=5 * PATIENCE)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory):
    settings = (f"SessionJWKS={KEYS}", "GifWidth=64", "GifFrameRate=2")
    arguments = tuple(word for setting in settings for word in ("--parameter", setting))
    endpoint = Endpoint(tmp_path_factory.mktemp("page"), arguments=arguments)
    endpoint.start()
    yield Library(endpoint)
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}], ids=["desktop", "phone"])
def test_a_video_is_followed_from_its_upload_to_a_clip_of_it(
    settings: dict, library: Library, tab: Callable[..., Tab], tmp_path: Path
):
    source = videos.numbered(tmp_path / "talk.mp4", seconds=6, rate="10", size=(320, 180), audio=True)
    file = library.upload(source.read_bytes(), "talk.mp4")
    one = tab(**settings)
    page = one.open(f"{library.endpoint.web_url}/video?library={library.id}&file={file}")
    expect(page.get_by_role("heading", level=1)).to_have_text("talk.mp4")
    # Previews, sound and poster come by events alone.
    expect(page.get_by_role("button", name="Play from")).to_have_count(1)
    expect(page.get_by_role("img", name="Waveform of 6 seconds")).to_be_visible()
    one.assert_still()
    scrubbing.turn_to(one)
    scrubbing.point_at(page, 3.3)
    assert scrubbing.shown_still(page, 3) == 30
    page.get_by_role("slider", name="Start of the clip").press("Shift+ArrowRight")
    page.get_by_role("slider", name="End of the clip").press("Home")
    for _ in range(3):
        page.get_by_role("slider", name="End of the clip").press("Shift+ArrowRight")
    page.get_by_role("button", name="Export the clip").click()
    link = page.get_by_role("link", name="Download (")
    expect(link).to_be_visible()
    with page.expect_download() as saved:
        link.click()
    assert saved.value.suggested_filename.startswith("talk_moment_")
    assert Path(saved.value.path()).read_bytes()[4:8] == b"ftyp"
    # A stranger to the address finds nothing.
    page.goto(f"{library.endpoint.web_url}/video?library={library.id}&file={library.id}")
    expect(page.get_by_role("alert")).to_contain_text("There is no such video")
