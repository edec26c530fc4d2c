"""A Redis server of one test's own."""

import socket
import ssl
import subprocess
import urllib.parse
from pathlib import Path

from .receiver import Certificate
from .waiting import until


class Redis:
    """`redis-server` on a free port of the loopback, which keeps what it acknowledges.

    With a password and a certificate it speaks TLS alone, and asks its clients for a certificate as well.
    """

    def __init__(self, folder: Path, password: str = "", certificate: Certificate | None = None):
        folder.mkdir(parents=True)
        self._folder = folder
        self._password = password
        self._certificate = certificate
        # Another process may take a port between finding it free and using it.
        for _ in range(5):
            self.port = _free_port()
            if self._start():
                return
        raise AssertionError(f"redis-server does not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    @property
    def url(self) -> str:
        if not self._certificate:
            return f"redis://127.0.0.1:{self.port}"
        files = {
            "ssl_ca_certs": self._certificate.path, "ssl_certfile": self._certificate.path,
            "ssl_keyfile": self._certificate.key,
        }
        password = urllib.parse.quote(self._password, safe="")
        return f"rediss://:{password}@localhost:{self.port}/0?{urllib.parse.urlencode(files)}"

    @property
    def _log(self) -> Path:
        return self._folder / "redis.log"

    def _start(self) -> bool:
        command = ["redis-server", "--bind", "127.0.0.1", "--dir", str(self._folder)]
        if self._certificate:
            files = ["--tls-cert-file", self._certificate.path, "--tls-key-file", self._certificate.key]
            command += ["--port", "0", "--tls-port", str(self.port), *map(str, files)]
            command += ["--tls-ca-cert-file", str(self._certificate.path), "--requirepass", self._password]
        else:
            command += ["--port", str(self.port)]
        command += ["--appendonly", "yes", "--save", ""]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def answers() -> bool | None:
            if self._process.poll() is not None:
                return True
            try:
                with self._connection() as connection:
                    connection.sendall(b"PING\r\n")
                    return connection.recv(16).startswith((b"+PONG", b"-NOAUTH")) or None
            except OSError:
                return None

        until("redis-server to answer", answers, seconds=30)
        return self._process.poll() is None

    def _connection(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        if not self._certificate:
            return plain
        context = ssl.create_default_context(cafile=str(self._certificate.path))
        context.load_cert_chain(self._certificate.path, self._certificate.key)
        return context.wrap_socket(plain, server_hostname="localhost")

    def restart(self) -> None:
        """Kills it, and starts it again where it was with what it had."""
        self.stop()
        assert self._start(), f"redis-server does not start again:\n{self._log.read_text(errors='replace')[-2000:]}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
