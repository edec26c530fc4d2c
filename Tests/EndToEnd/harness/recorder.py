"""A function that writes down every event it is invoked with: what a deployment's own function would see."""

import json
import os
import sys
from pathlib import Path
from urllib.parse import unquote_plus

from .installation import TEMPLATE

# Any executable that speaks the Lambda Runtime API is a function; this one is Python.
BOOTSTRAP = """#!{python}
import json, os, urllib.request
api = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{{api}}/next") as invocation:
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(invocation)
    with open(os.environ["RECORD"], "a") as record:
        record.write(json.dumps(event) + "\\n")
    urllib.request.urlopen(f"{{api}}/{{request_id}}/response", data=b"{{}}").read()
"""

RESOURCE = """\
  RecorderFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: recorder/
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 30
      MemorySize: 256
      Environment:
        Variables:
          RECORD: {record}
      Events:
        Output:
          Type: S3
          Properties:
            Bucket: !Ref GifsBucket
            Events: s3:ObjectCreated:*
        Announcement:
          Type: EventBridgeRule
          Properties:
            Pattern:
              source: [custom.gifGenerator]

"""


class Recorder:
    """A template like the project's with one function more, and what that function has seen."""

    def __init__(self, folder: Path, text: str | None = None):
        """`text` is another template than the project's."""
        self._record = folder / "record.jsonl"
        code = folder / "recorder"
        code.mkdir(parents=True)
        (code / "bootstrap").write_text(BOOTSTRAP.format(python=os.path.realpath(sys.executable)))
        (code / "bootstrap").chmod(0o755)
        marker = "  SourceBucket:\n    Type: AWS::S3::Bucket\n"
        text = text or TEMPLATE.read_text()
        assert text.count(marker) == 1
        self.template = folder / "template.yaml"
        self.template.write_text(text.replace(marker, RESOURCE.format(record=self._record) + marker))

    def events(self) -> list[dict]:
        if not self._record.exists():
            return []
        # What is being written has no end of line yet.
        return [json.loads(line) for line in self._record.read_text().split("\n")[:-1]]

    def announcements(self, detail_type: str) -> list[dict]:
        return [event["detail"] for event in self.events() if event.get("detail-type") == detail_type]

    def created(self) -> list[str]:
        """Keys of the objects whose creation in the output bucket was notified, decoded as a consumer must."""
        records = [record for event in self.events() for record in event.get("Records", [])]
        return [unquote_plus(record["s3"]["object"]["key"]) for record in records]
