"""manual.py PROGRAM: writes the manual page (mdoc) of a program by what it says of itself (--experimental-dump-help)."""

import datetime
import json
import os
import re
import subprocess
import sys


def text(words: str) -> str:
    """Words as troff takes them: nothing of it is a request."""
    lines = [re.sub(r"\s+", " ", line).strip() for line in words.replace("\\", "\\e").splitlines()]
    lines = ["".join(one if ord(one) < 128 else f"\\[u{ord(one):04X}]" for one in line) for line in lines]
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines if line)


def names(argument: dict) -> str:
    found = []
    for name in argument.get("names", []):
        mark = "Fl \\-" if name["kind"] == "long" else "Fl "
        found.append(f"{mark}{name['name'].replace('-', chr(92) + '-')}")
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        return f"Ar {value}"
    return " , ".join(found) + (f" Ar {value}" if argument["kind"] == "option" else "")


def command(one: dict, path: list[str]) -> list[str]:
    title = " ".join([*path, one["commandName"]])
    shown = [argument for argument in one.get("arguments", []) if argument.get("shouldDisplay", True)]
    shown = [argument for argument in shown if not any(n["name"] in ("help", "version") for n in argument.get("names", []))]
    lines = [f".Ss {title}", text(one.get("abstract", ""))]
    if one.get("discussion"):
        lines += [".Pp", text(one["discussion"])]
    if shown:
        lines.append(".Bl -tag -width indent")
        for argument in shown:
            lines += [f".It {names(argument)}", text(argument.get("abstract") or "No description.")]
        lines.append(".El")
    for below in one.get("subcommands", []):
        if below["commandName"] != "help":
            lines += command(below, [*path, one["commandName"]])
    return lines


def page(help_: dict) -> str:
    root = help_["command"]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", 0))
    date = datetime.datetime.fromtimestamp(epoch, datetime.UTC)
    lines = [
        f".Dd {date:%B} {date.day}, {date.year}", f".Dt {root['commandName'].upper()} 1", ".Os", ".Sh NAME",
        f".Nm {root['commandName']}", f".Nd {text(root['abstract']).rstrip('.')}", ".Sh SYNOPSIS", ".Nm", ".Ar command",
        ".Op Ar options", ".Sh COMMANDS",
    ]
    for one in root.get("subcommands", []):
        if one["commandName"] != "help":
            lines += command(one, [])
    lines += [
        ".Sh ENVIRONMENT", ".Bl -tag -width indent",
        ".It Ev ZOETROPE_ENDPOINT", "Address of a runtime's S3 port, for every command that talks to one.",
        ".It Ev ZOETROPE_DATA", "The data folder.",
        ".It Ev ZOETROPE_QUEUE", "The Redis server of a shared queue, in place of --queue, which other users see.",
        ".It Ev SSL_CERT_FILE", "Certificate authorities for webhooks and Redis, in place of the system's.",
        ".It Ev ZOETROPE_ACCESS_KEY_ID , ZOETROPE_SECRET_ACCESS_KEY , ZOETROPE_ADMIN_TOKEN",
        "What", ".Ic up", "demands of its clients; made for each data folder on loopback.", ".El",
        ".Sh FILES", ".Bl -tag -width indent",
        ".It Pa PREFIX/lib/zoetrope", "The functions.",
        ".It Pa PREFIX/share/zoetrope/template.yaml", "The template that is used if none is named.",
        ".It Pa .zoetrope/data", "The data folder, if none is named.", ".El",
        ".Sh EXIT STATUS", "0 if it was successful, 1 if it failed, 2 if it was called wrongly, 130 if it was interrupted.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    said = subprocess.run([sys.argv[1], "--experimental-dump-help"], capture_output=True, check=True).stdout
    sys.stdout.write(page(json.loads(said)))
