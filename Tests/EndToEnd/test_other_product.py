"""The host without this project's services: another template on the same installation, and on the same data folder."""

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.endpoint import Endpoint
from harness.job import Jobs


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    (folder / "template.yaml").write_text(
        """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Notes: {Type: AWS::S3::Bucket, Properties: {BucketName: notes}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: Hello
      Runtime: provided.al2023
      Handler: HelloHTTP.Hello
      CodeUri: .build/lambda/HelloHTTP/
      Events:
        Greeting: {Type: HttpApi, Properties: {Method: GET, Path: "/hello/{name}"}}
"""
    )
    return folder / "template.yaml"


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read()


@contextlib.contextmanager
def serve(endpoint: Endpoint) -> Iterator[Endpoint]:
    endpoint.start()
    try:
        yield endpoint
    finally:
        assert endpoint.stop() == 0


def check(endpoint: Endpoint) -> None:
    s3 = endpoint.client("s3")
    s3.put_object(Bucket="notes", Key="a note.txt", Body=b"kept")
    assert s3.get_object(Bucket="notes", Key="a note.txt")["Body"].read() == b"kept"
    assert get(f"{endpoint.api_url}/hello/Ada") == (200, b"Hello, Ada!\n")
    status = json.loads(get(f"{endpoint.web_url}/api/status")[1])
    assert [function["name"] for function in status["functions"]] == ["Hello"]
    assert get(f"{endpoint.web_url}/console")[0] == 200
    assert get(f"{endpoint.web_url}/metrics")[0] == 200


def test_a_host_serves_a_template_without_this_product(template: Path, tmp_path: Path):
    with serve(Endpoint(tmp_path / "fresh", template)) as endpoint:
        check(endpoint)


def test_a_data_folder_of_this_product_serves_another_one(template: Path, short_video: Path, tmp_path: Path):
    with serve(Endpoint(tmp_path / "data")) as endpoint:
        jobs = Jobs(endpoint)
        before = jobs.completed(short_video, "kept.mp4")
        jobs.settled()
    with serve(Endpoint(tmp_path / "data", template)) as endpoint:
        check(endpoint)
        # Nothing was lost by it.
        assert Jobs(endpoint).manifest("kept.mp4") == before
