"""The media library over HTTP: files, sessions, the image proxy, pre-warming, avatars."""

import concurrent.futures
import io
import random
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from harness.endpoint import Endpoint
from harness.installation import zoetrope
from harness.library import CACHE, KEYS, LIBRARY, Client, Library, identifier, photo, put, size, token
from harness.processes import descendants, name as process_name
from harness.waiting import until


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    endpoint = Endpoint(tmp_path_factory.mktemp("library"), arguments=("--parameter", f"SessionJWKS={KEYS}"))
    endpoint.start()
    yield endpoint
    assert endpoint.is_running, endpoint.tail()
    assert endpoint.stop() == 0


@pytest.fixture
def library(served: Endpoint) -> Library:
    return Library(served)


def test_an_upload_becomes_a_file_with_facts(library: Library):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Canon"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    content = photo(exif=exif)
    file = library.upload(content, "Strand ä.jpg")
    record = library.wait(file, lambda record: "sha256" in record and "metadata" in record)
    assert record["name"] == "Strand ä.jpg"
    assert record["mimeType"] == "image/jpeg"
    assert (record["width"], record["height"]) == (800, 1200)
    assert record["size"] == len(content)
    assert record["version"] == 1
    assert record["metadata"]["cameraMake"] == "Canon"
    assert record["metadata"]["location"]["latitude"] == pytest.approx(48.858333, abs=1e-5)


def test_files_are_listed_sorted_narrowed_and_paged(library: Library):
    for number, name in enumerate(["b.jpg", "A.jpg", "c.jpg"]):
        library.upload(photo(seed=number), name)
    names = [file["name"] for file in library.owner.get(f"{library.files}?sort=name").json["files"]]
    assert names == ["A.jpg", "b.jpg", "c.jpg"]
    assert [file["name"] for file in library.owner.get(f"{library.files}?q=B.").json["files"]] == ["b.jpg"]
    first = library.owner.get(f"{library.files}?sort=name&limit=2").json
    assert first["total"] == 3
    rest = library.owner.get(f"{library.files}?sort=name&limit=2&after={first['next']}").json
    assert [file["name"] for file in rest["files"]] == ["c.jpg"] and not rest.get("next")
    assert library.owner.get(f"{library.files}?sort=nothing").status == 400


def test_a_large_file_is_uploaded_in_parts(library: Library):
    content = photo(3000, 2000)
    announced = library.owner.ask("POST", library.files, {"name": "big.jpg", "size": len(content), "multipart": True})
    upload = announced.json["upload"]
    tags = [put(url, content[index * upload["partSize"] : (index + 1) * upload["partSize"]])
            for index, url in enumerate(upload["partUrls"])]
    parts = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>" for n, tag in enumerate(tags, 1))
    document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    done = Client("").ask("POST", upload["completeUrl"], document)
    assert done.status == 200, done.body
    file = announced.json["file"]["id"]
    assert library.wait(file, lambda record: record["version"] == 1)["size"] == len(content)


def test_what_a_file_is_is_told_by_its_content(library: Library):
    file = library.upload(b"<html><script>alert(1)</script>", "photo.jpg")
    assert library.record(file)["mimeType"] == "application/octet-stream"
    sent = library.owner.get(library.image(file))
    assert sent["content-type"] == "application/octet-stream"
    assert sent["content-disposition"].startswith("attachment")
    assert sent["x-content-type-options"] == "nosniff"
    assert sent["content-security-policy"] == "sandbox"
    svg = library.upload(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "x.svg")
    assert library.owner.get(library.image(svg, "width=100"))["content-disposition"].startswith("attachment")


