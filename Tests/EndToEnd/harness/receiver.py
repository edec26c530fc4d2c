"""An application that webhooks are posted to: it remembers what comes and answers as it is told."""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict:
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """As a receiver checks it (Standard Webhooks)."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return any(hmac.compare_digest(expected, one) for one in self.headers["webhook-signature"].split(" "))


class Receiver:
    """On loopback, with TLS if it is given a certificate. A context: it is stopped at the end."""

    def __init__(self, certificate: "Certificate | None" = None):
        self.posted: list[Posted] = []
        # Statuses of the next answers; then `usual`.
        self.statuses: list[int] = []
        self.usual = 204
        # What is posted is not answered before this.
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    receiver.posted.append(Posted(self.path, headers, body))
                    status = receiver.statuses.pop(0) if receiver.statuses else receiver.usual
                receiver.gate.wait(120)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """Connections that are refused or left are part of the tests."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.path, certificate.key)
            # Not in the loop that accepts, which a client that says nothing would hold up.
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.server.server_address[1]}/hook"

    def events(self, **detail: object) -> list[Posted]:
        """What was posted of events with these members."""
        with self.lock:
            return [one for one in self.posted if all(one.event["detail"].get(name) == value for name, value in detail.items())]

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class Certificate:
    """Of `localhost` and 127.0.0.1, by itself."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key,
             "-out", self.path],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
