"""The pages in a real browser: Debian's Chromium, driven by Playwright, with everything it complains of collected."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from .waiting import until

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# Milliseconds: the machine may have other things to do.
PATIENCE = 60_000
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

# A violation of the page's Content-Security-Policy is reported as an event of the document.
_WATCH_POLICY = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.policyViolations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""

# Every movement of what was there before that no input has caused.
_WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.shifts.push([entry.value, ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--enable-precise-memory-info"])
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page of a context of its own, and what it complained of."""

    def __init__(self, browser: Browser, **settings):
        settings.setdefault("viewport", DESKTOP)
        settings.setdefault("reduced_motion", "reduce")
        self.context: BrowserContext = browser.new_context(**settings)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(_WATCH_POLICY)
        self.context.add_init_script(_WATCH_SHIFTS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def open(self, url: str) -> Page:
        self.page.goto(url)
        return self.page

    def until(self, expression: str) -> None:
        """Waits until an expression of JavaScript is true. Playwright's own way of waiting evaluates text, which the
        pages' policy forbids."""
        until(expression, lambda: self.page.evaluate(f"Boolean({expression})") or None, PATIENCE / 1000)

    def assert_content(self, *origins: str) -> None:
        """No error on the console, no violation of the policy, no request to anybody but these origins."""
        assert self.complaints == []
        assert self.page.evaluate("window.policyViolations") == []
        strangers = [url for url in self.requests if not url.startswith((*origins, "blob:", "data:"))]
        assert strangers == []

    def assert_still(self) -> None:
        """Nothing has moved by itself."""
        moved = self.page.evaluate("window.shifts")
        assert moved == [], moved

    def close(self) -> None:
        self.context.close()
