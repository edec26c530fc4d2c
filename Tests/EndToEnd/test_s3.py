"""docs/S3.md, kept true: every operation of S3 that boto3 knows is called, and must end as its row says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import botocore.exceptions
import pytest
from botocore import xform_name

from harness.endpoint import Endpoint
from harness.installation import PROJECT, TEMPLATE

BUCKET, KEY = "operations", "folder/object"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:SnippetsFunction"
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
# As both the older and the newer operation take it.
LIFECYCLE = {"Rules": [{"ID": "old", "Prefix": "old/", "Status": "Enabled", "Expiration": {"Days": 1}}]}
NOTIFICATION = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:*"]}]}
# Sent to addresses of their own.
ELSEWHERE = {"CreateSession", "ListDirectoryBuckets", "WriteGetObjectResponse"}


def table(title: str) -> dict[str, str]:
    """Operation and second column of the section of this title."""
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", (PROJECT / "docs/S3.md").read_text(), re.M | re.S)[1]
    return {name: rest.strip(" |`") for name, rest in re.findall(r"^\| `(\w+)` \|(.*)$", section, re.M)}


SERVED, ABSENT, REFUSED = table("Served"), table("Absent"), table("Refused")


@dataclass
class Store:
    client: object
    # Uploads under way, for the operations on them.
    uploads: list[str] = field(default_factory=list)

    def call(self, operation: str, **arguments: object) -> dict:
        return getattr(self.client, xform_name(operation))(**arguments)

    def start_upload(self) -> dict[str, str]:
        upload = self.client.create_multipart_upload(Bucket=BUCKET, Key=KEY)["UploadId"]
        return {"Bucket": BUCKET, "Key": KEY, "UploadId": upload}

    def least(self, operation: str) -> dict:
        """The fewest arguments that boto3 lets through."""
        return self._structure(self.client.meta.service_model.operation_model(operation).input_shape)

    def _structure(self, shape) -> dict:
        # Of a union, one.
        names = shape.required_members or (list(shape.members)[:1] if shape.is_tagged_union else [])
        return {name: self._value(name, shape.members[name]) for name in names}

    def _value(self, name: str, shape) -> object:
        if name in ("Bucket", "Key"):
            return {"Bucket": BUCKET, "Key": KEY}[name]
        match shape.type_name:
            case "structure":
                return self._structure(shape)
            case "list":
                return [self._value("", shape.member)]
            case "string":
                return shape.enum[0] if shape.enum else "x" * shape.metadata.get("min", 1)
            case "boolean":
                return False
            case "timestamp":
                return "2030-01-01T00:00:00Z"
            case "blob":
                return b"x"
            case _:
                return 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    endpoint = Endpoint(tmp_path_factory.mktemp("operations"), TEMPLATE)
    endpoint.start()
    client = endpoint.client("s3", retries={"total_max_attempts": 1})
    client.create_bucket(Bucket=BUCKET)
    yield Store(client)
    assert endpoint.stop() == 0


@pytest.fixture
def there(store: Store) -> Store:
    """The bucket with the object, as every operation finds it."""
    store.client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration=CORS)
    store.client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=LIFECYCLE)
    store.client.put_object(Bucket=BUCKET, Key=KEY, Body=b"content")
    return store


def one_part(store: Store, upload: dict[str, str]) -> dict:
    etag = store.client.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    return {"Parts": [{"ETag": etag, "PartNumber": 1}]}


def complete(store: Store) -> dict:
    upload = store.start_upload()
    return {**upload, "MultipartUpload": one_part(store, upload)}


SOURCE = {"Bucket": BUCKET, "Key": KEY}
OWN = {"ACL": "private"}
# What an operation needs beside a bucket and a key, and what must be in its answer.
CALLS: dict[str, tuple[Callable[[Store], dict], str]] = {
    "AbortMultipartUpload": (lambda store: store.start_upload(), ""),
    "CompleteMultipartUpload": (complete, "ETag"),
    "CopyObject": (lambda _: {"Bucket": BUCKET, "Key": "copy", "CopySource": SOURCE}, "CopyObjectResult"),
    "CreateBucket": (lambda _: {"Bucket": "another-bucket"}, "Location"),
    "CreateMultipartUpload": (lambda _: SOURCE, "UploadId"),
    "DeleteObjects": (lambda _: {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": KEY}]}}, "Deleted"),
    "GetBucketAcl": (lambda _: {"Bucket": BUCKET}, "Grants"),
    "GetBucketCors": (lambda _: {"Bucket": BUCKET}, "CORSRules"),
    "GetBucketLifecycle": (lambda _: {"Bucket": BUCKET}, "Rules"),
    "GetBucketLifecycleConfiguration": (lambda _: {"Bucket": BUCKET}, "Rules"),
    "GetBucketRequestPayment": (lambda _: {"Bucket": BUCKET}, "Payer"),
    "GetObject": (lambda _: SOURCE, "Body"),
    "GetObjectAcl": (lambda _: SOURCE, "Grants"),
    "GetObjectAttributes": (lambda _: {**SOURCE, "ObjectAttributes": ["ObjectSize"]}, "ObjectSize"),
    "GetObjectTagging": (lambda _: SOURCE, "TagSet"),
    "HeadObject": (lambda _: SOURCE, "ETag"),
    "ListBuckets": (lambda _: {}, "Buckets"),
    "ListObjectVersions": (lambda _: {"Bucket": BUCKET}, "Versions"),
    "ListObjects": (lambda _: {"Bucket": BUCKET}, "Contents"),
    "ListObjectsV2": (lambda _: {"Bucket": BUCKET}, "Contents"),
    "ListMultipartUploads": (lambda store: store.start_upload() and {"Bucket": BUCKET}, "Uploads"),
    "ListParts": (lambda store: store.start_upload(), "UploadId"),
    "PutBucketAcl": (lambda _: {"Bucket": BUCKET, **OWN}, ""),
    "PutBucketCors": (lambda _: {"Bucket": BUCKET, "CORSConfiguration": CORS}, ""),
    "PutBucketLifecycle": (lambda _: {"Bucket": BUCKET, "LifecycleConfiguration": LIFECYCLE}, ""),
    "PutBucketLifecycleConfiguration": (lambda _: {"Bucket": BUCKET, "LifecycleConfiguration": LIFECYCLE}, ""),
    "PutBucketNotification": (lambda _: {"Bucket": BUCKET, "NotificationConfiguration": {}}, ""),
    "PutBucketNotificationConfiguration": (
        lambda _: {"Bucket": BUCKET, "NotificationConfiguration": NOTIFICATION}, ""),
    "PutObject": (lambda _: {**SOURCE, "Body": b"new"}, "ETag"),
    "PutObjectAcl": (lambda _: {**SOURCE, **OWN}, ""),
    "PutObjectTagging": (lambda _: {**SOURCE, "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, ""),
    "UploadPart": (lambda store: {**store.start_upload(), "PartNumber": 1, "Body": b"part"}, "ETag"),
    "UploadPartCopy": (
        lambda store: {**store.start_upload(), "PartNumber": 1, "CopySource": SOURCE}, "CopyPartResult"),
}


def test_every_operation_has_one_row(store: Store):
    rows = [*SERVED, *ABSENT, *REFUSED]
    assert len(rows) == len(set(rows))
    assert set(rows) | ELSEWHERE == set(store.client.meta.service_model.operation_names)


@pytest.mark.parametrize("operation", sorted(set(SERVED) - {"DeleteBucket"}))
def test_what_is_served_is_served(operation: str, there: Store):
    arguments, member = CALLS.get(operation, (lambda store: store.least(operation), ""))
    answer = there.call(operation, **arguments(there))
    assert not member or member in answer


def test_a_bucket_is_deleted(store: Store):
    store.client.create_bucket(Bucket="to-be-deleted")
    store.client.delete_bucket(Bucket="to-be-deleted")
    assert "to-be-deleted" not in [bucket["Name"] for bucket in store.client.list_buckets()["Buckets"]]


@pytest.mark.parametrize("operation, error", sorted(ABSENT.items()))
def test_what_no_bucket_has_is_said_to_be_absent(operation: str, error: str, there: Store):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        there.call(operation, **there.least(operation))
    assert refused.value.response["Error"]["Code"] == error


@pytest.mark.parametrize("operation", sorted(REFUSED))
def test_what_is_refused_changes_nothing(operation: str, there: Store):
    before = there.client.list_objects_v2(Bucket=BUCKET)["Contents"]
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        there.call(operation, **there.least(operation))
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert there.client.list_objects_v2(Bucket=BUCKET)["Contents"] == before
