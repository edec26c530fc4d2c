"""The parts of the gateway's benchmark beside the plain figures; each returns figures by name, with limits."""

import concurrent.futures
import hashlib
import json
import random
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from project import CACHE, say

import accounting
import sources
from gateway_functions import Line, form_head, form_tail, write
from harness.endpoint import SOURCE, Endpoint
from harness.waiting import until
from table import Limit

# A figure and what it is to be.
Figures = dict[str, tuple[float, Limit | None]]
GIB = 1 << 30


@contextmanager
def served(*arguments: str, product: bool = False) -> Iterator[Endpoint]:
    with tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as name:
        folder = Path(name)
        host = Endpoint(folder / "up", write(folder, product), arguments)
        host.start()
        try:
            yield host
        finally:
            host.stop()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def call(line: Line, target: str) -> float:
    """Milliseconds of one request."""
    begun = time.perf_counter()
    line.ask("GET", target)
    assert line.status() == 200
    length = len(b"nothing")
    while len(line.taken) < length:
        line.more()
    line.taken = b""
    return (time.perf_counter() - begun) * 1000


# Beside rendering


def upload_video(host: Endpoint, minutes: int) -> None:
    """Clips to be rendered for a long while: a video of that length, of one clip that is repeated."""
    say("making clips to be rendered …")
    video = next(clip.path for clip in sources.default_clips() if clip.height == 480)
    s3 = host.client("s3")
    for number in range(minutes * 2):
        s3.upload_file(str(video), SOURCE, f"bench-{number}.mp4")


def queued(host: Endpoint) -> int:
    with urllib.request.urlopen(f"{host.web_url}/api/status", timeout=30) as answer:
        return sum(function["queued"] for function in json.load(answer)["functions"])


def render(seconds: int) -> Figures:
    with served("--concurrency", "2", product=True) as host:
        upload_video(host, minutes=30)
        until("clips to be queued", lambda: queued(host) > 10, seconds=120)
        with Line(host.api_port) as line:
            for _ in range(20):
                call(line, "/nothing")
            found, end = [], time.monotonic() + seconds
            while time.monotonic() < end:
                found.append(call(line, "/nothing"))
                time.sleep(0.02)
        still_queued = queued(host)
    if still_queued == 0:
        say("the queue was empty before the end: the machine is faster than the clips last")
    return {
        "median beside rendering, ms": (statistics.median(found), None),
        "p99 beside rendering, ms": (percentile(found, 0.99), Limit(25)),
        "longest beside rendering, ms": (max(found), None),
    }


def rendering_seconds(host: Endpoint) -> float:
    """Processor time that the processes of queued work have used."""
    return sum(accounting.cpu(pid) for pid in accounting.children(host.pid, "ProcessClip"))


def share(seconds: int) -> Figures:
    """Processor time of queued clips with eight clients that ask without a pause, and without them."""
    with served("--concurrency", "2", product=True) as host:
        upload_video(host, minutes=30)
        until("clips to be rendered", lambda: rendering_seconds(host) > 1, seconds=120)

        def used() -> float:
            before = rendering_seconds(host)
            time.sleep(seconds)
            return rendering_seconds(host) - before

        def answering() -> float:
            return sum(accounting.cpu(pid) for pid in accounting.children(host.pid, "bootstrap"))

        alone = used()
        stop = threading.Event()

        def ask() -> None:
            with Line(host.api_port) as line:
                while not stop.is_set():
                    call(line, "/nothing")

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        before = answering()
        beside = used()
        answers = answering() - before
        stop.set()
        for thread in threads:
            thread.join()
    # Clips have half the weight of the function that answers. The host and the clients need processors too.
    return {
        "queued work's share of the functions' processor time": (beside / (beside + answers), Limit(1 / 3, at_least=True)),
        "queued work's processor time, of that without HTTP load": (beside / alone, None),
    }


# Uploads


