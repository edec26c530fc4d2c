"""The Debian package and the archive of local/package, each in a Debian root that holds nothing else.

`local/test packages` makes them and runs this.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import videos
from harness.installation import PROJECT
from harness.library import Client, put
from harness.waiting import until

pytestmark = [
    pytest.mark.packages, pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="changing the root folder takes root"),
]
PRODUCT = PROJECT / ".build" / "product"
SUITE = "bookworm"


def made(pattern: str) -> Path:
    found = sorted(PRODUCT.glob(pattern), key=lambda path: path.stat().st_mtime)
    assert found, f"there is no {pattern} in {PRODUCT}; local/package makes it"
    return found[-1]


def mirror() -> str:
    """The one that this machine uses."""
    places = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(place.read_text() for place in places if place.is_file())
    found = re.search(r"https?://\S*/debian/?(?=\s|$)", text)
    return found[0] if found else "http://deb.debian.org/debian"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest Debian: nothing of a desktop, no compiler, no libraries but those of its own tools."""
    if not shutil.which("debootstrap"):
        pytest.skip("there is no debootstrap")
    root = tmp_path_factory.mktemp("debian") / "root"
    root.mkdir(mode=0o755)
    command = ["debootstrap", "--variant=minbase", SUITE, root, mirror()]
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=900)
    for name in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
        shutil.copy(name, root / "etc/apt/apt.conf.d")
    return root


class Root:
    """A root folder in which commands run as in a container: with /proc and a few devices."""

    def __init__(self, folder: Path):
        self.folder = folder

    def command(self, *arguments: object) -> list[str]:
        mounts = f"mount -t proc proc '{self.folder}/proc' && mount --rbind /dev '{self.folder}/dev'"
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        inside = ["chroot", str(self.folder), "/usr/bin/env", "-i", path, "HOME=/root", "LANG=C.UTF-8"]
        return ["unshare", "--mount", "sh", "-c", f"{mounts} && exec \"$@\"", "sh", *inside, *map(str, arguments)]

    def run(self, *arguments: object, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)

    @contextlib.contextmanager
    def up(self, program: str) -> Iterator[dict]:
        """`zoetrope up`, with no arguments but the ports."""
        log = self.folder / "up.log"
        options = ["up", "--json", "--data", "/data", "--port", "0", "--web-port", "0", "--api-port", "0"]
        with open(log, "wb") as errors, open(self.folder / "ready", "wb") as ready:
            process = subprocess.Popen(
                self.command(program, *options), stdin=subprocess.DEVNULL, stdout=ready, stderr=errors)
        try:
            def addresses() -> dict | None:
                assert process.poll() is None, log.read_text()
                line = (self.folder / "ready").read_text()
                return json.loads(line) if line.endswith("\n") else None

            yield until("zoetrope up", addresses, seconds=120)
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0, log.read_text()


def assert_all_services(root: Root, program: str, tmp_path: Path) -> None:
    """Previews, conversion, transcoding and the library answer."""
    work = root.folder / "files"
    work.mkdir(exist_ok=True)
    videos.numbered(work / "talk.mp4", seconds=3, size=(320, 180), audio=True)
    videos.run([*videos.FFMPEG, "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=1:duration=1", "-frames:v", "1", work / "p.png"])
    with root.up(program) as addresses:
        done = root.run(program, "process", "/files/talk.mp4", "--data", "/data", "--output", "/files/previews")
        assert done.returncode == 0, done.stderr
        assert (work / "previews" / "talk" / "talk-0.gif").read_bytes().startswith(b"GIF89a")

        # A password is set, and no caller knows it yet.
        status, _ = call(f"{addresses['api']}/token?url=https%3A%2F%2Fresources.tidal.com%2Fa.mp4")
        assert status == 401
        status, answer = call(f"{addresses['api']}/convert")
        assert status == 400 and json.loads(answer)["statusCode"] == 400
        made = root.run(program, "convert", "/files/talk.mp4", "/files/talk.gif")
        assert made.returncode == 0 and (work / "talk.gif").read_bytes().startswith(b"GIF89a"), made.stderr

        body, kind = form("file", "talk.mp4", (work / "talk.mp4").read_bytes())
        status, answer = call(f"{addresses['api']}/transcode?target=mp3", body, {"content-type": kind})
        assert status == 200 and len(answer) > 10_000

        library = str(uuid.uuid4())
        token = root.run(program, "token", "--data", "/data", "--library", f"{library}=owner").stdout.strip()
        assert_library_answers(Client(addresses["api"], token), library, (work / "p.png").read_bytes())
        # The second one is a module that libvips loads.
        for name in ("p.webp", "p.avif"):
            made = root.run(program, "image", "/files/p.png", f"/files/{name}", "--width", "100")
            assert made.returncode == 0 and (work / name).stat().st_size > 100, made.stderr
        # By the one program that encodes with x264.
        made = root.run(program, "proxy", "/files/talk.mp4", "/files/talk-proxy.mp4")
        assert made.returncode == 0 and (work / "talk-proxy.mp4").read_bytes()[4:8] == b"ftyp", made.stderr


