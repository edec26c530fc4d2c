"""local/structure: the tree keeps its rules, and each rule notices when it is broken. Needs Swift, no build."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PARTS = ["Package.swift", "Sources", "Tests", "Examples", "docs/ARCHITECTURE.md", "local/structure", "template.yaml"]


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
    return "lines are more than 3150; cut it by subject"


def circle(tree: Path) -> str:
    folder = tree / "Sources" / "Host" / "Invocations"
    (folder / "Queue" / "Added.swift").write_text("struct OfTheQueue { var one: OfTheScheduler? }\n")
    (folder / "Scheduler" / "Added.swift").write_text("struct OfTheScheduler { var one: [OfTheQueue] }\n")
    return "Invocations: Queue and Scheduler depend on each other (Queue names OfTheScheduler)"


def server_code(tree: Path) -> str:
    depend(tree, "Snippets", "FunctionHost")
    return "Snippets: a function that links FunctionHost, which is server code"


def server_package(tree: Path) -> str:
    depend(tree, "Snippets", "SAMTemplate")
    return "Snippets: a function that links Yams, which is server code"


def server_product(tree: Path) -> str:
    manifest = tree / "Package.swift"
    text = manifest.read_text()
    declared = re.search(r'executable\(\s*"Snippets"[^\[]*\[', text)
    product = '.product(name: "NIOFoundationCompat", package: "swift-nio"), '
    manifest.write_text(text[:declared.end()] + product + text[declared.end():])
    (tree / "Sources" / "Snippets" / "Added.swift").write_text("import NIOFoundationCompat\n")
    return "Snippets: a function that links NIOFoundationCompat, which is server code"


def media_library(tree: Path) -> str:
    depend(tree, "Storyboard", "Clips")
    return "Storyboard: links libav, which it does not need"


def copyleft(tree: Path) -> str:
    depend(tree, "ProxyVideo", "VideoEncoding")
    return "ProxyVideo: links libx264, which it does not need"


def image_library(tree: Path) -> str:
    depend(tree, "Snippets", "ImageCodecs")
    return "Snippets: links libvips, which it does not need"


def undeclared_product(tree: Path) -> str:
    (tree / "Sources" / "Snippets" / "Added.swift").write_text("internal import struct Hummingbird.Router\n")
    return "Snippets: imports Hummingbird, which it does not declare"


def undeclared_target(tree: Path) -> str:
    (tree / "Sources" / "Storyboard" / "Added.swift").write_text("@preconcurrency import CLibAV\n")
    return "Storyboard: imports CLibAV, which it does not declare"


def nested_circle(tree: Path) -> str:
    folder = tree / "Sources" / "Host" / "Invocations" / "Queue"
    for name, other in (("One", "Two"), ("Two", "One")):
        (folder / name).mkdir()
        (folder / name / "Added.swift").write_text(f"struct Of{name} {{ var one: [Of{other}] }}\n")
    return "Invocations/Queue: One and Two depend on each other (One names OfTwo)"


def circle_by_an_extension(tree: Path) -> str:
    folder = tree / "Sources" / "Host" / "Invocations"
    (folder / "Queue" / "Added.swift").write_text(
        "struct OfTheQueue {\n  func ask() { self.answerOfTheScheduler() }\n}\n")
    (folder / "Scheduler" / "Added.swift").write_text(
        "extension OfTheQueue {\n  package func answerOfTheScheduler() {}\n}\n")
    return "Invocations: Queue and Scheduler depend on each other (Queue names answerOfTheScheduler)"


def circle_by_a_file(tree: Path) -> str:
    folder = tree / "Sources" / "Host" / "Invocations"
    (folder / "Queue" / "Added.swift").write_text("struct OfTheQueue { var one: AtTheRoot? }\n")
    (folder / "AtTheRoot.swift").write_text("struct AtTheRoot { var one: [OfTheQueue] }\n")
    return "Invocations: AtTheRoot and Queue depend on each other"


def pages_in_the_host(tree: Path) -> str:
    depend(tree, "AdminServer", "WebPages")
    return "AdminServer: a module of the host that depends on WebPages, which is a product's"


def name_of_nothing(tree: Path) -> str:
    with (tree / "docs" / "ARCHITECTURE.md").open("a") as page:
        page.write("\n`Invocations/WorkOfTheHost` waits.\n")
    return "names WorkOfTheHost, which is nowhere in the code"


def say(tree: Path, line: str, word: str) -> str:
    (tree / "Sources" / "Host" / "Invocations" / "Queue" / "Added.swift").write_text(line + "\n")
    return f"Sources/Host/Invocations/Queue/Added.swift:1: the host says '{word}', a product's word"


WORDS = [
    ("// Waits for a storyboard.", "storyboard"),
    ("/// Renders each still of a video.", "each still"),
    ("// Keeps the stills.", "stills"),
    ("struct GIFSettingsOfHost {}", "GIFSettingsOfHost"),
    ("let stillQuality = 1", "stillQuality"),
    ("let qualityOfStill = 1", "qualityOfStill"),
    ('let text = "makes a Gif"', "Gif"),
    ("// As `GIFSettings` says.", "GIFSettings"),
]
INNOCENT_WORDS = [
    "// It is still there, and still a queue.", "/// What the still running ones hold.", "let distill = 1",
    "let installed = stillborn",
]


def test_the_tree_keeps_its_rules():
    ended = check(PROJECT)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "break_it",
    [
        upwards, unknown_target, unused, too_large, circle, nested_circle, circle_by_an_extension, server_code, server_package,
        server_product, media_library, copyleft, image_library, undeclared_product, undeclared_target, name_of_nothing,
    ],
    ids=lambda function: function.__name__,
)
def test_a_violation_is_noticed(tree: Path, break_it: Callable[[Path], str]):
    expected = break_it(tree)
    ended = check(tree)
    assert ended.returncode == 1
    assert expected in ended.stderr


@pytest.mark.parametrize(("line", "word"), WORDS, ids=[line for line, _ in WORDS])
def test_a_word_of_a_product_is_noticed(tree: Path, line: str, word: str):
    expected = say(tree, line, word)
    ended = check(tree)
    assert ended.returncode == 1
    assert expected in ended.stderr


def test_other_words_are_left_alone(tree: Path):
    say(tree, "\n".join(INNOCENT_WORDS), "")
    assert "Added.swift" not in check(tree).stderr
