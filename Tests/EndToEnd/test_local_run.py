"""`local/run`: the first command a person types."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness.installation import BUILD, PROJECT, clean_environment
from harness.processes import running

RUN = PROJECT / "local" / "run"
# A build for debugging is too slow for videos of a minute.
needs_release = pytest.mark.skipif(
    BUILD != PROJECT / ".build" / "release", reason="another build than the project's is tested")
# Another build than the project's is used as it is.
TESTED = {} if BUILD == PROJECT / ".build" / "release" else {"ZOETROPE_BUILD": str(BUILD)}


def local_run(home: Path, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(RUN), *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, env=clean_environment(ZOETROPE_HOME=str(home), **TESTED),
    )


def processes_that_name(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in command:
            found.append(int(entry.name))
    return found


@needs_release
def test_without_a_terminal_it_processes_the_video_and_stops_everything(tmp_path: Path, three_clips: Path):
    home = tmp_path / "ho me"
    video = tmp_path / "my holiday.mp4"
    video.write_bytes(three_clips.read_bytes())

    first = local_run(home, "my holiday.mp4", folder=tmp_path)

    assert first.returncode == 0, first.stderr
    assert "3 GIFs, 65 stills" in first.stderr
    address, folder, player = first.stdout.splitlines()
    assert address == "s3://zoetrope-gifs/my holiday/manifest.json"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?video=my%20holiday\.mp4", player)
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["status"], manifest["frames"]) == ("complete", 65)
    assert (folder / "my holiday-60-frame-5.jpg").read_bytes().startswith(b"\xff\xd8")
    assert processes_that_name(home) == []

    second = local_run(home, video, folder=Path("/"))

    assert second.returncode == 0, second.stderr
    assert "installing" not in second.stderr
    # Its storyboard may have been added since.
    again = json.loads((folder / "manifest.json").read_text())
    assert {**again, "storyboard": None} == {**manifest, "storyboard": None}, "an unchanged video is not rendered again"
    assert processes_that_name(home) == []


@needs_release
def test_without_a_video_it_makes_itself_one(tmp_path: Path):
    ended = local_run(tmp_path, folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "3 GIFs, 65 stills" in ended.stderr


def test_what_is_no_video_ends_with_1_and_a_reason(tmp_path: Path):
    (tmp_path / "letter.mp4").write_text("Dear reader" * 1000)
    ended = local_run(tmp_path / "home", "letter.mp4", folder=tmp_path)
    assert ended.returncode == 1
    assert "failed: " in ended.stderr
    assert processes_that_name(tmp_path / "home") == []


def test_a_missing_video_is_said_before_anything_is_built(tmp_path: Path):
    ended = local_run(tmp_path / "home", "absent.mp4", folder=tmp_path)
    assert ended.returncode == 1
    assert "absent.mp4" in ended.stderr and "building" not in ended.stderr


@needs_release
@pytest.mark.parametrize("how, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_leaves_nothing_behind(how: signal.Signals, code: int, tmp_path: Path, three_clips: Path):
    home = tmp_path / "home"
    # So long that it is never done before the signal comes.
    video = tmp_path / "long.mp4"
    looped = ["-stream_loop", "29", "-i", three_clips, "-c", "copy", video]
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", *looped], check=True)
    with running([RUN, video], clean_environment(ZOETROPE_HOME=str(home), **TESTED)) as command:
        command.wait_for_line("uploaded", seconds=120)
        command.process.send_signal(how)
        assert command.ended(seconds=60) == code
        assert processes_that_name(home) == []


def test_on_a_terminal_it_serves_until_ctrl_c(tmp_path: Path, short_video: Path):
    """`script` gives it a terminal, on which the end-of-text character is Ctrl-C.

    `exec`, because everything on a terminal gets that signal: a shell between the two (not every $SHELL leaves it out by
    itself) would die of it and answer in place of the command.
    """
    home = tmp_path / "home"
    command = ["script", "--quiet", "--return", "--command", f"exec '{RUN}' '{short_video}'", "/dev/null"]
    with running(command, clean_environment(ZOETROPE_HOME=str(home), TERM="xterm", **TESTED), terminal_input=True) as terminal:
        terminal.wait_for_line("Ctrl-C", seconds=180)
        assert processes_that_name(home) != []
        terminal.type(b"\x03")
        assert terminal.ended(seconds=60) == 0
        assert processes_that_name(home) == []


# Building


COMPILER = """#!/bin/sh
echo called >> "$CALLS"
number=0
while [ $number -lt 319 ]; do
  number=$((number + 1))
  echo "[$number/319] Compiling Module File.swift"
