"""local/docs: the reference has no warnings, and each kind of mistake is found."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.installation import BUILD, PROJECT, clean_environment

ARTICLE = Path("Sources/FunctionRuntime/FunctionRuntime.docc/WritingAFunction.md")


@pytest.fixture
def check(tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Runs the check on a copy of what it looks at, which the test may change."""
    for name in ("local", "Examples", "Sources/System", "Sources/FunctionRuntime", "Sources/ObjectStore"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [tmp_path / "local" / "docs"], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
            env=clean_environment(ZOETROPE_BUILD=str(BUILD), ZOETROPE_HOME=str(tmp_path / "home")))

    return run


def test_the_reference_has_no_warnings(check, tmp_path: Path):
    ended = check()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / "home" / "docs" / "FunctionRuntime.doccarchive" / "index.html").exists() or any(
        (tmp_path / "home" / "docs" / "FunctionRuntime.doccarchive").rglob("writingafunction.json"))


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("``TypedHandler`` decodes", "``TypedHandlers`` decodes", "TypedHandlers"),
        ("<doc:WritingAFunction>", "<doc:WritingFunctions>", "WritingFunctions"),
        ("return Greeting(text:", "return Greetings(text:", "the example is not in any file of Examples"),
    ],
)
def test_a_mistake_is_found(check, tmp_path: Path, written: str, instead: str, said: str):
    files = [path for path in (tmp_path / ARTICLE.parent).iterdir() if written in path.read_text()]
    for path in files:
        path.write_text(path.read_text().replace(written, instead))
    ended = check()
    assert files and ended.returncode != 0
    assert said in ended.stderr
