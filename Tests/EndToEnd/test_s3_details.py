"""Details of S3 that its clients rely on: pages of buckets, headers, conditions, checksums, storage classes, lifecycles."""

import base64
import datetime
import email.header
import email.utils
import hashlib
import hmac
import http.client
import re
import zlib
from collections.abc import Iterator

import botocore.exceptions
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.endpoint import REGION, Endpoint
from harness.installation import ACCESS_KEY, PROJECT, SECRET_KEY, TEMPLATE, zoetrope

BUCKET = "details"
PART = 5 << 20


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path_factory.mktemp("details"), TEMPLATE)
    endpoint.start()
    endpoint.client("s3").create_bucket(Bucket=BUCKET)
    yield endpoint
    assert endpoint.stop() == 0


@pytest.fixture(scope="module")
def s3(store: Endpoint):
    return store.client("s3", retries={"total_max_attempts": 1})


def refused(call, **arguments: object) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def signed(
    store: Endpoint, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """A request with headers that boto3 would not send."""
    request = AWSRequest(method=method, url=store.url + path, data=body, headers=headers)
    S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION).add_auth(request)
    return sent(store, method, path, body, dict(request.headers))


def sent(store: Endpoint, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", store.port, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def code(content: bytes) -> str:
    return re.search(rb"<Code>(\w+)</Code>", content)[1].decode()


# Buckets


def test_buckets_are_listed_by_prefix_and_page_by_page(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""
    for number in range(5):
        s3.create_bucket(Bucket=f"paged-{number}")
    names, token = [], {}
    while True:
        page = s3.list_buckets(Prefix="paged-", MaxBuckets=2, **token)
        assert len(page["Buckets"]) <= 2 and page["Prefix"] == "paged-"
        assert {bucket["BucketRegion"] for bucket in page["Buckets"]} == {REGION}
        names += [bucket["Name"] for bucket in page["Buckets"]]
        if "ContinuationToken" not in page:
            break
        token = {"ContinuationToken": page["ContinuationToken"]}
    assert names == [f"paged-{number}" for number in range(5)]
    assert s3.list_buckets(BucketRegion=REGION)["Buckets"]
    assert refused(s3.list_buckets, BucketRegion="eu-west-1") == ("InvalidArgument", 400)
    assert refused(s3.list_buckets, MaxBuckets=1, ContinuationToken="?") == ("InvalidArgument", 400)
    assert "ContinuationToken" not in s3.list_buckets()


# Headers


def test_a_304_has_the_headers_of_the_object(s3, store: Endpoint):
    put = s3.put_object(
        Bucket=BUCKET, Key="cached", Body=b"x", CacheControl="max-age=60", Expires="Thu, 01 Jan 2099 00:00:00 GMT"
    )
    for method in ("GET", "HEAD"):
        status, headers, body = signed(store, method, f"/{BUCKET}/cached", **{"if-none-match": put["ETag"]})
        assert (status, body) == (304, b"")
        assert headers["etag"] == put["ETag"] and headers["cache-control"] == "max-age=60"
        assert "last-modified" in headers and headers["expires"].startswith("Thu, 01 Jan 2099")


def test_a_range_beyond_the_end_tells_the_size(s3, store: Endpoint):
    s3.put_object(Bucket=BUCKET, Key="short", Body=b"12345")
    status, headers, _ = signed(store, "GET", f"/{BUCKET}/short", range="bytes=10-")
    assert (status, headers["content-range"]) == (416, "bytes */5")


@pytest.mark.parametrize("sent_as, kept", [
    ("gzip, br", "gzip, br"), ("gzip,br", "gzip,br"), ("aws-chunked", None), ("gzip, aws-chunked", "gzip"),
    ("aws-chunked, gzip", "gzip"), ("aws-chunked, aws-chunked", None),
])
def test_the_content_encoding_comes_back_as_it_was_sent(s3, sent_as: str, kept: str | None):
    s3.put_object(Bucket=BUCKET, Key="encoded", Body=b"x", ContentEncoding=sent_as)
    assert s3.head_object(Bucket=BUCKET, Key="encoded").get("ContentEncoding") == kept


def test_metadata_of_other_letters_is_answered_as_an_encoded_word(s3, store: Endpoint):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata"""
    text = "Größe 漢字"
    encoded = "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="
    s3.put_object(Bucket=BUCKET, Key="letters", Body=b"x", Metadata={"word": encoded, "plain": "plain = fine?"})
    metadata = s3.head_object(Bucket=BUCKET, Key="letters")["Metadata"]
    assert metadata == {"word": encoded, "plain": "plain = fine?"}
    status, headers = form(store, "letters-of-a-form", {"x-amz-meta-word": text})
    assert status == 204, headers
    word = s3.head_object(Bucket=BUCKET, Key="letters-of-a-form")["Metadata"]["word"]
    assert word == encoded
    assert str(email.header.make_header(email.header.decode_header(word))) == text


@pytest.mark.parametrize("method, path", [("GET", f"/{BUCKET}"), ("PUT", f"/{BUCKET}/dated")])
def test_the_date_of_a_signature_may_stand_in_date(store: Endpoint, method: str, path: str):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html"""
    now = datetime.datetime.now(datetime.UTC)
    # botocore writes -0000, if a request has a date of its own.
    mail = email.utils.formatdate(int(now.timestamp()))
    assert mail.endswith(" -0000")
    for date in (email.utils.format_datetime(now, usegmt=True), mail, now.strftime("%Y%m%dT%H%M%SZ")):
        assert sent(store, method, path, b"", dated(store, method, path, now, date))[0] == 200
    late = now - datetime.timedelta(hours=1)
    headers = dated(store, method, path, late, email.utils.format_datetime(late, usegmt=True))
    assert code(sent(store, method, path, b"", headers)[2]) == "RequestTimeTooSkewed"
    headers = dated(store, method, path, now, "yesterday")
    assert sent(store, method, path, b"", headers)[0] == 403


def dated(store: Endpoint, method: str, path: str, moment: datetime.datetime, date: str) -> dict[str, str]:
    """Headers signed without x-amz-date."""
    stamp, digest = moment.strftime("%Y%m%dT%H%M%SZ"), hashlib.sha256(b"").hexdigest()
    host = f"127.0.0.1:{store.port}"
    headers = {"date": date, "host": host, "x-amz-content-sha256": digest}
    names = ";".join(headers)
    canonical = "\n".join([method, path, "", *(f"{name}:{value}" for name, value in headers.items()), "", names, digest])
    scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + SECRET_KEY.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    authorization = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": authorization}


# Refusals

REFUSED_HEADERS = [
    ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
    *((f"x-amz-grant-{name}", "id=1", "AccessControlListNotSupported")
      for name in ("full-control", "read", "read-acp", "write", "write-acp")),
    ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
    ("x-amz-server-side-encryption", "rot13", "InvalidArgument"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "key", "NotImplemented"),
    ("x-amz-server-side-encryption-bucket-key-enabled", "true", "NotImplemented"),
    ("x-amz-server-side-encryption-context", "e30=", "NotImplemented"),
    ("x-amz-server-side-encryption-customer-algorithm", "AES256", "NotImplemented"),
    ("x-amz-server-side-encryption-customer-key", "a2V5", "NotImplemented"),
    ("x-amz-server-side-encryption-customer-key-md5", "a2V5", "NotImplemented"),
    ("x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented"),
    ("x-amz-object-lock-legal-hold", "ON", "NotImplemented"),
    ("x-amz-object-lock-retain-until-date", "2099-01-01T00:00:00Z", "NotImplemented"),
    ("x-amz-website-redirect-location", "/elsewhere", "NotImplemented"),
    ("x-amz-write-offset-bytes", "0", "NotImplemented"),
    ("x-amz-storage-class", "GLACIER", "NotImplemented"),
    ("x-amz-storage-class", "DEEP_ARCHIVE", "NotImplemented"),
    ("x-amz-storage-class", "ATTIC", "InvalidStorageClass"),
    ("x-amz-expected-bucket-owner", "999999999999", "AccessDenied"),
    ("if-modified-since", "Thu, 01 Jan 2015 00:00:00 GMT", "NotImplemented"),
]


@pytest.mark.parametrize("name, value, error", REFUSED_HEADERS)
def test_a_header_that_would_not_be_honoured_is_refused(store: Endpoint, s3, name: str, value: str, error: str):
    status, _, content = signed(store, "PUT", f"/{BUCKET}/refused", b"x", **{name: value})
    assert (code(content), status >= 400) == (error, True)
    assert refused(s3.head_object, Bucket=BUCKET, Key="refused")[1] == 404
    assert f"`{name}`" in (PROJECT / "docs/S3.md").read_text() or name.startswith("if-")


def test_the_own_account_is_the_expected_owner(s3):
    assert s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner="000000000000")


@pytest.mark.parametrize("field, value, error", [
    ("acl", "public-read", "AccessControlListNotSupported"),
    ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
    ("x-amz-storage-class", "GLACIER", "NotImplemented"),
    ("x-amz-website-redirect-location", "/elsewhere", "NotImplemented"),
    ("tagging", "<Tagging", "MalformedXML"),
    ("tagging", "<Tagging><TagSet><Tag><Key></Key><Value/></Tag></TagSet></Tagging>", "InvalidTag"),
])
def test_a_field_that_would_not_be_honoured_is_refused(store: Endpoint, field: str, value: str, error: str):
    status, content = form(store, "refused-form", {field: value})
    assert (code(content), status >= 400) == (error, True)


def form(store: Endpoint, key: str, fields: dict[str, str], version: str = "s3v4") -> tuple[int, bytes]:
    """A browser's form with these fields beside the usual ones."""
    client = store.client("s3", signature_version=version)
    post = client.generate_presigned_post(
        BUCKET, key, Fields=dict(fields), Conditions=[{name: value} for name, value in fields.items()]
    )
    return posted(store, post["fields"])


def posted(store: Endpoint, fields: dict[str, str]) -> tuple[int, bytes]:
    boundary = "boundary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ncontent\r\n--{boundary}--\r\n'
    )
    status, _, content = sent(
        store, "POST", f"/{BUCKET}", "".join(parts).encode(), {"content-type": f"multipart/form-data; boundary={boundary}"})
    return status, content


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_form_gives_tags(store: Endpoint, s3, version: str):
    document = "<Tagging><TagSet><Tag><Key>colour</Key><Value>blue</Value></Tag></TagSet></Tagging>"
    s3.delete_object(Bucket=BUCKET, Key="tagged")
    assert form(store, "tagged", {"tagging": document}, version)[0] == 204
    assert s3.get_object_tagging(Bucket=BUCKET, Key="tagged")["TagSet"] == [{"Key": "colour", "Value": "blue"}]


