"""`zoetrope host` as a child process, and an HTTP client of it."""

import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .installation import BUILD, TEMPLATE, ZOETROPE, clean_environment
from .processes import Running, running


def host_command(*arguments: str, template: Path = TEMPLATE) -> list[str]:
    return [str(part) for part in [ZOETROPE, "host", "--template", template, "--functions", BUILD, *arguments]]


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> object:
        return json.loads(self.body)


class Hosted:
    """A function behind a port."""

    def __init__(self, running: Running, port: int):
        self.running = running
        self.port = port

    @property
    def process(self) -> subprocess.Popen:
        return self.running.process

    def request(self, method: str, path: str = "/", body: bytes = b"", seconds: float = 60, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
        finally:
            connection.close()

    def post(self, event: object, path: str = "/") -> Answer:
        return self.request("POST", path, json.dumps(event).encode(), Content_Type="application/json")


@contextmanager
def hosted(command: list[str], **environment: str) -> Iterator[Hosted]:
    """Runs a command that hosts a function, on any free port; it is killed at the end if it still runs."""
    with running(command, clean_environment(**{"PORT": "0", **environment})) as started:
        # Its log has a line with these words too, which is JSON.
        while not (ready := re.fullmatch(r"listening on (\d+)\n", started.said[-1] if started.said else "")):
            started.wait_for_line("listening on ", seconds=60)
        yield Hosted(started, int(ready[1]))
