"""The conversion service while sources are on loopback: times to the first and the last byte, cached results, many callers."""

import concurrent.futures
import http.client
import json
import re
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from project import say

import accounting
from harness.conversion import USER, parameters
from harness.endpoint import Endpoint
from harness.origin import Origin
from harness.processes import name as process_name, with_temporary_folder
from measure import run
from sources import FFMPEG


@dataclass
class Timed:
    first: float
    last: float
    body: bytes


def token(port: int, url: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    query = urllib.parse.urlencode({"url": url, "ifm": "mp4", "ofm": "gif"})
    connection.request("GET", f"/token?{query}", headers={"Authorization": USER})
    answer = connection.getresponse()
    body = json.load(answer)
    connection.close()
    assert answer.status == 200, body
    return body["token"]


def timed(port: int, url: str) -> Timed:
    """Seconds from the request for a token."""
    begun = time.perf_counter()
    a_token = token(port, url)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", f"/convert.gif?token={a_token}")
    answer = connection.getresponse()
    body = answer.read1(1)
    first = time.perf_counter() - begun
    body += answer.read()
    connection.close()
    assert answer.status == 200 and body.endswith(b"\x3b"), (answer.status, body[:200])
    return Timed(first, time.perf_counter() - begun, body)


def converters(host: Endpoint) -> list[int]:
    return [process for process in with_temporary_folder(host.folder) if process_name(process) == "ConvertVideo"]


def service(path: Path, seconds: float, command_filter: str, runs: int) -> dict:
    content = path.read_bytes()
    with tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as folder, Origin({"/video.mp4": content}) as origin:
        host = Endpoint(
            Path(folder) / "up", arguments=parameters(ConversionFfmpegThreads="2", ConversionJobConcurrency="1")
        )
        host.start()
        try:
            return measured(host, origin, folder, content, seconds, command_filter, runs)
        finally:
            host.stop()


def measured(
    host: Endpoint, origin: Origin, folder: str, content: bytes, seconds: float, command_filter: str, runs: int
) -> dict:
    say("asking for conversions …")
    timed(host.api_port, origin.url("/video.mp4?warm"))
    ours, theirs = [], []
    # Each of the function's processes, and what it had used before.
    before = {process: accounting.cpu(process) for process in converters(host)}
    for number in range(runs):
        ours.append(timed(host.api_port, origin.url(f"/video.mp4?{number}")))
        command = [
            *FFMPEG, "-threads", "2", "-i", origin.url("/video.mp4"), "-vf", command_filter, "-loop", "0",
            f"{folder}/theirs.gif",
        ]  # fmt: skip
        theirs.append(run(command))
    used = [(accounting.cpu(process) - cpu, accounting.peak(process)) for process, cpu in before.items()]
    say("a source at playing speed …")
    paced = []
    for number in range(min(runs, 3)):
        origin.files[f"/paced-{number}.mp4"] = content
        origin.rates[f"/paced-{number}.mp4"] = int(len(content) / seconds)
        paced.append(timed(host.api_port, origin.url(f"/paced-{number}.mp4")).first)
    say("a result that is there …")
    a_token = token(host.api_port, origin.url("/video.mp4?0"))
    said = subprocess.run(
        ["wrk", "-t", "1", "-c", "8", "-d", "10s", "--latency", f"{host.api_url}/convert.gif?token={a_token}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in said, said
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
    say("200 callers …")
    origin.files["/shared.mp4"] = content
    begun = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        callers = list(pool.map(lambda _: timed(host.api_port, origin.url("/shared.mp4")), range(200)))
    wall = time.perf_counter() - begun
    command = statistics.median(usage.wall for usage in theirs)
    return {
        "processor time of the function, of ffmpeg's": sum(cpu for cpu, _ in used) / sum(usage.cpu for usage in theirs),
        "peak memory of the function, MB": max(peak for _, peak in used) / 1e6,
        "first byte, s": statistics.median(one.first for one in ours),
        "first byte, of ffmpeg's wall time": statistics.median(one.first for one in ours) / command,
        "last byte, of ffmpeg's wall time": statistics.median(one.last for one in ours) / command,
        "ffmpeg's wall time, s": command,
        "first byte of a source at playing speed, s": statistics.median(paced),
        "cached requests a second": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        "cached median, ms": float(median[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[median[2]],
        "200 callers: bytes at the origin, of the source": origin.sent["/shared.mp4"] / len(content),
        "200 callers: different bodies": len({one.body for one in callers}),
        "200 callers: all served, s": wall,
        "200 callers: median first byte, s": statistics.median(one.first for one in callers),
    }
