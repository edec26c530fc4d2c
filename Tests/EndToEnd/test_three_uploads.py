"""A phone's video, a photo of 20 megapixels and an hour of audio, from the drop to every derivative, by events alone."""

import collections
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from harness import videos
from harness.browser import PATIENCE, Tab
from harness.endpoint import Endpoint
from harness.shelf import Shelf
from harness.waiting import until

# What is made of the three keeps a small machine busy for a while.
PATIENT = 4 * PATIENCE
VIDEO, PHOTO, SOUND = "IMG_4711.MOV", "DSC_0815.jpg", "an hour.mp3"

# What the page is told and what it asks, in their order. A listener of the source's own comes before the page's.
WATCH_EVENTS = """
window.heard = [];
window.EventSource = class extends EventSource {
  constructor(...given) {
    super(...given);
    const note = ({ data }) => window.heard.push(["told", data ?? ""]);
    for (const type of ["message", "progress", "done", "failed"]) this.addEventListener(type, note);
  }
};
const send = window.fetch;
window.fetch = (address, options) => {
  window.heard.push([options?.method ?? "GET", new URL(address, location.href).pathname]);
  return send(address, options);
};
"""

# Files as a visitor drops them: a test cannot drag, but what the page gets is the same.
DROP = """(field) => {
  const transfer = new DataTransfer();
  for (const file of field.files) transfer.items.add(file);
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
  field.remove();
}"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    endpoint = Endpoint(tmp_path_factory.mktemp("uploads"))
    endpoint.start()
    yield Shelf(endpoint)
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


def phone_video(path: Path) -> Path:
    """HEVC, coded lying and shown upright, as phones do; with sound and the place where it was taken."""
    videos.run([
        *videos.FFMPEG, "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30:duration=4", "-f", "lavfi",
        "-i", "sine=frequency=440:duration=4", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
        "-tag:v", "hvc1", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", "-movflags", "use_metadata_tags",
        "-metadata", "location=+52.5200+013.4050/", "-metadata", "com.apple.quicktime.model=Phone 9", path,
    ])
    videos.set_display_matrix(path, 1)
    return path


def large_photo(path: Path) -> Path:
    """20 megapixels with the noise of a camera, taken upright."""
    noise = numpy.random.default_rng(4).integers(0, 255, (456, 684, 3), numpy.uint8)
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Camera X", 6
    Image.fromarray(noise).resize((5472, 3648), Image.Resampling.BILINEAR).save(path, "JPEG", quality=85, exif=exif)
    return path


def hour_of_audio(path: Path, folder: Path) -> Path:
    """A minute sixty times, as an interview might be recorded: mono, 16 kbit/s."""
    minute = folder / "minute.mp3"
    sound = "aevalsrc='sin(880*t)*sin(t/7)^2:d=60:s=16000'"
    videos.run([*videos.FFMPEG, "-f", "lavfi", "-i", sound, "-ac", "1", "-b:a", "16k", minute])
    return videos.remuxed(minute, path, before=["-stream_loop", "59"])


def derivatives(page: Page, name: str) -> dict[str, str]:
    """What is made of a file and how far it is, as its dialogue says."""
    page.evaluate("window.heard.push(['opened', ''])")
    page.get_by_role("link", name=name).click()
    rows = page.get_by_role("dialog").locator(".derivatives li")

    def ended() -> dict[str, str] | None:
        found = {row.locator("span span").first.text_content(): row.locator(".chip").text_content() for row in rows.all()}
        return found if found and not set(found.values()) & {"waiting", "in work", "none"} else None

    found = until(f"what is made of {name}", ended, PATIENT / 1000)
    page.keyboard.press("Escape")
    return found


def assert_events_alone(heard: list[list[str]], library: str) -> None:
    """Questions about a file or the list, but the first one, are no more than the events that named it before, and the
    visitor's openings of it."""
    base = f"/api/libraries/{library}/files"
    told: list[str] = []
    opened = 0
    asked: collections.Counter[str] = collections.Counter()
    for kind, text in heard:
        if kind == "opened":
            opened += 1
        elif kind == "told":
            told.append(text)
        elif kind == "GET" and text.startswith(base) and text.count("/") <= base.count("/") + 1:
            file = text.removeprefix(base).removeprefix("/")
            news = sum(file in event if file else "index/" in event and f"/{library}/" in event for event in told)
            assert asked[file] <= news + opened, f"{text} was asked {asked[file] + 1} times after {news} events"
            asked[file] += 1
    assert asked


def test_three_uploads_are_followed_from_the_drop_to_every_derivative(shelf: Shelf, tab: Callable[..., Tab], tmp_path: Path):
    files = [phone_video(tmp_path / VIDEO), large_photo(tmp_path / PHOTO), hour_of_audio(tmp_path / SOUND, tmp_path)]
    one = tab()
    one.context.set_default_timeout(PATIENT)
    one.context.add_init_script(WATCH_EVENTS)
    page = one.open(shelf.page_url)
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible(timeout=PATIENT)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('input'), { type: 'file', multiple: true, id: 'carried' }))")
    page.set_input_files("#carried", files)
    page.locator("#carried").evaluate(DROP)

    expect(page.locator(".grid li")).to_have_count(3, timeout=PATIENT)
    assert derivatives(page, PHOTO) == {"Smaller sizes": "ready"}
    assert derivatives(page, SOUND) == {"Waveform": "ready"}
    assert derivatives(page, VIDEO) == {
        "Poster": "ready", "Copy that every browser plays": "ready", "GIFs, stills and storyboard": "ready", "Waveform": "ready",
    }

    # The cards show it: a picture each, upright, and the sound's outline.
    for name in (PHOTO, VIDEO):
        image = page.get_by_role("link", name=name).locator("img")
        expect(image).to_have_js_property("complete", True, timeout=PATIENT)
        assert image.evaluate("(image) => image.naturalHeight > image.naturalWidth && image.naturalWidth > 0")
    expect(page.get_by_role("link", name=SOUND).locator(".outline")).to_be_visible(timeout=PATIENT)
    expect(page.locator(".grid .chip:visible")).to_have_count(0, timeout=PATIENT)
    expect(page.locator(".sending li")).to_have_count(0, timeout=PATIENT)

    assert_events_alone(page.evaluate("window.heard"), shelf.id)
    records = {entry["name"]: shelf.record(entry["id"]) for entry in shelf.owner.get(shelf.files).json["files"]}
    assert (records[PHOTO]["width"], records[PHOTO]["height"]) == (3648, 5472)
    assert (records[VIDEO]["width"], records[VIDEO]["height"]) == (720, 1280)
    assert all(record["sha256"] for record in records.values()), json.dumps(records)[:2000]
    one.assert_content(shelf.endpoint.web_url)
