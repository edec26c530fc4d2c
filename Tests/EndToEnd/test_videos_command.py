"""`zoetrope list`, `show`, `rm` and `rerender`; one name for the endpoint; what is shown on a terminal."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.installation import ZOETROPE, clean_environment, zoetrope
from harness.job import Jobs, Names
from harness.puppets import Puppets
from harness.terminal import Screen
from harness.waiting import until


def player_of(endpoint: Endpoint, key: str) -> str:
    return f"{endpoint.web_url}/?video={key}"


# Several files


def test_several_files_are_processed_and_the_player_is_named(endpoint: Endpoint, short_video: Path, tmp_path: Path):
    second = tmp_path / "second.mp4"
    second.symlink_to(short_video)
    ended = zoetrope("process", short_video, second, "--key", "several/", ZOETROPE_ENDPOINT=endpoint.url)
    assert ended.returncode == 0, ended.stderr
    keys = ["several/short.mp4", "several/second.mp4"]
    expected = [line for key in keys for line in (f"s3://{GIFS}/{Names.of(key).manifest}", player_of(endpoint, key))]
    assert ended.stdout.splitlines() == expected
    assert ended.stderr.count("1 GIF, 2 stills in ") == 2 and "2 videos in " in ended.stderr


def test_one_of_several_files_that_fails_does_not_keep_the_others_from_it(
    endpoint: Endpoint, short_video: Path, tmp_path: Path
):
    (tmp_path / "text.mp4").write_text("text" * 1000)
    files = [tmp_path / "absent.mp4", tmp_path / "text.mp4", short_video]
    ended = zoetrope("process", *files, "--key", "mixed/", ZOETROPE_ENDPOINT=endpoint.url)
    assert ended.returncode == 1
    assert "absent.mp4" in ended.stderr and "failed: " in ended.stderr
    assert ended.stdout.splitlines() == [
        f"s3://{GIFS}/{Names.of('mixed/short.mp4').manifest}", player_of(endpoint, "mixed/short.mp4")
    ]


def test_files_that_would_take_each_others_place_are_refused(short_video: Path, tmp_path: Path):
    same = tmp_path / short_video.name
    for arguments in ([short_video, same], [short_video, same, "--key", "one.mp4"]):
        ended = zoetrope("process", *arguments)
        assert (ended.returncode, ended.stdout) == (2, "")


# What there is


def test_list_and_show_say_how_far_each_video_is(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    jobs.completed(short_video, "listed/good.mp4")
    jobs.process(b"no video" * 100, "listed/bad.mp4")
    named = {"ZOETROPE_ENDPOINT": endpoint.url}

    listed = json.loads(zoetrope("list", "listed/", "--json", **named).stdout)
    assert [(one["key"], one["status"]) for one in listed] == [
        ("listed/bad.mp4", "failed"), ("listed/good.mp4", "complete")
    ]
    assert (listed[1]["clips"], listed[1]["frames"], listed[1]["size"]) == (1, 2, short_video.stat().st_size)
    table = zoetrope("list", "listed/", **named).stdout.splitlines()
    assert len(table) == 3 and table[2].split()[0] == "listed/good.mp4" and "complete" in table[2]

    shown = zoetrope("show", "listed/good.mp4", **named)
    assert shown.returncode == 0, shown.stderr
    for text in ("complete", "320x180", "1 GIFs, 2 stills", player_of(endpoint, "listed/good.mp4")):
        assert text in shown.stdout
    assert json.loads(zoetrope("show", "listed/good.mp4", "--json", **named).stdout) == jobs.manifest("listed/good.mp4")
    reason = jobs.manifest("listed/bad.mp4")["reason"]
    assert reason in zoetrope("show", "listed/bad.mp4", **named).stdout
    absent = zoetrope("show", "listed/absent.mp4", **named)
    assert absent.returncode == 1 and "listed/absent.mp4" in absent.stderr


def test_rm_removes_a_video_with_its_previews_and_nothing_else(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    # The second video's outputs lie below the first one's folder.
    for key in ("gone/talk.mp4", "gone/talk/day.mp4", "gone/talk2.mp4"):
        jobs.completed(short_video, key)
    jobs.settled()
    before = jobs.sizes("gone/")

    ended = zoetrope("rm", "gone/talk.mp4", ZOETROPE_ENDPOINT=endpoint.url)

    assert ended.returncode == 0, ended.stderr
    names = Names.of("gone/talk.mp4")
    gone = {
        key for key in before
        if key.startswith((f"{names.folder}/talk-", f"{names.folder}/.clips/", names.storyboard, names.manifest))
    }
    assert len(gone) > 6 and set(jobs.sizes("gone/")) == set(before) - gone
    assert set(jobs.sizes("gone/", SOURCE)) == {"gone/talk/day.mp4", "gone/talk2.mp4"}
    again = zoetrope("rm", "gone/talk.mp4", ZOETROPE_ENDPOINT=endpoint.url)
    assert again.returncode == 1 and "gone/talk.mp4" in again.stderr


def test_rerender_makes_the_same_previews_again(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    key = "again/short.mp4"
    manifest = jobs.completed(short_video, key)
    pictures = {name: jobs.get(name) for name in jobs.pictures(key)}
    jobs.s3.delete_object(Bucket=GIFS, Key=Names.of(key).still(0, 1))

    ended = zoetrope("rerender", key, ZOETROPE_ENDPOINT=endpoint.url)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[0] == f"s3://{GIFS}/{Names.of(key).manifest}"
    assert {name: jobs.get(name) for name in jobs.pictures(key)} == pictures
    again = jobs.manifest(key)
    assert (again["status"], again["source"]) == ("complete", manifest["source"])
    assert again["version"] != manifest["version"]
    assert jobs.s3.head_object(Bucket=SOURCE, Key=key)["ContentType"] == "binary/octet-stream"
    absent = zoetrope("rerender", "again/absent.mp4", ZOETROPE_ENDPOINT=endpoint.url)
    assert absent.returncode == 1 and "again/absent.mp4" in absent.stderr


# One name for the endpoint


def test_one_variable_names_the_endpoint_for_every_command(endpoint: Endpoint, tmp_path: Path):
    event = tmp_path / "event.json"
    event.write_text("{}")
    for arguments in (["status"], ["dlq", "list"], ["logs"], ["list"]):
        for named in ([], ["--endpoint", endpoint.url]):
            variables = {} if named else {"ZOETROPE_ENDPOINT": endpoint.url}
            ended = zoetrope(*arguments, *named, "--data", tmp_path / "none", **variables)
            assert ended.returncode == 0, (arguments, ended.stderr)
    assert endpoint.url in zoetrope("status", ZOETROPE_ENDPOINT=endpoint.url, ZOETROPE_DATA=str(tmp_path)).stdout


def test_an_endpoint_that_is_none_is_named(tmp_path: Path):
    for arguments in (["status"], ["list"], ["dlq"]):
        ended = zoetrope(*arguments, ZOETROPE_ENDPOINT="http://127.0.0.1:9", seconds=60)
        assert ended.returncode == 1 and "127.0.0.1:9" in ended.stderr, ended.stderr
        ended = zoetrope(*arguments, ZOETROPE_ENDPOINT="localhost")
        assert ended.returncode == 1 and "ZOETROPE_ENDPOINT" in ended.stderr


def test_env_names_it_for_a_shell(endpoint: Endpoint):
    said = zoetrope("env", "--data", endpoint.data).stdout.splitlines()
    assert f"export ZOETROPE_ENDPOINT={endpoint.url}" in said


# Dead letters


def test_dead_letters_name_the_video_and_unknown_ids_fail(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    puppets = Puppets(tmp_path / "puppets", Failing={"Events": {}, "EventInvokeConfig": {"MaximumRetryAttempts": 0}})
    endpoint = own_endpoint(template=puppets.template)
    endpoint.start()
    named = {"ZOETROPE_ENDPOINT": endpoint.url}
    event = {"detail": {"do": "error", "key": "talks/one.mp4"}}
    endpoint.client("lambda").invoke(FunctionName="Failing", InvocationType="Event", Payload=json.dumps(event))

    def dead() -> list[dict]:
        return json.loads(zoetrope("dlq", "list", "--json", **named).stdout)

    (letter,) = until("the dead letter", lambda: dead() or None)
    assert "talks/one.mp4" in zoetrope("dlq", **named).stdout
    for command in ("redrive", "purge"):
        ended = zoetrope("dlq", command, letter["id"] + 99, **named)
        assert (ended.returncode, ended.stdout) == (1, ""), command
        assert f"no dead letter {letter['id'] + 99}" in ended.stderr
    partly = zoetrope("dlq", "purge", letter["id"], letter["id"], letter["id"] + 99, **named)
    assert (partly.returncode, partly.stdout) == (1, "1 removed\n")
    assert dead() == []


# Errors


@pytest.mark.parametrize("arguments", [
    ["invoke", "SnippetsFunction", "--event", "bad.json"], ["process", "short.mp4", "--output", "text/below"],
    ["token", "--data", "text"], ["render", "short.mp4", "text/below"], ["verify", "--data", "text"],
    ["status", "--console", "PAGES"],
], ids=" ".join)
def test_no_error_shows_its_insides(arguments: list[str], endpoint: Endpoint, tmp_path: Path, short_video: Path):
    (tmp_path / "text").write_text("a file")
    (tmp_path / "bad.json").write_text('{"a": }')
    (tmp_path / "short.mp4").symlink_to(short_video)
    named = [
        str(tmp_path / part) if (tmp_path / part.split("/")[0]).exists() else part.replace("PAGES", endpoint.web_url + "/app")
        for part in arguments
    ]
    ended = zoetrope(*named, ZOETROPE_ENDPOINT=endpoint.url)
    assert ended.returncode == 1, (ended.stdout, ended.stderr)
    assert ended.stderr.strip()
    for inside in ("Error Domain", "NSCocoa", "CocoaError", "DecodingError", "dataCorrupted", "UserInfo", "Context("):
        assert inside not in ended.stderr


# Logs


def test_logs_are_chosen_by_time_level_and_video(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    for key in ("logged/one.mp4", "logged/two.mp4"):
        jobs.completed(short_video, key)
    jobs.settled()
    named = {"ZOETROPE_ENDPOINT": endpoint.url}

    def logs(*options: str) -> str:
        ended = zoetrope("logs", "--lines", "5000", *options, **named)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    of_one = logs("--video", "logged/one.mp4")
    assert "REPORT" in of_one and "SnippetsFunction" in of_one and "ProcessClipFunction" in of_one
    assert "logged/two.mp4" not in of_one
    assert logs("--video", "logged/absent.mp4") == ""
    assert "REPORT" not in logs("--video", "logged/one.mp4", "--level", "info")
    assert logs("--video", "logged/one.mp4", "--level", "critical") == ""
    assert logs("--since", "1h", "--video", "logged/one.mp4") == of_one
    assert logs("--since", "2100-01-01T00:00:00Z") == ""
    # The last lines that are wanted, not those wanted of the last lines.
    assert "REPORT" in zoetrope("logs", "--video", "logged/one.mp4", "--lines", "3", **named).stdout
    for wrong in (["--since", "yesterday"], ["--level", "loud"], ["--lines", "0"]):
        assert zoetrope("logs", *wrong, **named).returncode == 2


@contextlib.contextmanager
def on_a_screen(*arguments: object, columns: int = 80, **variables: str) -> Iterator[Screen]:
    screen = Screen([ZOETROPE, *map(str, arguments)], clean_environment(**variables), columns)
    try:
        yield screen
    finally:
        screen.close()


def test_on_a_terminal_logs_are_laid_out_for_reading(endpoint: Endpoint, jobs: Jobs, short_video: Path):
    key = "logged/read.mp4"
    jobs.completed(short_video, key)
    jobs.settled()
    options = ["logs", "--video", key, "--level", "info"]
    with on_a_screen(*options, columns=200, ZOETROPE_ENDPOINT=endpoint.url) as screen:
        assert screen.ended() == 0
    assert f"key={key}" in screen.said and '"message"' not in screen.said
    with on_a_screen(*options, "--raw", columns=200, ZOETROPE_ENDPOINT=endpoint.url) as screen:
        assert screen.ended() == 0
    assert '"message"' in screen.said


# Progress


@pytest.fixture
def rendering(
    stage: Endpoint, jobs: Jobs, short_video: Path
) -> Callable[[int], contextlib.AbstractContextManager[Screen]]:
    """A command that waits for a job of 100 clips and 3,000 stills, of which the test has made 30 stills."""
    own, key = Jobs(stage), "drawn.mp4"
    names = Names.of(key)
    jobs.completed(short_video, "planned.mp4")
    (planned,) = [name for name in jobs.sizes("planned/.clips/") if name.endswith("/plan.json")]
    plan = json.loads(jobs.get(planned)) | {"clips": 100, "stills": 3000}

    @contextlib.contextmanager
    def begin(columns: int) -> Iterator[Screen]:
        with on_a_screen("process", short_video, "--key", key, columns=columns, ZOETROPE_ENDPOINT=stage.url) as screen:
            screen.read_until(lambda lines: any("uploaded" in line for line in lines))
            etag = own.s3.head_object(Bucket=SOURCE, Key=key)["ETag"].strip('"')
            own.s3.put_object(
                Bucket=GIFS, Key=f"{names.folder}/.clips/{etag}-00000000/plan.json", Body=json.dumps(plan))
            for number in range(1, 31):
                own.s3.put_object(Bucket=GIFS, Key=names.still(0, number), Body=b"jpeg")
            yield screen

    return begin


@pytest.mark.parametrize("columns", [40, 80])
def test_progress_keeps_the_time_left_at_any_width(rendering, columns: int):
    with rendering(columns) as screen:
        screen.read_until(lambda lines: any(" left" in line and "render" in line for line in lines))
        drawn = [line for line in screen.lines if line.startswith("render")]
        assert all(len(line) < columns for line in drawn), drawn
        assert all(line.endswith(" left") for line in drawn if " 0%" not in line), drawn


def test_progress_is_drawn_again_for_another_width(rendering):
    with rendering(120) as screen:
        screen.read_until(lambda lines: any(" left" in line and "stills 30/3000" in line for line in lines))
        drawn = len(screen.lines)
        screen.resize(40)
        screen.read_until(lambda lines: any(" left" in line and len(line) < 40 for line in lines[drawn:]), seconds=30)


def test_an_interrupted_command_says_that_the_job_goes_on(rendering):
    with rendering(80) as screen:
        screen.read_until(lambda lines: any(" left" in line for line in lines))
        screen.type(b"\x03")
        assert screen.ended() == 130
    assert "the job goes on" in screen.said and "zoetrope show drawn.mp4" in screen.said
