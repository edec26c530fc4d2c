"""What a visitor of the player does with many videos: finding them, uploading several, and a server that goes away."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from harness import accessibility, static_files
from harness.browser import PATIENCE, Tab
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.installation import PROJECT
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


def test_a_video_of_others_waits_until_the_visitor_wants_it(stage: Endpoint, tab: Callable[..., Tab]):
    s3 = stage.client("s3")
    for number in range(3):
        s3.put_object(Bucket=SOURCE, Key=f"video {number}.mp4", Body=b"x")
    one = tab()
    page = one.open(stage.web_url)
    cards = page.locator(".cards > li")
    expect(cards).to_have_count(3)
    s3.put_object(Bucket=SOURCE, Key="of others.mp4", Body=b"x")
    expect(page.get_by_role("button", name="Show 1 new video")).to_be_visible()
    s3.put_object(Bucket=SOURCE, Key="of others too.mp4", Body=b"x")
    button = page.get_by_role("button", name="Show 2 new videos")
    expect(button).to_be_visible()
    assert card_titles(page) == ["video 2", "video 1", "video 0"]
    accessibility.assert_usable(page)
    one.assert_still()
    button.press("Enter")
    expect(cards).to_have_count(5)
    assert card_titles(page)[:2] == ["of others too", "of others"]
    expect(page.get_by_role("link", name="of others too")).to_be_focused()
    expect(button).to_be_hidden()
    # One that came while another video was looked at is there when the visitor comes back.
    page.get_by_role("link", name="video 1").click()
    expect(page.locator("article.fanout")).to_be_visible()
    s3.put_object(Bucket=SOURCE, Key="meanwhile.mp4", Body=b"x")
    page.go_back()
    expect(page.get_by_role("link", name="meanwhile")).to_be_visible()
    expect(page.locator(".library button:visible")).to_have_count(0)
    # One that is deleted before it was shown is not offered.
    s3.put_object(Bucket=SOURCE, Key="gone.mp4", Body=b"x")
    expect(page.get_by_role("button", name="Show 1 new video")).to_be_visible()
    s3.delete_object(Bucket=SOURCE, Key="gone.mp4")
    expect(page.get_by_role("button", name="Show 1 new video")).to_be_hidden()
    one.assert_content(stage.web_url)


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

    before = until("a part to arrive", lambda: arrived() or None, seconds=60)
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


def completed_by_hand(stage: Endpoint, key: str, folder: str, video: bytes) -> None:
    """A video and a manifest that says that it is done; the stage has no functions."""
    s3 = stage.client("s3")
    etag = s3.put_object(Bucket=SOURCE, Key=key, Body=video, ContentType="video/mp4")["ETag"].strip('"')
    manifest = {
        "status": "complete", "source": {"key": key, "etag": etag}, "version": "v", "duration": 2, "snippetSize": 30,
        "frames": 0, "createdAt": int(time.time() * 1000), "width": 320, "height": 180,
        "clips": [{"start": 0, "end": 29, "status": "complete", "frames": 0}],
    }
    s3.put_object(Bucket=GIFS, Key=f"{folder}/manifest.json", Body=json.dumps(manifest))
    gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
    s3.put_object(Bucket=GIFS, Key=f"{folder}/{folder.rsplit('/', 1)[-1]}-0.gif", Body=gif, ContentType="image/gif")


def test_keys_that_xml_or_addresses_cannot_hold_are_listed_and_shown(
    stage: Endpoint, tab: Callable[..., Tab], short_video: Path
):
    """XML has no control characters, and browsers take `..` out of paths, encoded or not."""
    content = short_video.read_bytes()
    keys = {"a\x01b\x1f.mp4": "a\x01b\x1f", "up/../over.mp4": "up/../over", "./here.mp4": "./here", "plain.mp4": "plain"}
    for key, folder in keys.items():
        completed_by_hand(stage, key, folder, content)
    one = tab()
    page = one.open(stage.web_url)
    expect(page.locator(".cards > li")).to_have_count(4)
    assert page.locator(".cards > li").evaluate_all("cards => cards.map((card) => card.dataset.key)") == [*keys][::-1]
    for key in keys:
        expect(page.locator(f".cards > li >> nth={[*keys][::-1].index(key)}")).to_contain_text("ready")
        page.evaluate(
            "(key) => [...document.querySelectorAll('.cards > li')].find((card) => card.dataset.key === key)"
            ".querySelector('a').click()",
            key,
        )
        one.until("document.querySelector('article.watch video')?.readyState >= 1")
        assert page.evaluate("new URLSearchParams(location.search).get('video')") == key
        page.go_back()
        expect(page.locator(".cards > li")).to_have_count(4)
    one.assert_content(stage.web_url)


def test_a_key_without_an_extension_is_ready_when_its_manifest_is_there(
    stage: Endpoint, tab: Callable[..., Tab], short_video: Path
):
    content = short_video.read_bytes()
    one = tab()
    page = one.open(stage.web_url)
    expect(page.get_by_text("There are no videos yet")).to_be_visible()
    # While the page looks on, and after it is loaded again.
    completed_by_hand(stage, "talk", "talk~", content)
    expect(page.locator(".cards > li")).to_contain_text("ready")
    page.reload()
    expect(page.locator(".cards > li")).to_contain_text("ready")


def test_the_pages_name_outputs_as_the_functions_do(tab: Callable[..., Tab]):
    """`names.js` states the contract of the object names once more; the fixture is the same for all who do."""
    examples = json.loads((PROJECT / "Tests" / "Fixtures" / "output-keys.json").read_text())
    assert len(examples) > 20
    files = static_files.folder(PROJECT / "Sources" / "Pages" / "WebPages" / "Pages")

    def read(path: str) -> bytes | None:
        return b"<!doctype html><link rel=icon href=data:,>" if path == "blank.html" else files(path)

    with static_files.serving(read) as pages:
        one = tab()
        page = one.open(f"{pages}/blank.html")
        named = page.evaluate(
            """async (keys) => {
              const { names } = await import("/app/names.js");
              return keys.map((key) => {
                const { folder, base, manifest } = names(key);
                return { key, folder, base, manifest };
              });
            }""", [example["key"] for example in examples])
        one.assert_content(pages)
    assert named == [{**example, "manifest": f"{example['folder']}/manifest.json"} for example in examples]
