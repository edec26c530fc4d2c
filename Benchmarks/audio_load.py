"""The transcoding service under load: five jobs at once, an upload of a gigabyte, and what memory that takes."""

import os
import re
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from audio_service import PARAMETER, Service
from harness.endpoint import Endpoint
from harness.processes import descendants, name as process_name
from table import Limit, cell

FUNCTION = "TranscodeAudio"
JOBS = 5
MIB = 1 << 20


class Memory:
    """Largest resident memory, MiB, of the host, of one function, and of all processes together. To be used as a context."""

    def __init__(self, endpoint: Endpoint):
        self._host = endpoint.pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.host = self.function = self.together = 0.0

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self._look()
            if self._ended.wait(0.1):
                return

    def _look(self) -> None:
        together = share(self._host)
        self.host = max(self.host, peak(self._host))
        for process in descendants(self._host):
            together += share(process)
            if process_name(process).startswith(FUNCTION):
                self.function = max(self.function, peak(process))
        self.together = max(self.together, together)


def functions(endpoint: Endpoint) -> list[int]:
    return [process for process in descendants(endpoint.pid) if process_name(process).startswith(FUNCTION)]


def resident(process: int) -> float:
    return _status(process, "VmRSS")


def peak(process: int) -> float:
    """The largest resident memory that it has ever had, MiB."""
    return _status(process, "VmHWM")


def share(process: int) -> float:
    """Its memory, of which pages that several processes share count in part."""
    return _field(Path(f"/proc/{process}/smaps_rollup"), "Pss")


def _status(process: int, field: str) -> float:
    return _field(Path(f"/proc/{process}/status"), field)


def _field(path: Path, field: str) -> float:
    try:
        found = re.search(rf"^{field}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) / 1024 if found else 0


def say(what: str, figure: float, form: str, limit: Limit | None = None) -> None:
    print(f"{what}: {cell(figure, form, limit)}", flush=True)


def five_jobs(folder: Path, wav: Path) -> None:
    """Five long files at once."""
    content = wav.read_bytes()
    sources = []
    for number in range(JOBS):
        # Another sample near the end makes it another file.
        source = folder / f"job-{number}.wav"
        source.write_bytes(content[:-2] + bytes([number, 0]))
        sources.append(source)
    endpoint = started(folder / "jobs")
    try:
        service = Service(endpoint)
        began = time.monotonic()
        with Memory(endpoint) as memory, ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(lambda source: service.job(source, "mp3"), sources))
        print(f"\n{JOBS} jobs at once")
        say("until the last one has ended, s", time.monotonic() - began, ".1f")
        say("largest memory of the host, MiB", memory.host, ".0f", Limit(512))
        say("of one function, MiB", memory.function, ".0f")
        say("of all processes together, MiB", memory.together, ".0f")
    finally:
        endpoint.stop()
        for source in sources:
            source.unlink()


def large_upload(folder: Path, megabytes: int) -> None:
    """One file as large as the service takes by default, streamed and as a job."""
    source = noise(folder / "large.wav", megabytes * MIB - (64 << 10))
    print(f"\nan upload of {megabytes} MiB", flush=True)
    for title in ("streamed", "as a job"):
        endpoint = started(folder / title.replace(" ", "-"))
        try:
            service = Service(endpoint)
            idle = resident_after_waking(service)
            began = time.monotonic()
            with Memory(endpoint) as memory:
                if title == "streamed":
                    service.streamed(source, "mp3")
                else:
                    service.job(source, "mp3")
            say(f"{title}, s", time.monotonic() - began, ".1f")
            say(f"{title}, largest memory of the host, MiB", memory.host, ".0f", Limit(150))
            say(f"{title}, of one function, MiB", memory.function, ".0f", Limit(150))
            say(f"{title}, of the function above idle, MiB", memory.function - idle, ".0f", Limit(60))
            after = max((resident(process) for process in functions(endpoint)), default=0)
            say(f"{title}, afterwards, host, MiB", resident(endpoint.pid), ".0f")
            say(f"{title}, afterwards, function, MiB", after, ".0f")
        finally:
            endpoint.stop()
    source.unlink()


def started(folder: Path) -> Endpoint:
    endpoint = Endpoint(folder, arguments=PARAMETER)
    endpoint.start()
    return endpoint


def resident_after_waking(service: Service) -> float:
    """Memory of a function's process that has answered a request without audio."""
    assert service.health() == {"status": "ok"}
    return max(resident(process) for process in functions(service.endpoint))


def noise(path: Path, size: int) -> Path:
    """A WAV file of noise, exactly so many bytes: stereo, 16 bits, 44.1 kHz."""
    block = os.urandom(MIB)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, 44100, 176400, 4, 16)
    with open(path, "wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", size - 8, b"WAVE") + form + struct.pack("<4sI", b"data", size - 44))
        while (left := size - file.tell()) > 0:
            file.write(block[:left])
    return path