def big_file() -> Path:
    path = CACHE / "upload-1g.bin"
    if not path.exists() or path.stat().st_size != GIB:
        say("making a file of 1 GiB …")
        block = random.Random(1).randbytes(1 << 20)
        with open(path, "wb") as file:
            for number in range(1024):
                file.write(number.to_bytes(4, "big") + block[4:])
    return path


def send(line: Line, *parts: bytes | Path) -> float:
    """Seconds from the first byte of the body to the answer."""
    begun = time.perf_counter()
    for part in parts:
        if isinstance(part, bytes):
            line.socket.sendall(part)
        else:
            with open(part, "rb") as file:
                line.socket.sendfile(file)
    assert line.status() == 200, line.taken
    return time.perf_counter() - begun


def upload(rounds: int) -> Figures:
    file = big_file()
    file.read_bytes()  # Into the page cache, if there is room for it.
    ratios, host_peak, function_peak = [], 0.0, 0.0
    with served() as host:
        s3 = host.client("s3")
        s3.create_bucket(Bucket="bench")
        for number in range(rounds):
            address = s3.generate_presigned_url("put_object", {"Bucket": "bench", "Key": "big"}, 3600)
            with Line(host.port) as line:
                line.ask("PUT", address.removeprefix(host.url), f"Host: localhost:{host.port}", f"Content-Length: {GIB}")
                plain = send(line, file)
            s3.delete_object(Bucket="bench", Key="big")
            head, tail = form_head(), form_tail()
            with Line(host.api_port) as line:
                line.ask(
                    "POST", "/upload", f"Content-Length: {len(head) + GIB + len(tail)}", "X-Key: good",
                    "Content-Type: multipart/form-data; boundary=b0ndary")
                form = send(line, head, file, tail)
            say(f"round {number + 1}: S3 {GIB / plain / 1e6:.0f} MB/s, form {GIB / form / 1e6:.0f} MB/s")
            ratios.append(plain / form)
        host_peak = accounting.peak(host.pid) / 1e6
        function_peak = max(accounting.peak(pid) for pid in accounting.children(host.pid, "bootstrap")) / 1e6
    return {
        "speed of a form upload beside an S3 PUT": (statistics.median(ratios), Limit(0.7, at_least=True)),
        "peak memory of the host, MB": (host_peak, Limit(150)),
        "peak memory of the function, MB": (function_peak, Limit(150)),
    }


def refused_after(host: Endpoint, target: str, beginning: bytes, *fields: str) -> float:
    """KiB of the body after which a refusal comes; at most 1,024 are sent."""
    with Line(host.api_port) as line:
        line.ask(
            "POST", target, f"Content-Length: {GIB}", "Content-Type: multipart/form-data; boundary=b0ndary", *fields)
        sent, body = 0, beginning + bytes(1 << 20)
        while sent < 1 << 20:
            line.socket.sendall(body[sent : sent + (16 << 10)])
            sent += 16 << 10
            # The last piece that may be needed is given time; before it, only what a local answer takes.
            if line.has_answer(10 if sent >= 64 << 10 else 0.5):
                status = line.status()
                assert 400 <= status < 500, (target, status)
                return sent / 1024
    return float("inf")


def refusals() -> Figures:
    key = "TranscoderAuthToken=bench-key"
    with served("--parameter", key, product=True) as host:
        form = form_head()
        cases = {
            "wrong key": ("/transcode?target=mp3", form, "X-Transcoder-Key: other"),
            "unknown target": ("/transcode?target=mp9", form, "X-Transcoder-Key: bench-key"),
            "file of the wrong type": ("/transcode?target=mp3", form + b"%PDF-1.7\n", "X-Transcoder-Key: bench-key"),
        }
        return {
            f"{name}: refused after KiB": (refused_after(host, target, beginning, field), Limit(64))
            for name, (target, beginning, field) in cases.items()
        }


