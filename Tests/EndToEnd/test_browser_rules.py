"""Pages of other sites, in the browser of this machine: what they may ask of the S3 port."""

import http.client
import json
from collections.abc import Callable

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness.endpoint import GIFS, REGION, SOURCE, Endpoint
from harness.installation import ACCESS_KEY, SECRET_KEY, zoetrope
from harness.job import Jobs

EVIL = "https://evil.example"


def ask(endpoint: Endpoint, method: str, path: str, headers: dict[str, str], body: bytes = b"", port: int | None = None):
    connection = http.client.HTTPConnection("127.0.0.1", port or endpoint.port, timeout=30)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def signed(endpoint: Endpoint, method: str, path: str, headers: dict[str, str], host: str | None = None) -> dict[str, str]:
    """The headers with a signature of the right keys: what a page could make that knows them."""
    host = host or f"127.0.0.1:{endpoint.port}"
    request = botocore.awsrequest.AWSRequest(method, f"http://{host}{path}", headers={**headers, "Host": host})
    credentials = botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY)
    botocore.auth.S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
    return dict(request.headers.items())


FOREIGN = [
    {"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()))
def test_a_page_of_another_origin_cannot_sign_its_requests(headers: dict, endpoint: Endpoint):
    for method, path in [("GET", f"/{SOURCE}?list-type=2"), ("PUT", f"/{SOURCE}/evil.txt"), ("DELETE", f"/{SOURCE}/a")]:
        assert ask(endpoint, method, path, signed(endpoint, method, path, headers))[0] == 403


def test_a_name_that_points_here_is_none_of_this_machine(endpoint: Endpoint):
    """DNS rebinding: for the browser the page and the store are one origin."""
    path = f"/{SOURCE}?list-type=2"
    for host in (f"evil.example:{endpoint.port}", "127.0.0.1.evil.example", "localhost.evil.example"):
        status, _, body = ask(endpoint, "GET", path, signed(endpoint, "GET", path, {}, host))
        assert (status, b"--trusted-proxy" in body) == (403, True)
    for host in (f"localhost:{endpoint.port}", f"[::1]:{endpoint.port}", f"127.0.0.1:{endpoint.port}"):
        assert ask(endpoint, "GET", path, signed(endpoint, "GET", path, {}, host))[0] == 200


@pytest.mark.parametrize("target, path", [("AWSEvents.PutEvents", "/"), (None, "/2015-03-31/functions/x/invocations")])
def test_events_and_functions_are_not_for_pages_of_others(target: str | None, path: str, endpoint: Endpoint):
    headers = {"Origin": EVIL} | ({"X-Amz-Target": target} if target else {})
    status, _, body = ask(endpoint, "POST", path, headers, b"{}")
    assert status == 403 and b"other origins" in body


def test_the_pages_own_origin_may(endpoint: Endpoint):
    path = f"/{SOURCE}?list-type=2"
    own = {"Origin": f"http://127.0.0.1:{endpoint.port}", "Sec-Fetch-Site": "same-origin"}
    assert ask(endpoint, "GET", path, signed(endpoint, "GET", path, own))[0] == 200


def test_origins_that_a_bucket_allows_may(endpoint: Endpoint, jobs: Jobs):
    jobs.s3.create_bucket(Bucket="allowing")
    jobs.s3.put_bucket_cors(
        Bucket="allowing",
        CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["https://good.example"], "AllowedMethods": ["PUT"]}]},
    )
    for origin, expected in [("https://good.example", 200), (EVIL, 403)]:
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        path = "/allowing/page.txt"
        assert ask(endpoint, "PUT", path, signed(endpoint, "PUT", path, headers))[0] == expected
        # Reading is not among the methods.
        assert ask(endpoint, "GET", path, signed(endpoint, "GET", path, headers))[0] == 403


