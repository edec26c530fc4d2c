"""What the documents say: their links, and the commands and options that they name."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .installation import PROJECT

FENCE = re.compile(r"^\s*(```+|~~~+)\s*(\S*)")
SHELLS = {"sh", "bash", "console", ""}
# What separates commands on a line.
OPERATORS = {"&&", "||", "|", ";", "&", ">", "<", "<<<", ">>", "2>", "|&", "(", ")"}


def documents() -> list[Path]:
    """Every Markdown file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=PROJECT, capture_output=True,
        text=True, check=True, timeout=60)
    return [PROJECT / name for name in listed.stdout.splitlines() if (PROJECT / name).is_file()]


@dataclass
class Document:
    """A Markdown text in its parts."""

    path: Path
    prose: list[tuple[int, str]] = field(default_factory=list)
    # Fenced blocks of a shell, a command for each line that goes on.
    commands: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self):
        fence, is_shell, begun = "", False, ""
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            mark = FENCE.match(line)
            if fence:
                if mark and mark[1].startswith(fence) and not mark[2]:
                    fence = ""
                elif is_shell and line.rstrip().endswith("\\"):
                    begun += line.rstrip()[:-1] + " "
                elif is_shell:
                    self.commands.append((number, begun + line))
                    begun = ""
            elif mark:
                fence, is_shell = mark[1], mark[2] in SHELLS
            else:
                self.prose.append((number, line))

    def spans(self) -> Iterator[tuple[int, str]]:
        """Code within sentences and tables; there a bar has a backslash."""
        for number, line in self.prose:
            for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", line):
                yield number, span.replace("\\|", "|")

    def links(self) -> Iterator[tuple[int, str]]:
        for number, line in self.prose:
            text = re.sub(r"`[^`]*`", "", line)
            for target in re.findall(r"\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)", text):
                yield number, target
            if found := re.match(r"\[[^\]]+\]:\s+(\S+)", text):
                yield number, found[1]

    def anchors(self) -> set[str]:
        """As GitHub makes them of headings."""
        made: set[str] = set()
        for _, line in self.prose:
            if not (heading := re.match(r"#{1,6}\s+(.*?)\s*#*$", line)):
                continue
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            count = sum(1 for one in made if re.fullmatch(rf"{re.escape(name)}(-\d+)?", one))
            made.add(f"{name}-{count}" if count else name)
        return made

    def invocations(self, program: str) -> Iterator[tuple[int, list[str]]]:
        """What is given to a program, wherever it is called: by its name, or by a path that ends in it."""
        for number, text in [*self.commands, *self.spans()]:
            for words in simple_commands(text):
                for index, word in enumerate(words):
                    if word == program or word.endswith((f"/bin/{program}", f"/release/{program}")):
                        if all(one == "sudo" or "=" in one for one in words[:index]):
                            yield number, words[index + 1 :]
                        break


def simple_commands(text: str) -> list[list[str]]:
    """The words of each command of a line, without comments. What is no shell at all gives its words too."""
    # Commands within commands stand for themselves.
    text = re.sub(r"^\s*\$ ", "", text)
    inner = re.findall(r"\$\(([^()]*)\)", text)
    text = re.sub(r"\"?\$\([^()]*\)\"?", "VALUE", text)
    # `one|two` are alternatives, ` | ` is a pipe.
    text = re.sub(r"(?<=\w)\|(?=\w)", "\u2502", text)
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()<>")
    lexer.commenters, lexer.whitespace_split = "#", True
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in OPERATORS or set(word) <= set(";&|()<>"):
                commands.append([])
            else:
                commands[-1].append(word.replace("\u2502", "|"))
    except ValueError:
        # A quotation mark that is an apostrophe.
        commands = [text.split()]
    return [words for words in commands if words] + [words for one in inner for words in simple_commands(one)]
