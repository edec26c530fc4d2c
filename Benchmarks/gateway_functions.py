"""The functions that the gateway's benchmarks call, and clients that see what goes over the wire."""

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

from project import PROJECT

# What it does is said by the path: `/stamps` writes the time of each write, `/sleep` waits, `/refer` returns the
# request's body as the result, `/upload` takes a large body.
WEB = f"""#!{os.path.realpath(sys.executable)} -SEu
""" + r'''import base64, http.client, json, os, socket, time
address = os.environ["AWS_LAMBDA_RUNTIME_API"]
base = "/2018-06-01/runtime/invocation/"
api = http.client.HTTPConnection(address)
host, port = address.split(":")


def stamps(request, query):
    line = socket.create_connection((host, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(part):
        line.sendall(b"%x\r\n%s\r\n" % (len(part), part))

    line.sendall((f"POST {base}{request}/response HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n"
                  "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                  "Content-Type: application/vnd.awslambda.http-integration-response\r\n\r\n").encode())
    send(json.dumps({"statusCode": 200}).encode() + bytes(8))
    for _ in range(int(query["count"])):
        time.sleep(0.02)
        send(b"%20d\n" % time.monotonic_ns())
    line.sendall(b"0\r\n\r\n")
    line.recv(4096)
    line.close()


def result(event, request):
    query = event.get("queryStringParameters", {})
    if event["requestContext"].get("zoetrope", {}).get("phase") == "check":
        is_good = event["headers"].get("x-key") == "good"
        return {"statusCode": 100} if is_good else {"statusCode": 401, "body": "wrong key"}
    match event["rawPath"]:
        case "/stamps":
            return stamps(request, query)
        case "/sleep":
            open(query["mark"], "w").close()
            time.sleep(float(query["seconds"]))
        case "/refer":
            body = event["body"]
            return base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    return {"statusCode": 200, "body": "done"}


while True:
    api.request("GET", base + "next")
    answer = api.getresponse()
    request, event = answer.getheader("Lambda-Runtime-Aws-Request-Id"), json.loads(answer.read())
    made = result(event, request)
    if made is not None:
        api.request("POST", base + request + "/response", made if isinstance(made, bytes) else json.dumps(made))
        api.getresponse().read()
'''

FUNCTIONS = """
  Nothing:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: nothing/
      Handler: nothing
      Runtime: provided.al2023
      Timeout: 30
      Events: {Get: {Type: HttpApi, Properties: {Path: /nothing, Method: GET}}}
  Web:
    Type: AWS::Serverless::Function
    Metadata: {Zoetrope: {MaximumBody: 2147483648}}
    Properties:
      CodeUri: web/
      Handler: web
      Runtime: provided.al2023
      Timeout: 300
      Events:
        Stamps: {Type: HttpApi, Properties: {Path: /stamps, Method: GET}}
        Sleep: {Type: HttpApi, Properties: {Path: /sleep, Method: GET}}
        Refer: {Type: HttpApi, Properties: {Path: /refer, Method: POST}}
        Upload: {Type: HttpApi, Properties: {Path: /upload, Method: POST}}
"""


def write(folder: Path, product: bool = False) -> Path:
    """The functions and their template, beside the product's own functions if `product`. Returns the template."""
    for name in ("nothing", "web"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    source = PROJECT / "Benchmarks" / "functions" / "nothing.c"
    subprocess.run(["cc", "-O2", "-Wall", "-o", folder / "nothing" / "bootstrap", source], check=True)
    program = folder / "web" / "bootstrap"
    program.write_text(WEB)
    program.chmod(0o755)
    template = folder / "template.yaml"
    if product:
        text = (PROJECT / "template.yaml").read_text()
        template.write_text(text.replace("\nResources:\n", f"\nResources:{FUNCTIONS}\n", 1))
    else:
        template.write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:{FUNCTIONS}")
    return template


class Line:
    """A connection that sends and reads bytes as they are."""

    def __init__(self, port: int, seconds: float = 120):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.taken = b""

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, method: str, target: str, *fields: str) -> None:
        self.socket.sendall("\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode())

    def has_answer(self, seconds: float) -> bool:
        return bool(select.select([self.socket], [], [], seconds)[0])

    def more(self) -> bytes:
        part = self.socket.recv(1 << 20)
        self.taken += part
        return part

    def status(self) -> int:
        """Reads the head of the answer; what follows it stays in `taken`."""
        while b"\r\n\r\n" not in self.taken:
            if not self.more():
                raise ConnectionError("the connection ended without an answer")
        head, self.taken = self.taken.split(b"\r\n\r\n", 1)
        return int(head.split()[1])


def form_head(boundary: str = "b0ndary") -> bytes:
    """What comes before the file of a form."""
    return (
        f"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def form_tail(boundary: str = "b0ndary") -> bytes:
    return f"\r\n--{boundary}--\r\n".encode()
