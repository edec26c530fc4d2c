"""The transcoding service as its callers see it: first bytes, jobs and nodes, beside the ffmpeg command."""

import http.client
import json
import os
import subprocess
import time
from pathlib import Path

from harness.endpoint import Endpoint
from harness.nodes import Nodes
from harness.processes import descendants

KEY = "a-key-of-the-benchmark"
PARAMETER = ("--parameter", f"TranscoderAuthToken={KEY}")
BOUNDARY = "b0"
CACHE = "zoetrope-cache"


class Service:
    """What one endpoint serves."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint

    def _post(self, path: str, source: Path) -> http.client.HTTPConnection:
        """Sends the file as curl does; it is read while it is sent."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{source.name}"\r\n\r\n'.encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.endpoint.api_port, timeout=3600)
        connection.putrequest("POST", path)
        connection.putheader("X-Transcoder-Key", KEY)
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(len(head) + source.stat().st_size + len(tail)))
        connection.endheaders(head)
        with open(source, "rb") as file:
            while block := file.read(1 << 20):
                connection.send(block)
        connection.send(tail)
        return connection

    def streamed(self, source: Path, target: str) -> tuple[float, float]:
        """Seconds from the request's last byte to the answer's first and to its last."""
        connection = self._post(f"/transcode?target={target}", source)
        began = time.monotonic()
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read(1)
        first = time.monotonic() - began
        while answer.read(1 << 20):
            pass
        connection.close()
        return first, time.monotonic() - began

    def job(self, source: Path, target: str) -> float:
        """Seconds from the first byte of the request to the event that says that the job has ended."""
        began = time.monotonic()
        connection = self._post(f"/transcode/jobs?target={target}", source)
        answer = connection.getresponse()
        assert answer.status == 202
        job = json.loads(answer.read())
        connection.close()
        events = http.client.HTTPConnection("127.0.0.1", self.endpoint.api_port, timeout=3600)
        events.request("GET", job["eventsUrl"])
        name = ""
        for line in events.getresponse():
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
        events.close()
        assert name == "done", name
        return time.monotonic() - began

    def forget(self) -> None:
        """Empties the cache, so that the next round is a round."""
        client = self.endpoint.client("s3")
        for prefix in ("transcoding/results/", "transcoding/current/"):
            for entry in client.list_objects_v2(Bucket=CACHE, Prefix=prefix).get("Contents", []):
                client.delete_object(Bucket=CACHE, Key=entry["Key"])

    def health(self) -> dict:
        connection = http.client.HTTPConnection("127.0.0.1", self.endpoint.api_port, timeout=120)
        connection.request("GET", "/health")
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


def one_and_two_nodes(folder: Path, source: Path, target: str) -> dict[int, float]:
    """Seconds of one job on one node and on two, each pinned to a processor of its own."""
    seconds: dict[int, float] = {}
    processors = sorted(os.sched_getaffinity(0))
    for count in (1, 2):
        with Nodes(folder / f"nodes-{count}", count, arguments=(*PARAMETER, "--concurrency", "1")) as nodes:
            nodes.store.client("s3").create_bucket(Bucket=CACHE)
            for number, node in enumerate(nodes.nodes):
                for process in (node.pid, *descendants(node.pid)):
                    subprocess.run(
                        ["taskset", "--all-tasks", "--cpu-list", "--pid", str(processors[number]), str(process)],
                        check=True, stdout=subprocess.DEVNULL,
                    )
            seconds[count] = Service(nodes.nodes[0]).job(source, target)
    return seconds
