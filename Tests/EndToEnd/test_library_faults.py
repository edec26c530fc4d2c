"""The library's images when a tenth of all requests to the store fail, and when the workers of a pre-warm pass are killed."""

import contextlib
import hashlib
import os
import shutil
import signal
import urllib.error
from collections.abc import Callable
from pathlib import Path

from harness.endpoint import Endpoint
from harness.faulty_proxy import FaultPlan, FaultyProxy, routed
from harness.installation import TEMPLATE
from harness.library import CACHE, KEYS, Library, photo
from harness.processes import descendants, name
from harness.waiting import until

ARGUMENTS = ("--parameter", f"SessionJWKS={KEYS}")


def derivatives(library: Library, file: str) -> dict[str, str]:
    """Digests of an image's derivatives by their names."""
    s3 = library.endpoint.client("s3")
    return {
        key.rsplit("/", 1)[1]: hashlib.sha256(s3.get_object(Bucket=CACHE, Key=key)["Body"].read()).hexdigest()
        for key in library.keys(CACHE, f"library/{library.id}/{file}/transforms/")
    }


def warmed(library: Library, files: list[str], seconds: float) -> list[dict]:
    return [
        library.wait(file, lambda record: record.get("imageProxyStatus") == "ready", seconds=seconds) for file in files
    ]


def uploaded(library: Library, content: bytes) -> str:
    """The file, once its upload has come through."""
    found: list[str] = []

    def try_it() -> bool:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, AssertionError, ValueError):
            found.append(library.upload(content, waits=False))
        return bool(found)

    until("an upload", try_it, seconds=60)
    library.wait(found[0], lambda record: record.get("version", 0) > 0, seconds=120)
    return found[0]


def test_faults_of_the_store_are_no_strikes_and_change_no_derivative(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    contents = [photo(700, 500, seed=number) for number in range(4)]
    calm = own_endpoint(arguments=ARGUMENTS)
    calm.start()
    library = Library(calm)
    files = [library.upload(content) for content in contents]
    warmed(library, files, seconds=120)
    expected = [derivatives(library, file) for file in files]
    assert all(len(names) == 5 for names in expected)
    assert calm.stop() == 0

    template = Path(shutil.copy(TEMPLATE, tmp_path))
    with FaultyProxy(FaultPlan(share=0.1, seed=1)) as proxy:
        endpoint = own_endpoint(template=routed(template, AWS_ENDPOINT_URL_S3=proxy.url), arguments=ARGUMENTS)
        endpoint.start()
        proxy.upstream = endpoint.port
        library = Library(endpoint)
        files = [uploaded(library, content) for content in contents]
        for record in warmed(library, files, seconds=240):
            assert not record.get("imageProxyAttempts")
        assert [derivatives(library, file) for file in files] == expected
        assert proxy.faults.total() > 5
        assert endpoint.stop() == 0
    assert proxy.problems == []


def test_a_pass_whose_worker_is_killed_ends_and_makes_no_complete_image_twice(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=(*ARGUMENTS, "--concurrency", "1"))
    endpoint.start()
    library = Library(endpoint)
    s3 = endpoint.client("s3")
    files = [library.upload(photo(3000, 2000, seed=number)) for number in range(6)]

    def written() -> dict[str, str]:
        """When each derivative was written."""
        listing = s3.list_objects_v2(Bucket=CACHE, Prefix=f"library/{library.id}/").get("Contents", [])
        return {item["Key"]: str(item["LastModified"]) for item in listing if "/transforms/" in item["Key"]}

    def some_are_done() -> bool:
        states = [library.record(file).get("imageProxyStatus") for file in files]
        return "ready" in states and any(state != "ready" for state in states)

    until("an image to be ready before the others", some_are_done, seconds=240)
    complete = [file for file in files if library.record(file).get("imageProxyStatus") == "ready"]
    before = {key: time for key, time in written().items() if key.split("/")[2] in complete}
    assert len(before) == 5 * len(complete)
    killed = [process for process in descendants(endpoint.pid) if name(process) == "TransformImage"]
    for process in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for record in warmed(library, files, seconds=240):
        assert not record.get("imageProxyAttempts")
    after = written()
    assert len(after) == 5 * len(files)
    assert {key: time for key, time in after.items() if key in before} == before
