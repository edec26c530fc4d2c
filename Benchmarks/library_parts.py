"""The parts of the library's benchmark with many clients or files; each returns figures by name, with limits."""

import argparse
import http.client
import io
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from project import CACHE, say

from harness.endpoint import Endpoint
from harness.faulty_proxy import Fault, FaultPlan, FaultyProxy
from harness.installation import TEMPLATE
from harness.library import KEYS, LIBRARY, Client, Library, identifier, put
from harness.waiting import until
from sources import FFMPEG
from table import Limit

PHOTOGRAPHS = Path("/usr/share/backgrounds/mate")
# A figure and what it is to be.
Figures = dict[str, tuple[float, Limit | None]]
SMALL = "height=240&quality=70&width=240"
# Seconds until everything of many files must have ended.
PATIENCE = 3600
UNDER_WAY = ("queued", "processing")


def photographs(count: int) -> list[Path]:
    """The largest JPEGs first."""
    found = sorted(PHOTOGRAPHS.rglob("*.jpg"), key=lambda path: -path.stat().st_size)
    return found[:count]


@contextmanager
def opened(template: Path | None = None, *settings: str) -> Iterator[Library]:
    with tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as name:
        words = [word for setting in (f"SessionJWKS={KEYS}", *settings) for word in ("--parameter", setting)]
        host = Endpoint(Path(name) / "up", *([template] if template else []), arguments=tuple(words))
        host.start()
        try:
            yield Library(host)
        finally:
            host.stop()


class Line:
    """One kept-alive connection of a client."""

    def __init__(self, client: Client):
        self._head = {"Authorization": f"Bearer {client.session}"}
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(client.url).netloc, timeout=120)

    def time(self, address: str, status: int = 200) -> float:
        """Milliseconds of one request, its body read."""
        begun = time.perf_counter()
        self._connection.request("GET", address, headers=self._head)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == status, (address, answer.status)
        return (time.perf_counter() - begun) * 1000


def get_times(client: Client, address: str, count: int) -> list[float]:
    line = Line(client)
    return [line.time(address) for _ in range(count)]


