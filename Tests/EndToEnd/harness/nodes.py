"""Many machines on one: a store, a Redis server and nodes that share both."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

from .endpoint import ACCESS_KEY, REGION, SECRET_KEY, SOURCE, Endpoint
from .installation import TEMPLATE
from .job import Jobs
from .recorder import Recorder
from .redis import Redis

# Seconds; what a node that is killed had claimed is with the others after this and a third more.
TAKEOVER = 3
# The nodes' own credentials, which are not the store's.
NODE_KEY, NODE_SECRET = "node-key", "node-secret"

# The store is an endpoint that runs nothing of the job.
STORE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  SourceBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: zoetrope-source
  GifsBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: zoetrope-gifs
"""


class Nodes:
    """To be used as a context: whatever happens, nothing of it is left."""

    def __init__(
        self, folder: Path, count: int = 2, template: Path = TEMPLATE, arguments: tuple[str, ...] = (),
        takeover: int = TAKEOVER, redis: Callable[[Path], Redis] = Redis,
    ):
        self._redis = redis
        self._folder = folder
        self._count = count
        self._template = template
        self._arguments = arguments
        self._takeover = takeover
        self.written = Recorder(folder / "written", STORE)

    def __enter__(self) -> "Nodes":
        self.redis = self._redis(self._folder / "redis")
        self.store = Endpoint(self._folder / "store", self.written.template)
        self.nodes = []
        try:
            self.store.start()
            self.jobs = Jobs(self.store)
            for _ in range(self._count):
                self.add()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for endpoint in (*self.nodes, self.store):
            if endpoint.is_running:
                endpoint.stop()
        self.redis.stop()

    def status(self, number: int = 0) -> dict:
        with urllib.request.urlopen(f"{self.nodes[number].web_url}/api/status", timeout=30) as answer:
            return json.load(answer)

    def add(self) -> Endpoint:
        """Starts one node more."""
        node = Endpoint(
            self._folder / f"node-{len(self.nodes)}", self._template,
            (
                "--store", self.store.url, "--takeover-after", str(self._takeover), *self._arguments,
            ),
            {
                # Not an argument, which other users of the machine would see with its password.
                "ZOETROPE_QUEUE": self.redis.url,
                "ZOETROPE_ACCESS_KEY_ID": NODE_KEY, "ZOETROPE_SECRET_ACCESS_KEY": NODE_SECRET,
                "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION,
            },
        )  # fmt: skip
        self.nodes.append(node)
        node.start()
        return node

    def upload(self, content: bytes | Path, key: str, node: Endpoint) -> str:
        """Puts a video into the store and tells a node, as the store's webhook would. Returns its ETag."""
        etag = self.jobs.upload(content, key)
        record = {
            "eventName": "s3:ObjectCreated:Put",
            "s3": {"bucket": {"name": SOURCE}, "object": {"key": key.replace(" ", "+"), "eTag": etag}},
        }
        event = {"EventName": "s3:ObjectCreated:Put", "Key": f"{SOURCE}/{key}", "Records": [record]}
        assert notify(node, event) == {"queued": 1, "refused": []}
        return etag


def notify(node: Endpoint, event: object) -> dict:
    """Posts to a node's webhook. Returns its answer; `urllib.error.HTTPError` if it refuses."""
    request = urllib.request.Request(
        f"{node.web_url}/api/notifications", json.dumps(event).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