def test_originals_and_derivatives(library: Library):
    content = photo()
    file = library.upload(content)
    original = library.owner.get(library.image(file))
    assert original.body == content
    assert original["content-type"] == "image/jpeg"
    assert original["cache-control"] == "public, max-age=31536000"
    assert library.owner.get(library.image(file, "format=jpeg")).body == content
    assert library.owner.get(library.image(file, "width=0&format=bmp")).body == content
    for query, kind, expected in [
        ("width=300", "jpeg", (300, 200)), ("height=100&format=webp", "webp", (150, 100)),
        ("quality=40", "jpeg", (1200, 800)), ("format=png&width=99999", "png", (1200, 800)),
        ("format=avif&height=50&quality=50&width=50", "avif", (50, 33)),
    ]:
        for _ in range(2):
            answer = library.owner.get(library.image(file, query))
            assert answer.status == 200, answer.body
            assert answer["content-type"] == f"image/{kind}"
            assert answer["cache-control"] == "public, max-age=31536000, immutable"
            assert int(answer["content-length"]) == len(answer.body)
            assert size(answer.body) == expected
    assert f"library/{library.id}/{file}/transforms/w300_h0_q0.jpeg" in library.keys(CACHE)
    tag = library.owner.get(library.image(file, "width=300"))["etag"]
    assert library.owner.get(library.image(file, "width=300"), If_None_Match=tag).status == 304


def test_hundred_requests_for_one_derivative_are_one_transform(library: Library):
    file = library.upload(photo(4000, 3000))
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: library.owner.get(library.image(file, "width=640")), range(100)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    lines = (library.endpoint.data / "logs" / "functions.log").read_text(errors="replace").splitlines()
    assert len([line for line in lines if '"message":"derivative made"' in line and file in line]) == 1


def test_machine_code_that_is_compiled_for_images_is_in_no_file(library: Library):
    """On a full disk, the first write to a page of such a file would end the process."""
    file = library.upload(photo(1100, 700))
    for query in ("width=321", "format=webp&width=322", "format=png&height=123"):
        assert library.owner.get(library.image(file, query)).status == 200
    makers = [process for process in descendants(library.endpoint.pid) if process_name(process) == "TransformImage"]
    mapped = [line for process in makers for line in Path(f"/proc/{process}/maps").read_text().splitlines()]
    assert any("libvips" in line for line in mapped)
    assert [line for line in mapped if "orcexec" in line and "/memfd:" not in line] == []


def test_broken_images_are_refused_at_once(library: Library):
    file = library.upload(photo()[:300], "broken.jpg")
    began = time.monotonic()
    answer = library.owner.get(library.image(file, "width=100"))
    assert 400 <= answer.status < 500, answer.body
    assert set(answer.json) >= {"error", "message"}
    assert time.monotonic() - began < 20


def test_refusals_come_in_their_order(library: Library):
    file = library.upload(photo())
    anonymous = Client(library.endpoint.api_url)
    assert anonymous.get(f"/api/files/proxy/{library.id}/{file}").status == 404
    assert anonymous.get(f"/api/files/proxy/{library.id}/nonsense/x.jpg").status == 400
    assert anonymous.get(library.image(file)).status == 401
    assert library.stranger.get(library.image(file)).status == 404
    assert library.stranger.get(library.image(file, "width=100")).status == 404
    assert library.owner.get(library.image(identifier())).status == 404
    assert library.member.get(library.image(file)).status == 200


def test_non_members_learn_nothing(library: Library):
    file = library.upload(photo())
    missing = library.owner.get(f"{library.files}/{identifier()}")
    for method, path, body in [
        ("GET", f"{library.files}/{file}", None), ("PATCH", f"{library.files}/{file}", {"name": "x"}),
        ("DELETE", f"{library.files}/{file}", None), ("POST", f"{library.files}/{file}/content", {}),
        ("GET", f"{library.files}/{file}/events", None), ("GET", library.files, None),
        ("POST", library.files, {"name": "x"}),
    ]:
        answer = library.stranger.ask(method, path, body)
        assert (answer.status, answer.body) == (404, missing.body), path
    assert library.record(file)["name"] == "photo.jpg"


@pytest.mark.parametrize("session", ["", "x", "a.b.c", token("x", lifetime=-3600), token("x", secret=b"y" * 32)])
def test_sessions_that_are_not_valid_are_refused(library: Library, session: str):
    answer = library.owner.ask("GET", library.files, session=None, Authorization=f"Bearer {session}")
    assert answer.status == 401
    assert set(answer.json) == {"error", "message"}


def test_writes_by_cookie_come_from_the_same_host(library: Library):
    cookie = f"session={library.owner.session}"
    host = library.owner.url.removeprefix("http://")
    body = {"name": "x.jpg"}
    refused = library.owner.ask("POST", library.files, body, Cookie=cookie)
    assert refused.status == 403
    foreign = library.owner.ask("POST", library.files, body, Cookie=cookie, Origin="https://evil.example")
    assert foreign.status == 403
    assert library.owner.ask("POST", library.files, body, Cookie=cookie, Origin=f"http://{host}").status == 201
    assert library.owner.ask("GET", library.files, Cookie=cookie).status == 200


