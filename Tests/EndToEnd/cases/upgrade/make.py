"""Makes folder.tar.xz and expected.json: a data folder as an earlier version leaves it, and what is in it.

python make.py BUILD TEMPLATE: BUILD holds that version's executables, TEMPLATE is its template.yaml. The tests need
neither: they start the present program on the folder.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3

HERE = Path(__file__).parent
KEYS = {"ZOETROPE_ACCESS_KEY_ID": "zoetrope-tests", "ZOETROPE_SECRET_ACCESS_KEY": "secret-of-the-tests"}
SOURCE, GIFS, WORK = "zoetrope-source", "zoetrope-gifs", "Worker"

# Hangs if there is a file `held`, fails if there is none named `mended`, and otherwise writes down what it has done.
BOOTSTRAP = f"""#!{os.path.realpath(sys.executable)} -SEu
import http.client, json, os, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base, folder = "/2018-06-01/runtime/invocation/", os.environ["FOLDER"]
while True:
    api.request("GET", base + "next")
    answer = api.getresponse()
    event, request = json.loads(answer.read()), answer.getheader("Lambda-Runtime-Aws-Request-Id")
    while os.path.exists(folder + "/held"):
        time.sleep(1)
    failed = not os.path.exists(folder + "/mended")
    if not failed:
        with open(folder + "/done.jsonl", "a") as done:
            done.write(json.dumps(event["detail"]) + "\\n")
    body = json.dumps({{"errorType": "Ordered", "errorMessage": "as ordered"}} if failed else {{}})
    api.request("POST", base + request + ("/error" if failed else "/response"), body)
    api.getresponse().read()
"""


def worker_template(folder: Path) -> Path:
    """A template with that function, the two buckets, and the function that uploads are for."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    (code / "bootstrap").write_text(BOOTSTRAP)
    (code / "bootstrap").chmod(0o755)
    properties = {
        "Runtime": "provided.al2023", "CodeUri": "code/", "Handler": "bootstrap",
        "Environment": {"Variables": {"FOLDER": str(folder)}}, "EventInvokeConfig": {"MaximumRetryAttempts": 0},
    }
    told = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["an.application"]}}}
    upload = {"Type": "S3", "Properties": {"Bucket": {"Ref": "Source"}, "Events": "s3:ObjectCreated:*"}}
    functions = {
        name: {"Type": "AWS::Serverless::Function", "Properties": {**properties, "Events": {"Event": event}}}
        for name, event in ((WORK, told), ("SnippetsFunction", upload))
    }
    buckets = {
        name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}}
        for name, bucket in (("Source", SOURCE), ("Gifs", GIFS))
    }
    template = folder / "worker.json"
    template.write_text(json.dumps({
        "AWSTemplateFormatVersion": "2010-09-09", "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {**functions, **buckets},
    }))
    return template


