"""A Redis server of one test's own."""

import socket
import subprocess
from pathlib import Path

from .waiting import until


class Redis:
    """`redis-server` on a free port of the loopback, which keeps what it acknowledges."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self._folder = folder
        # Another process may take a port between finding it free and using it.
        for _ in range(5):
            self.port = _free_port()
            if self._start():
                return
        raise AssertionError(f"redis-server does not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def _log(self) -> Path:
        return self._folder / "redis.log"

    def _start(self) -> bool:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder)]
        command += ["--appendonly", "yes", "--save", ""]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def answers() -> bool | None:
            if self._process.poll() is not None:
                return True
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    connection.sendall(b"PING\r\n")
                    return connection.recv(16).startswith(b"+PONG") or None
            except OSError:
                return None

        until("redis-server to answer", answers, seconds=30)
        return self._process.poll() is None

    def restart(self) -> None:
        """Kills it, and starts it again where it was with what it had."""
        self.stop()
        assert self._start(), f"redis-server does not start again:\n{self._log.read_text(errors='replace')[-2000:]}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
