"""A command on a terminal of a given width."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path


class Screen:
    """What a command draws on a terminal that is its own."""

    def __init__(self, command: Sequence[str | Path], environment: dict[str, str], columns: int):
        self._master, slave = pty.openpty()
        self._resize(slave, columns)
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=slave, stdout=slave, stderr=slave, env=environment | {"TERM": "xterm"},
            # Its own terminal: else nothing tells it of another size.
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.said = ""

    @staticmethod
    def _resize(descriptor: int, columns: int) -> None:
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def resize(self, columns: int) -> None:
        self._resize(self._master, columns)

    def type(self, characters: bytes) -> None:
        os.write(self._master, characters)

    def read_until(self, wanted, seconds: float = 60) -> None:
        """Reads on until `wanted(lines)` holds for what was drawn; fails with all of it if it never does."""
        deadline = time.monotonic() + seconds
        while not wanted(self.lines):
            left = deadline - time.monotonic()
            assert left > 0, f"what is expected was not drawn:\n{self.said}"
            if select.select([self._master], [], [], min(left, 1))[0] and not self._read():
                break
        assert wanted(self.lines), f"it ended before:\n{self.said}"

    def _read(self) -> bool:
        try:
            content = os.read(self._master, 65536)
        except OSError:
            return False
        self.said += content.decode(errors="replace")
        return bool(content)

    @property
    def lines(self) -> list[str]:
        """Every state of every line."""
        parts = self.said.replace("\x1b[J", "").replace("\x1b[2K", "").replace("\n", "\r").split("\r")
        return [part for part in parts if part]

    def ended(self, seconds: float = 60) -> int:
        """Its exit code; reads what is still said."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it did not end:\n{self.said}"
            if select.select([self._master], [], [], 0.1)[0]:
                self._read()
        while select.select([self._master], [], [], 0.1)[0] and self._read():
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=10)
        os.close(self._master)
