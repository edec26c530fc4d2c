"""Packages of functions (local/package), each in a root folder that holds nothing else, as an unprivileged user."""

import contextlib
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .installation import BUILD, PROJECT
from .platform import runtime_api

PACKAGES = PROJECT / ".build" / "lambda"
# What AWS calls it.
TASK_ROOT = Path("var/task")
NOBODY = 65534


def needed(names: list[str]) -> None:
    """Skips if one of the packages is not there, or older than the build."""
    missing = [name for name in names if not (PACKAGES / f"{name}.zip").exists()]
    if missing:
        pytest.skip(f"there is no package of {', '.join(missing)}; local/package makes them")
    for name in names:
        if (PACKAGES / f"{name}.zip").stat().st_ctime < (BUILD / name).stat().st_mtime:
            pytest.skip(f"the package of {name} is older than its build; local/package makes it again")


def unpacked(name: str, root: Path) -> Path:
    """A root folder with nothing in it but the package's content, where Lambda unpacks it."""
    with zipfile.ZipFile(PACKAGES / f"{name}.zip") as archive:
        for entry in archive.infolist():
            archive.extract(entry, root / TASK_ROOT)
            (root / TASK_ROOT / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
    for folder in (root, root / "var", root / TASK_ROOT):
        folder.chmod(0o755)
    return root


def in_root(root: Path, user: int = NOBODY) -> list[str | Path]:
    return ["/usr/sbin/chroot", f"--userspec={user}:{user}", root]


Function = Callable[..., tuple[str, Any]]


@contextlib.contextmanager
def started(root: Path, environment: dict[str, str], name: str = "log") -> Iterator[Function]:
    """Runs the function. Gives what invokes it. `name`: of its log beside the root."""
    output = root.with_suffix(f".{name}")
    with runtime_api() as platform, open(output, "wb") as log:
        process = subprocess.Popen(
            [*in_root(root), "/var/task/bootstrap"], env=environment | {"AWS_LAMBDA_RUNTIME_API": platform.address},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        try:
            yield lambda event, **more: platform.invoke(event, process, **more)
            assert process.poll() is None
        finally:
            process.terminate()
            code = process.wait(timeout=10)
            assert code == 0, output.read_text(errors="replace")[-4000:]
