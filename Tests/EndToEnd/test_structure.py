"""local/structure: the tree keeps its rules, and each rule notices when it is broken. Needs Swift, no build."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PARTS = ["Package.swift", "Sources", "Tests", "Examples", "docs/ARCHITECTURE.md", "local/structure"]


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [root / "local" / "structure"], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / part).is_dir():
            # What the script reads; videos and pages are not among it.
            shutil.copytree(PROJECT / part, tmp_path / part, ignore=shutil.ignore_patterns("EndToEnd", "__pycache__"))
        else:
            shutil.copy2(PROJECT / part, tmp_path / part)
    (tmp_path / "Tests" / "EndToEnd").mkdir()
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path} has no '{old}'"
    path.write_text(text.replace(old, new, 1))


def depend(tree: Path, target: str, other: str) -> None:
    """Declares the dependency and imports it, so that nothing else is wrong."""
    manifest = tree / "Package.swift"
    text = manifest.read_text()
    declared = re.search(rf'(?:[lL]ibrary|executable)\(\s*"{target}"[^\[]*\[', text)
    manifest.write_text(f'{text[:declared.end()]}"{other}", {text[declared.end():]}')
    (folder,) = (path for path in (tree / "Sources").rglob(target) if path.is_dir())
    (folder / "Added.swift").write_text(f"import {other}\n")


def upwards(tree: Path) -> str:
    depend(tree, "JWT", "SigV4")
    return "JWT (depth 2) depends on SigV4 (depth 2)"


def unknown_target(tree: Path) -> str:
    replace(
        tree / "Package.swift",
        'library("Encodings", in: "Core"),',
        'library("Encodings", in: "Core"),\n    library("Extra", in: "Core"),',
    )
    (tree / "Sources" / "Core" / "Extra").mkdir()
    (tree / "Sources" / "Core" / "Extra" / "Extra.swift").write_text("enum Extra {}\n")
    return "Extra: is not in the table of docs/ARCHITECTURE.md"


def unused(tree: Path) -> str:
    depend(tree, "JWT", "CExpat")
    (tree / "Sources" / "Core" / "JWT" / "Added.swift").unlink()
    return "JWT: declares CExpat, which no file imports"


def too_large(tree: Path) -> str:
    (tree / "Sources" / "Core" / "JWT" / "Long.swift").write_text("// A line.\n" * 3600)
    return "lines are more than 3500; cut it by subject"


def circle(tree: Path) -> str:
    folder = tree / "Sources" / "Host" / "Invocations"
    (folder / "Queue" / "Added.swift").write_text("struct OfTheQueue { var one: OfTheScheduler? }\n")
    (folder / "Scheduler" / "Added.swift").write_text("struct OfTheScheduler { var one: [OfTheQueue] }\n")
    return "Invocations: the folders Queue and Scheduler depend on each other"


def server_code(tree: Path) -> str:
    depend(tree, "Snippets", "FunctionHost")
    return "Snippets: a function that links FunctionHost, which is server code"


def media_library(tree: Path) -> str:
    depend(tree, "Storyboard", "Clips")
    return "Storyboard: links libav, which it does not need"


def product_word(tree: Path) -> str:
    (tree / "Sources" / "Host" / "Invocations" / "Queue" / "Added.swift").write_text("// Waits for a storyboard.\n")
    return "Sources/Host/Invocations/Queue/Added.swift:1: the host says 'storyboard', a product's word"


def test_the_tree_keeps_its_rules():
    ended = check(PROJECT)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "break_it",
    [upwards, unknown_target, unused, too_large, circle, server_code, media_library, product_word],
    ids=lambda function: function.__name__,
)
def test_a_violation_is_noticed(tree: Path, break_it: Callable[[Path], str]):
    expected = break_it(tree)
    ended = check(tree)
    assert ended.returncode == 1
    assert expected in ended.stderr
