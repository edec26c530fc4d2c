"""`zoetrope up` as a child process, and the clients of it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import boto3
import botocore.config

from .installation import ACCESS_KEY, BUILD, SECRET_KEY, TEMPLATE, ZOETROPE, clean_environment
from .waiting import until

REGION = "us-east-1"
SOURCE, GIFS = "zoetrope-source", "zoetrope-gifs"


def up_arguments(
    data: Path, port: int = 0, web_port: int = 0, template: Path = TEMPLATE, api_port: int = 0
) -> list[str]:
    """`zoetrope up` for a data folder, on any free ports by default."""
    arguments = ["up", "--data", data, "--port", port, "--web-port", web_port, "--api-port", api_port]
    return [str(part) for part in [*arguments, "--template", template, "--functions", BUILD]]


class Endpoint:
    """One data folder and the runtime that serves it; may be stopped, killed and started again."""

    def __init__(
        self, folder: Path, template: Path = TEMPLATE, arguments: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "up.log"
        # Any free ones at first; the same ones when it is started again.
        self.port = self.web_port = self.api_port = 0
        self._template = template
        self._arguments = arguments
        # Of the endpoint itself; its functions do not see it.
        self._environment = environment or {}
        self._process: subprocess.Popen | None = None

    @property
    def makes_storyboards(self) -> bool:
        return "Storyboard=false" not in self._arguments

    # Life

    def start(self) -> None:
        """Starts it and waits until it says where it listens."""
        command = [ZOETROPE, *up_arguments(self.data, self.port, self.web_port, self._template, self.api_port)]
        command.append("--json")
        command += self._arguments
        said = self.folder / "ready.json"
        with open(self.log, "ab") as log, open(said, "wb") as ready:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=ready, stderr=log,
                env=clean_environment(**self._environment), start_new_session=True,
            )

        def addresses() -> dict | None:
            code = self._process.poll()
            assert code is None, f"zoetrope up ended with code {code}:\n{self.tail()}"
            line = said.read_text()
            return json.loads(line) if line.endswith("\n") else None

        found = until("zoetrope up to be ready", addresses, seconds=30)
        self.url, self.web_url, self.api_url = found["endpoint"], found["admin"], found["api"]
        self.port, self.web_port, self.api_port = (
            int(url.rsplit(":", 1)[1]) for url in (self.url, self.web_url, self.api_url)
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """As a power cut would: no process of it gets a chance to tidy up."""
        self._process.kill()
        self._process.wait(timeout=10)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 40) -> int:
        """Ends it as an operator would. Returns its exit code."""
        self.send(with_signal)
        return self.ended(seconds)

    def send(self, a_signal: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(a_signal)

    def ended(self, seconds: float) -> int:
        """Its exit code, once it has ended, which must be soon."""
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)
            raise AssertionError(f"zoetrope up did not end within {seconds} s:\n{self.tail()}") from None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def tail(self, characters: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-characters:]

    # Clients

    def environment(self) -> dict[str, str]:
        """What any AWS client needs to find the endpoint."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    def client(self, service: str, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY, **settings):
        """A boto3 client with boto3's default settings, whatever the machine's own configuration says."""
        session = boto3.session.Session(
            aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=REGION
        )
        configuration = botocore.config.Config(**settings) if settings else None
        return session.client(service, endpoint_url=self.url, config=configuration)