def test_members_rename_and_only_owners_and_uploaders_delete(library: Library):
    file = library.upload(photo())
    assert library.member.ask("PATCH", f"{library.files}/{file}", {"name": "new.jpg"}).json["name"] == "new.jpg"
    assert library.owner.get(library.files).json["files"][0]["name"] == "new.jpg"
    assert library.member.ask("PATCH", f"{library.files}/{file}", {"size": 3}).status == 400
    assert library.member.ask("DELETE", f"{library.files}/{file}").status == 403
    own = library.upload(photo(seed=2), client=library.member)
    assert library.member.ask("DELETE", f"{library.files}/{own}").status == 204


def test_deleting_removes_everything(library: Library):
    file = library.upload(photo())
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready" and "sha256" in record)
    assert library.keys(CACHE, f"library/{library.id}/{file}/")
    assert library.owner.ask("DELETE", f"{library.files}/{file}").status == 204
    assert library.keys(CACHE, f"library/{library.id}/{file}/") == []
    assert library.keys(LIBRARY, f"original/{library.id}/") == []
    assert library.keys(LIBRARY, f"record/{library.id}/") == []
    assert library.owner.get(library.files).json["total"] == 0
    assert library.owner.get(library.image(file)).status == 404


@pytest.mark.parametrize(
    ("query", "derivative"),
    [("height=60&quality=70&width=60", "w60_h60_q70.jpeg"), ("format=png&height=180&width=180", "w180_h180_q0.png")],
)
def test_a_derivative_that_is_asked_for_often_is_always_the_one_in_the_store(
    library: Library, query: str, derivative: str
):
    """Small objects that are sent often are sent from memory: those of a few KB by one write, others in another way."""
    noise = io.BytesIO()
    Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(480_000)).save(noise, "PNG")
    file = library.upload(noise.getvalue(), "noise.png")
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    address = library.image(file, query)
    first = library.member.get(address)
    assert first.status == 200
    assert all(library.member.get(address).body == first.body for _ in range(3))
    part = library.member.get(address, Range="bytes=10-29")
    assert (part.status, part.body) == (206, first.body[10:30])
    assert part["content-range"] == f"bytes 10-29/{len(first.body)}"
    assert library.member.get(address, If_None_Match=first["etag"]).status == 304
    assert library.member.ask("HEAD", address)["content-length"] == str(len(first.body))

    # Who may not see it does not, however often others have.
    former = token("member", **{identifier().replace("-", "_"): "member"})
    assert library.member.ask("GET", address, session=former).status == 404
    assert library.stranger.get(address).status == 404
    assert library.member.ask("GET", address, session=None).status == 401
    assert library.member.get(address).body == first.body

    s3 = library.endpoint.client("s3")
    key = f"library/{library.id}/{file}/transforms/{derivative}"
    for number in range(10):
        body = b"%d" % number * len(first.body)
        s3.put_object(Bucket=CACHE, Key=key, Body=body)
        answer = library.member.get(address)
        assert (answer.status, answer.body) == (200, body)
        assert answer["etag"] != first["etag"]
    assert library.owner.ask("DELETE", f"{library.files}/{file}").status in (200, 202, 204)
    assert library.member.get(address).status == 404


def test_a_new_upload_replaces_what_was_made_of_the_old_one(library: Library):
    file = library.upload(photo(1000, 500))
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    assert size(library.owner.get(library.image(file, "width=100")).body) == (100, 50)
    upload = library.owner.ask("POST", f"{library.files}/{file}/content", {}).json["upload"]
    put(upload["url"], photo(500, 1000))
    record = library.wait(file, lambda record: record["version"] == 2 and record.get("imageProxyStatus") == "ready")
    assert (record["width"], record["height"]) == (500, 1000)
    assert size(library.owner.get(library.image(file, "width=100")).body) == (100, 200)