class Old:
    """The earlier program, serving the folder while the context lasts."""

    def __init__(self, build: Path, template: Path, data: Path, *arguments: str):
        self.command = [build / "zoetrope", "up", "--data", data, "--port", "0", "--web-port", "0", "--template", template]
        self.command += ["--functions", build, "--json", *arguments]

    def __enter__(self) -> "Old":
        self.process = subprocess.Popen(
            [str(part) for part in self.command], stdout=subprocess.PIPE, text=True, env={**os.environ, **KEYS})
        addresses = json.loads(self.process.stdout.readline())
        keys = {
            "aws_access_key_id": KEYS["ZOETROPE_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["ZOETROPE_SECRET_ACCESS_KEY"],
            "region_name": "us-east-1", "endpoint_url": addresses["endpoint"]}
        self.s3, self.events = boto3.client("s3", **keys), boto3.client("events", **keys)
        self.admin = addresses["admin"]
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0

    def kill(self) -> None:
        """So that what runs is still queued."""
        self.process.kill()
        self.process.wait(60)

    def dead_letters(self) -> list[dict]:
        with urllib.request.urlopen(f"{self.admin}/api/dead-letters", timeout=30) as answer:
            return json.load(answer)["deadLetters"]

    def publish(self, *numbers: int) -> None:
        entries = [
            {"Source": "an.application", "DetailType": "told", "Detail": json.dumps({"number": number})} for number in numbers]
        assert self.events.put_events(Entries=entries)["FailedEntryCount"] == 0


def objects(s3) -> dict[str, dict]:
    """Everything about each object that a client can see."""
    found = {}
    for bucket in (SOURCE, GIFS):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", []):
                one = s3.get_object(Bucket=bucket, Key=entry["Key"])
                tags = s3.get_object_tagging(Bucket=bucket, Key=entry["Key"])["TagSet"]
                found[f"{bucket}/{entry['Key']}"] = {
                    "etag": one["ETag"], "size": one["ContentLength"], "type": one["ContentType"],
                    "metadata": one["Metadata"], "modified": one["LastModified"].isoformat(), "tags": tags,
                    "sha256": hashlib.sha256(one["Body"].read()).hexdigest(),
                }
    return found


def main(build: Path, template: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, video = folder / "data", folder / "video.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=10", "-t", "2", "-c:v", "libx264",
             "-pix_fmt", "yuv420p", video], check=True)
        small = [word for one in ("GifWidth=16", "SnippetSize=1") for word in ("--parameter", one)]
        with Old(build, template, data, *small) as old:
            s3 = old.s3
            s3.put_object(Bucket=SOURCE, Key="talks/first talk.mp4", Body=video.read_bytes())
            while not any("/storyboard/" in key for key in objects(s3)):
                time.sleep(0.2)
            # Content that took the place of other content, attributes, parts, copies, and what is gone.
            for number in range(3):
                s3.put_object(Bucket=GIFS, Key="replaced", Body=b"version %d" % number, Metadata={"version": str(number)})
            s3.put_object(
                Bucket=GIFS, Key="ünï/çödé & more.txt", Body=b"text", ContentType="text/plain; charset=utf-8",
                CacheControl="max-age=60", Tagging="one=1&two=2")
            s3.put_object(Bucket=GIFS, Key="empty", Body=b"")
            s3.put_object(Bucket=GIFS, Key="gone", Body=b"gone")
            s3.delete_object(Bucket=GIFS, Key="gone")
            s3.copy_object(Bucket=GIFS, Key="copied", CopySource=f"{GIFS}/replaced")
            upload = s3.create_multipart_upload(Bucket=GIFS, Key="in parts")["UploadId"]
            parts = [b"a" * (5 << 20), b"b"]
            etags = [
                s3.upload_part(Bucket=GIFS, Key="in parts", UploadId=upload, PartNumber=number, Body=part)["ETag"]
                for number, part in enumerate(parts, 1)]
            s3.complete_multipart_upload(
                Bucket=GIFS, Key="in parts", UploadId=upload,
                MultipartUpload={"Parts": [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]})
            upload = s3.create_multipart_upload(Bucket=GIFS, Key="unfinished", Metadata={"began": "before"})["UploadId"]
            part = s3.upload_part(Bucket=GIFS, Key="unfinished", UploadId=upload, PartNumber=1, Body=b"first part")["ETag"]
            s3.put_bucket_cors(Bucket=GIFS, CORSConfiguration={
                "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]})
        with Old(build, worker_template(folder), data) as old:
            old.events.put_rule(Name="by-hand", EventPattern=json.dumps({"source": ["by.hand"]}))
            old.events.put_targets(
                Rule="by-hand", Targets=[{"Id": "one", "Arn": f"arn:aws:lambda:us-east-1:000000000000:function:{WORK}"}])
            old.publish(1, 2, 3)
            while len(letters := old.dead_letters()) < 3:
                time.sleep(0.2)
            (folder / "held").touch()
            old.publish(4, 5, 6)
            old.s3.put_object(Bucket=SOURCE, Key="queued.mp4", Body=video.read_bytes())
            expected = {
                "objects": objects(old.s3), "deadLetters": letters, "queued": [4, 5, 6], "queuedVideo": "queued.mp4",
                "upload": {"key": "unfinished", "id": upload, "part": part},
                "cors": old.s3.get_bucket_cors(Bucket=GIFS)["CORSRules"],
            }
            old.kill()
        (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        for part in ("logs", "tmp", "code"):
            subprocess.run(["rm", "-rf", data / part], check=True)
        with tarfile.open(HERE / "folder.tar.xz", "w:xz") as archive:
            archive.add(data, "data")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
