"""How long each page takes in Chromium until it shows something useful, with 10,000 files, on a new visit.

On this machine alone, and on a connection of 1.6 Mbit/s and 300 ms as Chromium emulates it.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from project import begin, say

from harness import visits
from harness.browser import Tab, chromium
from harness.endpoint import Endpoint
from harness.round_trips import SLOW
from harness.visits import Visit
from table import Limit, cell, rendered

LIMITS = {"fast": Limit(1), "slow": Limit(2)}
# Looks with each frame that the browser draws.
WATCH = """(() => {
  const look = () => {
    if (%s) window.usefulAfter = performance.now();
    else requestAnimationFrame(look);
  };
  look();
})();"""


def seconds(browser: Browser, url: str, visit: Visit, is_slow: bool) -> float:
    """Since the address was entered."""
    tab = Tab(browser)
    try:
        tab.context.add_init_script(WATCH % visit.useful)
        if is_slow:
            session = tab.context.new_cdp_session(tab.page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", SLOW)
        tab.page.goto(url + visit.path, wait_until="commit")
        tab.until("window.usefulAfter")
        return tab.page.evaluate("window.usefulAfter") / 1000
    finally:
        tab.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench pages", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="visits of each page (5)")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    options = parser.parse_args()
    begin()
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        endpoint = Endpoint(Path(folder) / "endpoint", arguments=visits.ARGUMENTS)
        endpoint.start()
        try:
            say("a video and 10,000 files …")
            pages = visits.prepared(endpoint, Path(folder))
            with chromium() as browser:
                for visit in pages:
                    say(f"{visit.name} …")
                    # Functions that answer are started by the first visit.
                    seconds(browser, endpoint.web_url, visit, is_slow=False)
                    figures[visit.name] = {
                        kind: statistics.median(
                            seconds(browser, endpoint.web_url, visit, kind == "slow") for _ in range(options.runs))
                        for kind in LIMITS
                    }
        finally:
            endpoint.stop()
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    rows = [["page, median s", "this machine", "1.6 Mbit/s, 300 ms"]]
    rows += [[name, *(cell(found[kind], ".2f", LIMITS[kind]) for kind in LIMITS)] for name, found in figures.items()]
    print(rendered(rows))


if __name__ == "__main__":
    main()
