"""python transcode.py AUDIO OUT.mp3: posts a transcoding job, shows its progress by its events, saves the result. Needs httpx.

First: export TRANSCODER_AUTH_TOKEN=… if the service has a key.
"""
import json
import os
import sys

import httpx

headers = {"X-Transcoder-Key": os.environ.get("TRANSCODER_AUTH_TOKEN", "")}
service = httpx.Client(base_url=os.environ.get("ZOETROPE_API", "http://127.0.0.1:4568"), headers=headers, timeout=None)
target = sys.argv[2].rsplit(".", 1)[-1]
with open(sys.argv[1], "rb") as file:
    job = service.post("/transcode/jobs", params={"target": target}, files={"file": file}).raise_for_status().json()
with service.stream("GET", job["eventsUrl"]) as events:
    for line in events.iter_lines():
        if line.startswith("data: "):
            state = json.loads(line.removeprefix("data: "))
            print(state["status"], f"{state['percent']} %" if "percent" in state else "", file=sys.stderr)
with open(sys.argv[2], "wb") as output:
    output.write(service.get(job["resultUrl"]).raise_for_status().content)