def test_presigned_addresses_and_forms_work_on_any_page(endpoint: Endpoint, jobs: Jobs):
    jobs.s3.put_object(Bucket=GIFS, Key="shown.txt", Body=b"shown")
    url = endpoint.client("s3", signature_version="s3v4").generate_presigned_url(
        "get_object", {"Bucket": GIFS, "Key": "shown.txt"})
    path = url.split(str(endpoint.port), 1)[1]
    for headers in FOREIGN:
        assert ask(endpoint, "GET", path, headers)[2] == b"shown"
    form = endpoint.client("s3", signature_version="s3v4").generate_presigned_post(SOURCE, "formed.txt")
    lines = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form["fields"].items()]
    lines.append('--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nformed\r\n--b--\r\n')
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Content-Type": "multipart/form-data; boundary=b"}
    status, _, said = ask(endpoint, "POST", f"/{SOURCE}", headers, "".join(lines).encode())
    assert status == 204, said
    assert jobs.get("formed.txt", SOURCE) == b"formed"


# Keys of the data folder


def test_every_data_folder_has_keys_of_its_own(own_endpoint: Callable[..., Endpoint]):
    nothing = {"ZOETROPE_ACCESS_KEY_ID": "", "ZOETROPE_SECRET_ACCESS_KEY": ""}
    one, other = own_endpoint(environment=nothing), own_endpoint(environment=nothing)
    keys = []
    for endpoint in (one, other):
        early = zoetrope("env", "--data", endpoint.data, **nothing)
        assert early.returncode == 1 and "zoetrope up" in early.stderr
        endpoint.start()
        said = zoetrope("env", "--json", "--data", endpoint.data, **nothing)
        keys.append(json.loads(said.stdout))
        assert keys[-1]["AWS_ENDPOINT_URL"] == endpoint.url
        assert (endpoint.data / "secrets.json").stat().st_mode & 0o077 == 0
    assert keys[0]["AWS_SECRET_ACCESS_KEY"] != keys[1]["AWS_SECRET_ACCESS_KEY"]
    assert len(keys[0]["AWS_SECRET_ACCESS_KEY"]) >= 40

    def buckets(endpoint: Endpoint, of: dict):
        return endpoint.client("s3", of["AWS_ACCESS_KEY_ID"], of["AWS_SECRET_ACCESS_KEY"]).list_buckets()["Buckets"]

    assert buckets(one, keys[0]) and buckets(other, keys[1])
    for wrong in (keys[1], {"AWS_ACCESS_KEY_ID": "zoetrope", "AWS_SECRET_ACCESS_KEY": "zoetrope-secret"}):
        with pytest.raises(botocore.exceptions.ClientError):
            buckets(one, wrong)
    # They stay the same, and `env` prints what a shell reads.
    one.stop()
    one.start()
    assert buckets(one, keys[0])
    said = zoetrope("env", "--data", one.data, **nothing).stdout.splitlines()
    assert f"export AWS_SECRET_ACCESS_KEY={keys[0]['AWS_SECRET_ACCESS_KEY']}" in said


def test_the_command_line_finds_address_and_keys_in_the_data_folder(
    own_endpoint: Callable[..., Endpoint], short_video, tmp_path
):
    nothing = {"ZOETROPE_ACCESS_KEY_ID": "", "ZOETROPE_SECRET_ACCESS_KEY": ""}
    endpoint = own_endpoint(environment=nothing)
    endpoint.start()
    done = zoetrope("process", short_video, "--data", endpoint.data, **nothing)
    assert done.returncode == 0, done.stderr
    assert endpoint.url in zoetrope("status", "--data", endpoint.data, **nothing).stdout
    by_variable = zoetrope("status", ZOETROPE_DATA=str(endpoint.data), **nothing)
    assert endpoint.url in by_variable.stdout
    elsewhere = zoetrope("process", short_video, "--endpoint", endpoint.url, "--data", tmp_path / "none", **nothing)
    assert elsewhere.returncode == 1 and "--data" in elsewhere.stderr


@pytest.mark.parametrize(
    "variables, named",
    [
        ({}, "ZOETROPE_ADMIN_TOKEN"),
        ({"ZOETROPE_SECRET_ACCESS_KEY": "x", "ZOETROPE_ADMIN_TOKEN": "t" * 16}, "ZOETROPE_SECRET_ACCESS_KEY"),
        ({"ZOETROPE_ADMIN_TOKEN": "short"}, "ZOETROPE_ADMIN_TOKEN"),
        (
            {"ZOETROPE_ACCESS_KEY_ID": "", "ZOETROPE_SECRET_ACCESS_KEY": "", "ZOETROPE_ADMIN_TOKEN": "t" * 16},
            "ZOETROPE_ACCESS_KEY_ID",
        ),
    ],
    ids=["no token", "short secret", "short token", "no keys"],
)
def test_other_machines_are_served_with_good_secrets_only(variables: dict, named: str, own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=("--host", "0.0.0.0"), environment=variables)
    with pytest.raises(AssertionError, match=named):
        endpoint.start()


