"""The player in a frame of another site's page: it works if its buckets are public, and is not there otherwise."""

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness import scrubbing, static_files
from harness.browser import PATIENCE, Tab
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.job import Jobs
from harness.waiting import until

expect.set_options(timeout=PATIENCE)
PUBLIC = ("--public-read", SOURCE, "--public-read", GIFS)
KEY = "embed/a b/short.mp4"
# The frame of the short video that is on screen after a second.
SECOND_ONE = 30


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict, bytes]:
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def page_with(code: str) -> bytes:
    return f"<!doctype html><title>Another site</title><link rel=icon href=data:,>{code}".encode()


@pytest.fixture
def public(own_endpoint: Callable[..., Endpoint], short_video: Path) -> Endpoint:
    endpoint = own_endpoint(arguments=PUBLIC)
    endpoint.start()
    jobs = Jobs(endpoint)
    jobs.completed(short_video, KEY, 240)
    return endpoint


def test_the_code_that_the_player_gives_works_on_a_page_of_another_site(public: Endpoint, tab: Callable[..., Tab]):
    player = tab()
    page = player.open(f"{public.web_url}/?video={KEY}")
    page.get_by_text("Embed on a page").click()
    files = {
        "frame.html": page_with(page.locator("pre.frame-code").text_content()),
        "video.html": page_with(page.locator("pre.video-code").text_content()),
    }
    player.assert_content(public.web_url)
    with static_files.serving(files.get) as elsewhere:
        one = tab()
        there = one.open(f"{elsewhere}/frame.html")
        frame = there.frame_locator("iframe")
        expect(frame.locator("video")).to_be_visible()
        frame.locator(".stage").dispatch_event("pointerenter")
        until("the framed video", lambda: frame.locator("video").evaluate("video => video.readyState >= 1") or None)
        expect(frame.get_by_role("slider", name="Position in the video")).to_have_attribute("aria-valuemax", "2")
        # The still of the second pointed at, from the public bucket.
        box = frame.locator(".slider").bounding_box()

        def shown() -> int | None:
            there.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
            there.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20)
            return scrubbing.number_or_none(frame.locator("canvas.still")) == SECOND_ONE or None

        until("the still", shown)
        frame.get_by_role("button", name="Play", exact=True).click()
        until("the video to play", lambda: frame.locator("video").evaluate("video => video.currentTime > 0") or None)
        one.assert_content(elsewhere, public.web_url)

        # The other code, with the addresses as they stand in the fields.
        other = tab()
        plain = other.open(f"{elsewhere}/video.html")
        other.until("document.querySelector('track').readyState === 2 && document.querySelector('video').readyState >= 1")
        box = plain.locator("video").bounding_box()
        plain.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20)
        plain.locator("canvas").wait_for()
        other.assert_content(elsewhere, public.url)


def test_only_pages_of_the_named_origin_may_frame_it(own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab]):
    site = "https://site.example"
    endpoint = own_endpoint(arguments=("--public-read", f"{SOURCE}={site}", "--public-read", GIFS))
    endpoint.start()
    status, headers, _ = ask(f"{endpoint.web_url}/embed")
    assert status == 200 and f"frame-ancestors {site};" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in ask(endpoint.web_url)[1]["Content-Security-Policy"]
    with static_files.serving(
        {"page.html": page_with(f'<iframe src="{endpoint.web_url}/embed?video=x"></iframe>')}.get
    ) as elsewhere:
        one = tab()
        page = one.open(f"{elsewhere}/page.html")
        until("the browser to refuse", lambda: any("frame-ancestors" in said for said in one.complaints) or None)
        assert page.frame_locator("iframe").locator("#main").count() == 0


def test_without_public_buckets_there_is_nothing_to_frame_and_the_player_says_what_to_do(
    own_endpoint: Callable[..., Endpoint], tab: Callable[..., Tab], short_video: Path
):
    endpoint = own_endpoint(arguments=("--public-read", GIFS))
    endpoint.start()
    Jobs(endpoint).completed(short_video, "short.mp4", 240)
    for path in ("/embed", "/embed/site", f"/public/{GIFS}/short/manifest.json"):
        assert ask(f"{endpoint.web_url}{path}")[0] == 404
    page = tab().open(f"{endpoint.web_url}/?video=short.mp4")
    page.get_by_text("Embed on a page").click()
    expect(page.get_by_test_id("not-public")).to_contain_text(f"--public-read {SOURCE} --public-read {GIFS}")
    expect(page.locator("pre.frame-code")).to_have_count(0)


def test_what_is_public_needs_no_token_and_nothing_else_is_public(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=PUBLIC, environment={"ZOETROPE_ADMIN_TOKEN": "a-token-of-the-tests"})
    endpoint.start()
    s3 = Jobs(endpoint).s3
    s3.create_bucket(Bucket="private")
    for bucket in (GIFS, "private"):
        s3.put_object(Bucket=bucket, Key="a/../b c.txt", Body=b"0123456789")
    web = endpoint.web_url
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
    assert ask(f"{web}/embed?video=x", **foreign)[0] == 200
    assert b'"outputBucket"' in ask(f"{web}/embed/site")[2]
    assert ask(f"{web}/api/site")[0] == 401
    status, headers, body = ask(f"{web}/public/{GIFS}/?object=a%2F..%2Fb%20c.txt", Range="bytes=2-4")
    assert (status, body) == (206, b"234")
    assert "sandbox" in headers["Content-Security-Policy"]
    refused = [
        ("GET", f"{GIFS}?list-type=2"), ("GET", f"{GIFS}/"), ("GET", "private/?object=a%2F..%2Fb%20c.txt"),
        ("GET", ""), ("PUT", f"{GIFS}/new"), ("DELETE", f"{GIFS}/a"), ("POST", f"{GIFS}?delete"),
    ]
    for method, path in refused:
        assert ask(f"{web}/public/{path}", method)[0] in (401, 403, 404), (method, path)
    assert s3.list_objects_v2(Bucket=GIFS)["KeyCount"] == 1
