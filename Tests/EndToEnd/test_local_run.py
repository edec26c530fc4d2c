"""`local/run`: the first command a person types."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from harness.installation import BUILD, PROJECT, clean_environment
from harness.processes import running

pytestmark = pytest.mark.skipif(BUILD != PROJECT / ".build" / "release", reason="another build than the project's is tested")
RUN = PROJECT / "local" / "run"


def local_run(home: Path, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(RUN), *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, env=clean_environment(ZOETROPE_HOME=str(home)),
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


def test_without_a_terminal_it_processes_the_video_and_stops_everything(tmp_path: Path, three_clips: Path):
    home = tmp_path / "ho me"
    video = tmp_path / "my holiday.mp4"
    video.write_bytes(three_clips.read_bytes())

    first = local_run(home, "my holiday.mp4", folder=tmp_path)

    assert first.returncode == 0, first.stderr
    assert "3 GIFs, 65 stills" in first.stderr
    address, folder = first.stdout.splitlines()
    assert address == "s3://zoetrope-gifs/my holiday/manifest.json"
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


@pytest.mark.parametrize("how, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_leaves_nothing_behind(how: signal.Signals, code: int, tmp_path: Path, three_clips: Path):
    home = tmp_path / "home"
    with running([RUN, three_clips], clean_environment(ZOETROPE_HOME=str(home))) as command:
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
    with running(command, clean_environment(ZOETROPE_HOME=str(home), TERM="xterm"), terminal_input=True) as terminal:
        terminal.wait_for_line("Ctrl-C", seconds=180)
        assert processes_that_name(home) != []
        terminal.type(b"\x03")
        assert terminal.ended(seconds=60) == 0
        assert processes_that_name(home) == []