def test_with_good_secrets_other_machines_are_served(own_endpoint: Callable[..., Endpoint]):
    token = "a-token-of-the-tests"
    endpoint = own_endpoint(arguments=("--host", "0.0.0.0"), environment={"ZOETROPE_ADMIN_TOKEN": token})
    endpoint.start()
    for path in ("/metrics", "/api/status"):
        assert ask(endpoint, "GET", path, {}, port=endpoint.web_port)[0] == 401
        assert ask(endpoint, "GET", path, {"Authorization": f"Bearer {token}"}, port=endpoint.web_port)[0] == 200
    # Any name may point here: the keys decide.
    path = f"/{SOURCE}?list-type=2"
    assert ask(endpoint, "GET", path, signed(endpoint, "GET", path, {}, "videos.example"))[0] == 200


def test_guesses_of_the_token_are_logged_and_wait(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(environment={"ZOETROPE_ADMIN_TOKEN": "a-token-of-the-tests"})
    endpoint.start()
    for _ in range(3):
        assert ask(endpoint, "GET", "/api/status", {"Authorization": "Bearer guess"}, port=endpoint.web_port)[0] == 401
    assert "wrong administration token" in endpoint.tail()
    assert endpoint.tail().count("wrong administration token") == 1, "one line for many guesses"


# Public reading


def test_a_public_bucket_is_read_by_any_page_and_nothing_more(own_endpoint: Callable[..., Endpoint]):
    endpoint = own_endpoint(arguments=("--public-read", f"{GIFS}=https://site.example"))
    endpoint.start()
    s3 = Jobs(endpoint).s3
    s3.put_object(Bucket=GIFS, Key="a b/clip.gif", Body=b"0123456789", ContentType="image/gif")
    s3.put_object(Bucket=SOURCE, Key="private.mp4", Body=b"private")
    headers = {"Origin": "https://site.example", "Sec-Fetch-Site": "cross-site"}
    status, answer, body = ask(endpoint, "GET", f"/{GIFS}/a%20b/clip.gif?v=1", headers)
    assert (status, body) == (200, b"0123456789")
    assert answer["access-control-allow-origin"] == "https://site.example"
    assert "immutable" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]
    status, answer, body = ask(endpoint, "GET", f"/{GIFS}/a%20b/clip.gif", headers | {"Range": "bytes=2-4"})
    assert (status, body) == (206, b"234") and "max-age=300" in answer["Cache-Control"]
    assert ask(endpoint, "HEAD", f"/{GIFS}/a%20b/clip.gif", headers)[0] == 200
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    assert ask(endpoint, "OPTIONS", f"/{GIFS}/a%20b/clip.gif", headers | preflight)[0] == 200
    assert ask(endpoint, "OPTIONS", f"/{GIFS}/a%20b/clip.gif", {"Origin": EVIL} | preflight)[0] == 403
    assert "access-control-allow-origin" not in ask(endpoint, "GET", f"/{GIFS}/a%20b/clip.gif", {"Origin": EVIL})[1]
    refused = [
        ("GET", f"/{GIFS}?list-type=2"), ("PUT", f"/{GIFS}/new"), ("DELETE", f"/{GIFS}/a%20b/clip.gif"),
        ("GET", f"/{SOURCE}/private.mp4"), ("GET", f"/{GIFS}/a%20b/clip.gif?acl"),
        ("GET", f"/{GIFS}/a%20b/clip.gif?response-content-type=text/html"), ("POST", f"/{GIFS}?delete"), ("GET", "/"),
    ]
    for method, path in refused:
        assert ask(endpoint, method, path, headers)[0] == 403, path


def test_options_of_access_are_checked():
    for option, value in [
        ("--public-read", "bucket=evil"),
        ("--public-read", "=https://a.example"),
        ("--trusted-proxy", "proxy"),
    ]:
        ended = zoetrope("up", option, value)
        assert (ended.returncode, option in ended.stderr) == (2, True)
