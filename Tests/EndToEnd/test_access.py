"""Who may do what: signatures, keys and the address that is listened on."""

import datetime
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import botocore
import botocore.config
import botocore.exceptions
import pytest

from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.job import Jobs


def refusal(call: Callable) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


ACTIONS = [
    lambda s3: s3.list_buckets(),
    lambda s3: s3.list_objects_v2(Bucket=GIFS),
    lambda s3: s3.put_object(Bucket=SOURCE, Key="intruder.mp4", Body=b"x"),
    lambda s3: s3.get_object(Bucket=SOURCE, Key="intruder.mp4"),
    lambda s3: s3.delete_object(Bucket=SOURCE, Key="intruder.mp4"),
    lambda s3: s3.create_multipart_upload(Bucket=SOURCE, Key="intruder.mp4"),
]
IDS = ["list buckets", "list objects", "put", "get", "delete", "multipart"]


@pytest.mark.parametrize("action", ACTIONS, ids=IDS)
def test_unsigned_requests_are_refused(action: Callable, endpoint: Endpoint):
    anonymous = endpoint.client("s3", signature_version=botocore.UNSIGNED)
    assert refusal(lambda: action(anonymous)) == ("AccessDenied", 403)


@pytest.mark.parametrize("action", ACTIONS, ids=IDS)
def test_requests_signed_with_another_secret_are_refused(action: Callable, endpoint: Endpoint):
    stranger = endpoint.client("s3", secret_key="not-the-secret")
    assert refusal(lambda: action(stranger)) == ("SignatureDoesNotMatch", 403)


@pytest.mark.parametrize("action", ACTIONS, ids=IDS)
def test_requests_with_an_unknown_access_key_are_refused(action: Callable, endpoint: Endpoint):
    stranger = endpoint.client("s3", access_key="unknown")
    assert refusal(lambda: action(stranger)) == ("InvalidAccessKeyId", 403)


@pytest.mark.parametrize("service, call", [
    ("events", lambda client: client.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])),
    ("lambda", lambda client: client.invoke(FunctionName="SnippetsFunction", Payload=b"{}")),
])
def test_the_other_services_refuse_wrong_signatures_too(service: str, call: Callable, endpoint: Endpoint):
    assert refusal(lambda: call(endpoint.client(service, secret_key="not-the-secret")))[1] == 403


def test_nothing_of_a_refused_request_is_kept(jobs: Jobs):
    assert "intruder.mp4" not in jobs.sizes("", SOURCE)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_request_ends_with_its_time_and_fits_one_object_only(version: str, endpoint: Endpoint, jobs: Jobs):
    """Signature Version 2 is what boto3 makes by default in us-east-1, Version 4 everywhere else."""
    jobs.s3.put_object(Bucket=GIFS, Key="shared.txt", Body=b"text")
    s3 = endpoint.client("s3", signature_version=version)
    url = s3.generate_presigned_url("get_object", {"Bucket": GIFS, "Key": "shared.txt"}, ExpiresIn=60)
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == b"text"
    expires = re.search(r"Expires=(\d+)", url)[1]
    signature = re.search(r"Signature=([^&]+)", url)[1]
    forged = ("0" if signature[0] != "0" else "1") + signature[1:]
    changes = [("shared.txt", "other.txt"), (f"Expires={expires}", f"Expires={int(expires) + 1}"), (signature, forged)]
    for part, wrong in changes:
        assert part in url
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url.replace(part, wrong), timeout=10)
        assert caught.value.code == 403


ESCAPES = ["../escaped.txt", "../../escaped.txt", "a/../../../escaped.txt", "/../escaped.txt", "a//../..//escaped.txt", "..", "."]


@pytest.mark.parametrize("key", ESCAPES)
def test_a_key_cannot_leave_its_bucket(key: str, endpoint: Endpoint, jobs: Jobs):
    """Such a key is either refused or a name like any other."""
    before = _files_outside(endpoint)
    try:
        jobs.s3.put_object(Bucket=GIFS, Key=key, Body=b"escaped")
    except (botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError) as error:
        status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        assert 400 <= status < 500
    else:
        assert key in jobs.sizes("", GIFS)
        assert jobs.get(key) == b"escaped"
        assert _files_outside(endpoint) == before
        jobs.s3.delete_object(Bucket=GIFS, Key=key)
    assert _files_outside(endpoint) == before


def _files_outside(endpoint: Endpoint) -> set[Path]:
    """Everything around the data folder that does not belong there."""
    around = endpoint.folder.parent
    return {path for path in around.rglob("*escaped*") if not path.is_relative_to(endpoint.data / "objects")}


def test_raw_paths_with_dots_do_not_reach_files(endpoint: Endpoint):
    for path in ("/../../etc/passwd", "/zoetrope-gifs/../../../etc/passwd", "/zoetrope-gifs/%2e%2e/%2e%2e/etc/passwd"):
        with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert answer.split(b" ", 2)[1] in (b"400", b"403", b"404")
        assert b"root:" not in answer


def test_bodies_announced_as_large_as_can_be_are_counted_and_no_more(endpoint: Endpoint):
    """Together they announce more bytes than a counter holds."""
    head = f"PUT /{GIFS}/key HTTP/1.1\r\nHost: x\r\nContent-Length: {2**63 - 1}\r\n\r\n"
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", endpoint.port), timeout=60) as connection:
            connection.sendall(head.encode())
            assert connection.recv(65536).split(b" ", 2)[1] == b"403"
    with urllib.request.urlopen(f"{endpoint.web_url}/metrics", timeout=60) as metrics:
        assert b'zoetrope_s3_operations_total{operation="PutObject",status="4xx"}' in metrics.read()


def _other_addresses() -> list[str]:
    """This machine's own addresses that are not loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address would be used
        except OSError:
            return []
        address = probe.getsockname()[0]
    return [] if address.startswith("127.") else [address]


def test_only_loopback_is_listened_on(endpoint: Endpoint):
    addresses = _other_addresses()
    if not addresses:
        pytest.skip("this machine has no other address than loopback")
    for address in addresses:
        for port in (endpoint.port, endpoint.web_port):
            with pytest.raises(OSError):
                socket.create_connection((address, port), timeout=5)


def test_a_request_signed_long_ago_is_refused(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch):
    earlier = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    client = endpoint.client("s3", retries={"total_max_attempts": 1})
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: earlier.replace(tzinfo=None))
    assert refusal(client.list_buckets) == ("RequestTimeTooSkewed", 403)