done
case ${FAILS-} in
  ?*) echo "/project/Sources/File.swift:7:3: error: cannot find 'x' in scope"; exit 1 ;;
esac
mkdir -p .build
ln -sfn "$BUILT" .build/release
"""


class Project:
    """A project with the scripts of this one, and a compiler that says much and brings what is tested."""

    def __init__(self, folder: Path):
        self.folder = folder / "project"
        self.calls = folder / "calls"
        for name in ("Sources", "Tests", "Examples"):
            (self.folder / name).mkdir(parents=True)
        for name in ("Package.swift", "Package.resolved", "template.yaml"):
            shutil.copy(PROJECT / name, self.folder)
        shutil.copytree(PROJECT / "local", self.folder / "local")
        # What the scripts note beside a build must not come into the one that is tested.
        self.built = folder / "built"
        self.built.mkdir()
        for program in BUILD.iterdir():
            if program.is_file() and os.access(program, os.X_OK):
                (self.built / program.name).symlink_to(program)
        compiler = folder / "bin" / "swift"
        compiler.parent.mkdir()
        compiler.write_text(COMPILER)
        compiler.chmod(0o755)

    @property
    def build_count(self) -> int:
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0

    def environment(self, **more: str) -> dict[str, str]:
        path = f"{self.folder.parent / 'bin'}:{os.environ['PATH']}"
        return clean_environment(PATH=path, CALLS=str(self.calls), BUILT=str(self.built), **more)

    def run(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "local" / "run"), *map(str, arguments)], capture_output=True, text=True, timeout=300,
            stdin=subprocess.DEVNULL, env=self.environment(**more),
        )


def test_the_compilers_output_goes_to_a_log_and_nothing_is_built_twice(tmp_path: Path, short_video: Path):
    project = Project(tmp_path)
    first = project.run(short_video)
    assert first.returncode == 0, first.stderr
    assert "Compiling" not in first.stderr and len(first.stderr.splitlines()) < 12, first.stderr
    log = project.folder / ".zoetrope" / "build.log"
    assert log.read_text().count("Compiling") == 319 and str(log) in first.stderr
    assert project.build_count == 1

    second = project.run(short_video)
    assert second.returncode == 0, second.stderr
    assert (project.build_count, "building" in second.stderr) == (1, False)

    # A file that comes with an old date is a change too.
    source = project.folder / "Sources" / "New.swift"
    source.touch()
    os.utime(source, (0, 0))
    assert project.run(short_video).returncode == 0
    assert project.build_count == 2


def test_a_build_that_fails_shows_its_errors_and_where_the_rest_is(tmp_path: Path, short_video: Path):
    project = Project(tmp_path)
    ended = project.run(short_video, FAILS="yes")
    assert ended.returncode == 1
    assert "File.swift:7:3: error: cannot find 'x' in scope" in ended.stderr and "build.log" in ended.stderr
    assert "Compiling" not in ended.stderr
    assert project.run(short_video).returncode == 0
    assert project.build_count == 2, "what failed is built again"


def test_on_a_terminal_the_build_is_one_line(tmp_path: Path):
    project = Project(tmp_path)
    command = f"exec '{project.folder / 'local' / 'run'}'"
    ended = subprocess.run(
        ["script", "--quiet", "--return", "--command", command, "/dev/null"], capture_output=True,
        timeout=300, stdin=subprocess.DEVNULL, env=project.environment(TERM="xterm", FAILS="yes"),
    )
    # As bytes: text would make line breaks of carriage returns.
    before, _, _ = ended.stdout.decode().partition("error:")
    assert "319/319" in before and "Compiling" not in before
    # The line is redrawn in place.
    assert before.count("\n") <= 2, before