def test_a_form_of_the_older_signature_is_verified(store: Endpoint):
    """boto3 makes these by default in us-east-1. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html"""
    post = store.client("s3").generate_presigned_post(BUCKET, "older", Fields={"acl": "private"}, Conditions=[{"acl": "private"}])
    assert "AWSAccessKeyId" in post["fields"]
    for changes, status in (
        ({}, 204), ({"signature": "x" + post["fields"]["signature"][1:]}, 403), ({"AWSAccessKeyId": "unknown"}, 403),
        ({"key": "another"}, 403), ({"x-amz-meta-more": "x"}, 403),
    ):
        assert posted(store, {**post["fields"], **changes})[0] == status, changes
    unsigned = {name: value for name, value in post["fields"].items() if name != "signature"}
    status, content = posted(store, unsigned)
    assert (status, code(content)) == (400, "InvalidArgument")


def test_an_upload_is_not_completed_without_a_document(s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="without-parts")["UploadId"]
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        s3.complete_multipart_upload(Bucket=BUCKET, Key="without-parts", UploadId=upload)
    assert refused.value.response["Error"]["Code"] == "MalformedXML"
    s3.abort_multipart_upload(Bucket=BUCKET, Key="without-parts", UploadId=upload)


# Deletions


def test_deletions_have_conditions(s3, store: Endpoint):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html"""
    def put() -> dict:
        s3.put_object(Bucket=BUCKET, Key="conditional", Body=b"12345")
        return s3.head_object(Bucket=BUCKET, Key="conditional")

    there = {"Bucket": BUCKET, "Key": "conditional"}
    head = put()
    day = datetime.timedelta(days=1)
    for wrong in ({"IfMatch": '"other"'}, {"IfMatchSize": 4}, {"IfMatchLastModifiedTime": head["LastModified"] - day}):
        assert refused(s3.delete_object, **there, **wrong) == ("PreconditionFailed", 412), wrong
    since = email.utils.format_datetime((head["LastModified"] - day).astimezone(datetime.UTC), usegmt=True)
    assert signed(store, "DELETE", f"/{BUCKET}/conditional", **{"if-unmodified-since": since})[0] == 412
    for name, value, status in [
        ("if-none-match", "*", 501), ("if-modified-since", since, 501), ("x-amz-if-match-size", "five", 400),
        ("x-amz-if-match-last-modified-time", "yesterday", 400), ("if-unmodified-since", "yesterday", 400),
    ]:
        assert signed(store, "DELETE", f"/{BUCKET}/conditional", **{name: value})[0] == status, name
    assert s3.head_object(**there)["ContentLength"] == 5
    s3.delete_object(**there, IfMatch=head["ETag"], IfMatchSize=5, IfMatchLastModifiedTime=head["LastModified"])
    assert refused(s3.head_object, **there)[1] == 404

    head = put()
    for wrong in ({"ETag": '"other"'}, {"Size": 4}, {"LastModifiedTime": head["LastModified"] - day}):
        answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "conditional", **wrong}]})
        assert [error["Code"] for error in answer["Errors"]] == ["PreconditionFailed"], wrong
    right = {"ETag": head["ETag"], "Size": 5, "LastModifiedTime": head["LastModified"]}
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "conditional", **right}]})
    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["conditional"]


def test_a_write_is_held_against_dates(s3, store: Endpoint):
    s3.put_object(Bucket=BUCKET, Key="held", Body=b"old")
    status, _, content = signed(
        store, "PUT", f"/{BUCKET}/held", b"new", **{"if-unmodified-since": "Thu, 01 Jan 2015 00:00:00 GMT"})
    assert (status, code(content)) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=BUCKET, Key="held")["Body"].read() == b"old"


def test_a_write_is_held_against_tags(s3):
    tag = s3.put_object(Bucket=BUCKET, Key="tagged-write", Body=b"old")["ETag"]
    there = {"Bucket": BUCKET, "Key": "tagged-write"}
    assert refused(s3.put_object, **there, Body=b"new", IfNoneMatch=tag) == ("PreconditionFailed", 412)
    assert refused(s3.put_object, **there, Body=b"new", IfNoneMatch="*", IfMatch=tag) == ("NotImplemented", 501)
    s3.put_object(**there, Body=b"new", IfNoneMatch='"another"')
    assert s3.get_object(**there)["Body"].read() == b"new"


def test_an_empty_token_begins_at_the_beginning(s3):
    s3.put_object(Bucket=BUCKET, Key="token/a", Body=b"x")
    page = s3.list_objects_v2(Bucket=BUCKET, Prefix="token/", ContinuationToken="")
    assert [found["Key"] for found in page["Contents"]] == ["token/a"] and page["ContinuationToken"] == ""
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix="token/")["Versions"]
    assert [(one["Key"], one["VersionId"], one["IsLatest"]) for one in versions] == [("token/a", "null", True)]


# Storage


@pytest.mark.parametrize(
    "name", ["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"])
def test_storage_classes_are_kept_and_told(s3, name: str):
    key = f"class/{name}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x", StorageClass=name)
    told = None if name == "STANDARD" else name
    assert s3.head_object(Bucket=BUCKET, Key=key).get("StorageClass") == told
    assert s3.get_object(Bucket=BUCKET, Key=key).get("StorageClass") == told
    for listing in (s3.list_objects, s3.list_objects_v2):
        assert [found["StorageClass"] for found in listing(Bucket=BUCKET, Prefix=key)["Contents"]] == [name]
    attributes = s3.get_object_attributes(Bucket=BUCKET, Key=key, ObjectAttributes=["StorageClass"])
    assert attributes["StorageClass"] == name
    # A copy has the class that is asked for, not the source's; onto itself it changes nothing else.
    source = {"Bucket": BUCKET, "Key": key}
    s3.copy_object(Bucket=BUCKET, Key="class/copy", CopySource=source)
    assert "StorageClass" not in s3.head_object(Bucket=BUCKET, Key="class/copy")
    s3.copy_object(**source, CopySource=source, StorageClass="ONEZONE_IA")
    assert s3.head_object(**source)["StorageClass"] == "ONEZONE_IA"


def test_encryption_as_usual_is_accepted(s3):
    for answer in (
        s3.put_object(Bucket=BUCKET, Key="usual", Body=b"x", ServerSideEncryption="AES256"),
        s3.head_object(Bucket=BUCKET, Key="usual"), s3.get_object(Bucket=BUCKET, Key="usual"),
        s3.create_multipart_upload(Bucket=BUCKET, Key="usual", ServerSideEncryption="AES256"),
    ):
        assert answer["ServerSideEncryption"] == "AES256"


# Checksums

CHECKSUMS = {
    "MD5": lambda data: hashlib.md5(data).digest(),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4),
    # xxhsum 0.8 of the nine bytes below.
    "XXHASH64": lambda _: bytes.fromhex("8cb841db40e6ae83"),
    "XXHASH3": lambda _: bytes.fromhex("72dcb18b67a17dff"),
    "XXHASH128": lambda _: bytes.fromhex("33119477ede5dcd5e9716427681d5860"),
    "CRC64NVME": lambda _: bytes.fromhex("ae8b14860a799888"),
}
NINE = b"123456789"


@pytest.mark.parametrize("name", CHECKSUMS)
def test_a_checksum_is_verified_and_told(store: Endpoint, name: str):
    right = base64.b64encode(CHECKSUMS[name](NINE)).decode()
    wrong = base64.b64encode(CHECKSUMS[name](NINE)[::-1]).decode()
    header, path = f"x-amz-checksum-{name.lower()}", f"/{BUCKET}/checksum-{name}"
    assert code(signed(store, "PUT", path, NINE, **{header: wrong})[2]) == "BadDigest"
    status, headers, _ = signed(store, "PUT", path, NINE, **{header: right})
    assert (status, headers[header], headers["x-amz-checksum-type"]) == (200, right, "FULL_OBJECT")
    _, headers, body = signed(store, "GET", path, **{"x-amz-checksum-mode": "ENABLED"})
    assert (headers[header], body) == (right, NINE)


def test_an_object_without_a_checksum_gets_one(s3, store: Endpoint):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""
    expected = base64.b64encode(CHECKSUMS["CRC64NVME"](NINE)).decode()
    assert signed(store, "PUT", f"/{BUCKET}/default", NINE)[1]["x-amz-checksum-crc64nvme"] == expected
    client = store.client("s3", request_checksum_calculation="when_required")
    upload = {"Bucket": BUCKET, "Key": "default-parts"}
    upload["UploadId"] = client.create_multipart_upload(**upload)["UploadId"]
    etags = [client.upload_part(**upload, PartNumber=n, Body=b)["ETag"] for n, b in ((1, bytes(PART)), (2, NINE))]
    done = client.complete_multipart_upload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": etag} for n, etag in enumerate(etags)]})
    assert done["ChecksumType"] == "FULL_OBJECT"
    client.put_object(Bucket=BUCKET, Key="default-whole", Body=bytes(PART) + NINE)
    whole = client.head_object(Bucket=BUCKET, Key="default-whole", ChecksumMode="ENABLED")
    assert done["ChecksumCRC64NVME"] == whole["ChecksumCRC64NVME"]
    part = client.head_object(Bucket=BUCKET, Key="default-parts", PartNumber=2, ChecksumMode="ENABLED")
    assert part["ChecksumCRC64NVME"] == expected
    # A copy may have another.
    client.copy_object(
        Bucket=BUCKET, Key="copied", CopySource={"Bucket": BUCKET, "Key": "default"}, ChecksumAlgorithm="SHA512")
    copied = client.head_object(Bucket=BUCKET, Key="copied", ChecksumMode="ENABLED")
    assert copied["ChecksumSHA512"] == base64.b64encode(CHECKSUMS["SHA512"](NINE)).decode()


@pytest.mark.parametrize("name", ["SHA512", "MD5", "SHA256"])
def test_parts_have_checksums_of_their_own(s3, name: str):
    upload = {"Bucket": BUCKET, "Key": f"parts-{name}"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm=name)["UploadId"]
    contents, parts = [bytes(PART), NINE], []
    values = [base64.b64encode(CHECKSUMS[name](content)).decode() for content in contents]
    for number, content in enumerate(contents, 1):
        answer = s3.upload_part(**upload, PartNumber=number, Body=content, **{f"Checksum{name}": values[number - 1]})
        assert answer[f"Checksum{name}"] == values[number - 1]
        parts.append({"PartNumber": number, "ETag": answer["ETag"], f"Checksum{name}": values[number - 1]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    there = {"Bucket": BUCKET, "Key": upload["Key"], "ChecksumMode": "ENABLED"}
    composite = CHECKSUMS[name](b"".join(map(base64.b64decode, values)))
    whole = s3.head_object(**there)
    assert whole[f"Checksum{name}"] == base64.b64encode(composite).decode() + "-2"
    assert whole["ChecksumType"] == "COMPOSITE"
    for number in (1, 2):
        part = s3.head_object(**there, PartNumber=number)
        assert (part[f"Checksum{name}"], part["ContentLength"]) == (values[number - 1], len(contents[number - 1]))
    assert s3.get_object(**there)["Body"].read() == b"".join(contents)


# Bytes that the disk changed


def test_a_flipped_bit_is_found(own_endpoint):
    endpoint = own_endpoint(template=TEMPLATE)
    endpoint.start()
    client = endpoint.client("s3", retries={"total_max_attempts": 1}, response_checksum_validation="when_required")
    client.create_bucket(Bucket=BUCKET)
    contents = {"small": b"s" * 1000, "large": b"l" * (7 << 20)}
    for key, content in contents.items():
        client.put_object(Bucket=BUCKET, Key=key, Body=content)
    upload = {"Bucket": BUCKET, "Key": "parts"}
    upload["UploadId"] = client.create_multipart_upload(**upload)["UploadId"]
    tags = [client.upload_part(**upload, PartNumber=n, Body=b)["ETag"] for n, b in ((1, b"p" * PART), (2, b"q" * 1001))]
    client.complete_multipart_upload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": tag} for n, tag in enumerate(tags)]})
    client.put_object(Bucket=BUCKET, Key="whole", Body=b"w" * 1002)
    assert zoetrope("verify", "--data", endpoint.data).returncode == 0

    flipped = {1000, 7 << 20, 1001}
    for file in (endpoint.data / "objects").rglob("*"):
        if file.is_file() and file.stat().st_size in flipped:
            content = bytearray(file.read_bytes())
            content[-3] ^= 4
            file.chmod(0o600)
            file.write_bytes(content)
    assert refused(client.get_object, Bucket=BUCKET, Key="small") == ("InternalError", 500)
    assert refused(
        client.copy_object, Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "small"}
    ) == ("InternalError", 500)
    for key in ("large", "parts"):
        # How a body that breaks off fails is up to boto3.
        with pytest.raises(Exception):  # noqa: B017
            client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert client.get_object(Bucket=BUCKET, Key="whole")["Body"].read() == b"w" * 1002
    assert client.get_object(Bucket=BUCKET, Key="small", Range="bytes=0-9")["Body"].read() == b"s" * 10
    checked = zoetrope("verify", "--data", endpoint.data)
    assert checked.returncode == 1
    damaged = sorted(re.findall(r"^'details/(\w+)': its bytes are not those that were stored", checked.stdout, re.M))
    assert damaged == ["large", "parts", "small"]
    assert zoetrope("verify", "--no-contents", "--data", endpoint.data).returncode == 0
    assert endpoint.stop() == 0


# Lifecycles

RULES = [
    {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}},
    {"ID": "tagged", "Status": "Enabled", "Filter": {"And": {"Prefix": "t/", "Tags": [{"Key": "a", "Value": "b"}]}},
     "Expiration": {"Days": 1}},
    {"ID": "large", "Status": "Disabled", "Filter": {"ObjectSizeGreaterThan": 500}, "Expiration": {"Days": 1}},
    {"ID": "uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
     "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}},
]


def test_a_lifecycle_is_kept_and_told(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html"""
    s3.create_bucket(Bucket="lifecycle")
    here = {"Bucket": "lifecycle"}
    assert refused(s3.get_bucket_lifecycle_configuration, **here) == ("NoSuchLifecycleConfiguration", 404)
    s3.put_bucket_lifecycle_configuration(**here, LifecycleConfiguration={"Rules": RULES})
    assert s3.get_bucket_lifecycle_configuration(**here)["Rules"] == RULES
    answer = s3.put_object(**here, Key="logs/1", Body=b"x")
    midnight = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0) + datetime.timedelta(days=4)
    expected = f'expiry-date="{email.utils.format_datetime(midnight, usegmt=True)}", rule-id="logs"'
    assert answer["Expiration"] == expected
    assert s3.head_object(**here, Key="logs/1")["Expiration"] == expected
    assert s3.get_object(**here, Key="logs/1")["Expiration"] == expected
    assert "Expiration" not in s3.put_object(**here, Key="other", Body=b"x" * 1000)
    s3.delete_bucket_lifecycle(**here)
    assert "Expiration" not in s3.head_object(**here, Key="logs/1")
    assert refused(s3.get_bucket_lifecycle_configuration, **here)[0] == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize("change, error", [
    ({"Expiration": {"Days": 0}}, "InvalidArgument"),
    ({"Expiration": {"Date": "2030-01-01T01:00:00Z"}}, "InvalidArgument"),
    ({"Status": "On"}, "MalformedXML"),
    ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, "NotImplemented"),
    ({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}, "NotImplemented"),
    ({"Expiration": None}, "InvalidRequest"),
    ({"ID": "x" * 256}, "InvalidArgument"),
])
def test_a_lifecycle_that_would_not_be_applied_is_refused(s3, change: dict, error: str):
    rule = {"ID": "rule", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}, **change}
    rule = {name: value for name, value in rule.items() if value is not None}
    assert refused(
        s3.put_bucket_lifecycle_configuration, Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})[0] == error
    twice = [{"ID": "same", "Status": "Enabled", "Filter": {"Prefix": p}, "Expiration": {"Days": 1}} for p in "ab"]
    assert refused(
        s3.put_bucket_lifecycle_configuration, Bucket=BUCKET, LifecycleConfiguration={"Rules": twice}
    )[0] == "InvalidArgument"