def broken(count: int) -> Figures:
    """Uploads that break off at random places; what is left of them."""
    randomness = random.Random(14)
    block = bytes(64 << 10)
    with served() as host:
        scratch = host.data / "scratch"

        def one(length: int) -> None:
            with Line(host.api_port) as line:
                line.ask(
                    "POST", "/upload", f"Content-Length: {GIB}", "X-Key: good",
                    "Content-Type: multipart/form-data; boundary=b0ndary")
                line.socket.sendall(form_head())
                while length > 0:
                    line.socket.sendall(block[:length])
                    length -= len(block)

        lengths = [randomness.randrange(64 << 20) for _ in range(count)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(one, lengths))
        begun = time.monotonic()
        left = list(scratch.rglob("*"))
        while left and time.monotonic() - begun < 60:
            time.sleep(0.1)
            left = list(scratch.rglob("*"))
    return {
        "files left of broken uploads": (len(left), Limit(0)),
        "seconds until they were gone": (time.monotonic() - begun, None),
    }


# Followers


def refer(line: Line, place: dict) -> None:
    body = json.dumps({"statusCode": 200, "zoetrope": {"follow": place}}).encode()
    line.ask("POST", "/refer", f"Content-Length: {len(body)}")
    line.socket.sendall(body)


def follow_to_end(host: Endpoint, place: dict) -> tuple[bool, int, str]:
    """Whether the answer ended as it should, how many bytes came, and their digest."""
    with Line(host.api_port, seconds=300) as line:
        refer(line, place)
        if line.status() != 200:
            return False, 0, ""
        try:
            while line.more():
                if line.taken.endswith(b"\r\n0\r\n\r\n"):
                    return True, *unchunked(line.taken)
        except OSError:
            pass
        return False, len(line.taken), ""


def unchunked(data: bytes) -> tuple[int, str]:
    digest, size, position = hashlib.sha256(), 0, 0
    while True:
        end = data.index(b"\r\n", position)
        length = int(data[position:end], 16)
        if length == 0:
            return size, digest.hexdigest()
        digest.update(data[end + 2 : end + 2 + length])
        size += length
        position = end + 4 + length


def follow(count: int) -> Figures:
    chunks = [random.Random(number).randbytes(64 << 10) for number in range(48)]
    whole = b"".join(chunks)
    figures: Figures = {}
    with served() as host:
        s3 = host.client("s3")
        s3.create_bucket(Bucket="bench")
        bucket = {"Bucket": "bench"}

        def claim(prefix: str, number: int) -> None:
            state = {"owner": "bench", "state": "making", "renewed": int(time.time() * 1000), "number": number}
            s3.put_object(**bucket, Key=f"{prefix}claim", Body=json.dumps(state).encode())

        for name, dies in (("complete", False), ("dead", True)):
            prefix = f"making/{name}/"
            place = {"bucket": "bench", "prefix": prefix, "key": f"results/{name}"}
            claim(prefix, 0)
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                followers = [pool.submit(follow_to_end, host, place) for _ in range(count)]
                busiest = 0
                for number, chunk in enumerate(chunks):
                    claim(prefix, number + 1)
                    s3.put_object(**bucket, Key=f"{prefix}chunk-{number:08d}", Body=chunk)
                    if number == len(chunks) // 2:
                        busiest = running(host)
                        if dies:
                            break
                    time.sleep(0.05)
                ended = time.monotonic()
                if not dies:
                    s3.put_object(**bucket, Key=place["key"], Body=whole)
                results = [follower.result() for follower in followers]
                after = time.monotonic() - ended
            if dies:
                figures["followers aborted by the maker's death"] = (
                    sum(not is_whole for is_whole, _, _ in results), Limit(count, at_least=True))
                figures["seconds until the last was aborted"] = (after, None)
            else:
                digest = hashlib.sha256(whole).hexdigest()
                figures["followers that received every byte"] = (
                    sum(result == (True, len(whole), digest) for result in results), Limit(count, at_least=True))
                figures["invocations that ran meanwhile"] = (busiest, Limit(0))
    return figures


