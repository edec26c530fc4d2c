"""What is installed: found by where the program is, examined by `doctor`, completed by shells."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.installation import BUILD, TEMPLATE, clean_environment, executables, zoetrope
from harness.processes import running

FUNCTIONS = executables()


class Installed:
    """The programs and the template below one folder, as a package has them."""

    def __init__(self, prefix: Path):
        self.prefix = prefix

    @property
    def program(self) -> Path:
        return self.prefix / "bin" / "zoetrope"

    def function(self, name: str) -> Path:
        return self.prefix / "lib" / "zoetrope" / name

    def run(self, *arguments: object, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, env=clean_environment(**environment),
        )

    def doctor(self, folder: Path, *options: object) -> tuple[int, dict[str, list[tuple[str, str]]]]:
        """Its exit code, and verdicts with findings by subject."""
        ended = self.run("doctor", "--json", "--port", 0, "--web-port", 0, "--api-port", 0, *options, folder=folder)
        found: dict[str, list[tuple[str, str]]] = {}
        for one in json.loads(ended.stdout):
            found.setdefault(one["subject"], []).append((one["verdict"], one["finding"]))
        return ended.returncode, found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    prefix = tmp_path_factory.mktemp("installed") / "first"
    programs = prefix / "lib" / "zoetrope"
    programs.mkdir(parents=True)
    for name in ["zoetrope", *FUNCTIONS]:
        shutil.copy(BUILD / name, programs)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "zoetrope").symlink_to("../lib/zoetrope/zoetrope")
    share = prefix / "share" / "zoetrope"
    share.mkdir(parents=True)
    shutil.copy(TEMPLATE, share)
    (share / "commit").write_text("0123456789ab-dirty\n")
    # Nothing may depend on where it was made.
    return Installed(prefix.rename(prefix.with_name("moved here")))


def test_up_needs_no_template(installed: Installed, short_video: Path, tmp_path: Path):
    command = ["sh", "-c", f"cd '{tmp_path}' && exec \"$@\"", "sh", installed.program, "up", "--data", "data", "--json"]
    ports = ["--port", "0", "--web-port", "0", "--api-port", "0"]
    with running([*command, *ports], clean_environment()) as up:
        up.wait_for_line('"endpoint"', seconds=60)
        address = json.loads(up.said[-1])["endpoint"]
        done = installed.run("process", short_video, folder=tmp_path, ZOETROPE_ENDPOINT=address)
        assert done.returncode == 0, done.stderr
        up.process.send_signal(signal.SIGTERM)
        assert up.ended(60) == 0


def test_a_template_of_the_current_folder_comes_first(installed: Installed, tmp_path: Path):
    listed = installed.run("template", "check", folder=tmp_path)
    assert listed.returncode == 0 and "SnippetsFunction" in listed.stdout, listed.stderr
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    listed = installed.run("template", "check", folder=tmp_path)
    assert "SnippetsFunction" not in listed.stdout


def test_without_any_template_it_says_where_it_looked(tmp_path: Path):
    shutil.copy(BUILD / "zoetrope", tmp_path / "zoetrope")
    ended = subprocess.run(
        [tmp_path / "zoetrope", "up"], cwd=tmp_path, capture_output=True, text=True, timeout=60, env=clean_environment())
    assert ended.returncode == 1 and "--template" in ended.stderr and "share/zoetrope" in ended.stderr


def test_doctor_finds_everything_of_an_installation(installed: Installed, tmp_path: Path):
    code, found = installed.doctor(tmp_path)
    assert code == 0, found
    assert found["template"][0][0] == "ok" and str(installed.prefix) in found["template"][0][1]
    assert "commit 0123456789ab-dirty" in found["program"][0][1]
    functions = dict(finding.split(", ", 1) if ", " in finding else (finding, "") for _, finding in found["function"])
    assert functions.keys() == set(FUNCTIONS)
    assert "libvips " in functions["TransformImage"] and "libavcodec " in functions["ProcessClip"]
    for subject in ("certificates", "port 0", "data folder", "disk", "open files", "processors", "memory", "isolation"):
        assert subject in found
    assert not (tmp_path / ".zoetrope").exists(), "it changes nothing"
    text = installed.run("doctor", folder=tmp_path)
    assert "template" in text.stdout and "PROBLEM" not in text.stdout


@contextlib.contextmanager
def changed(file: Path, change: Callable[[bytes], bytes] | None):
    """Another content of the file, or none, for a while."""
    kept = file.with_name(f"{file.name}.kept")
    file.rename(kept)
    try:
        if change:
            file.write_bytes(change(kept.read_bytes()))
            file.chmod(0o755)
        yield
    finally:
        kept.rename(file)


def test_doctor_names_what_is_missing_and_fails(installed: Installed, tmp_path: Path):
    with changed(installed.function("ProcessClip"), None):
        code, found = installed.doctor(tmp_path)
        assert code == 1 and found["template"][0][0] == "problem" and "ProcessClip" in found["template"][0][1]
    # A library that is not there.
    with changed(installed.function("TransformImage"), lambda content: content.replace(b"libvips.so.", b"libvipX.so.")):
        code, found = installed.doctor(tmp_path)
        (problem,) = [finding for verdict, finding in found["function"] if verdict == "problem"]
        assert code == 1 and problem.startswith("TransformImage") and "libvipX.so." in problem
    (tmp_path / "file").touch()
    code, found = installed.doctor(tmp_path, "--data", tmp_path / "file" / "data")
    assert code == 1 and found["data folder"][0][0] == "problem"


def test_doctor_warns_of_a_port_that_is_taken(installed: Installed, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = installed.run("doctor", "--json", "--port", port, folder=tmp_path)
    (one,) = [one for one in json.loads(ended.stdout) if one["subject"] == f"port {port}"]
    assert ended.returncode == 0 and one["verdict"] == "warning" and "--port" in one["finding"]


def test_the_version_names_the_commit_and_the_libraries(installed: Installed, tmp_path: Path):
    first, *libraries = installed.run("--version", folder=tmp_path).stdout.splitlines()
    assert first.startswith("zoetrope ") and first.endswith("(commit 0123456789ab-dirty)")
    names = [line.split()[0] for line in libraries]
    assert {"libavformat", "libavcodec", "libcurl", "OpenSSL", "SQLite", "libarchive", "zlib", "expat"} <= set(names)
    assert all(len(line.split()) > 1 and line.split()[1][0].isalnum() for line in libraries)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_completions(shell: str):
    ended = zoetrope("completion", shell)
    assert ended.returncode == 0
    assert "rerender" in ended.stdout and "redrive" in ended.stdout
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=ended.stdout, capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stderr


def test_other_shells_are_refused():
    assert zoetrope("completion", "tcsh").returncode == 2


def test_the_manual_page_has_every_command():
    """`packaging/manual.py` makes it of what the program says of itself."""
    script = TEMPLATE.parent / "packaging" / "manual.py"
    page = subprocess.run(
        ["/usr/bin/python3", "-B", script, BUILD / "zoetrope"], capture_output=True, text=True, timeout=60, check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1795774450"},
    ).stdout
    for title in ("up", "process", "dlq redrive", "rerender", "doctor", "completion"):
        assert f".Ss {title}\n" in page
    assert ".Dd November 27, 2026" in page
    if shutil.which("groff"):
        shown = subprocess.run(
            ["groff", "-mdoc", "-Tutf8", "-ww"], input=page, capture_output=True, text=True, timeout=60)
        assert shown.returncode == 0 and shown.stderr == "", shown.stderr
