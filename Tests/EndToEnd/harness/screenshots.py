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
        scrubbing.point_at(page, 72)
        page.locator("canvas.still[data-second]").wait_for()
        page.locator("img.gif").wait_for()
        # The film begins in the dark.
        page.wait_for_timeout(5500)
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


def gallery(browser: Browser, endpoint: Endpoint, folder: Path, film: Path, temporary: Path) -> None:
    """Stills of the film, the film and its sound, as a visitor uploads them; then the film's page."""
    names = ["dawn", "clouds", "trees", "meadow", "brook", "bird", "bird, looking", "presents", "burrow", "title"]
    files = []
    for number, name in enumerate(names):
        files.append(temporary / f"{name}.jpg")
        videos.run([*videos.FFMPEG, "-ss", str(1.5 + 2.9 * number), "-i", film, "-frames:v", "1", "-q:v", "3", files[-1]])
    sound = temporary / "soundtrack.m4a"
    videos.run([*videos.FFMPEG, "-i", film, "-vn", "-c:a", "aac", "-b:a", "128k", sound])
    files += [sound, Path(shutil.copy(film, temporary / "big buck bunny.mp4"))]
    tab = Tab(browser, color_scheme="light", viewport=WIDE)
    page = tab.open(f"{endpoint.web_url}/library")
    page.get_by_role("heading", name="No files yet").wait_for()
    page.set_input_files("#file", files)
    expect(page.locator(".grid li")).to_have_count(len(files), timeout=PATIENCE)
    expect(page.locator(".sending li")).to_have_count(0, timeout=10 * PATIENCE)
    expect(page.locator(".grid .chip:visible")).to_have_count(0, timeout=10 * PATIENCE)
    page.reload()
    expect(page.locator(".grid img")).to_have_count(len(files) - 1, timeout=PATIENCE)
    shown = "[...document.querySelectorAll('.grid img')].every((image) => image.complete && image.naturalWidth)"
    tab.until(shown)
    page.wait_for_timeout(600)
    save(page.screenshot(), folder / "library.jpg")
    phone = Tab(browser, color_scheme="dark", viewport=PHONE, device_scale_factor=1.5, has_touch=True, is_mobile=True)
    phone.open(f"{endpoint.web_url}/library?view=timeline")
    phone.until(f"document.querySelector('.grid img') && {shown}")
    phone.page.wait_for_timeout(600)
    save(phone.page.screenshot(), folder / "library-phone.jpg")
    phone.close()

    page.get_by_role("link", name="big buck bunny.mp4").click()
    page.get_by_role("link", name="Play", exact=True).click()
    tab.until("document.querySelector('.strip.filled') !== null")
    tab.until("document.querySelector('.waveform .peaks').toDataURL().length > 5000")
    page.get_by_role("slider", name="Start of the clip").focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowRight")
    scrubbing.turn_to(tab)
    scrubbing.point_at(page, 12)
    page.locator("canvas.still[data-second]").wait_for()
    page.wait_for_timeout(900)
    save(page.screenshot(), folder / "video.jpg")
    tab.close()


def convert(browser: Browser, endpoint: Endpoint, folder: Path) -> None:
    tab = Tab(browser, color_scheme="light", viewport=WIDE)
    page = tab.open(f"{endpoint.web_url}/convert?osz=400&start=8&duration=6")
    page.get_by_role("combobox", name="Or one of your videos").select_option("big buck bunny.mp4")
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_test_id("state")).to_have_text("complete", timeout=5 * PATIENCE)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 6)")
    page.wait_for_timeout(1500)
    save(page.screenshot(), folder / "convert.jpg")
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
        endpoint = Endpoint(Path(temporary) / "endpoint", arguments=("--parameter", "MaximumOutputSize=480"))
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
                    gallery(browser, endpoint, folder, FILM, Path(temporary))
                    convert(browser, endpoint, folder)
        finally:
            endpoint.stop()


if __name__ == "__main__":
    main()
