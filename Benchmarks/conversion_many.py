"""Many different sources at once, two conversions at a time: every result comes in the end, and none is made twice."""

import concurrent.futures
import hashlib
import http.client
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from project import say

import accounting
from harness.conversion import ask, parameters, token
from harness.endpoint import Endpoint
from harness.origin import Origin
from harness.processes import name as process_name, with_temporary_folder

# A caller that waits comes again this often: after a time-out, or when the queue is full.
ATTEMPTS = 200


@dataclass
class Delivered:
    seconds: float
    digest: str
    attempts: int


def many(path: Path, sources: int, callers: int = 2) -> dict:
    """`callers` ask for each of `sources` addresses, all at the same time."""
    content = path.read_bytes()
    # Each its own path, so that the origin counts each by itself.
    paths = [f"/{number}.mp4" for number in range(sources)]
    with (
        tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as folder,
        Origin(dict.fromkeys(paths, content)) as origin,
    ):
        host = Endpoint(Path(folder) / "up", arguments=parameters(ConversionJobConcurrency="2"))
        host.start()
        try:
            say(f"asking for {sources} sources, {callers} callers each …")
            begun = time.perf_counter()
            with concurrent.futures.ThreadPoolExecutor(sources * callers) as pool:
                asked = [path for path in paths for _ in range(callers)]
                results = list(pool.map(lambda path: delivered(host.api_port, origin.url(path), begun), asked))
            return {
                "sources": sources,
                "results that did not come": sum(result is None for result in results),
                "different bodies": len({result.digest for result in results if result}),
                "sources fetched more than once": sum(origin.sent.get(path, 0) > 1.02 * len(content) for path in paths),
                "bytes at the origin, of the sources": sum(origin.sent.values()) / (sources * len(content)),
                "attempts of a caller, most": max((result.attempts for result in results if result), default=0),
                "all delivered, s": max((result.seconds for result in results if result), default=0.0),
                "peak memory of the host, MB": accounting.peak(host.pid) / 1e6,
                "peak memory of a function's process, MB": max(
                    accounting.peak(process) for process in with_temporary_folder(host.folder)
                    if process_name(process) in ("ConvertVideo", "MediaAPI")
                ) / 1e6,
            }
        finally:
            host.stop()


def delivered(port: int, url: str, begun: float) -> Delivered | None:
    """The whole GIF, with as many attempts as it takes; only what the service says is tried again."""
    a_token = None
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if a_token is None:
                status, document = token(port, url)
                if status == 503:
                    time.sleep(1)
                    continue
                a_token = document["token"]
            status, headers, body = ask(port, f"/convert.gif?token={a_token}", seconds=300)
        except (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError):
            # The answer took longer than one may; its conversion goes on.
            continue
        if status == 200 and body.endswith(b"\x3b"):
            return Delivered(time.perf_counter() - begun, hashlib.sha256(body).hexdigest(), attempt)
        if status not in (503, 504):
            say(f"{url}: {status} {body[:200]}")
            return None
        time.sleep(int(headers.get("Retry-After", "1")))
    return None