def assert_library_answers(client: Client, library: str, picture: bytes) -> None:
    """An image is uploaded, looked at, and sent in a size that was asked for."""
    files = f"/api/libraries/{library}/files"
    made = client.ask("POST", files, {"name": "p.png", "size": len(picture)})
    assert made.status == 201, made.body
    put(made.json["upload"]["url"], picture)
    file = made.json["file"]["id"]
    record = until("the upload", lambda: (found := client.get(f"{files}/{file}").json)["version"] > 0 and found, seconds=120)
    assert (record["mimeType"], record["size"]) == ("image/png", len(picture))
    image = client.get(f"/api/files/proxy/{library}/{file}/p.png?width=200&format=webp")
    assert (image.status, image["content-type"]) == (200, "image/webp"), image.body
    assert client.ask("GET", files, session=None).status == 401


def call(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def form(name: str, file: str, content: bytes) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def test_the_archive_works_anywhere_in_a_bare_root(bare: Path, tmp_path: Path):
    folder = tmp_path / "root"
    subprocess.run(["cp", "-a", bare, folder], check=True)
    root = Root(folder)
    place = folder / "srv" / "any where"
    place.mkdir(parents=True)
    subprocess.run(["tar", "-xf", made("zoetrope-*-linux-*.tar.xz"), "-C", place], check=True)
    (unpacked,) = place.iterdir()
    program = f"/srv/any where/{unpacked.name}/bin/zoetrope"

    version = root.run(program, "--version")
    assert version.returncode == 0 and "libavformat" in version.stdout, version.stderr
    doctor = root.run(program, "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert f"/srv/any where/{unpacked.name}/" in doctor.stdout
    assert_all_services(root, program, tmp_path)


def test_the_debian_package_works_in_a_bare_root(bare: Path, tmp_path: Path):
    folder = tmp_path / "root"
    subprocess.run(["cp", "-a", bare, folder], check=True)
    root = Root(folder)
    shutil.copy("/etc/resolv.conf", folder / "etc")
    shutil.copy(made("zoetrope_*.deb"), folder / "zoetrope.deb")
    assert root.run("apt-get", "-qq", "update").returncode == 0
    install = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", "/zoetrope.deb"]
    installed = root.run("env", "DEBIAN_FRONTEND=noninteractive", *install, seconds=900)
    assert installed.returncode == 0, installed.stderr

    doctor = root.run("zoetrope", "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "/usr/lib/zoetrope/../../share/zoetrope/template.yaml" in doctor.stdout
    for name in (
        "usr/share/man/man1/zoetrope.1.gz", "usr/lib/systemd/system/zoetrope.service",
        "usr/share/bash-completion/completions/zoetrope", "usr/share/doc/zoetrope/copyright",
    ):
        assert (folder / name).is_file(), name
    assert_all_services(root, "zoetrope", tmp_path)

    removed = root.run("apt-get", "-qq", "-y", "purge", "zoetrope")
    assert removed.returncode == 0 and not (folder / "usr/lib/zoetrope").exists(), removed.stderr
