"""What people already have: s3cmd, rclone, s3fs and curl, as Debian has them, and MinIO's client, against the endpoint."""

import io
import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import minio
import minio.commonconfig
import minio.deleteobjects
import minio.lifecycleconfig
import pytest

from harness.endpoint import ACCESS_KEY, REGION, SECRET_KEY, SOURCE, Endpoint
from harness.installation import clean_environment

# Above what s3cmd and rclone send in one piece below.
LARGE = os.urandom(12 << 20)
SMALL = b"a small one"
# What URLs, XML and shells care about.
ODD = "odd/ä +&%41 ü.txt"


def run(*command: str | Path, **variables: str) -> str:
    ended = subprocess.run(
        [str(part) for part in command], capture_output=True, timeout=120, stdin=subprocess.DEVNULL,
        env=clean_environment(**variables))
    assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
    return ended.stdout.decode()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "odd").mkdir(parents=True)
    (folder / "large").write_bytes(LARGE)
    (folder / ODD).write_bytes(SMALL)
    return folder


def assert_same(one: Path, other: Path) -> None:
    contents = [
        {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    ]
    assert contents[0].keys() == contents[1].keys()
    assert [name for name in contents[0] if contents[0][name] != contents[1][name]] == []


def test_s3cmd(endpoint: Endpoint, files: Path, tmp_path: Path):
    address = endpoint.url.removeprefix("http://")
    configuration = tmp_path / "s3cfg"
    configuration.write_text(
        f"[default]\naccess_key = {ACCESS_KEY}\nsecret_key = {SECRET_KEY}\nbucket_location = {REGION}\n"
        f"host_base = {address}\nhost_bucket = {address}\nuse_https = False\nmultipart_chunk_size_mb = 5\n")

    def s3cmd(*arguments: str | Path) -> str:
        return run("s3cmd", "--config", configuration, "--no-progress", *arguments)

    s3cmd("mb", "s3://of-s3cmd")
    assert "s3://of-s3cmd" in s3cmd("ls")
    s3cmd("sync", f"{files}/", "s3://of-s3cmd/copy/")
    listed = s3cmd("ls", "--recursive", "s3://of-s3cmd")
    assert f"s3://of-s3cmd/copy/{ODD}" in listed and f" {len(LARGE)} " in listed
    # What is there already is not sent again.
    assert "upload:" not in s3cmd("sync", f"{files}/", "s3://of-s3cmd/copy/")
    s3cmd("cp", "s3://of-s3cmd/copy/large", "s3://of-s3cmd/copied")
    s3cmd("mv", "s3://of-s3cmd/copied", "s3://of-s3cmd/moved")
    assert f"{len(LARGE)}" in s3cmd("info", "s3://of-s3cmd/moved")
    s3cmd("del", "s3://of-s3cmd/moved")
    (tmp_path / "back").mkdir()
    s3cmd("sync", "s3://of-s3cmd/copy/", f"{tmp_path}/back/")
    assert_same(files, tmp_path / "back")
    s3cmd("del", "--recursive", "--force", "s3://of-s3cmd")
    s3cmd("rb", "s3://of-s3cmd")
    assert "of-s3cmd" not in s3cmd("ls")


def test_rclone(endpoint: Endpoint, files: Path, tmp_path: Path):
    remote = {
        "TYPE": "s3", "PROVIDER": "Other", "ACCESS_KEY_ID": ACCESS_KEY, "SECRET_ACCESS_KEY": SECRET_KEY,
        "REGION": REGION, "ENDPOINT": endpoint.url, "UPLOAD_CUTOFF": "5M", "CHUNK_SIZE": "5M",
    }
    variables = {f"RCLONE_CONFIG_STORE_{name}": value for name, value in remote.items()}

    def rclone(*arguments: str | Path) -> str:
        return run("rclone", "--config", os.devnull, *arguments, **variables)

    rclone("mkdir", "store:of-rclone")
    rclone("sync", files, "store:of-rclone/copy")
    rclone("check", "--download", files, "store:of-rclone/copy")
    listed = {entry["Path"]: entry["Size"] for entry in json.loads(rclone("lsjson", "-R", "store:of-rclone/copy"))}
    assert (listed["large"], listed[ODD]) == (len(LARGE), len(SMALL))
    assert rclone("cat", f"store:of-rclone/copy/{ODD}").encode() == SMALL
    # The time of a file travels as metadata.
    rclone("copyto", "store:of-rclone/copy/large", "store:of-rclone/server-side")
    rclone("copy", "store:of-rclone/copy", tmp_path / "back")
    assert_same(files, tmp_path / "back")
    assert (tmp_path / "back/large").stat().st_mtime == pytest.approx((files / "large").stat().st_mtime, abs=1e-3)
    rclone("purge", "store:of-rclone")
    assert "of-rclone" not in rclone("lsd", "store:")


def test_curl(endpoint: Endpoint, files: Path, tmp_path: Path):
    def curl(path: str, *arguments: str | Path) -> str:
        return run(
            "curl", "--silent", "--show-error", "--fail-with-body", "--aws-sigv4", f"aws:amz:{REGION}:s3", "--user",
            f"{ACCESS_KEY}:{SECRET_KEY}", *arguments, f"{endpoint.url}/{path}")

    # As S3 wants it of a request with a body, whose hash curl does not send by itself.
    unsigned = ("--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD")
    curl(f"{SOURCE}/of-curl", "--upload-file", files / "large", *unsigned)
    curl(f"{SOURCE}/of-curl", "--output", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == LARGE
    assert "<Key>of-curl</Key>" in curl(f"{SOURCE}?list-type=2&prefix=of-curl")
    assert f"Content-Length: {len(LARGE)}".lower() in curl(f"{SOURCE}/of-curl", "--head").lower()
    curl(f"{SOURCE}/of-curl", "--request", "DELETE")
    assert "<Key>" not in curl(f"{SOURCE}?list-type=2&prefix=of-curl")


def test_minios_client(endpoint: Endpoint):
    client = minio.Minio(
        endpoint.url.removeprefix("http://"), access_key=ACCESS_KEY, secret_key=SECRET_KEY, secure=False)
    bucket = "of-minio"
    client.make_bucket(bucket)
    tags = minio.commonconfig.Tags.new_object_tags()
    tags["colour"] = "blue"
    client.put_object(bucket, ODD, io.BytesIO(SMALL), len(SMALL), metadata={"note": "kept"}, tags=tags)
    client.put_object(bucket, "large", io.BytesIO(LARGE), -1, part_size=5 << 20)
    assert (client.get_object(bucket, ODD).data, client.get_object(bucket, "large").data) == (SMALL, LARGE)
    assert client.stat_object(bucket, ODD).metadata["x-amz-meta-note"] == "kept"
    assert client.get_object_tags(bucket, ODD) == {"colour": "blue"}
    client.copy_object(bucket, "copied", minio.commonconfig.CopySource(bucket, "large"))
    for with_versions in (False, True):
        listed = client.list_objects(bucket, recursive=True, include_version=with_versions)
        assert [found.object_name for found in listed] == ["copied", "large", ODD]
    rule = minio.lifecycleconfig.Rule(
        minio.commonconfig.ENABLED, rule_filter=minio.commonconfig.Filter(prefix="logs/"), rule_id="logs",
        expiration=minio.lifecycleconfig.Expiration(days=3))
    client.set_bucket_lifecycle(bucket, minio.lifecycleconfig.LifecycleConfig([rule]))
    assert client.get_bucket_lifecycle(bucket).rules[0].rule_id == "logs"
    assert urllib.request.urlopen(client.presigned_get_object(bucket, "copied")).read() == LARGE
    names = [minio.deleteobjects.DeleteObject(found.object_name) for found in client.list_objects(bucket, recursive=True)]
    assert list(client.remove_objects(bucket, names)) == []
    client.remove_bucket(bucket)


@pytest.mark.skipif(
    not os.access("/dev/fuse", os.W_OK) or not shutil.which("s3fs"), reason="there is no /dev/fuse that may be opened")
def test_a_mounted_bucket(endpoint: Endpoint, files: Path, tmp_path: Path):
    endpoint.client("s3").create_bucket(Bucket="of-s3fs")
    keys, mounted = tmp_path / "keys", tmp_path / "mounted"
    keys.write_text(f"{ACCESS_KEY}:{SECRET_KEY}")
    keys.chmod(0o600)
    mounted.mkdir()
    run("s3fs", "of-s3fs", mounted, "-o",
        f"passwd_file={keys},url={endpoint.url},use_path_request_style,endpoint={REGION},multipart_size=5")
    try:
        shutil.copytree(files, mounted / "copy")
        assert_same(files, mounted / "copy")
        (mounted / "copy" / "large").rename(mounted / "moved")
        (mounted / "moved").chmod(0o640)
        assert (mounted / "moved").stat().st_mode & 0o777 == 0o640
        with (mounted / "moved").open("ab") as file:
            file.write(b"more")
        (mounted / "copy" / ODD).unlink()
    finally:
        run("fusermount", "-u", mounted)
    body = endpoint.client("s3").get_object(Bucket="of-s3fs", Key="moved")["Body"].read()
    assert body == LARGE + b"more"
