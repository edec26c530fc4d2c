"""A wall clock for one program alone, which can be set while the program runs."""

import mmap
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """The environment of a program that is to have this clock, and what sets it."""

    def __init__(self, folder: Path, compiler: str):
        folder.mkdir(parents=True)
        library, offset = folder / "clock.so", folder / "offset"
        command = [compiler, "-std=c17", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, _SOURCE]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        assert result.returncode == 0, f"cannot compile {_SOURCE}: {result.stderr}"
        offset.write_bytes(bytes(8))
        with open(offset, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}
        # Seconds by which it is ahead of the machine's.
        self.offset = 0

    def step(self, seconds: int) -> None:
        """Sets it forward, or back if that is negative."""
        self.offset += seconds
        self._memory[:] = struct.pack("=q", self.offset * 1_000_000_000)