class Asking:
    """A process that asks for an address at a pace, as one user among others; see `asking.py`."""

    def __init__(self, client: Client, address: str, every: float):
        order = {"port": urllib.parse.urlsplit(client.url).port, "session": client.session, "address": address, "every": every}
        command = [sys.executable, "-B", str(Path(__file__).with_name("asking.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def stop(self) -> list[float]:
        """Milliseconds of each answer."""
        said, _ = self._process.communicate(timeout=120)
        assert self._process.returncode == 0, "a client has failed"
        return json.loads(said)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def slow(options: argparse.Namespace) -> Figures:
    """Cached derivatives while 80 cold ones wait for a source that answers late."""
    with FaultyProxy(FaultPlan(share=1, seed=1, kinds=[Fault.DELAY])) as proxy, tempfile.TemporaryDirectory() as folder:
        text = TEMPLATE.read_text()
        start = text.index("  TransformImageFunction:")
        place = text.index("        Variables:\n", start) + len("        Variables:\n")
        template = Path(folder) / "template.yaml"
        template.write_text(f"{text[:place]}          AWS_ENDPOINT_URL_S3: {proxy.url}\n{text[place:]}")
        with opened(template, "ImageProxyPrewarmEnabled=false") as library:
            proxy.upstream = library.endpoint.port
            content = [_image(seed, 1200, 800) for seed in range(81)]
            with ThreadPoolExecutor(8) as pool:
                files = list(pool.map(lambda bytes: library.upload(bytes, "photo.jpg"), content))
            address = library.image(files[0], SMALL)
            assert library.member.get(address).status == 200
            idle = get_times(library.member, address, 2000)
            with ThreadPoolExecutor(80) as pool:
                others = [pool.submit(library.member.get, library.image(file, SMALL)) for file in files[1:]]
                line, busy = Line(library.member), []
                while not all(other.done() for other in others) or len(busy) < 200:
                    busy.append(line.time(address))
            failed = sum(other.result().status != 200 for other in others)
    before, beside = percentile(idle, 0.99), percentile(busy, 0.99)
    return {
        "slow source: cached p99 idle, ms": (before, None), "slow source: cached p99 beside, ms": (beside, None),
        "slow source: ratio": (beside / before, Limit(3)), "slow source: cold requests that took too long": (failed, None),
    }


def notfound(options: argparse.Namespace) -> Figures:
    """What a 404 tells by its time: a file of a library of others, and one that does not exist; in alternation."""
    with opened() as library:
        file = library.upload(_image(1, 1200, 800), "photo.jpg")
        foreign = f"{library.files}/{file}"
        outside, inside = Line(library.stranger), Line(library.member)
        times: dict[str, list[float]] = {"no member": [], "does not exist": []}
        for number in range(options.requests + 50):
            one = outside.time(foreign, 404)
            other = inside.time(f"{library.files}/{identifier()}", 404)
            if number >= 50:
                times["no member"].append(one)
                times["does not exist"].append(other)
    medians = {name: statistics.median(values) for name, values in times.items()}
    apart = abs(medians["no member"] / medians["does not exist"] - 1)
    return {**{f"404, {name}, median, ms": (value, None) for name, value in medians.items()},
            "404: medians apart": (apart, Limit(0.05))}


def _image(seed: int, width: int, height: int) -> bytes:
    """A JPEG with some detail, like no other of another seed."""
    noise = Image.frombytes("RGB", (64, 48), random.Random(seed).randbytes(64 * 48 * 3))
    out = io.BytesIO()
    noise.resize((width, height), Image.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def _small_files(count: int) -> list[tuple[str, bytes]]:
    """Images of 1 to 4 megapixels, videos of 3 to 10 s at 320x180, 10 s of sound, in turns."""
    folder = CACHE / "mixed"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(count):
        chance = random.Random(number)
        kind = ("jpg", "jpg", "mp4", "mkv", "mp3")[number % 5]
        path = folder / f"{number:04}.{kind}"
        if not path.exists():
            seconds = chance.randint(3, 10)
            tone = ["-f", "lavfi", "-i", f"sine=frequency={200 + number}:duration={10 if kind == 'mp3' else seconds}"]
            card = ["-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}"]
            codec = {"mp4": ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"],
                     "mkv": ["-c:v", "mpeg4", "-c:a", "mp3"], "mp3": []}
            if kind == "jpg":
                width = chance.randint(1200, 2400)
                path.write_bytes(_image(number, width, width * 2 // 3))
            else:
                subprocess.run([*FFMPEG, *(card if kind != "mp3" else []), *tone, *codec[kind], path], check=True)
        made.append((path.name, path.read_bytes()))
    return made


def _statuses(record: dict) -> list[str]:
    return [value for name, value in record.items() if name.endswith("Status")]


def mixed(options: argparse.Namespace) -> Figures:
    """Many small files uploaded at once; image requests meanwhile."""
    files = _small_files(options.files)
    with opened(None, "GifWidth=120", "JpegWidth=320") as library:
        first = library.upload(_image(-1, 1600, 1000), "first.jpg")
        address = library.image(first, SMALL)
        assert library.member.get(address).status == 200
        library.wait(first, lambda record: not set(_statuses(record)) & set(UNDER_WAY), seconds=120)
        unweighted = _functions_without_weight(library)

        def asking(quality: int) -> dict[str, Asking]:
            """Two users: one sees an image that exists, the other one a new one each time."""
            fresh = library.image(first, f"quality={quality}{{thousands}}&width={{width}}")
            return {
                "cached": Asking(library.member, address, every=0.02), "cold": Asking(library.member, fresh, every=0.25)}

        say("asking an idle host …")
        clients = asking(5)
        time.sleep(options.idle)
        idle = {kind: client.stop() for kind, client in clients.items()}
        clients = asking(6)
        began = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            ids = list(pool.map(lambda file: _upload(library, *file), files))
        sent = time.monotonic() - began
        pending, failed = set(ids), []

        def ended() -> bool | None:
            for file in list(pending):
                record = library.record(file)
                statuses = _statuses(record)
                if record["version"] > 0 and statuses and not set(statuses) & set(UNDER_WAY):
                    pending.discard(file)
                    if "failed" in statuses:
                        failed.append(record["name"])
            say(f"{len(ids) - len(pending)} of {len(ids)} have ended")
            return not pending or None

        until("everything to end", ended, seconds=PATIENCE, every=5)
        beside = {kind: client.stop() for kind, client in clients.items()}
        took = time.monotonic() - began
    return {
        "mixed: files": (len(ids), None), "mixed: uploaded after, s": (sent, None), "mixed: ended after, s": (took, None),
        "mixed: failed": (len(failed), Limit(0)),
        "mixed: functions whose weight /metrics does not show": (len(unweighted), Limit(0)),
        "mixed: cached requests": (len(beside["cached"]), None),
        "mixed: cached p99 idle, ms": (percentile(idle["cached"], 0.99), None),
        "mixed: cached p99 / idle": (_ratio(beside, idle, "cached", 0.99), Limit(3)),
        "mixed: cached median / idle": (_ratio(beside, idle, "cached", 0.5), None),
        "mixed: cold requests": (len(beside["cold"]), None),
        "mixed: cold p99 / idle": (_ratio(beside, idle, "cold", 0.99), Limit(5)),
        "mixed: cold median / idle": (_ratio(beside, idle, "cold", 0.5), None),
    }


def _ratio(beside: dict[str, list[float]], idle: dict[str, list[float]], kind: str, share: float) -> float:
    return percentile(beside[kind], share) / percentile(idle[kind], share)


def _functions_without_weight(library: Library) -> set[str]:
    """Of the template's functions that name a weight, those that the host's metrics do not show with it."""
    template = TEMPLATE.read_text()
    resources = re.split(r"\n  (?=[A-Z]\w+:\n)", template[template.index("\nResources:"):])
    weights = {
        found[1]: int(found[2])
        for resource in resources
        if (found := re.match(r"(\w+):\n    Type: AWS::Serverless::Function.*?\n        Weight: (\d+)\n", resource, re.S))
    }
    with urllib.request.urlopen(f"{library.endpoint.web_url}/metrics", timeout=60) as answer:
        shown = re.findall(r'zoetrope_queue_weight\{function="(\w+)"\} ([\d.]+)', answer.read().decode())
    return {name for name, weight in weights.items() if (name, float(weight)) not in {(one, float(w)) for one, w in shown}}


def _upload(library: Library, name: str, content: bytes) -> str:
    answer = library.owner.ask("POST", library.files, {"name": name, "size": len(content)})
    assert answer.status == 201, answer.body
    put(answer.json["upload"]["url"], content)
    return answer.json["file"]["id"]


class Filled:
    """A library whose records and index are written directly: images that are done, without any content."""

    def __init__(self, library: Library):
        self.library = library
        self.count = 0
        self._s3 = library.endpoint.client("s3", max_pool_connections=32)

    def grow(self, count: int) -> None:
        """Adds finished images until there are so many; whole pages of the index."""
        pages = range(self.count // PAGE, count // PAGE)
        with ThreadPoolExecutor(24) as pool:
            for done, _ in enumerate(pool.map(self._page, pages), start=1):
                if done % 10 == 0:
                    say(f"{(self.count // PAGE + done) * PAGE} records")
        self.count = count

    def _page(self, page: int) -> None:
        entries = []
        for number in range(page * PAGE, (page + 1) * PAGE):
            file, taken = identifier(), datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
            entry = {
                "id": file, "name": f"album {number // 500}/{number:06}.jpg", "mimeType": "image/jpeg", "size": 3_000_000,
                "role": "original", "version": 1, "createdAt": f"{taken:%Y-%m-%dT%H:%M:%S}.000Z", "width": 4000, "height": 3000,
            }
            record = entry | {
                "libraryId": self.library.id, "updatedAt": entry["createdAt"], "createdBy": "owner", "indexPage": page,
                "objectKey": f"original/{self.library.id}/{file}/photo.jpg", "etag": "0" * 32, "sha256": f"{number:064x}",
                "imageProxyStatus": "ready", "imageProxyWarmedVersion": 1, "announcedVersion": 1,
            }
            self._put(f"record/{self.library.id}/{file}.json", record)
            entries.append(entry)
        self._put(f"index/files/{self.library.id}/{page:08}.json", {"entries": entries})

    def _put(self, key: str, document: dict) -> None:
        self._s3.put_object(Bucket=LIBRARY, Key=key, Body=json.dumps(document).encode(), ContentType="application/json")

    def call(self, function: str) -> tuple[float, float, dict]:
        """Milliseconds of one run of a scheduled function, S3 requests meanwhile, and its result."""
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        client = self.library.endpoint.client("lambda", read_timeout=900, retries={"total_max_attempts": 1})
        before, began = self._requests(), time.perf_counter()
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event))
        took = (time.perf_counter() - began) * 1000
        result = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return took, self._requests() - before, result

    def _requests(self) -> float:
        with urllib.request.urlopen(f"{self.library.endpoint.web_url}/metrics", timeout=60) as answer:
            counts = re.findall(r"^zoetrope_s3_operations_total\{[^}]*\} ([\d.e+]+)$", answer.read().decode(), re.M)
        return sum(map(float, counts))

    def pages(self, query: str, count: int = 30) -> tuple[float, float]:
        """Milliseconds of the first request for a page of the list, and the median of the following ones."""
        first, *rest = get_times(self.library.member, f"{self.library.files}?{query}", count + 1)
        return first, statistics.median(rest)


# Files of a page of the index.
PAGE = 1000


def many(options: argparse.Namespace) -> Figures:
    """A hundred thousand images of which all are done: what an hourly pass costs, and a page of the list."""
    few = max(PAGE, options.records // 100 // PAGE * PAGE)
    figures: Figures = {}
    passes: dict[int, tuple[float, float]] = {}
    with opened() as library:
        filled = Filled(library)
        filled.call("PrewarmImagesFunction")
        for count in (few, options.records):
            filled.grow(count)
            runs = [filled.call("PrewarmImagesFunction") for _ in range(9)]
            passes[count] = statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)
            figures[f"many: {count} done, a pass, ms"] = (passes[count][0], None)
            figures[f"many: {count} done, a pass, requests"] = (passes[count][1], Limit(10))
            took, requests, result = filled.call("MendIndexFunction")
            assert result == {"mended": 0}, result
            figures[f"many: {count} done, looking over the index, ms"] = (took, None)
            figures[f"many: {count} done, looking over the index, requests"] = (requests, None)
            first, page = filled.pages("limit=100")
            figures[f"many: {count} done, first list page, ms"] = (first, None)
            figures[f"many: {count} done, list page, ms"] = (page, Limit(100))
            for name, query in [("far down", f"limit=100&offset={count - 200}"), ("of a search", "limit=100&sort=name&q=99")]:
                figures[f"many: {count} done, list page {name}, ms"] = (filled.pages(query)[1], Limit(200))
        # A page that has changed is read again, and no other.
        fresh = library.upload(_image(7, 400, 300), "fresh.jpg")
        library.wait(fresh, lambda record: not set(_statuses(record)) & set(UNDER_WAY), seconds=120)
        assert library.member.get(f"{library.files}?limit=1").json["files"][0]["id"] == fresh
    figures["many: pass of many / pass of few"] = (passes[options.records][0] / passes[few][0], Limit(1.5))
    return figures


PARTS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "slow": slow, "notfound": notfound, "mixed": mixed, "many": many,
}
