"""measure.py FOLDER NAME...: says of packaged functions how large they are, how long they take from their start to
their first request for an event, and how much memory they hold while they wait for it."""

import os
import select
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 21
# Of executables with several handlers, the one that is started.
HANDLERS = {
    "MediaAPI": "Library", "TranscodeAudio": "TranscodeAudio", "TransformImage": "TransformImage", "ProxyVideo": "MakePoster",
}
SETTINGS = {
    "LibraryBucketName": "measured-library",
    "CacheBucketName": "measured-cache",
    "SESSION_JWKS": '{"keys":[{"kty":"oct","k":"bWVhc3VyZWQgbWVhc3VyZWQgbWVhc3VyZWQgbWVhc3VyZWQ"}]}',
    "SourceBucketName": "measured-source",
    "GifsBucketName": "measured-gifs",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "unknown",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}


def start(bootstrap: Path, platform: socket.socket) -> tuple[float, int]:
    """Starts the function of that folder. Returns milliseconds to its first request, and KiB of memory (PSS) while it waits."""
    address = "{}:{}".format(*platform.getsockname())
    began = time.perf_counter()
    name = bootstrap.parent.name
    told = {"AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": HANDLERS.get(name, name)}
    process = subprocess.Popen([bootstrap], env=SETTINGS | told, close_fds=False)
    connection = None
    try:
        if not select.select([platform], [], [], 10)[0]:
            sys.exit(f"{bootstrap} asked for no event within 10 seconds")
        connection, _ = platform.accept()
        request = connection.recv(4096)
        took = (time.perf_counter() - began) * 1000
        if not request.startswith(b"GET /2018-06-01/runtime/invocation/next "):
            sys.exit(f"{bootstrap} sent an unexpected first request: {request[:80]!r}")
        # It has gone to sleep by then.
        time.sleep(0.05)
        memory = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return took, int(memory.split("\nPss:")[1].split()[0])
    finally:
        process.kill()
        process.wait()
        if connection:
            connection.close()


def main(folder: Path, names: list[str]) -> None:
    print(f"{'function':14} {'zip':>8} {'unpacked':>9} {'first request: median (least–most)':>36} {'memory':>8}")
    for name in names:
        packed = (folder / f"{name}.zip").stat().st_size / 1e6
        unpacked = sum(file.stat().st_size for file in (folder / name).rglob("*") if file.is_file()) / 1e6
        with socket.create_server(("127.0.0.1", 0)) as platform:
            runs = [start(folder / name / "bootstrap", platform) for _ in range(RUNS)]
        times = [took for took, _ in runs]
        spread = f"{statistics.median(times):.1f} ms ({min(times):.1f}–{max(times):.1f})"
        memory = statistics.median(size for _, size in runs) / 1024
        print(f"{name:14} {packed:5.1f} MB {unpacked:6.1f} MB {spread:>36} {memory:4.1f} MiB")


if __name__ == "__main__":
    main(Path(os.path.abspath(sys.argv[1])), sys.argv[2:])
