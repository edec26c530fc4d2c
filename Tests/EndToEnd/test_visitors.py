"""What a visitor of the player does with many videos: finding them, uploading several, and a server that goes away."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from harness.browser import PATIENCE, Tab
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.waiting import until

expect.set_options(timeout=PATIENCE)


def card_titles(page) -> list[str]:
    return page.locator(".cards .title").all_text_contents()


def test_the_library_shows_the_newest_first_and_asks_once_for_a_page(stage: Endpoint, tab: Callable[..., Tab]):
    s3 = stage.client("s3")
    for number in range(70):
        s3.put_object(Bucket=SOURCE, Key=f"video {number * 37 % 100:03}.mp4", Body=b"x")
    s3.put_object(Bucket=SOURCE, Key="a fresh one.mp4", Body=b"x")
    etag = s3.head_object(Bucket=SOURCE, Key="a fresh one.mp4")["ETag"].strip('"')
    manifest = {
        "status": "complete", "source": {"etag": etag}, "version": "v", "duration": 65, "snippetSize": 30, "frames": 65,
        "createdAt": int(time.time() * 1000), "clips": [],
    }
    s3.put_object(Bucket=GIFS, Key="a fresh one/manifest.json", Body=json.dumps(manifest))

    one = tab()
    page = one.open(stage.web_url)
    expect(page.locator(".cards > li")).to_have_count(60)

    assert card_titles(page)[0] == "a fresh one"
    expect(page.get_by_role("link", name="a fresh one")).to_contain_text("1:05 · 3 GIFs")
    data = [url for url in one.requests if "/api/objects" in url or "list-type" in url or url.endswith(".json")]
    assert len(data) == 1

    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".cards > li")).to_have_count(71)
    assert len(set(card_titles(page))) == 71


def test_back_keeps_its_place_in_the_library(stage: Endpoint, tab: Callable[..., Tab]):
    s3 = stage.client("s3")
    for number in range(60):
        s3.put_object(Bucket=SOURCE, Key=f"video {number:03}.mp4", Body=b"x")
    one = tab()
    page = one.open(stage.web_url)
    card = page.get_by_role("link", name="video 003")
    card.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 500
    card.click()
    expect(page.locator("article.fanout")).to_be_visible()
    page.go_back()
    expect(card).to_be_visible()
    assert abs(page.evaluate("scrollY") - place) < 5


def test_several_uploads_leave_the_visitor_on_the_page(stage: Endpoint, tab: Callable[..., Tab]):
    one = tab()
    page = one.open(stage.web_url)
    expect(page.get_by_text("There are no videos yet")).to_be_visible()
    files = [{"name": f"{name}.mp4", "mimeType": "video/mp4", "buffer": b"x" * 5000} for name in ("one", "two", "three")]
    page.set_input_files("#file", files)
    expect(page.locator(".cards > li")).to_have_count(3)
    expect(page.locator(".uploads > li")).to_have_count(0)
    assert "video=" not in page.url
    one.assert_content(stage.web_url)


def test_an_upload_waits_for_the_server_and_goes_on_by_the_parts_that_arrived(
    stage: Endpoint, tab: Callable[..., Tab], tmp_path: Path
):
    large = tmp_path / "large.bin.mp4"
    large.write_bytes(bytes(range(256)) * (4 << 10) * 100)
    s3 = stage.client("s3")
    one = tab()
    page = one.open(stage.web_url)
    expect(page.get_by_text("There are no videos yet")).to_be_visible()
    network = one.context.new_cdp_session(page)
    network.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 12 << 20})
    page.set_input_files("#file", large)

    def arrived() -> list[int]:
        uploads = s3.list_multipart_uploads(Bucket=SOURCE).get("Uploads", [])
        if not uploads:
            return []
        parts = s3.list_parts(Bucket=SOURCE, Key=uploads[0]["Key"], UploadId=uploads[0]["UploadId"]).get("Parts", [])
        return [part["PartNumber"] for part in parts]

    before = until("a part to arrive", arrived, seconds=60)
    stage.kill()
    expect(page.get_by_text("the upload goes on when it is back")).to_be_visible()
    expect(page.get_by_text("The server is away. This page goes on when it is back.")).to_be_visible()
    sent = len(one.requests)
    stage.start()
    expect(page.locator("article.fanout")).to_be_visible()

    assert s3.head_object(Bucket=SOURCE, Key=large.name)["ContentLength"] == large.stat().st_size
    assert not s3.list_multipart_uploads(Bucket=SOURCE).get("Uploads")
    again = [number for number in before if any(f"partNumber={number}&" in url for url in one.requests[sent:])]
    assert not again, f"parts {again} had arrived and were sent again"


def test_a_redriven_video_runs_again(stage: Endpoint, tab: Callable[..., Tab]):
    s3 = stage.client("s3")
    s3.put_object(Bucket=SOURCE, Key="talk.mp4", Body=b"x")
    etag = s3.head_object(Bucket=SOURCE, Key="talk.mp4")["ETag"].strip('"')
    version = f"{etag}-00000000"
    plan = {"clips": 2, "stills": 60, "snippetSize": 30, "video": {"length": 60}, "createdAt": 0}
    s3.put_object(Bucket=GIFS, Key=f"talk/.clips/{version}/plan.json", Body=json.dumps(plan))
    manifest = {
        "status": "failed", "reason": "gave up after 3 attempts", "gaveUp": True, "source": {"etag": etag},
        "version": version, "snippetSize": 30, "frames": 0, "clips": [], "createdAt": int(time.time() * 1000) + 1000,
    }
    s3.put_object(Bucket=GIFS, Key="talk/manifest.json", Body=json.dumps(manifest))
    one = tab()
    page = one.open(f"{stage.web_url}/?video=talk.mp4")
    expect(page.get_by_text("Failed", exact=True)).to_be_visible()

    def written_later() -> bool:
        s3.put_object(Bucket=GIFS, Key=f"talk/.clips/{version}/30.json", Body=b"{}")
        modified = s3.head_object(Bucket=GIFS, Key=f"talk/.clips/{version}/30.json")["LastModified"].timestamp()
        return modified * 1000 > manifest["createdAt"] + 1000

    until("a record newer than the failure", written_later, seconds=20)
    expect(page.get_by_text("Processing", exact=True)).to_be_visible()
