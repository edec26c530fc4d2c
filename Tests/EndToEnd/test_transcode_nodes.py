"""Two nodes that share a queue in Redis and a store encode the parts of one job together."""

import re
import urllib.request
from pathlib import Path

from harness import sounds
from harness.endpoint import Endpoint
from harness.nodes import Nodes
from test_transcode_jobs import CACHE, KEY, Client


def test_two_nodes_encode_one_file(tmp_path: Path):
    source = sounds.noise_and_tone(tmp_path / "long.wav", seconds=400, rate=32000)
    arguments = ("--parameter", f"TranscoderAuthToken={KEY}", "--concurrency", "1")
    with Nodes(tmp_path / "nodes", count=2, arguments=arguments) as nodes:
        nodes.store.client("s3").create_bucket(Bucket=CACHE)
        first, second = (Client(node) for node in nodes.nodes)
        job = first.begin(source, "target=mp3")
        # Any node tells how far it is, and gives the result.
        events = second.events(job["eventsUrl"])
        percents = [data["percent"] for name, data in events if name == "progress"]
        assert percents == sorted(percents) and events[-1][0] == "done", events
        output = second.result(job, tmp_path / "out.mp3")
        assert len(sounds.samples(output)) == len(sounds.samples(source))
        # The plan, seven parts or more, and the join.
        counts = [invocations(node) for node in nodes.nodes]
        assert sum(counts) >= 9 and min(counts) >= 2, counts


def invocations(node: Endpoint) -> int:
    """Steps of jobs that this node has run."""
    with urllib.request.urlopen(f"{node.web_url}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    pattern = r'^zoetrope_invocations_total\{[^}]*function="TranscodeJobFunction"[^}]*outcome="success"[^}]*\} (\d+)'
    return sum(int(found[1]) for found in re.finditer(pattern, text, re.MULTILINE))
