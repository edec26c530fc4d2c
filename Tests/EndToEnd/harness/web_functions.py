"""Functions that are called over HTTP, speaking the Runtime API themselves; and a template with every kind of route."""

import os
import sys
from pathlib import Path

from . import lambdas

# What it does is said by the path: `/echo` returns the event, `/raw` returns the request's body as the result itself.
WEB = f"""#!{os.path.realpath(sys.executable)} -SEu
""" + r'''import base64, hashlib, http.client, json, os, socket, sys, time, urllib.request
address = os.environ["AWS_LAMBDA_RUNTIME_API"]
base = "/2018-06-01/runtime/invocation/"
api = http.client.HTTPConnection(address)
PRELUDE = "application/vnd.awslambda.http-integration-response"


def stream(request, parts, content_type=PRELUDE, breaks=False):
    host, port = address.split(":")
    line = socket.create_connection((host, int(port)))
    line.sendall((f"POST {base}{request}/response HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n"
                  f"Lambda-Runtime-Function-Response-Mode: streaming\r\nContent-Type: {content_type}\r\n"
                  "Trailer: Lambda-Runtime-Function-Error-Type\r\n\r\n").encode())
    for part in parts:
        line.sendall(b"%x\r\n%s\r\n" % (len(part), part))
    end = b"Lambda-Runtime-Function-Error-Type: Broken\r\n" if breaks else b""
    line.sendall(b"0\r\n" + end + b"\r\n")
    line.recv(4096)
    line.close()


def body_of(event):
    body = event.get("body", "")
    return base64.b64decode(body) if event["isBase64Encoded"] else body.encode()


def timed(parts, seconds):
    for part in parts:
        yield part
        time.sleep(seconds)


def handle(event, request):
    query = event.get("queryStringParameters", {})
    context = event.get("requestContext", {})
    if context.get("zoetrope", {}).get("phase") == "check":
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(f"check {len(body_of(event))}\n")
        if event["headers"].get("x-key") != "good":
            return {"statusCode": 401, "body": "wrong key"}
        return {"statusCode": 100}
    match event.get("rawPath", "").rsplit("/", 1)[-1]:
        case "raw" if event["requestContext"].get("zoetrope", {}).get("phase") == "missing":
            return {"statusCode": 202, "body": "asked again"}
        case "raw":
            return body_of(event)
        case "sleep":
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(f"began {query.get('name')}\n")
            time.sleep(float(query["seconds"]))
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(f"ended {query.get('name')}\n")
        case "fail":
            os._exit(3)
        case "stream":
            metadata = {"statusCode": 201, "headers": {"content-type": "text/plain"}, "cookies": ["a=1", "b=2"]}
            parts = [json.dumps(metadata).encode() + bytes(8)]
            parts += [b"part %d\n" % number for number in range(int(query.get("parts", 3)))]
            stream(request, timed(parts, float(query.get("pause", 0))), breaks="breaks" in query)
            return None
        case "flood":
            stream(request, (b"x" * 65536 for _ in range(int(query["mib"]) * 16)), "text/plain")
            return None
        case "upload":
            digests = []
            for part in context["zoetrope"]["parts"]:
                path = part["url"].removeprefix("file://")
                if part["url"].startswith("file://"):
                    with open(path, "rb") as file:
                        part["read"] = hashlib.file_digest(file, "sha256").hexdigest()
                digests.append(part)
            caller = context.get("authorizer", {}).get("iam", {}).get("accessKey", "")
            return {"statusCode": 200, "headers": {"x-caller": caller}, "body": json.dumps(digests)}
    return {
        "statusCode": 200, "headers": {"content-type": "application/json", "x-from": "function"},
        "body": json.dumps({"event": event, "process": os.getpid()}),
    }


while True:
    api.request("GET", base + "next")
    answer = api.getresponse()
    request, event = answer.getheader("Lambda-Runtime-Aws-Request-Id"), json.loads(answer.read())
    result = handle(event, request)
    if result is not None:
        api.request("POST", base + request + "/response", result if isinstance(result, bytes) else json.dumps(result))
        api.getresponse().read()
'''

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: web/
    Handler: web
    Runtime: provided.al2023
    Timeout: 20
    Environment:
      Variables: {{NOTES: {notes}}}
Resources:
  Open:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration:
        AllowOrigins: [https://app.example]
        AllowMethods: [GET, POST]
        AllowHeaders: [x-custom]
        ExposeHeaders: [x-from]
        MaxAge: 600
        AllowCredentials: true
  Web:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {{AuthType: NONE, InvokeMode: RESPONSE_STREAM}}
      Events:
        Echo: {{Type: HttpApi, Properties: {{Path: /echo, Method: ANY}}}}
        Pet: {{Type: HttpApi, Properties: {{Path: "/pets/{{id}}", Method: GET}}}}
        Files: {{Type: HttpApi, Properties: {{Path: "/files/{{proxy+}}", Method: GET}}}}
        Raw: {{Type: HttpApi, Properties: {{Path: /raw, Method: POST}}}}
        Stream: {{Type: HttpApi, Properties: {{Path: /stream, Method: GET}}}}
        Flood: {{Type: HttpApi, Properties: {{Path: /flood, Method: GET}}}}
        Sleep: {{Type: HttpApi, Properties: {{Path: /sleep, Method: GET}}}}
        Fail: {{Type: HttpApi, Properties: {{Path: /fail, Method: GET}}}}
  Shared:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Shared: {{Type: HttpApi, Properties: {{Path: /shared/echo, Method: GET, ApiId: !Ref Open}}}}
  Signed:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {{AuthType: AWS_IAM}}
  SignedUpload:
    Type: AWS::Serverless::Function
    Metadata: {{Zoetrope: {{MaximumBody: 209715200}}}}
    Properties:
      FunctionUrlConfig: {{AuthType: AWS_IAM}}
  Single:
    Type: AWS::Serverless::Function
    Properties:
      ReservedConcurrentExecutions: 1
      Events:
        Single: {{Type: HttpApi, Properties: {{Path: /single/sleep, Method: GET}}}}
  Upload:
    Type: AWS::Serverless::Function
    Metadata: {{Zoetrope: {{MaximumBody: 209715200}}}}
    Properties:
      Events:
        Upload: {{Type: HttpApi, Properties: {{Path: /upload, Method: POST}}}}
"""


def write(folder: Path) -> Path:
    """The program and its template; returns the template. What functions note is in `folder/notes`."""
    lambdas.write_program(folder / "web" / "bootstrap", WEB)
    template = folder / "template.yaml"
    template.write_text(TEMPLATE.format(notes=folder / "notes"))
    (folder / "notes").touch()
    return template
