"""A page of another origin that uploads to the store by itself: presigned PUT and POST, and CORS, in a real browser."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from harness.endpoint import SOURCE, Endpoint
from harness.job import Jobs
from harness.jobcheck import assert_whole

BUCKET = "from-browsers"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium (Debian's package of that name)")

# What a page does: sends, and says what it may see of the answer.
SEND = """async ([method, url, headers, text, form]) => {
  let body = text
  if (form) {
    body = new FormData()
    for (const [name, value] of Object.entries(form)) body.append(name, value)
    body.append("file", new Blob([text], {type: "text/plain"}), "chosen.txt")
  }
  try {
    const answer = await fetch(url, {method, headers, body: method === "GET" ? undefined : body})
    return {status: answer.status, text: await answer.text(), etag: answer.headers.get("etag"),
            version: answer.headers.get("x-amz-meta-note"), type: answer.headers.get("content-type")}
  } catch (error) {
    return {refused: String(error)}
  }
}"""
REFUSED = {"refused": "TypeError: Failed to fetch"}


@contextlib.contextmanager
def site() -> Iterator[str]:
    """An empty page on a port of its own, which is an origin of its own."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield "http://{}:{}".format(*server.server_address)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Iterator[tuple[Page, Page]]:
    """A page of an origin that the bucket's rules know, and one of another."""
    with site() as known, site() as stranger:
        context = browser.new_context()
        opened = []
        for origin in (known, stranger):
            page = context.new_page()
            page.goto(origin)
            opened.append(page)
        yield tuple(opened)
        context.close()


@pytest.fixture(scope="module")
def s3(endpoint: Endpoint, pages: tuple[Page, Page]):
    client = endpoint.client("s3", signature_version="s3v4")
    client.create_bucket(Bucket=BUCKET)
    for bucket in (BUCKET, SOURCE):
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{
            "AllowedMethods": ["GET", "PUT", "POST"], "AllowedOrigins": [pages[0].url.rstrip("/")],
            "AllowedHeaders": ["content-type", "x-amz-meta-*"], "ExposeHeaders": ["ETag", "x-amz-meta-note"],
        }]})
    yield client
    client.delete_bucket_cors(Bucket=SOURCE)


def send(page: Page, method: str, url: str, headers: dict | None = None, text: str = "", form: dict | None = None) -> dict:
    return page.evaluate(SEND, [method, url, headers or {}, text, form])


def presigned(s3, operation: str, key: str, **more: object) -> str:
    return s3.generate_presigned_url(operation, {"Bucket": BUCKET, "Key": key, **more})


def test_a_page_puts_and_gets_by_presigned_addresses(pages: tuple[Page, Page], s3):
    page, _ = pages
    key = "put/ä +&%41.txt"
    url = presigned(s3, "put_object", key, ContentType="text/plain", Metadata={"note": "from a page"})
    # Neither the method nor the headers are those of a form: the browser asks first, by a preflight.
    sent = send(page, "PUT", url, {"content-type": "text/plain", "x-amz-meta-note": "from a page"}, "grüße")
    assert sent["status"] == 200, sent
    kept = s3.get_object(Bucket=BUCKET, Key=key)
    assert (kept["Body"].read().decode(), kept["Metadata"]) == ("grüße", {"note": "from a page"})
    assert sent["etag"] == kept["ETag"]

    fetched = send(page, "GET", presigned(s3, "get_object", key))
    assert (fetched["status"], fetched["text"], fetched["etag"]) == (200, "grüße", kept["ETag"])
    assert (fetched["version"], fetched["type"]) == ("from a page", "text/plain")


def test_a_page_sees_why_it_is_refused(pages: tuple[Page, Page], s3):
    page, _ = pages
    url = presigned(s3, "put_object", "changed.txt", ContentType="text/plain")
    refused = send(page, "PUT", url, {"content-type": "text/html"}, "x")
    assert refused["status"] == 403 and "<Code>SignatureDoesNotMatch</Code>" in refused["text"]
    missing = send(page, "GET", presigned(s3, "get_object", "absent"))
    assert missing["status"] == 404 and "<Code>NoSuchKey</Code>" in missing["text"]


def test_a_page_posts_a_form_with_a_signed_policy(pages: tuple[Page, Page], s3):
    page, _ = pages
    post = s3.generate_presigned_post(
        BUCKET, "forms/${filename}", Fields={"success_action_status": "201", "Content-Type": "text/plain"},
        Conditions=[{"success_action_status": "201"}, {"Content-Type": "text/plain"}, ["content-length-range", 1, 20]])
    sent = send(page, "POST", post["url"], None, "by form", post["fields"])
    assert sent["status"] == 201 and "<Key>forms/chosen.txt</Key>" in sent["text"], sent
    assert s3.get_object(Bucket=BUCKET, Key="forms/chosen.txt")["Body"].read() == b"by form"

    large = send(page, "POST", post["url"], None, "x" * 21, post["fields"])
    assert large["status"] == 400 and "<Code>EntityTooLarge</Code>" in large["text"]
    forged = send(page, "POST", post["url"], None, "x", post["fields"] | {"key": "elsewhere.txt"})
    assert forged["status"] == 403


def test_what_the_buckets_rules_do_not_allow_stays_hidden_from_pages(pages: tuple[Page, Page], s3):
    page, stranger = pages
    s3.put_object(Bucket=BUCKET, Key="hidden.txt", Body=b"hidden")
    get = presigned(s3, "get_object", "hidden.txt")
    put = presigned(s3, "put_object", "hidden.txt")
    assert send(page, "GET", get)["text"] == "hidden"
    assert send(stranger, "GET", get) == REFUSED
    # The preflight is refused, so the request itself is never sent.
    assert send(stranger, "PUT", put, text="changed") == REFUSED
    assert send(page, "DELETE", presigned(s3, "delete_object", "hidden.txt")) == REFUSED
    assert send(page, "PUT", put, {"x-custom": "1"}, "changed") == REFUSED
    assert s3.get_object(Bucket=BUCKET, Key="hidden.txt")["Body"].read() == b"hidden"


def test_a_video_that_a_page_uploads_is_processed(
    pages: tuple[Page, Page], s3, endpoint: Endpoint, jobs: Jobs, short_video: Path
):
    page, _ = pages
    post = s3.generate_presigned_post(SOURCE, "from a page.mp4")
    page.evaluate("""() => { document.body.innerHTML = '<input type="file">' }""")
    page.set_input_files("input", short_video)
    status = page.evaluate("""async ([url, fields]) => {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      form.append("file", document.querySelector("input").files[0])
      return (await fetch(url, {method: "POST", body: form})).status
    }""", [post["url"], post["fields"]])
    assert status == 204
    etag = jobs.s3.head_object(Bucket=SOURCE, Key="from a page.mp4")["ETag"].strip('"')
    assert_whole(jobs, "from a page.mp4", jobs.wait("from a page.mp4", etag))
