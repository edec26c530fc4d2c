"""A runtime of its own that serves the function functions/tally.c."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

from project import PROJECT

import accounting
from harness.endpoint import Endpoint
from harness.waiting import until
from measure import Failed
from signed import publish_all, put_events
from tally import Tally

FUNCTION = "TallyFunction"
CONNECTIONS = 4
# The function's sources, its template, and the folder that the template names.
SOURCES = PROJECT / "Benchmarks" / "functions"
CODE = "code"


class FanOut:
    """`zoetrope up` with that function, in a folder of its own; to be used as a context."""

    def __init__(self, folder: Path, slots: int, concurrency: int):
        folder.mkdir(parents=True)
        self.concurrency = concurrency
        self.tally = Tally(folder / "tally", max(slots, concurrency))
        self.endpoint = Endpoint(
            folder, template(folder),
            ("--parameter", f"Tally={self.tally.path}", "--concurrency", str(concurrency)),
        )

    def __enter__(self) -> "FanOut":
        self.endpoint.start()
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self.tally.release()
        if kind is not None:
            # Whatever went wrong is what is to be told, not that it did not end well either.
            if self.endpoint.is_running:
                self.endpoint.kill()
            return
        code = self.endpoint.stop()
        if code != 0:
            raise Failed(f"zoetrope up ended with code {code}: {self.endpoint.tail()}")

    # Events

    def publish(self, slots: range, wait: int = 0) -> float:
        """Signs and sends events. Returns the seconds that sending took."""
        return publish_all(self.endpoint, put_events(self.endpoint, slots, wait), CONNECTIONS)

    def warm_up(self) -> None:
        """Starts all processes, and has every path of the runtime taken before anything is measured."""
        # What waits keeps its process, so that the next event needs another one.
        self.publish(range(self.concurrency), wait=60_000)
        self.wait("all processes to be at work", lambda: self.tally.received >= self.concurrency)
        self.tally.release()
        more = min(self.tally.slots, 500)
        self.publish(range(more))
        self.wait("the first events", lambda: self.tally.answered >= self.concurrency + more)
        self.settle()
        self.tally.clear()

    def wait(self, what: str, ask: Callable[[], bool], seconds: float = 1800) -> None:
        """Waits for something that can be read from memory."""

        def answer() -> bool:
            if not self.endpoint.is_running:
                raise Failed(f"zoetrope up has ended: {self.endpoint.tail()}")
            return ask()

        until(what, answer, seconds, every=0.002)

    def settle(self) -> None:
        """Waits until every end is recorded and nothing is queued."""

        def idle() -> bool:
            status = self.status()
            return status["running"] == 0 and status["functions"][0]["queued"] == 0

        until("everything to be recorded", idle, seconds=600, every=0.005)

    def check(self, expected: int) -> int:
        """Every event must have arrived. Returns how many deliveries were repetitions."""
        missing = self.tally.times()[:expected].count(0)
        if missing:
            raise Failed(f"{missing} of {expected} events never arrived: {self.endpoint.tail()}")
        return self.tally.received - expected

    # What the runtime says of itself

    def status(self) -> dict:
        return json.loads(self._get("/api/status"))

    def metrics(self) -> dict[str, float]:
        """The function's samples, by name and labels other than the function's."""
        samples: dict[str, float] = {}
        for name, labels, value in re.findall(r"^(\w+)\{([^}]*)\} (\S+)$", self._get("/metrics"), re.MULTILINE):
            others = [label for label in labels.split(",") if label != f'function="{FUNCTION}"']
            if len(others) < len(labels.split(",")):
                samples[f"{name}{{{','.join(others)}}}" if others else name] = float(value)
        return samples

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.endpoint.web_url + path, timeout=60) as answer:
            return answer.read().decode()

    # What the kernel says of it

    def processes(self) -> list[int]:
        return accounting.children(self.endpoint.pid, "bootstrap")

    def cpu(self) -> tuple[float, float]:
        """Seconds of CPU so far: of the host, and of all function processes that run."""
        return accounting.cpu(self.endpoint.pid), sum(map(accounting.cpu, self.processes()))

    def peak(self) -> int:
        return accounting.peak(self.endpoint.pid)


def template(folder: Path) -> Path:
    """The template with the compiled function where it says that it is."""
    code = folder / CODE
    code.mkdir()
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        raise Failed("a C compiler is missing: none of cc, clang and gcc is in the path")
    command = [compiler, "-std=c17", "-O2", "-o", code / "bootstrap", SOURCES / "tally.c"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise Failed(f"cannot compile the function: {result.stderr}")
    return Path(shutil.copy(SOURCES / "template.yaml", folder))
