"""Certificates of the tests' own."""

import ssl
from pathlib import Path

from . import videos


def authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate authority, and what a server on loopback needs that has a certificate of it."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    videos.run(
        [*openssl, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-subj", "/CN=Test authority"], cwd=folder)
    videos.run(
        [*openssl, "-keyout", folder / "key.pem", "-out", folder / "server.pem", "-subj", "/CN=bus", "-addext",
         "subjectAltName=IP:127.0.0.1,DNS:events.example", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
         "-addext", "basicConstraints=critical,CA:FALSE"], cwd=folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "key.pem")
    return folder / "ca.pem", context
