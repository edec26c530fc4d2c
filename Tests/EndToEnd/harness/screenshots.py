"""`python -m harness.screenshots FOLDER [VIDEO]`: pictures of the pages, as the documentation shows them."""

import io
import shutil
import sys
import tempfile
import urllib.parse
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from . import scrubbing, videos
from .browser import PATIENCE, PHONE, Tab, chromium
from .endpoint import Endpoint
from .installation import MEDIA
from .job import Jobs

KEY = "talks/keynote.mp4"
WIDE = {"width": 1280, "height": 860}
# Big Buck Bunny, (c) Blender Foundation, CC BY 3.0: docs/images/README.md names it.
FILM = MEDIA / "bbb-480p-30s.mp4"
# A picture with something to see in every second, if there is no film.
SAMPLE = ["-f", "lavfi", "-i", "mandelbrot=size=640x360:rate=12:maxiter=300:end_scale=0.002:end_pts=500", "-t", "40"]


def save(content: bytes, path: Path) -> None:
    """As a JPEG of reasonable size."""
    Image.open(io.BytesIO(content)).convert("RGB").save(path, "JPEG", quality=70, optimize=True, progressive=True)
    print(f"{path} {path.stat().st_size // 1024} KB", file=sys.stderr)


def player(browser: Browser, endpoint: Endpoint, folder: Path) -> None:
    address = f"{endpoint.web_url}/?video={urllib.parse.quote(KEY)}&t=12"
    for name, settings in {
        "player-dark": {"color_scheme": "dark", "viewport": WIDE}, "player-light": {"color_scheme": "light", "viewport": WIDE},
        "player-phone": {"color_scheme": "dark", "viewport": PHONE, "device_scale_factor": 1.5},
    }.items():
        tab = Tab(browser, reduced_motion="no-preference", **settings)
        page = tab.open(address)
        tab.until("document.querySelector('video')?.readyState >= 2")
        tab.until("document.querySelector('.strip.filled') !== null")
        scrubbing.point_at(page, 62)
        page.locator("canvas.still[data-second]").wait_for()
        page.locator("img.gif").wait_for()
        page.wait_for_timeout(900)
        save(page.screenshot(), folder / f"{name}.jpg")
        tab.close()


def library(browser: Browser, endpoint: Endpoint, folder: Path) -> None:
    tab = Tab(browser, color_scheme="dark", viewport=WIDE)
    page = tab.open(endpoint.web_url)
    expect(page.get_by_role("link", name="keynote")).to_contain_text("ready")
    page.wait_for_timeout(900)
    save(page.screenshot(), folder / "player-library.jpg")
    tab.close()


def fan_out(browser: Browser, endpoint: Endpoint, folder: Path, video: Path) -> None:
    tab = Tab(browser, color_scheme="dark", viewport=WIDE)
    page = tab.open(endpoint.web_url)
    page.set_input_files("#file", video)
    page.locator(".cell.done").first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(400)
    save(page.screenshot(), folder / "player-fanout.jpg")
    page.locator("article.watch").wait_for(timeout=10 * PATIENCE)
    tab.close()


def console(browser: Browser, endpoint: Endpoint, folder: Path) -> None:
    for name, settings in {
        "console-dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1240}},
        "console-light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 1240}},
        "console-phone": {"color_scheme": "light", "viewport": PHONE, "device_scale_factor": 1.5},
    }.items():
        tab = Tab(browser, **settings)
        page = tab.open(f"{endpoint.web_url}/console")
        page.locator("svg.gantt").wait_for()
        page.wait_for_timeout(1500)
        save(page.screenshot(), folder / f"{name}.jpg")
        tab.close()


def audio(browser: Browser, endpoint: Endpoint, folder: Path, video: Path) -> None:
    tab = Tab(browser, color_scheme="dark", viewport=WIDE)
    page = tab.open(f"{endpoint.web_url}/audio")
    page.set_input_files("#file", video)
    page.get_by_role("link", name="Download").wait_for(timeout=PATIENCE)
    page.get_by_role("slider").focus()
    page.keyboard.press("PageUp")
    page.wait_for_timeout(900)
    save(page.screenshot(), folder / "audio.jpg")
    tab.close()


def main() -> None:
    folder, own = Path(sys.argv[1]), sys.argv[2:]
    with tempfile.TemporaryDirectory() as temporary:
        video = Path(own[0]) if own else Path(temporary) / "sample.mp4"
        if not own:
            once = Path(temporary) / "once.mp4"
            if FILM.exists():
                once = FILM
            else:
                videos.run([*videos.FFMPEG, *SAMPLE, *videos.H264, "-g", "24", once])
            videos.remuxed(once, video, "-movflags", "+faststart", before=["-stream_loop", "4"])
        endpoint = Endpoint(Path(temporary) / "endpoint")
        endpoint.start()
        try:
            jobs = Jobs(endpoint)
            jobs.completed(video, KEY, seconds=600)
            jobs.upload(b"This is no video. " * 400, "broken recording.mp4")
            with chromium() as browser:
                # The same bytes under another name are another job.
                fan_out(browser, endpoint, folder, Path(shutil.copy(video, Path(temporary) / "workshop.mp4")))
                jobs.settled()
                player(browser, endpoint, folder)
                library(browser, endpoint, folder)
                console(browser, endpoint, folder)
                if FILM.exists() and not own:
                    audio(browser, endpoint, folder, FILM)
        finally:
            endpoint.stop()


if __name__ == "__main__":
    main()
