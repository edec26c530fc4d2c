"""The page of the visitor's own picture: choosing a square of an image, and sending it."""

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from harness.accessibility import assert_usable
from harness.browser import PATIENCE, Tab
from harness.endpoint import Endpoint
from harness.library import Client

expect.set_options(timeout=PATIENCE)

RED, BLUE = (220, 20, 20), (20, 20, 220)


def halves(width: int = 800, height: int = 400) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def stored(endpoint: Endpoint) -> Image.Image:
    return Image.open(io.BytesIO(Client(endpoint.web_url).get("/api/auth/me/avatar").body)).convert("RGB")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("avatar"))
    endpoint.start()
    yield endpoint
    assert endpoint.stop() == 0


def choose(page, content: bytes, name: str = "me.png") -> None:
    page.set_input_files("#file", [{"name": name, "mimeType": "image/png", "buffer": content}])


def close_to(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


def test_a_square_is_chosen_with_keys_and_sent(served: Endpoint, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{served.web_url}/avatar")
    expect(page.get_by_text("You have no picture yet")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Your picture")).to_have_attribute(
        "aria-current", "page"
    )
    assert_usable(page)
    choose(page, halves())
    cut = page.get_by_label("Part of the image that is used")
    expect(cut).to_be_focused()
    assert_usable(page)
    # The middle is both; all the way to the right it is blue.
    for _ in range(6):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    expect(cut).to_have_count(0)
    image = stored(served)
    assert image.width == image.height
    assert close_to(image.getpixel((5, 5)), BLUE)
    page.reload()
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    one.assert_content(served.web_url)


def test_a_square_is_chosen_with_a_pointer_on_a_phone(served: Endpoint, tab: Callable[..., Tab]):
    one = tab(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, color_scheme="dark")
    page = one.open(f"{served.web_url}/avatar")
    expect(page.locator(".present p")).not_to_have_text("Loading …")
    choose(page, halves())
    cut = page.get_by_label("Part of the image that is used")
    cut.scroll_into_view_if_needed()
    box = cut.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.get_by_role("slider", name="Zoom").fill("50")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert_usable(page)
    page.get_by_role("button", name="Use this picture").click()
    expect(cut).to_have_count(0)
    assert close_to(stored(served).getpixel((5, 5)), RED)
    one.assert_content(served.web_url)


def test_what_cannot_be_used_is_said(served: Endpoint, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(f"{served.web_url}/avatar")
    expect(page.locator(".present p")).not_to_have_text("Loading …")
    choose(page, b"no image", "notes.png")
    expect(page.get_by_role("alert")).to_contain_text("The avatar cannot be used")
    assert_usable(page)
