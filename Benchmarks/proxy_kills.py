"""Proxies that are cut off: `kill -9` of the host or of a function at random instants of a two-minute video."""

import contextlib
import hashlib
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from project import CACHE, say

from harness.endpoint import Endpoint
from harness.library import KEYS, LIBRARY, Library, put
from harness.processes import descendants, name
from harness.waiting import until
from measure import run
from sources import FFMPEG

SECONDS, SIZE = 120, "854x480"
# Seconds until a proxy must be there, however it was disturbed.
PATIENCE = 900
# Nothing but the proxy: previews and waveforms of the same upload would only take the processors.
SETTINGS = (f"SessionJWKS={KEYS}", "GifWidth=32", "GifFrameRate=1", "JpegWidth=64", "Storyboard=false")
FUNCTIONS = ("EncodeSegment", "ProxyVideo")


@dataclass
class Round:
    """One proxy that was cut off."""

    # What was killed, and how long after the upload, in seconds.
    victim: str
    after: float
    took: float = 0
    problems: list[str] = field(default_factory=list)


def source() -> bytes:
    """Two minutes of 480p with sound that H.264 has to be made of; made once."""
    made = CACHE / f"kills-{SIZE}-{SECONDS}s.mkv"
    if not made.exists():
        say(f"making {made.name}")
        unfinished = made.with_suffix(".unfinished.mkv")
        run([
            *FFMPEG, "-f", "lavfi", "-i", f"testsrc2=size={SIZE}:rate=30:duration={SECONDS}", "-f", "lavfi", "-i",
            f"sine=duration={SECONDS}", "-c:v", "mpeg4", "-q:v", "4", "-g", "60", "-c:a", "mp3", unfinished,
        ])
        unfinished.rename(made)
    return made.read_bytes()


@contextlib.contextmanager
def _endpoint(folder: Path):
    arguments = tuple(word for setting in SETTINGS for word in ("--parameter", setting))
    endpoint = Endpoint(folder, arguments=arguments)
    endpoint.start()
    try:
        yield endpoint
    finally:
        with contextlib.suppress(AssertionError):
            endpoint.stop()


def _begin(library: Library, content: bytes) -> str:
    answer = library.owner.ask("POST", library.files, {"name": "film.mkv", "size": len(content)})
    put(answer.json["upload"]["url"], content)
    return answer.json["file"]["id"]


def _digest(library: Library, file: str) -> str:
    """Waits for the proxy; the SHA-256 of its bytes."""

    def proxy() -> str | None:
        with contextlib.suppress(OSError):
            record = library.record(file)
            assert record.get("proxyStatus") != "failed", record.get("proxyError")
            if record.get("proxyStatus") == "ready":
                return library.member.get(f"{library.files}/{file}/playback-sources").json["defaultSourceId"]
        return None

    found = until("the proxy", proxy, seconds=PATIENCE, every=0.2)
    key = library.record(found)["objectKey"]
    body = library.endpoint.client("s3").get_object(Bucket=LIBRARY, Key=key)["Body"]
    return hashlib.sha256(body.read()).hexdigest()


def _finished(endpoint: Endpoint, file: str) -> Counter[int]:
    """How often each part was encoded to its end, by the functions' log."""
    log = endpoint.data / "logs" / "functions.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    entries = [json.loads(line.split(" ", 3)[3]) for line in lines if '"message":"part made"' in line]
    return Counter(int(entry["part"]) for entry in entries if entry["file"] == file)


def _kill(endpoint: Endpoint, victim: str, chance: random.Random) -> str:
    """Kills the host, or one of the functions' processes; says what."""
    if victim == "host":
        endpoint.kill()
        return "host"
    running = [process for process in descendants(endpoint.pid) if name(process) in FUNCTIONS]
    if not running:
        return "nothing was running"
    process = chance.choice(running)
    called = name(process)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    return called


def kills(count: int, seed: str) -> dict:
    """Makes one proxy undisturbed and `count` that are cut off at random instants of it."""
    content = source()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with _endpoint(folder / "undisturbed") as endpoint:
            library = Library(endpoint)
            began = time.monotonic()
            file = _begin(library, content)
            truth, span = _digest(library, file), time.monotonic() - began
            parts = len(_finished(endpoint, file))
        say(f"undisturbed: {span:.1f} s, {parts} parts")
        rounds = []
        for number in range(count):
            chance = random.Random(f"{seed} {number}")
            one = Round(victim="host" if number % 2 == 0 else "function", after=chance.uniform(0, span))
            with tempfile.TemporaryDirectory(dir=folder) as own:
                _interrupted(one, Path(own), content, truth, parts, chance)
            say(f"kill {number + 1}/{count} ({one.victim} after {one.after:.1f} s): {one.problems or 'the same bytes'}")
            rounds.append(vars(one))
    return {"span": span, "parts": parts, "rounds": rounds}


def _interrupted(one: Round, folder: Path, content: bytes, truth: str, parts: int, chance: random.Random) -> None:
    with _endpoint(folder) as endpoint:
        library = Library(endpoint)
        file = _begin(library, content)
        began = time.monotonic()
        # The instant is what is random: nothing is waited for.
        time.sleep(one.after)
        one.victim = _kill(endpoint, one.victim, chance)
        if one.victim == "host":
            endpoint.start()
            library.owner.url = library.member.url = endpoint.api_url
        try:
            if _digest(library, file) != truth:
                one.problems.append("the proxy has other bytes")
        except AssertionError as error:
            one.problems.append(str(error))
        one.took = time.monotonic() - began
        made = _finished(endpoint, file)
        again = sorted(part for part, times in made.items() if times > 1)
        if again:
            one.problems.append(f"finished parts were encoded again: {again}")
        if len(made) != parts:
            one.problems.append(f"{len(made)} of {parts} parts were logged")