def running(host: Endpoint) -> int:
    with urllib.request.urlopen(f"{host.web_url}/api/status", timeout=30) as answer:
        return json.load(answer)["running"]


# Slow clients, streams, clients that leave


def stalled(count: int) -> Figures:
    """Clients that ask for an object of 64 MiB and read nothing of it."""
    with served() as host:
        s3 = host.client("s3")
        s3.create_bucket(Bucket="bench")
        s3.put_object(Bucket="bench", Key="big", Body=bytes(64 << 20))
        body = json.dumps({"statusCode": 200, "zoetrope": {"object": {"bucket": "bench", "key": "big"}}}).encode()
        with Line(host.api_port) as line:
            line.ask("POST", "/refer", f"Content-Length: {len(body)}")
            line.socket.sendall(body)
            line.status()
        time.sleep(1)
        before = accounting.proportional(host.pid)
        lines = []
        try:
            for _ in range(count):
                line = Line(host.api_port)
                lines.append(line)
                line.ask("POST", "/refer", f"Content-Length: {len(body)}")
                line.socket.sendall(body)
            for line in lines:
                line.has_answer(60)
            time.sleep(2)
            used = accounting.proportional(host.pid) - before
        finally:
            for line in lines:
                line.socket.close()
    return {f"memory of {count} stalled clients, MB": (used / 1e6, Limit(128))}


def stream(count: int) -> Figures:
    """From the function's write to the client's read, of each of its writes; the first one apart."""
    first, others = [], []
    with served() as host:
        for turn in range(count + 5):
            with Line(host.api_port) as line:
                line.ask("GET", "/stamps?count=5")
                line.status()
                seen: list[float] = []
                while len(seen) < 5:
                    # Each write is one line, and the client reads it before the next is written.
                    if line.taken.count(b"\n") == 0 or not (stamps := stamps_in(line.taken)):
                        line.more()
                        continue
                    now = time.monotonic_ns()
                    seen += [(now - stamp) / 1e6 for stamp in stamps]
                    line.taken = b""
            if turn >= 5:
                first.append(seen[0])
                others += seen[1:]
    return {
        "first byte after the function's write, ms": (statistics.median(first), Limit(2)),
        "p99 of first bytes, ms": (percentile(first, 0.99), None),
        "later bytes, ms": (statistics.median(others), None),
    }


def stamps_in(data: bytes) -> list[int]:
    return [int(line) for line in data.split(b"\n") if line.strip().isdigit() and len(line.strip()) > 9]


def disconnect(count: int) -> Figures:
    """From a client's leaving until another request has the answer of a function that is warm, with one slot for both."""
    found = []
    with served("--http-concurrency", "1") as host:
        for turn in range(count + 2):
            with Line(host.api_port) as waiting:
                call(waiting, "/nothing")
                mark = host.folder / f"mark-{turn}"
                leaving = Line(host.api_port)
                leaving.ask("GET", f"/sleep?seconds=60&mark={mark}")
                until("the call to run", mark.exists)
                waiting.ask("GET", "/nothing")
                # It is in the queue.
                time.sleep(0.1)
                assert not waiting.has_answer(0)
                begun = time.perf_counter()
                leaving.socket.close()
                assert waiting.status() == 200
                if turn >= 2:
                    found.append((time.perf_counter() - begun) * 1000)
    return {
        "slot free after a client left, ms": (statistics.median(found), Limit(100)),
        "longest, ms": (max(found), None),
    }


PARTS: dict[str, Callable[[], Figures]] = {
    "render": lambda: render(60),
    "share": lambda: share(20),
    "upload": lambda: upload(3),
    "refusals": refusals,
    "broken": lambda: broken(50),
    "follow": lambda: follow(200),
    "stalled": lambda: stalled(1000),
    "stream": lambda: stream(200),
    "disconnect": lambda: disconnect(20),
}
