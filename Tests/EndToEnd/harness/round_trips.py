"""What a page costs a visitor whose connection is slow: bytes, and the round trips that follow each other.

Requests are held and let go in rounds: all that a page has asked for, once it asks for nothing more until something is answered.
So the count does not depend on how fast the machine is."""

import math
from dataclasses import dataclass, field

from playwright.sync_api import Error, Route

from .browser import PATIENCE, Tab
from .waiting import until

# A browser's connections to one server by HTTP/1.1: more requests at once wait for each other.
CONNECTIONS = 6
# Chromium's "slow 4G": 1.6 Mbit/s, 300 ms.
BYTES_PER_SECOND, SECONDS_PER_TRIP = 200_000, 0.3
SLOW = {"offline": False, "latency": 300, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
# They stay open, and what comes through them is no part of the first view.
_ENDLESS = ("eventsource", "media")
# Modules have run when the document's own event has passed.
_STATE = """new Promise((done) => requestIdleCallback(() => setTimeout(done), { timeout: 1000 })).then(() => ({
  isParsed: document.readyState !== "loading",
  hasRun: performance.getEntriesByType("navigation")[0]?.domContentLoadedEventEnd > 0,
  isUseful: Boolean(%s) }))"""


@dataclass
class Cost:
    """What came before a page showed something: names of requests by rounds, and bytes as they were sent."""

    rounds: list[list[str]] = field(default_factory=list)
    bytes: int = 0

    @property
    def trips(self) -> int:
        return sum(math.ceil(len(names) / CONNECTIONS) for names in self.rounds)

    @property
    def seconds(self) -> float:
        """As reckoned for the slow connection, without the time that programs take."""
        return self.trips * SECONDS_PER_TRIP + self.bytes / BYTES_PER_SECOND

    def __str__(self) -> str:
        lines = [f"{self.trips} round trips, {self.bytes / 1000:.0f} KB, reckoned {self.seconds:.2f} s"]
        return "\n".join(lines + [f"  {number}: {' '.join(names)}" for number, names in enumerate(self.rounds, 1)])


def _name(route: Route) -> str:
    return route.request.url.split("/", 3)[3].split("?")[0] or "/"


class Rounds:
    """Opens a page in a tab that has shown nothing yet."""

    def __init__(self, tab: Tab):
        self.tab = tab
        self._held: list[Route] = []
        self._is_useful = False
        self._asked: set[str] = set()
        self._ended: set[str] = set()
        self.cost = Cost()
        tab.context.route("**/*", self._hold)
        session = tab.context.new_cdp_session(tab.page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._will_be_sent)
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.loadingFailed", lambda event: self._ended.add(event["requestId"]))

    def _hold(self, route: Route) -> None:
        if route.request.resource_type == "document":
            self.cost.rounds.append([_name(route)])
            route.fallback()
        elif self._is_useful or route.request.resource_type in _ENDLESS:
            route.fallback()
        else:
            self._held.append(route)

    def _will_be_sent(self, event: dict) -> None:
        if event["type"].lower() not in _ENDLESS and event["request"]["url"].startswith("http"):
            self._asked.add(event["requestId"])

    def _finished(self, event: dict) -> None:
        self._ended.add(event["requestId"])
        if event["requestId"] in self._asked and not self._is_useful:
            self.cost.bytes += int(event["encodedDataLength"])

    def open(self, url: str, useful: str) -> Cost:
        """Until `useful`, an expression of JavaScript, is true."""
        self.tab.page.goto(url, wait_until="commit")
        while not self._see(useful):
            held, self._held = self._held, []
            self.cost.rounds.append([_name(route) for route in held])
            for route in held:
                route.fallback()
        self._is_useful = True
        for route in self._held:
            route.fallback()
        return self.cost

    def _see(self, useful: str) -> bool:
        """Waits until the page is useful, or does nothing any more without an answer."""
        return until(f"{useful}, or a request", lambda: self._look(useful), PATIENCE / 1000) == "useful"

    def _look(self, useful: str) -> str | None:
        before = len(self._asked)
        waits = self._asked - self._ended
        try:
            # What the page has asked for by now is known before this answer.
            state = self.tab.page.evaluate(_STATE % useful)
        except Error:
            # The document is being opened.
            return None
        if len(self._asked) != before or waits != self._asked - self._ended or len(waits) != len(self._held):
            return None
        if state["isUseful"]:
            return "useful"
        kinds = {route.request.resource_type for route in self._held}
        is_quiet = state["isParsed"] and (state["hasRun"] or "script" in kinds)
        return "waiting" if kinds and is_quiet else None
