"""The player with a video of three hours: 10,800 stills and 360 GIFs."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
from PIL import Image
from playwright.sync_api import expect

from harness import framecode, scrubbing
from harness.browser import PATIENCE, Tab
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.job import Jobs, Names

expect.set_options(timeout=PATIENCE)
KEY, SECONDS, STEP = "long/three hours.mp4", 3 * 3600, 30
NAMES = Names.of(KEY)


def _picture(number: int, kind: str) -> bytes:
    content = io.BytesIO()
    picture = framecode.draw(number, 192, 108) if kind == "JPEG" else numpy.zeros((8, 16, 3), numpy.uint8)
    Image.fromarray(picture).save(content, kind)
    return content.getvalue()


@pytest.fixture(scope="module")
def long_video(endpoint: Endpoint, jobs: Jobs) -> Jobs:
    """Stills that show their second; a GIF per clip. There is no such video: its file is nothing a browser could play.

    Of the stills only those are made that are looked at, which is what makes the page's own cost visible.
    """
    gif = _picture(0, "GIF")
    etag = jobs.upload(b"Not a video. " * 100, KEY)
    jobs.wait(KEY, etag)
    with ThreadPoolExecutor(8) as pool:
        stills = [second for second in range(SECONDS) if second % 9 == 0 or second in (0, SECONDS - 1)]
        list(pool.map(lambda second: jobs.s3.put_object(
            Bucket=GIFS, Key=NAMES.still(second // STEP * STEP, second % STEP + 1), Body=_picture(second, "JPEG")), stills))
        list(pool.map(lambda start: jobs.s3.put_object(Bucket=GIFS, Key=NAMES.gif(start), Body=gif), range(0, SECONDS, STEP)))
    clips = [
        {
            "status": "complete",
            "start": start,
            "end": start + STEP - 1,
            "gif": NAMES.gif(start),
            "gifBytes": len(gif),
            "gifFrames": 300,
            "frames": STEP,
            "frameBytes": [4000] * STEP,
            "timings": {"startedAt": start, "finishedAt": start + 4000, "cpuMilliseconds": 2500, "renderMilliseconds": 3900},
        }
        for start in range(0, SECONDS, STEP)
    ]
    manifest = {
        "status": "complete",
        "version": f"{etag}-long",
        "settings": "long",
        "duration": SECONDS,
        "width": 1920,
        "height": 1080,
        "frameRate": 30,
        "codec": "h264",
        "snippetSize": STEP,
        "frames": SECONDS,
        "clips": clips,
        "completedBy": "a test",
        "createdAt": 4_000_000_000_000,
        "source": {"bucket": SOURCE, "key": KEY, "etag": etag, "size": 1300},
    }
    jobs.s3.put_object(Bucket=GIFS, Key=NAMES.manifest, Body=json.dumps(manifest).encode())
    return jobs


# From the beginning of the page's load until the player has been laid out and painted, in milliseconds.
FIRST_VIEW = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("[role=slider]")) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.firstView = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""


def point_at(tab: Tab, seconds: float) -> None:
    """As `scrubbing.point_at`, for a video that the browser cannot play."""
    box = tab.page.get_by_role("slider", name="Position in the video").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] * seconds / SECONDS, box["y"] + 20)


def test_three_hours_are_scrubbed_like_three_minutes(
    long_video: Jobs, tab: Callable[..., Tab], endpoint: Endpoint, record_property: Callable[[str, object], None]
):
    one = tab()
    one.context.add_init_script(FIRST_VIEW)
    page = one.open(f"{endpoint.web_url}/?video={KEY}")
    slider = page.get_by_role("slider", name="Position in the video")
    expect(slider).to_have_attribute("aria-valuemax", str(SECONDS))
    one.until("window.firstView")
    first_view = page.evaluate("window.firstView")
    expect(page.get_by_text("This browser cannot play the file")).to_be_visible()
    expect(page.get_by_role("button", name="Play from")).to_have_count(360)

    # The keyboard finds every second, whatever pixels the time line has.
    slider.focus()
    page.keyboard.press("End")
    assert scrubbing.shown_still(page, SECONDS - 1) == SECONDS - 1
    page.keyboard.press("Home")
    assert scrubbing.shown_still(page, 0) == 0
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    assert scrubbing.shown_still(page, 36) == 36

    session = one.context.new_cdp_session(page)

    def memory() -> tuple[float, int]:
        """Megabytes of objects after collecting garbage, and how many elements there are."""
        session.send("HeapProfiler.collectGarbage")
        counts = session.send("Memory.getDOMCounters")
        return page.evaluate("performance.memory.usedJSHeapSize") / 1e6, counts["nodes"]

    def sweep() -> None:
        for step in range(240):
            point_at(one, (step * 97 % 240 + 0.5) / 240 * SECONDS)

    sweep()
    before = memory()
    for _ in range(4):
        sweep()
    after = memory()
    record_property("first view in ms", round(first_view))
    record_property("heap before and after", (before, after))
    print(f"\nfirst view {first_view:.0f} ms, heap {before[0]:.1f} -> {after[0]:.1f} MB, nodes {before[1]} -> {after[1]}")
    # Pictures that are kept are bounded; nothing grows with what was looked at.
    assert after[0] - before[0] < 3
    assert after[1] - before[1] < 200
    assert page.locator(".clip img[src]").count() < 60
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
