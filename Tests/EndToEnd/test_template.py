"""template.yaml as AWS sees it: by its own linters and its own translator, which makes the resources of it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from harness.installation import PROJECT, TEMPLATE, clean_environment

FUNCTIONS = ["SnippetsFunction", "ProcessClipFunction", "StoryboardFunction", "RecordFailureFunction"]
# Those whose failure is the job's.
RECORDED = ["SnippetsFunction", "ProcessClipFunction"]
BUCKETS = ["SourceBucket", "GifsBucket"]


def run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, cwd=folder,
        env=clean_environment(AWS_DEFAULT_REGION="us-east-1", SAM_CLI_TELEMETRY="0", HOME=str(folder)),
    )


@pytest.fixture(scope="module", params=["x86_64", "arm64"])
def architecture(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def resources(architecture: str) -> dict[str, dict[str, Any]]:
    """What CloudFormation is given, by logical id."""
    template = yaml_parse(TEMPLATE.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # As `sam deploy` has it after uploading the folder.
            resource["Properties"]["CodeUri"] = "s3://artifacts/package.zip"
    before, os.environ["AWS_DEFAULT_REGION"] = os.environ.get("AWS_DEFAULT_REGION"), "us-east-1"
    try:
        return Translator({}, Parser()).translate(template, {"Architecture": architecture})["Resources"]
    finally:
        os.environ.pop("AWS_DEFAULT_REGION")
        if before is not None:
            os.environ["AWS_DEFAULT_REGION"] = before


def properties(resources: dict[str, dict[str, Any]], name: str, kind: str) -> dict[str, Any]:
    assert resources[name]["Type"] == kind
    return resources[name]["Properties"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    assert document["Version"] == "2012-10-17"
    return document["Statement"]


def test_cfn_lint_has_nothing_to_say(tmp_path: Path):
    ended = run([Path(sys.executable).with_name("cfn-lint"), "--regions", "us-east-1", "--", TEMPLATE], tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_sam_validate_has_nothing_to_say(tmp_path: Path):
    sam = shutil.which("sam")
    if not sam:
        pytest.skip("the command sam is absent (pip install aws-sam-cli); cfn-lint, which it runs, was run")
    ended = run([sam, "validate", "--lint", "--template", TEMPLATE], tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "is a valid SAM Template" in ended.stdout


def test_functions_run_on_the_processors_asked_for(resources, architecture: str):
    for name in FUNCTIONS:
        function = properties(resources, name, "AWS::Lambda::Function")
        assert function["Runtime"] == "provided.al2023"
        # CloudFormation puts the parameter's value in its place.
        assert function["Architectures"] in ([architecture], [{"Ref": "Architecture"}])
    assert yaml_parse(TEMPLATE.read_text())["Parameters"]["Architecture"]["AllowedValues"] == ["x86_64", "arm64"]


def test_functions_may_do_what_they_do_and_nothing_else(resources):
    allowed = {}
    for statement in statements(properties(resources, "JobPolicy", "AWS::IAM::ManagedPolicy")["PolicyDocument"]):
        assert statement["Effect"] == "Allow"
        for resource in as_list(statement["Resource"]):
            allowed.setdefault(resource["Fn::Sub"], set()).update(as_list(statement["Action"]))
    s3, events = "arn:${AWS::Partition}:s3:::", "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:"
    assert allowed == {
        f"{s3}${{SourceBucketName}}": {"s3:ListBucket"},
        f"{s3}${{SourceBucketName}}/*": {"s3:GetObject"},
        f"{s3}${{GifsBucketName}}": {"s3:ListBucket"},
        f"{s3}${{GifsBucketName}}/*": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        # Videos of the library, and their previews.
        f"{s3}${{LibraryBucketName}}": {"s3:ListBucket"},
        f"{s3}${{LibraryBucketName}}/original/*": {"s3:GetObject"},
        f"{s3}${{CacheBucketName}}": {"s3:ListBucket"},
        f"{s3}${{CacheBucketName}}/library/*": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        f"{events}event-bus/default": {"events:PutEvents"},
    }
    for name in FUNCTIONS:
        role = properties(resources, f"{name}Role", "AWS::IAM::Role")
        logs, *others = role["ManagedPolicyArns"]
        assert "AWSLambdaBasicExecutionRole" in str(logs)
        # Failures of the library's functions go into its records, those of the transcoder end their jobs.
        library = [{"Ref": "LibraryPolicy"}, {"Ref": "TranscodingPolicy"}] if name == "RecordFailureFunction" else []
        assert others == [{"Ref": "JobPolicy"}, *library]
        # What SAM adds for the dead-letter queue and the destination of failures.
        added = {
            action: statement["Resource"]
            for policy in role.get("Policies", [])
            for statement in as_list(policy["PolicyDocument"]["Statement"])
            for action in as_list(statement["Action"])
        }
        expected = {"sqs:SendMessage": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}
        if name in RECORDED:
            expected["lambda:InvokeFunction"] = {"Fn::GetAtt": ["RecordFailureFunction", "Arn"]}
        assert added == expected


def grants(document: dict[str, Any]) -> dict[str, set[str]]:
    """The actions by the resource that they are allowed on."""
    allowed: dict[str, set[str]] = {}
    for statement in statements(document):
        assert statement["Effect"] == "Allow"
        for resource in as_list(statement["Resource"]):
            allowed.setdefault(resource["Fn::Sub"], set()).update(as_list(statement["Action"]))
    return allowed


@pytest.mark.parametrize(
    ("policy", "objects"),
    [
        ("LibraryPolicy", ["LibraryBucketName}/*", "CacheBucketName}/library/*"]),
        ("TranscodingPolicy", ["CacheBucketName}/transcoding/*"]),
        ("ConversionPolicy", ["CacheBucketName}/conversion/*"]),
    ],
)
def test_each_service_has_its_own_part_of_the_cache(resources, policy: str, objects: list[str]):
    document = properties(resources, policy, "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    s3, bus = "arn:${AWS::Partition}:s3:::${", "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    files = {f"{s3}{one}": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} for one in objects}
    buckets = {f"{s3}{one.split('/')[0]}": {"s3:ListBucket"} for one in objects}
    assert grants(document) == files | buckets | {bus: {"events:PutEvents"}}


def test_no_role_may_do_more_than_its_policies_and_its_queues(resources):
    owned = {"JobPolicy", "LibraryPolicy", "TranscodingPolicy", "ConversionPolicy"}
    for name, resource in resources.items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        logs, *others = resource["Properties"].get("ManagedPolicyArns", [""])
        assert not logs or "AWSLambdaBasicExecutionRole" in str(logs), name
        assert {one["Ref"] for one in others} <= owned, name
        for policy in resource["Properties"].get("Policies", []):
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                actions = set(as_list(statement["Action"]))
                assert actions <= {"sqs:SendMessage", "lambda:InvokeFunction", "events:InvokeApiDestination"}, name
                assert statement["Resource"] != "*", name


def test_every_function_is_packaged_weighed_and_within_lambdas_limits():
    template = yaml_parse(TEMPLATE.read_text())
    functions = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
    packaged = run([PROJECT / "local" / "functions"], PROJECT).stdout.split()
    for name, function in functions.items():
        given = function["Properties"]
        program = given["Handler"].split(".")[0]
        assert given["CodeUri"] == f".build/lambda/{program}/", name
        assert program in packaged, name
        assert 1 <= function["Metadata"]["Zoetrope"]["Weight"] <= 100, name
        assert 1 <= given["Timeout"] <= 900 and 128 <= given["MemorySize"] <= 10_240, name
        assert given["Policies"], name
        # What nothing waits for is tried again, and kept if that does not help.
        kinds = {event["Type"] for event in given.get("Events", {}).values()}
        if kinds & {"S3", "EventBridgeRule"}:
            # While a visitor waits for it, another try would come too late.
            tries = 0 if name == "TransformImageFunction" else 2
            assert given["EventInvokeConfig"]["MaximumRetryAttempts"] == tries and "DeadLetterQueue" in given, name


def test_the_document_on_aws_gives_the_size_of_every_function():
    template = yaml_parse(TEMPLATE.read_text())
    sizes = {
        name.removesuffix("Function"): one["Properties"]["MemorySize"]
        for name, one in template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"
    }
    table = (PROJECT / "docs" / "AWS.md").read_text().split("| service | functions |")[1].split("\n\n")[0]
    stated, names = {}, []
    for name, size in re.findall(r"`(\w+)`|\b(\d+)\b", "\n".join(row.split("|")[2] for row in table.splitlines()[2:])):
        if name:
            names.append(name)
        else:
            stated |= dict.fromkeys(names, int(size))
            names = []
    assert stated == sizes


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_encrypted_private_and_kept(resources, name: str):
    bucket = properties(resources, name, "AWS::S3::Bucket")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True,
    }
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_reached_over_tls_only(resources, name: str):
    policy = properties(resources, f"{name}Policy", "AWS::S3::BucketPolicy")
    assert policy["Bucket"] == {"Ref": name}
    (statement,) = statements(policy["PolicyDocument"])
    arn = f"arn:${{AWS::Partition}}:s3:::${{{name}Name}}"
    assert statement == {
        "Sid": "OnlyOverTLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [{"Fn::Sub": arn}, {"Fn::Sub": f"{arn}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_what_fails_is_tried_again_and_then_kept(resources):
    queue = properties(resources, "DeadLetters", "AWS::SQS::Queue")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    letters = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    for name in FUNCTIONS:
        function = properties(resources, name, "AWS::Lambda::Function")
        assert function["DeadLetterConfig"] == {"TargetArn": letters}
        retries = properties(resources, f"{name}EventInvokeConfig", "AWS::Lambda::EventInvokeConfig")
        assert (retries["MaximumRetryAttempts"], retries["MaximumEventAgeInSeconds"]) == (2, 21_600)
        destination = retries.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        recorder = {"Fn::GetAtt": ["RecordFailureFunction", "Arn"]}
        assert destination == (recorder if name in RECORDED else None)


def test_events_that_cannot_be_handed_over_are_kept_too(resources):
    for rule in ("ProcessClipFunctionTrigger", "StoryboardFunctionProcessed"):
        (target,) = properties(resources, rule, "AWS::Events::Rule")["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}
    policy = properties(resources, "DeadLettersPolicy", "AWS::SQS::QueuePolicy")
    assert policy["Queues"] == [{"Ref": "DeadLetters"}]
    by_name = {statement["Sid"]: statement for statement in statements(policy["PolicyDocument"])}
    assert by_name["UndeliverableEvents"]["Principal"] == {"Service": "events.amazonaws.com"}
    assert by_name["UndeliverableEvents"]["Action"] == "sqs:SendMessage"
    assert by_name["OnlyOverTLS"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert by_name["OnlyOverTLS"]["Effect"] == "Deny"


def test_uploads_and_clips_start_the_functions(resources):
    (notification,) = properties(resources, "SourceBucket", "AWS::S3::Bucket")["NotificationConfiguration"][
        "LambdaConfigurations"
    ]
    assert notification["Event"] == "s3:ObjectCreated:*"
    assert notification["Function"] == {"Fn::GetAtt": ["SnippetsFunction", "Arn"]}
    rule = properties(resources, "ProcessClipFunctionTrigger", "AWS::Events::Rule")
    assert rule["EventPattern"] == {"source": ["custom.gifGenerator"], "detail-type": ["newVideoCreated"]}
    rules = ["ProcessClipFunctionTrigger", "StoryboardFunctionProcessed"]
    for name, service in [("SnippetsFunctionUpload", "s3"), *((rule, "events") for rule in rules)]:
        permission = properties(resources, f"{name}Permission", "AWS::Lambda::Permission")
        assert permission["Principal"] == f"{service}.amazonaws.com"


# Events whose failure is written down: what waits for their work reads that it does not come.
TOLD = {
    "newVideoCreated", "previewsRequested", "transcodeRequested", "transcodePartRequested", "transcodeJoinRequested",
    "proxyRequested", "momentRequested", "proxyPartRequested", "proxyJoinRequested", "posterRequested",
    "waveformRequested", "hashRequested",
}
# Events without: docs/ARCHITECTURE.md, "Failures", says why.
UNTOLD = {
    "conversionRequested", "imagePrewarmRequested", "imageTransformRequested", "metadataRequested", "videoFailed",
    "videoProcessed",
}


def test_functions_of_events_whose_failure_is_told_have_the_destination(resources):
    recorder = {"Fn::GetAtt": ["RecordFailureFunction", "Arn"]}
    found = set()
    for name, resource in yaml_parse(TEMPLATE.read_text())["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        retries = resources.get(f"{name}EventInvokeConfig", {"Properties": {}})["Properties"]
        destination = retries.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        types = {
            kind
            for event in resource["Properties"].get("Events", {}).values() if event["Type"] == "EventBridgeRule"
            for kind in event["Properties"]["Pattern"]["detail-type"]
        }
        assert types <= TOLD | UNTOLD, f"is a failure of {name} written down, or seen in another way?"
        assert (destination == recorder) == bool(types & TOLD), name
        found |= types
    assert found == TOLD | UNTOLD
