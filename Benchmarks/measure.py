"""What a command costs, as the kernel accounts for it."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from project import clean_environment


class Failed(Exception):
    """A measured command did not succeed, so that its figures mean nothing."""


@dataclass(frozen=True)
class Usage:
    """What a command and all that it started have used. `peak` is that of its largest process, in bytes."""

    cpu: float
    wall: float
    peak: int

    def then(self, next_one: "Usage") -> "Usage":
        """This command and another one after it."""
        return Usage(self.cpu + next_one.cpu, self.wall + next_one.wall, max(self.peak, next_one.peak))


def run(
    command: Sequence[str | Path],
    *,
    processors: Iterable[int] | None = None,
    output: Path | None = None,
    seconds: float = 3600,
) -> Usage:
    """Runs a command that must succeed.

    wait4 tells what this one process has used, and those of its children that it has waited for. It counts what the
    forked copy of this program occupied as well, before the command replaced it: so the peak is never below this
    program's own, and the render benchmark must not load large libraries.

    processors: the only ones it may run on; all by default.
    output: where its standard output goes; nowhere by default.
    """
    words = [str(word) for word in command]
    if processors is not None:
        # taskset becomes the command, so that it is still one process.
        words = ["taskset", "--cpu-list", ",".join(map(str, sorted(processors))), *words]
    with tempfile.TemporaryFile() as errors, open(output or os.devnull, "wb") as said:
        began = time.monotonic()
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=errors, env=clean_environment()
        )
        # What hangs fails.
        guard = threading.Timer(seconds, process.kill)
        guard.daemon = True
        guard.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
            wall = time.monotonic() - began
            # Popen is told, because it would wait for the process itself.
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            guard.cancel()
        if process.returncode != 0:
            errors.seek(0)
            reason = errors.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(words)} ended with {process.returncode}: {reason}")
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024)