def test_the_registered_variants_are_made_before_they_are_asked_for(library: Library):
    file = library.upload(photo(1000, 800))
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    names = {key.rsplit("/", 1)[1] for key in library.keys(CACHE, f"library/{library.id}/{file}/transforms/")}
    assert names == {
        "w80_h80_q70.jpeg", "w240_h240_q70.webp", "w300_h300_q80.jpeg", "w720_h360_q82.jpeg", "w1000_h800_q90.jpeg",
    }
    registry = library.owner.get("/api/files/variants").json
    assert registry["version"] == 1 and len(registry["variants"]) == 5


def test_three_faults_of_a_file_end_its_attempts(library: Library):
    file = library.upload(photo()[:200], "broken.jpg")
    # The lowest weight of all: behind everything that other tests have left.
    record = library.wait(file, lambda record: record.get("imageProxyStatus") == "failed", seconds=240)
    assert record["imageProxyAttempts"] == 1
    assert record["imageProxyError"]
    client = library.endpoint.client("lambda")

    def is_struck_out() -> bool:
        # A pass that another test's files break off is followed by the next.
        client.invoke(FunctionName="PrewarmImagesFunction", Payload=b"{}")
        return library.record(file)["imageProxyAttempts"] >= 3

    until("three strikes", is_struck_out, seconds=240, every=0.5)
    client.invoke(FunctionName="PrewarmImagesFunction", Payload=b"{}")
    assert not [key for key in library.keys(LIBRARY, "index/prewarm/pending/") if file in key]
    assert library.record(file)["imageProxyAttempts"] == 3


def test_files_of_the_same_content_name_each_other(library: Library):
    one, other = library.upload(photo(seed=5)), library.upload(photo(seed=5))
    assert library.wait(one, lambda record: "duplicateOf" in record)["duplicateOf"] == other
    assert library.wait(other, lambda record: "duplicateOf" in record)["duplicateOf"] == one
    library.owner.ask("DELETE", f"{library.files}/{other}")
    assert "duplicateOf" not in library.record(one)


def test_events_tell_the_end(library: Library):
    file = library.upload(photo())
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    answer = library.owner.get(f"{library.files}/{file}/events")
    assert answer["content-type"].startswith("text/event-stream")
    assert b"event: done\n" in answer.body


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), (10, 200, 30, 128)[: len(mode)]).save(out, "PNG")
    return out.getvalue()


def form(content: bytes, field: str = "avatar") -> tuple[bytes, str]:
    boundary = "boundary-of-the-form"
    body = (
        f"--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n"
        "Content-Type: image/png\r\n\r\n"
    ).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def test_avatars(library: Library):
    user = Client(library.endpoint.api_url, token(f"user-{identifier()}"))
    assert user.get("/api/auth/me/avatar").status == 404
    answer = user.ask("POST", "/api/auth/me/avatar", photo(1600, 900), Content_Type="image/jpeg")
    assert (answer.status, answer.json) == (200, {"avatarUrl": "/api/auth/me/avatar"})
    shown = user.get("/api/auth/me/avatar")
    assert shown["content-type"] == "image/webp"
    assert shown["cache-control"] == "private, max-age=300"
    assert size(shown.body) == (512, 512)
    body, kind = form(png(100, 301, "RGBA"))
    assert user.ask("POST", "/api/auth/me/avatar", body, Content_Type=kind).status == 200
    assert size(user.get("/api/auth/me/avatar").body) == (100, 100)


def test_avatars_of_others_need_a_session(library: Library):
    name = f"user-{identifier()}"
    user = Client(library.endpoint.api_url, token(name))
    assert user.ask("POST", "/api/auth/me/avatar", png(64, 64), Content_Type="image/png").status == 200
    assert library.stranger.get(f"/api/auth/users/{name}/avatar").status == 200
    assert Client(library.endpoint.api_url).get(f"/api/auth/users/{name}/avatar").status == 404
    assert user.get(f"/api/auth/users/{identifier()}/avatar").status == 404


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "image/png", 400), (b"no image", "image/png", 400), (b"<svg/>", "image/svg+xml", 400),
        (png(20_000, 1), "image/png", 400), (b"\xff\xd8\xff" + bytes(9 << 20), "image/jpeg", 413),
        (form(png(10, 10), "other")[0], form(b"")[1], 400), (b"--x\r\n", "multipart/form-data; boundary=x", 400),
    ],
)
def test_avatars_that_cannot_be_used_are_refused(library: Library, content: bytes, kind: str, status: int):
    answer = library.owner.ask("POST", "/api/auth/me/avatar", content, Content_Type=kind)
    assert answer.status == status, answer.body


