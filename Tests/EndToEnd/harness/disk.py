"""A small disk that tests can fill. A file system of its own takes root to mount; elsewhere such tests are skipped."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class Disk:
    """A file system in memory, of which a part can be taken away."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._ballast = folder / "ballast"

    @property
    def free(self) -> int:
        state = os.statvfs(self._folder)
        return state.f_bavail * state.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Takes all but so many bytes; what others write at the same time is theirs."""
        with open(self._ballast, "ab", buffering=0) as ballast:
            try:
                while (missing := self.free - leave) > 0:
                    ballast.write(bytes(min(missing, 1 << 20)))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def relieve(self) -> None:
        self._ballast.unlink()


@contextlib.contextmanager
def mounted(folder: Path, capacity: int) -> Iterator[Path]:
    """Such a disk at a folder that does not exist yet."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={capacity},mode=0700", "zoetrope-test", folder]
    made = subprocess.run(mount, capture_output=True, text=True, timeout=30)
    if made.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        # Lazily: a function that is being ended may hold it for a moment yet.
        subprocess.run(["umount", "--lazy", folder], check=True, timeout=30)
