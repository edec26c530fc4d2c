"""local/words: the files keep to the list of words, and every line of the list notices a file that does not."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LIST = PROJECT / "local" / "words.txt"
LINES = [line for line in LIST.read_text().splitlines() if line.strip() and not line.startswith("#")]


def check(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [root / "local" / "words", *options], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


def example(pattern: str) -> str:
    """A text that the pattern is meant for: the first alternative of each group, without what is optional."""
    while "(" in pattern:
        pattern = re.sub(r"\(([^()|]*)(?:\|[^()]*)?\)(\?)?", lambda group: "" if group[2] else group[1], pattern)
    return re.sub(r"\[(.)[^\]]*\]", r"\1", pattern.split("|")[0]).replace("\\", "")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "local").mkdir()
    for name in ("words", "words.txt"):
        shutil.copy2(PROJECT / "local" / name, tmp_path / "local" / name)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True, timeout=60)
    return tmp_path


def test_the_files_keep_to_the_list():
    ended = check(PROJECT)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[0].strip())
def test_each_line_notices_a_violation(tree: Path, line: str):
    text = example(re.split(r"\s+\|\s+", line)[0])
    (tree / "guide.md").write_text(f"# A guide\n\nIt says {text}, here.\n")
    ended = check(tree)
    assert ended.returncode == 1
    assert f"guide.md:3: '{text}'; write instead: " in ended.stderr


def test_words_are_found_over_the_end_of_a_line_and_in_any_case(tree: Path):
    words = [example(re.split(r"\s+\|\s+", line)[0]) for line in LINES]
    first, second = next(text for text in words if text.count(" ") == 1).split()
    (tree / "script.sh").write_text(f"#!/bin/sh\n# It is {first.capitalize()}\n# {second} so.\n")
    ended = check(tree)
    assert ended.returncode == 1
    assert f"script.sh:2: '{first.capitalize()} # {second}'" in ended.stderr


def test_parts_of_words_and_files_that_git_ignores_are_left_alone(tree: Path):
    word = next(text for line in LINES if " " not in (text := example(re.split(r"\s+\|\s+", line)[0])) and text.islower())
    (tree / ".gitignore").write_text("made/\n")
    (tree / "made").mkdir()
    (tree / "made" / "out.md").write_text(word)
    (tree / "guide.md").write_text(f"x{word} and {word}_x and {word.upper()} are names.\n")
    ended = check(tree)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_lines_for_other_files_are_shown_on_request(tree: Path):
    line = next(line for line in LINES if line.endswith("/*"))
    pattern, _, files = re.split(r"\s+\|\s+", line)
    text, folder = example(pattern), files.removeprefix("!").removesuffix("/*")
    (tree / folder).mkdir(parents=True)
    (tree / folder / "One.swift").write_text(f"// It is {text}.\n")
    assert check(tree).returncode == 0
    ended = check(tree, "--all")
    assert ended.returncode == 1
    assert f"{folder}/One.swift:1: '{text}'" in ended.stderr


def test_a_line_without_a_replacement_is_refused(tree: Path):
    (tree / "local" / "words.txt").write_text("word\n")
    ended = check(tree)
    assert ended.returncode == 1
    assert "local/words.txt:1: what to write instead is missing" in ended.stderr
