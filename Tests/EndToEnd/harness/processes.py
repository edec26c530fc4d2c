"""Processes: commands that run in the background, whose output is read with an end, and what runs on this machine."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Running:
    """A command in a session of its own; its standard error and output come as one stream of lines."""

    def __init__(self, command: Sequence[str | Path], environment: dict[str, str], terminal_input: bool):
        self.process = subprocess.Popen(
            [str(part) for part in command], env=environment, start_new_session=True,
            stdin=subprocess.PIPE if terminal_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line.decode(errors="replace"))
        self._lines.put(None)

    def wait_for_line(self, text: str, seconds: float) -> None:
        """Reads on until a line contains `text`; fails with all that was said where none does in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no line with {text!r} within {seconds} s:\n{''.join(self.said)}"
            self.said.append(line)
            if text in line:
                return

    def type(self, characters: bytes) -> None:
        self.process.stdin.write(characters)
        self.process.stdin.flush()

    def ended(self, seconds: float) -> int:
        """The exit code, once it has ended."""
        return self.process.wait(timeout=seconds)


@contextmanager
def running(command: Sequence[str | Path], environment: dict[str, str], terminal_input: bool = False) -> Iterator[Running]:
    """Starts a command; whatever happens, neither it nor its children outlive the block."""
    started = Running(command, environment, terminal_input)
    try:
        yield started
    finally:
        try:
            os.killpg(started.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        started.process.wait(timeout=10)


def descendants(root: int) -> list[int]:
    """Children of a process, and theirs, zombies included."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            _, parent = _state_and_parent(int(folder.name))
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def with_temporary_folder(folder: Path) -> list[int]:
    """Processes that were given a temporary folder somewhere below this one: a host's functions and their fork servers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"\0TMPDIR={folder.resolve()}/".encode() in b"\0" + environment:
            found.append(int(process.name))
    return found


def name(process: int) -> str:
    """What the kernel calls it; empty if there is none of that number."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def is_running(process: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        return _state_and_parent(process)[0] != "Z"
    except OSError:
        return False


def zombies(parent: int) -> list[int]:
    """Its descendants that have ended and were not waited for."""
    return [process for process in descendants(parent) if not is_running(process)]


def _state_and_parent(process: int) -> tuple[str, int]:
    # The name, in parentheses, may hold anything.
    state, parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def resident_bytes(process: int) -> int:
    """Bytes of its memory that are no file's."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")
