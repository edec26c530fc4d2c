"""Reverse proxies as operators set them up: nginx and Caddy on loopback, with and without TLS."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .processes import running
from .waiting import until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine's own, and its key."""
    key, crt = folder / "proxy.key", folder / "proxy.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", crt],
        check=True, capture_output=True,
    )
    return crt, key


@contextmanager
def nginx(
    folder: Path, target: str, tls: tuple[Path, Path] | None = None, headers: str = "", port: int | None = None
) -> Iterator[int]:
    """The port of an nginx that passes everything on to `target`, with these `proxy_set_header` lines."""
    port = port or free_port()
    secure = f"ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]};" if tls else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(f"""
daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}{" ssl" if tls else ""}; {secure}
    location / {{ proxy_pass {target}; proxy_http_version 1.1; {headers} }}
  }}
}}
""")
    with started([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", configuration], port):
        yield port


@contextmanager
def caddy(folder: Path, target: str, tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    """The port of a Caddy that passes everything on to `target`, as `reverse_proxy` does."""
    port = free_port()
    configuration = folder / "Caddyfile"
    address = f"{'https' if tls else 'http'}://localhost:{port}"
    secure = f"tls {tls[0]} {tls[1]}" if tls else ""
    configuration.write_text(
        f"{{\n admin off\n auto_https off\n}}\n{address} {{\n {secure}\n reverse_proxy {target.removeprefix('http://')}\n}}\n")
    with started(["caddy", "run", "--adapter", "caddyfile", "--config", configuration], port, HOME=str(folder)):
        yield port


@contextmanager
def started(command: list, port: int, **environment: str) -> Iterator[None]:
    with running(command, os.environ | environment, terminal_input=False) as process:

        def listens() -> bool:
            assert process.process.poll() is None, f"{command[0]} has ended"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        until(f"{command[0]} to listen", listens, seconds=20)
        yield
