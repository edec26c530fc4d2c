"""What a template asks for is done, or refused with the resource and the property."""

import json
from collections.abc import Callable
from pathlib import Path

import botocore.exceptions
import pytest

from harness import lambdas
from harness.endpoint import Endpoint
from harness.installation import BUILD, zoetrope


def own_template(folder: Path, **functions: dict) -> Path:
    lambdas.write_program(folder / "own" / "bootstrap", lambdas.RUNTIME_CLIENT)
    (folder / "own" / "app.py").write_text("def handler(event, context):\n    return 'the template\\'s own'\n")
    return lambdas.write_template(folder / "template.yaml", **functions)


def test_a_handler_that_is_named_like_an_executable_of_ours_runs_the_templates_code(
    own_endpoint: Callable[..., Endpoint], tmp_path: Path
):
    endpoint = own_endpoint(template=own_template(tmp_path, Own={"Handler": "Snippets", "CodeUri": "own/"}))
    lambdas.write_program(tmp_path / "own" / "bootstrap", lambdas.RUNTIME_CLIENT.replace("$_HANDLER", "app.handler"))
    endpoint.start()
    answer = endpoint.client("lambda").invoke(FunctionName="Own", Payload=b"{}")
    assert json.load(answer["Payload"]) == "the template's own"


def test_the_check_says_what_up_says(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    template = own_template(tmp_path, Absent={"Handler": "Snippets", "CodeUri": "absent/"})
    checked = zoetrope("template", "check", template, "--functions", BUILD)
    assert checked.returncode == 1
    assert "Resources.Absent.Properties.CodeUri" in checked.stderr
    with pytest.raises(AssertionError, match=r"Resources\.Absent\.Properties\.CodeUri"):
        own_endpoint(template=template).start()


def test_up_names_what_it_does_not_use(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    template = own_template(tmp_path, Own={"Handler": "app.handler", "CodeUri": "own/", "Tracing": "Active"})
    endpoint = own_endpoint(template=template)
    endpoint.start()
    assert "Resources.Own.Properties.Tracing" in endpoint.tail()
    assert "Resources.Own.Properties.Tracing" in zoetrope("template", "check", template).stderr


def test_a_buckets_cors_configuration_is_applied(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    template = own_template(tmp_path, Own={"Handler": "app.handler", "CodeUri": "own/"})
    document = json.loads(template.read_text())
    rules = [{"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"], "MaxAge": 60}]
    document["Resources"]["Pages"] = {
        "Type": "AWS::S3::Bucket", "Properties": {"BucketName": "pages", "CorsConfiguration": {"CorsRules": rules}},
    }
    template.write_text(json.dumps(document))
    endpoint = own_endpoint(template=template)
    endpoint.start()
    found = endpoint.client("s3").get_bucket_cors(Bucket="pages")["CORSRules"]
    assert found == [
        {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 60}]


def test_a_function_whose_reserve_is_nothing_is_not_called(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    template = own_template(
        tmp_path, Off={"Handler": "app.handler", "CodeUri": "own/", "ReservedConcurrentExecutions": 0})
    endpoint = own_endpoint(template=template)
    endpoint.start()
    client = endpoint.client("lambda", retries={"total_max_attempts": 1})
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.invoke(FunctionName="Off", Payload=b"{}")
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("TooManyRequestsException", 429)
    with pytest.raises(botocore.exceptions.ClientError):
        client.invoke_with_response_stream(FunctionName="Off", Payload=b"{}")
    # Events wait for better times.
    assert client.invoke(FunctionName="Off", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
