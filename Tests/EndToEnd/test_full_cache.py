"""Images of the library while the cache takes nothing: a bucket whose quota is used up, a disk that is full."""

import concurrent.futures
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from harness.disk import Disk, mounted
from harness.endpoint import ACCESS_KEY, REGION, SECRET_KEY, Endpoint
from harness.faulty_proxy import FaultPlan, FaultyProxy
from harness.library import CACHE, KEYS, Answer, Library, photo, size
from harness.nodes import NODE_KEY, NODE_SECRET
from harness.waiting import until

ARGUMENTS = ("--parameter", f"SessionJWKS={KEYS}", "--parameter", "ImageProxyPrewarmEnabled=false")
IMMUTABLE = "public, max-age=31536000, immutable"


def uncached(endpoint: Endpoint) -> float:
    """How many images were sent without the cache, by the metrics."""
    with urllib.request.urlopen(f"{endpoint.web_url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("library_uncached_images_total"))


def assert_image(answer: Answer, width: int) -> None:
    assert answer.status == 200, (answer.status, answer.body[:300])
    assert (answer["content-type"], answer["cache-control"]) == ("image/webp", IMMUTABLE)
    assert answer["x-content-type-options"] == "nosniff"
    assert size(answer.body)[0] == width


class WithQuota:
    """A store, a node that serves the library from it, and what stands between them."""

    def __init__(self, store: Endpoint, node: Endpoint, proxy: FaultyProxy):
        self.proxy, self.node = proxy, node
        self.library = Library(node)
        self._uploads = Library(store)

    def upload(self, content: bytes) -> str:
        """Into the store, whose own functions look at it."""
        self._uploads.id, self._uploads.files = self.library.id, self.library.files
        self._uploads.owner.session = self.library.owner.session
        return self._uploads.upload(content)

    def derivatives(self, file: str) -> list[str]:
        return self._uploads.keys(CACHE, f"library/{self.library.id}/{file}/transforms/")


@pytest.fixture
def served(own_endpoint: Callable[..., Endpoint]) -> Iterator[WithQuota]:
    store = own_endpoint(arguments=ARGUMENTS)
    store.start()
    plan = FaultPlan(share=0.1, seed=1)
    plan.end()
    with FaultyProxy(plan) as proxy:
        proxy.upstream = store.port
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}
        node = own_endpoint(
            arguments=("--store", proxy.url, *ARGUMENTS),
            environment={"ZOETROPE_ACCESS_KEY_ID": NODE_KEY, "ZOETROPE_SECRET_ACCESS_KEY": NODE_SECRET, **keys},
        )
        node.start()
        yield WithQuota(store, node, proxy)
        assert node.stop() == 0
    assert proxy.problems == []


def test_a_bucket_that_takes_nothing_more_does_not_keep_images_from_being_sent(served: WithQuota):
    library = served.library
    file = served.upload(photo(900, 600))
    kept = library.owner.get(library.image(file, "format=webp&width=300"))
    assert_image(kept, 300)
    before = served.derivatives(file)
    assert len(before) == 1

    served.proxy.full_bucket = CACHE
    assert_image(library.owner.get(library.image(file, "format=webp&width=210")), 210)
    # What is in the cache comes from there; strangers are told what they always are.
    assert library.owner.get(library.image(file, "format=webp&width=300")).body == kept.body
    assert library.stranger.get(library.image(file, "format=webp&width=210")).status == 404
    assert library.owner.ask("GET", library.image(file, "format=webp&width=210"), session=None).status == 401
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        widths = [100 + number for number in range(16)]
        queries = [library.image(file, f"format=webp&width={width}") for width in widths]
        for width, answer in zip(widths, clients.map(library.owner.get, queries), strict=True):
            assert_image(answer, width)
    assert served.derivatives(file) == before
    assert uncached(served.node) == 17
    assert "is answered by another function, since the store takes no result" in served.node.log.read_text()

    served.proxy.full_bucket = None

    def is_cached() -> bool:
        answer = library.owner.get(library.image(file, "format=webp&width=210"))
        assert_image(answer, 210)
        # What was asked for meanwhile may come late.
        return any("w210_" in key for key in served.derivatives(file))

    until("an image to be cached again", is_cached)


def test_the_bytes_and_the_tag_are_those_of_the_cache(served: WithQuota):
    library = served.library
    file = served.upload(photo(900, 600))
    address = library.image(file, "format=webp&width=333")
    served.proxy.full_bucket = CACHE
    direct = library.owner.get(address)
    assert_image(direct, 333)
    assert library.owner.get(address, If_None_Match=direct["etag"]).status == 304
    head = library.owner.ask("HEAD", address)
    assert (head.status, head["content-type"], head.body) == (200, "image/webp", b"")
    served.proxy.full_bucket = None

    def cached() -> Answer | None:
        answer = library.owner.get(address)
        return answer if served.derivatives(file) else None

    until("the image to be cached", cached)
    stored = library.owner.get(address)
    assert (stored.body, stored["etag"]) == (direct.body, direct["etag"])


def test_a_full_disk_does_not_keep_images_from_being_sent(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=ARGUMENTS)
    with mounted(endpoint.data, 64 << 20) as folder:
        endpoint.start()
        library = Library(endpoint)
        file = library.upload(photo(900, 600))
        assert_image(library.owner.get(library.image(file, "format=webp&width=300")), 300)
        disk = Disk(folder)
        disk.fill()
        for width in range(200, 208):
            assert_image(library.owner.get(library.image(file, f"format=webp&width={width}")), width)
        assert uncached(endpoint) > 0
        disk.relieve()

        def is_cached() -> bool:
            assert_image(library.owner.get(library.image(file, "format=webp&width=210")), 210)
            return any("w210" in key for key in library.keys(CACHE, f"library/{library.id}/{file}/transforms/"))

        until("an image to be cached again", is_cached)
        assert endpoint.stop() == 0
