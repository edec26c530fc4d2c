"""What the player's time line shows at a moment."""

import base64
import io

import numpy
from PIL import Image
from playwright.sync_api import Locator, Page

from . import framecode
from .browser import Tab
from .waiting import until


def turn_to(tab: Tab) -> None:
    """Turns to the video, as a visitor does whose pointer comes to it: then its file is fetched, and not before."""
    tab.page.locator(".stage").dispatch_event("pointerenter")
    tab.until("document.querySelector('video').readyState >= 1")


def point_at(page: Page, seconds: float) -> None:
    """Moves the mouse over the time line to a moment."""
    slider = page.get_by_role("slider", name="Position in the video")
    slider.scroll_into_view_if_needed()
    duration = page.evaluate("document.querySelector('video').duration")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * seconds / duration, box["y"] + box["height"] / 2)


def number_in(canvas: Locator) -> int:
    """The number in what a canvas shows."""
    url = canvas.evaluate("(canvas) => canvas.toDataURL('image/png')")
    content = base64.b64decode(url.split(",", 1)[1])
    return framecode.read(numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB")))


def number_or_none(canvas: Locator) -> int | None:
    """The same; None if it shows no picture."""
    try:
        return number_in(canvas)
    except framecode.Unreadable:
        return None


def shown_still(page: Page, second: int) -> int:
    """The number in the still that is shown, once it is that second's."""
    canvas = page.locator(f"canvas.still[data-second='{second}']")
    canvas.wait_for()
    return number_in(canvas)


def shown_gif(page: Page) -> tuple[str, int]:
    """The address of the GIF that is shown, and the number in the frame of it that is on screen."""
    image = page.locator("img.gif")
    image.wait_for()
    until("the GIF", lambda: image.evaluate("(image) => image.complete && image.naturalWidth > 0") or None)
    content = image.screenshot()
    picture = numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    return image.get_attribute("src"), framecode.read(picture)
