"""The documents are true in what can be looked up: links lead somewhere, commands, options and parameters exist."""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from harness.documents import Document, documents, simple_commands
from harness.installation import PROJECT, TEMPLATE, ZOETROPE, clean_environment

DOCUMENTS = [Document(path) for path in documents()]
by_name = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.path.relative_to(PROJECT)))
# What a reader replaces: capitals, …, <…>, […].
PLACEHOLDER = re.compile(r"[A-Z…<\[{$~./]|.*…")
OPTION = re.compile(r"--[a-z][a-z0-9-]*")


class Command:
    """What the program says of one of its commands."""

    def __init__(self, described: dict[str, Any], above: "Command | None" = None):
        self.name = described["commandName"]
        names = [name for argument in described.get("arguments", []) for name in argument.get("names", [])]
        self.options = {f"--{name['name']}" for name in names if name["kind"] == "long"}
        self.options |= {"--help", "--version"} | (above.options if above else set())
        self.subcommands = {one["commandName"]: Command(one, self) for one in described.get("subcommands", [])}

    def all(self) -> list["Command"]:
        return [self, *(one for below in self.subcommands.values() for one in below.all())]


@pytest.fixture(scope="module")
def program() -> Command:
    said = subprocess.run(
        [ZOETROPE, "--experimental-dump-help"], capture_output=True, check=True, timeout=60, env=clean_environment())
    return Command(json.loads(said.stdout)["command"])


def problems_of(program: Command, words: list[str]) -> list[str]:
    """What is wrong with the words after the program's name."""
    command, found = program, []
    words = list(words)
    while words and command.subcommands and not words[0].startswith("-") and not PLACEHOLDER.match(words[0]):
        names = words.pop(0).split("|")
        if missing := [name for name in names if name not in command.subcommands]:
            return [f"there is no command '{name}' of '{command.name}'" for name in missing]
        command = command.subcommands[names[0]]
    for word in words:
        for option in OPTION.findall(word) if word.startswith("--") else []:
            if option not in command.options:
                found.append(f"'{command.name}' has no option '{option}'")
    return found


@by_name
def test_commands_and_options_exist(program: Command, document: Document):
    found = [
        f"line {number}: {problem}" for number, words in document.invocations("zoetrope")
        for problem in problems_of(program, words)
    ]
    assert found == []


@by_name
def test_options_that_stand_alone_exist(program: Command, document: Document):
    """An option in a sentence is one of the program's or of a script's."""
    known = {option for command in program.all() for option in command.options}
    for path in [*(PROJECT / "local").iterdir(), *(PROJECT / "Benchmarks").glob("*.py")]:
        if path.is_file():
            known |= set(OPTION.findall(path.read_text()))
    found = [
        f"line {number}: {option}" for number, span in document.spans() if span.startswith("--")
        for option in OPTION.findall(span) if option not in known
    ]
    assert found == []


@by_name
def test_scripts_and_their_parts_exist(document: Document):
    benchmarks = "\n".join(path.read_text() for path in (PROJECT / "Benchmarks").glob("*.py"))
    found = []
    for number, text in [*document.commands, *document.spans()]:
        for words in simple_commands(text):
            script = re.fullmatch(r"(?:\./)?(local/[a-z]+)", words[0])
            if not script:
                continue
            path = PROJECT / script[1]
            if not path.exists():
                found.append(f"line {number}: there is no {script[1]}")
            elif path.is_file() and script[1] not in ("local/run", "local/trixie"):
                known = path.read_text() + (benchmarks if script[1] == "local/bench" else "")
                parts = [word for word in words[1:] if re.fullmatch(r"[a-z]+", word) or OPTION.fullmatch(word)]
                found += [
                    f"line {number}: {script[1]} knows no {part}" for part in parts
                    if not re.search(rf"(?<!\w){part}(?!\w)", known)
                ]
    assert found == []


@by_name
def test_parameters_exist(document: Document):
    parameters = yaml_parse(TEMPLATE.read_text())["Parameters"]
    found = []
    for number, words in document.invocations("zoetrope"):
        for option, value in itertools.pairwise(words):
            name = value.split("=")[0]
            if option == "--parameter" and name not in parameters and name.upper() != name:
                found.append(f"line {number}: the template has no parameter '{name}'")
    assert found == []


@by_name
def test_links_lead_somewhere(document: Document):
    anchors = {one.path: one.anchors() for one in DOCUMENTS}
    found = []
    for number, target in document.links():
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.path.parent / name).resolve() if name else document.path
        if not path.exists():
            found.append(f"line {number}: there is no {name}")
        elif anchor and anchor not in anchors.get(path, {anchor}):
            found.append(f"line {number}: {path.name} has no heading '{anchor}'")
    assert found == []


def test_the_readme_leads_to_every_document():
    texts = {one.path: one for one in DOCUMENTS}
    reached, waiting = set(), [PROJECT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in texts:
            continue
        reached.add(path)
        for _, target in texts[path].links():
            waiting.append((path.parent / target.partition("#")[0]).resolve())
    left = {one.path for one in DOCUMENTS if one.path.parent == PROJECT / "docs"} - reached
    assert left == set()
    assert len((PROJECT / "README.md").read_text().splitlines()) < 250


def test_each_command_is_in_the_list_of_commands(program: Command):
    listed = " ".join(span for _, span in Document(PROJECT / "docs" / "COMMANDS.md").spans())
    words = set(re.findall(r"[\w-]+", listed))
    assert set(program.subcommands) - words - {"help"} == set()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Use `zoetrope serve` for it.", "there is no command 'serve'"),
        ("Use `zoetrope dlq list|drop`.", "there is no command 'drop'"),
        ("```sh\nsudo zoetrope up --ports 1\n```", "'up' has no option '--ports'"),
        ("```sh\n~/bin/zoetrope up \\\n  --data x --store-url y\n```", "'up' has no option '--store-url'"),
        ('```sh\neval "$(.build/release/zoetrope envy)"\n```', "there is no command 'envy'"),
    ],
)
def test_a_mistake_is_found(program: Command, tmp_path: Path, line: str, said: str):
    (tmp_path / "page.md").write_text(f"# Page\n\n{line}\n")
    found = [one for _, words in Document(tmp_path / "page.md").invocations("zoetrope") for one in problems_of(program, words)]
    assert any(said in one for one in found), found


def test_the_manual_page_names_each_command_and_is_clean(program: Command, tmp_path: Path):
    made = subprocess.run(
        ["python3", "-B", PROJECT / "packaging" / "manual.py", ZOETROPE], capture_output=True, text=True, check=True, timeout=60,
        env=clean_environment(SOURCE_DATE_EPOCH="1795000000"))
    assert [one.name for one in program.all() if one.name not in made.stdout.replace("\\", "") and one.name != "help"] == []
    if shutil.which("mandoc"):
        page = tmp_path / "zoetrope.1"
        page.write_text(made.stdout)
        linted = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, timeout=60)
        assert linted.stdout == ""
    for shell in ("bash", "zsh", "fish"):
        script = subprocess.run(
            [ZOETROPE, "--generate-completion-script", shell], capture_output=True, text=True, check=True, timeout=60,
            env=clean_environment())
        assert [name for name in program.subcommands if name not in script.stdout] == []
