"""Nodes that share a queue in Redis and a store."""

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import botocore.exceptions
import pytest

from harness import videos
from harness.endpoint import Endpoint, up_arguments
from harness.installation import zoetrope
from harness.job import Jobs, Names
from harness.jobcheck import assert_whole
from harness.nodes import NODE_KEY, NODE_SECRET, Nodes, notify
from harness.outcome import Outcome, announced, manifests_written
from harness.processes import descendants, is_running
from harness.puppets import Puppets, entry, publish
from harness.receiver import Certificate
from harness.recorder import Recorder
from harness.redis import Redis
from harness.waiting import until

KEY = "talks/shared 1.mp4"
CLIPS = 40
# Large GIFs make for enough to do after the first clips are done.
SETTINGS = ("--parameter", "SnippetSize=1", "--parameter", "GifWidth=640")


@pytest.fixture(scope="module")
def forty_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds, a clip each, that take long enough for a kill to come between."""
    path = tmp_path_factory.mktemp("videos") / "forty.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25", "-t", CLIPS]
    videos.run([*videos.FFMPEG, *source, *videos.H264, "-preset", "ultrafast", "-g", "25", path])
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, forty_clips: Path) -> Outcome:
    """What one machine makes of it undisturbed."""
    endpoint = Endpoint(tmp_path_factory.mktemp("undisturbed"), arguments=SETTINGS)
    endpoint.start()
    jobs = Jobs(endpoint)
    jobs.completed(forty_clips, KEY, seconds=180)
    outcome = Outcome.of(jobs, KEY)
    assert endpoint.stop() == 0
    return outcome


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "recorder")


@pytest.fixture
def two_nodes(tmp_path: Path, recorder: Recorder) -> Iterator[Nodes]:
    with Nodes(tmp_path, template=recorder.template, arguments=SETTINGS) as nodes:
        yield nodes


def records(nodes: Nodes) -> int:
    """Clips that are done."""
    names = nodes.jobs.sizes(f"{Names.of(KEY).folder}/.clips/")
    return sum(name.rsplit("/", 1)[1].removesuffix(".json").isdecimal() for name in names)


def kill_tree(node: Endpoint) -> None:
    """Everything of a node at once, with no chance to say good-bye."""
    tree = [node.pid, *descendants(node.pid)]
    for process in tree:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until("the node to be gone", lambda: not any(map(is_running, tree[1:])), seconds=30)
    assert node.ended(seconds=30) == -signal.SIGKILL


@pytest.mark.timeout(400)
def test_a_job_survives_a_node_that_is_killed(two_nodes: Nodes, recorder: Recorder, forty_clips: Path, undisturbed: Outcome):
    dying, living = two_nodes.nodes
    etag = two_nodes.upload(forty_clips, KEY, dying)
    until("some clips to be done", lambda: records(two_nodes) >= 3, seconds=60, every=0.005)
    kill_tree(dying)
    assert records(two_nodes) < CLIPS, "the job was over before the kill"

    two_nodes.nodes.remove(dying)
    manifest = two_nodes.jobs.wait(KEY, etag, seconds=180)
    assert_whole(two_nodes.jobs, KEY, manifest)
    assert len(manifest["clips"]) == CLIPS
    until("the announcement", lambda: announced(recorder, KEY), seconds=60)
    Jobs(living).settled()
    two_nodes.jobs.settled()
    assert Outcome.of(two_nodes.jobs, KEY).differences(undisturbed) == []
    assert manifests_written(two_nodes.written, KEY) == 2
    assert [event["detail-type"] for event in announced(recorder, KEY)] == ["videoProcessed"]


@pytest.mark.timeout(400)
def test_a_job_survives_the_queues_server(two_nodes: Nodes, recorder: Recorder, forty_clips: Path, undisturbed: Outcome):
    one, other = two_nodes.nodes
    etag = two_nodes.upload(forty_clips, KEY, one)
    until("some clips to be done", lambda: records(two_nodes) >= 3, seconds=60, every=0.005)
    two_nodes.redis.restart()

    assert_whole(two_nodes.jobs, KEY, two_nodes.jobs.wait(KEY, etag, seconds=180))
    until("the announcement", lambda: announced(recorder, KEY), seconds=60)
    Jobs(other).settled()
    Jobs(one).settled()
    assert Outcome.of(two_nodes.jobs, KEY).differences(undisturbed) == []
    assert [event["detail-type"] for event in announced(recorder, KEY)] == ["videoProcessed"]


def test_a_node_that_is_killed_goes_on_with_its_work_at_its_next_start(tmp_path: Path):
    puppets = Puppets(tmp_path / "puppets", Held={})
    # No other node would take over before the test is over.
    with Nodes(tmp_path, count=1, template=puppets.template, arguments=("--concurrency", "2"), takeover=3600) as nodes:
        node = nodes.nodes[0]
        publish(node, entry("Held", gate="open", number=1), entry("Held", number=2))
        until("both to begin", lambda: len(puppets.notes("begin")) == 2, seconds=60)
        until("one to be done", lambda: queued(nodes) == 1, seconds=60)
        kill_tree(node)
        node.start()
        until("the other to begin again", lambda: len(puppets.notes("begin", number=1)) == 2, seconds=60)
        puppets.open("open")
        until("the other to be done", lambda: queued(nodes) == 0, seconds=60)
        assert len(puppets.notes("end")) == 2


def test_a_node_that_stops_ends_what_it_has_begun_and_leaves_the_rest(tmp_path: Path):
    puppets = Puppets(tmp_path / "puppets", Held={"Retries": 0})
    with Nodes(tmp_path, count=1, template=puppets.template, arguments=("--concurrency", "1"), takeover=3600) as nodes:
        leaving = nodes.nodes[0]
        publish(leaving, *(entry("Held", gate="open", number=number) for number in range(3)))
        until("one to begin", lambda: puppets.notes("begin"), seconds=60)
        staying = nodes.add()
        until("one to begin at the other node", lambda: len(puppets.notes("begin")) == 2, seconds=60)

        leaving.send(signal.SIGTERM)
        puppets.open("open")
        assert leaving.ended(seconds=60) == 0
        nodes.nodes.remove(leaving)
        until("all to be done", lambda: queued(nodes) == 0, seconds=60)
        assert sorted(note["order"]["number"] for note in puppets.notes("end")) == [0, 1, 2]
        assert staying.is_running


def test_dead_letters_are_of_all_nodes(tmp_path: Path):
    puppets = Puppets(tmp_path / "puppets", Failing={"Retries": 1})
    with Nodes(tmp_path, template=puppets.template) as nodes:
        one, other = nodes.nodes
        publish(one, entry("Failing", do="error", until="mended"))
        for node in (one, other):
            until("the letter", lambda node=node: "Ordered" in letters(node), seconds=60)
        assert len(puppets.notes("begin")) == 2
        puppets.open("mended")
        assert "1" in zoetrope("dlq", "redrive", "--all", "--console", other.web_url).stdout
        until("it to be done", lambda: queued(nodes) == 0 and puppets.notes("end"), seconds=60)
        assert "Ordered" not in letters(one)


def letters(node: Endpoint) -> str:
    return zoetrope("dlq", "list", "--console", node.web_url).stdout


def queued(nodes: Nodes) -> int:
    return sum(function["queued"] for function in nodes.status()["functions"])


def test_a_node_keeps_no_objects_and_no_rules_of_its_own(tmp_path: Path):
    puppets = Puppets(tmp_path / "puppets", Told={})
    with Nodes(tmp_path, count=1, template=puppets.template) as nodes:
        node = nodes.nodes[0]
        with pytest.raises(botocore.exceptions.ClientError, match="keeps no objects"):
            node.client("s3", NODE_KEY, NODE_SECRET).list_buckets()
        events = node.client("events", NODE_KEY, NODE_SECRET)
        assert len(events.list_rules()["Rules"]) == 1
        with pytest.raises(botocore.exceptions.ClientError, match="template"):
            events.put_rule(Name="mine", EventPattern='{"source": ["me"]}')
        answer = events.put_events(Entries=[entry("Told")])
        assert answer["FailedEntryCount"] == 0
        until("the event to arrive", lambda: puppets.notes("end"), seconds=60)
        with pytest.raises(botocore.exceptions.ClientError, match=r"security token|access key|InvalidAccessKeyId|Unrecognized"):
            node.client("events", "unknown", "nothing").list_rules()


def test_a_stores_reports_are_taken_in_each_form(tmp_path: Path):
    upload = {"Type": "S3", "Properties": {"Bucket": {"Ref": "Videos"}, "Events": "s3:ObjectCreated:*"}}
    videos_bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "videos"}}
    puppets = Puppets(tmp_path / "puppets", {"Videos": videos_bucket}, Told={"Events": {"Upload": upload}})
    bridge = {
        "version": "0", "source": "aws.s3", "detail-type": "Object Created",
        "detail": {"bucket": {"name": "videos"}, "object": {"key": "c d.mp4", "etag": "e", "size": 1}},
    }  # fmt: skip
    record = {"s3": {"bucket": {"name": "videos"}, "object": {"key": "a+b.mp4"}}}
    with Nodes(tmp_path, count=1, template=puppets.template) as nodes:
        node = nodes.nodes[0]
        assert notify(node, {"Records": [record, {"s3": {}}]}) == {
            "queued": 1, "refused": ["record 1: s3.object.key must be a string that is not empty, found nothing"]
        }  # fmt: skip
        assert notify(node, bridge)["queued"] == 1
        assert notify(node, {"EventName": "s3:ObjectCreated:Put", "Key": "videos/e f.mp4"})["queued"] == 1
        # Neither another bucket nor a test concerns the node.
        assert notify(node, {"EventName": "s3:ObjectCreated:Put", "Key": "other/g.mp4"})["queued"] == 0
        assert notify(node, {"Event": "s3:TestEvent"})["queued"] == 0
        for wrong in ({"what": "ever"}, "text", {"Records": [{"s3": {}}]}):
            with pytest.raises(urllib.error.HTTPError) as refused:
                notify(node, wrong)
            assert refused.value.code == 400
        until("all to arrive", lambda: len(puppets.notes("end")) == 3, seconds=60)
        keys = {note["order"]["Records"][0]["s3"]["object"]["key"] for note in puppets.notes("end")}
        assert keys == {"a+b.mp4", "c+d.mp4", "e+f.mp4"}


def test_nodes_share_a_queue_over_tls_with_a_password(tmp_path: Path):
    certificate = Certificate(tmp_path / "certificate")
    puppets = Puppets(tmp_path / "puppets", Worker={})
    with Nodes(
        tmp_path, template=puppets.template, redis=lambda folder: Redis(folder, "p@ss:word/?", certificate)
    ) as nodes:
        for number, node in enumerate(nodes.nodes):
            publish(node, *(entry("Worker", number=number) for _ in range(10)))
        until("both nodes' work", lambda: all(len(puppets.notes("end", number=number)) == 10 for number in range(2)))
        # The connection is made again, and what was acknowledged is still there.
        nodes.redis.restart()
        until("the queue to answer again", lambda: nodes.status()["running"] == 0)
        publish(nodes.nodes[0], entry("Worker", number=7))
        until("work after the restart", lambda: len(puppets.notes("end", number=7)) == 1)
        for node in nodes.nodes:
            assert "p@ss" not in node.tail(100_000) and "p%40ss" not in node.tail(100_000)
            with open(f"/proc/{node.pid}/cmdline", "rb") as arguments:
                assert b"ss%3Aword" not in arguments.read()


def test_one_machine_may_keep_its_objects_elsewhere(tmp_path: Path, own_endpoint, short_video: Path):
    with Nodes(tmp_path, count=0) as nodes:
        node = own_endpoint(arguments=("--store", nodes.store.url))
        node.start()
        etag = nodes.upload(short_video, "alone.mp4", node)
        assert_whole(nodes.jobs, "alone.mp4", nodes.jobs.wait("alone.mp4", etag))
        # Its pages cannot show them, and say so.
        with urllib.request.urlopen(f"{node.web_url}/api/site", timeout=10) as answer:
            site = json.load(answer)
        assert (site.get("sourceBucket"), site.get("outputBucket"), site["snippetSize"]) == (None, None, 30)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--queue", "redis://127.0.0.1:6379"), "--queue needs --store"),
        (("--queue", "http://127.0.0.1", "--store", "http://127.0.0.1:1"), "redis://[user:password@]host:port[/db]"),
        (("--queue", "redis://127.0.0.1", "--store", "127.0.0.1:9000"), "--store must be an address"),
        (("--takeover-after", "0"), "--takeover-after must be a whole number from 1 to 3600, found 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str):
    result = zoetrope(*up_arguments(tmp_path / "data"), *arguments, seconds=30)
    assert result.returncode == 2
    assert said in " ".join(result.stderr.split())


def test_a_redis_server_that_is_not_there_or_lets_nobody_in_is_said(tmp_path: Path):
    redis = Redis(tmp_path / "redis")
    store = ("--store", "http://127.0.0.1:1")
    address = redis.url.replace("://", "://me:hidden@")
    refused = zoetrope(*up_arguments(tmp_path / "data"), "--queue", address, *store, seconds=30)
    redis.stop()
    absent = zoetrope(*up_arguments(tmp_path / "data"), "--queue", address, *store, seconds=30)
    for result, said in ((refused, "WRONGPASS"), (absent, "cannot reach the Redis server")):
        assert result.returncode == 1
        assert said in result.stderr
        assert f"127.0.0.1:{redis.port}" in result.stderr
        assert "hidden" not in result.stderr
