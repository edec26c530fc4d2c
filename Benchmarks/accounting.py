"""What the kernel says of other processes while they run."""

import time
from pathlib import Path


def cpu(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used, to the nanosecond."""
    # clock_getcpuclockid(3): the process's number inverted, and CPUCLOCK_SCHED.
    return time.clock_gettime((~pid << 3) | 2)


def peak(pid: int) -> int:
    """The most memory that a process has ever had resident, in bytes."""
    return _kilobytes(Path("/proc", str(pid), "status"), "VmHWM") * 1024


def proportional(pid: int) -> int:
    """Memory of a process in bytes, what it shares divided by how many share it."""
    return _kilobytes(Path("/proc", str(pid), "smaps_rollup"), "Pss") * 1024


def children(pid: int, name: str) -> list[int]:
    """The processes called `name` that this one has started, threads of it included, and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # It has ended meanwhile.
            # NUMBER (NAME) STATE PARENT …, and a name may contain anything.
            called, rest = stat.split("(", 1)[1].rsplit(")", 1)
            state, parent = rest.split()[:2]
            if called == name and int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return found


def _kilobytes(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise KeyError(f"{file} has no {name}")
