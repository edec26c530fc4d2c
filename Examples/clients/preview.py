"""python preview.py VIDEO: uploads a video, waits for its previews, and prints what they are. Needs boto3.

First: eval "$(zoetrope env)"
"""
import json
import sys
import time
from pathlib import Path

import boto3

s3, path = boto3.client("s3", region_name="us-east-1"), Path(sys.argv[1])
# Zoetrope answers a read as soon as the object is there, at most 20 s later. Other stores ignore this.
s3.meta.events.register("before-call.s3.GetObject", lambda params, **_: params["headers"].update(Prefer="wait=20"))
key, manifest = f"{path.name.removesuffix('.mp4')}/manifest.json", None
etag = s3.put_object(Bucket="zoetrope-source", Key=path.name, Body=path.read_bytes())["ETag"].strip('"')
while not manifest or manifest["source"]["etag"] != etag:
    try:
        manifest = json.load(s3.get_object(Bucket="zoetrope-gifs", Key=key)["Body"])
    except s3.exceptions.NoSuchKey:
        pass
    time.sleep(0.2)  # the manifest of an earlier upload may still be there
print(manifest["status"], manifest.get("reason", ""), *(clip["gif"] for clip in manifest["clips"] if "gif" in clip))
