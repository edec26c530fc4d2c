"""Functions that other people wrote: a handler in Python under AWS's own runtime client, and programs of a few lines."""

import json
import os
import sys
import zipfile
from pathlib import Path

# As anybody packages it: the runtime client finds the handler by the name that the template gives.
RUNTIME_CLIENT = f"""#!/bin/sh
exec {sys.executable} -m awslambdaric "$_HANDLER"
"""

HANDLER = '''
import os, sys, time

print("loaded")

def handler(event, context):
    print("asked for", event.get("do"))
    match event.get("do"):
        case "fail":
            raise ValueError("no such thing as " + event["thing"])
        case "exit":
            sys.stdout.flush()
            os._exit(event["code"])
        case "sleep":
            time.sleep(event["seconds"])
        case "big":
            return "x" * event["bytes"]
        case "note":
            open(event["file"], "a").write(event["text"] + "\\n")
        case "wait":
            open(event["file"], "w").close()
            while not os.path.exists(event["gate"]):
                time.sleep(0.01)
        case "context":
            caller = context.client_context
            return [caller.client.installation_id, caller.client.app_title, caller.custom, caller.env]
    return {
        "event": event, "request": context.aws_request_id, "name": context.function_name,
        "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(), "folder": os.environ["LAMBDA_TASK_ROOT"],
    }
'''

# Streams as the Runtime API has it: a chunked body, and trailers if it breaks off.
STREAMER = f"""#!{os.path.realpath(sys.executable)} -SEu
""" + r'''import base64, http.client, json, os, socket, sys, time
address = os.environ["AWS_LAMBDA_RUNTIME_API"]
base = "/2018-06-01/runtime/invocation/"
while True:
    api = http.client.HTTPConnection(address)
    api.request("GET", base + "next")
    answer = api.getresponse()
    request, event = answer.getheader("Lambda-Runtime-Aws-Request-Id"), json.loads(answer.read())
    print("streaming", event)
    if event.get("buffered"):
        api.request("POST", base + request + "/response", json.dumps("all at once"))
        api.getresponse().read()
        continue
    host, port = address.split(":")
    line = socket.create_connection((host, int(port)))
    line.sendall((f"POST {base}{request}/response HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n"
                  "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                  "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
                  "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n").encode())
    def send(part):
        line.sendall(b"%x\r\n%b\r\n" % (len(part), part))
    for number in range(event.get("chunks", 3)):
        send((f"part {number};" * event.get("repeat", 1)).encode())
        gate = event.get("gate") if number == 0 else None
        while gate and not os.path.exists(gate):
            time.sleep(0.01)
    if event.get("crash"):
        os._exit(1)
    if event.get("break"):
        line.close()
        continue
    trailers = ""
    if event.get("fail"):
        body = base64.b64encode(json.dumps({"errorType": "Torn", "errorMessage": "half-way"}).encode()).decode()
        trailers = f"Lambda-Runtime-Function-Error-Type: Torn\r\nLambda-Runtime-Function-Error-Body: {body}\r\n"
    line.sendall(("0\r\n" + trailers + "\r\n").encode())
    line.recv(65536)
    line.close()
'''


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def packed(folder: Path, archive: Path) -> Path:
    """The folder as a ZIP file, with the modes of its files."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(folder.rglob("*")):
            made.write(file, file.relative_to(folder))
    return archive


def write_template(path: Path, **functions: dict) -> Path:
    """A template of functions by name, from their properties."""
    path.write_text(json.dumps({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            name: {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "FunctionName": name, "Runtime": "provided.al2023", "Timeout": 60, "MemorySize": 256, **properties,
                },
            }
            for name, properties in functions.items()
        },
    }))
    return path