def test_tokens_are_issued_for_a_data_folder(own_endpoint, tmp_path: Path):
    endpoint = own_endpoint()
    endpoint.start()
    library = identifier()
    issued = zoetrope("token", "--user", "me", "--library", f"{library}=owner", "--data", endpoint.data)
    assert issued.returncode == 0, issued.stderr
    client = Client(endpoint.api_url, issued.stdout.strip())
    assert client.get(f"/api/libraries/{library}/files").json["total"] == 0
    assert zoetrope("token", "--data", tmp_path / "none").returncode == 1
    assert zoetrope("token", "--library", "nonsense").returncode == 2


def test_the_pages_port_needs_no_token_and_takes_presigned_uploads(served: Endpoint):
    """A page has one origin, and holds no secret."""
    library = Library(served)
    user = Client(served.web_url)
    announced = user.ask("POST", library.files, {"name": "a/photo.jpg"}, Origin=served.web_url)
    assert announced.status == 201, announced.body
    assert announced.json["file"]["createdBy"] == "local"
    upload = urllib.parse.urlsplit(announced.json["upload"]["url"])
    content = photo()
    assert user.ask("PUT", f"/s3{upload.path}?{upload.query}", content).status == 200
    library.wait(announced.json["file"]["id"], lambda record: record["size"] == len(content))
    # Another object, or a page of another origin.
    assert user.ask("PUT", f"/s3{upload.path}x?{upload.query}", content).status == 403
    assert user.ask("GET", library.files, Origin="http://evil.example").status == 403
    assert user.ask("GET", f"/s3{upload.path}").status == 403
    assert Client(served.api_url).get(library.files).status == 401


def test_derivatives_are_made_again(library: Library):
    file = library.upload(photo(1000, 800))
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    made = f"library/{library.id}/{file}/transforms/"
    gone = library.keys(CACHE, made)[0]
    library.endpoint.client("s3").delete_object(Bucket=CACHE, Key=gone)
    # Nothing has failed.
    assert library.owner.ask("POST", f"{library.files}/{file}/reprocess").json["imageProxyStatus"] == "ready"
    again = library.member.ask("POST", f"{library.files}/{file}/reprocess", {"derivatives": ["imageProxy"]})
    assert (again.status, again.json["imageProxyStatus"] in ("queued", "processing", "ready")) == (202, True)
    until("the size to be there again", lambda: gone in library.keys(CACHE, made) or None)
    library.wait(file, lambda record: record.get("imageProxyStatus") == "ready")
    assert library.owner.ask("POST", f"{library.files}/{file}/reprocess", {"derivatives": ["waveform"]}).status == 400
    assert library.stranger.ask("POST", f"{library.files}/{file}/reprocess").status == 404


def test_a_page_of_a_list_says_what_a_page_needs(library: Library):
    for name in ("a/one.jpg", "two.jpg"):
        library.upload(photo(), name)
    found = library.member.get(f"{library.files}?folder=&context=true&groups=month").json
    assert [file["name"] for file in found["files"]] == ["two.jpg"]
    assert found["folders"] == [{"name": "a", "count": 1}]
    assert [group["count"] for group in found["groups"]] == [1]
    assert found["context"]["role"] == "member"
    assert found["context"]["libraries"] == [{"id": library.id, "role": "member"}]
    assert len(found["context"]["variants"]["variants"]) == 5
    assert "context" not in library.owner.get(library.files).json
    for query in ("folder=a", "offset=-1", "offset=x"):
        assert library.owner.get(f"{library.files}?{query}").status == 400


def test_weights_of_functions_are_shown_by_the_metrics(served: Endpoint):
    with urllib.request.urlopen(f"{served.web_url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    for function, weight in [("TransformImageFunction", 100), ("EncodeSegmentFunction", 10), ("PrewarmImagesFunction", 1)]:
        (line,) = [line for line in lines if line.startswith(f'zoetrope_queue_weight{{function="{function}"}} ')]
        assert float(line.split()[1]) == weight
