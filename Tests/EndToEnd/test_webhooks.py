"""Webhooks: rules that post events to an application, signed, tried again, and never to addresses behind its back."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

from harness import sounds
from harness.endpoint import SOURCE, Endpoint
from harness.installation import zoetrope
from harness.job import Jobs
from harness.library import KEYS, Library
from harness.puppets import Puppets, entry, publish
from harness.receiver import Certificate, Posted, Receiver
from harness.waiting import until
from test_transcode_jobs import KEY, Client

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
QUEUE = "api-destination/Hook"


def resources(url: str, addresses: str = "127.0.0.1, ::1", secret: str = SECRET, **target: object) -> dict[str, dict]:
    """A template's webhook for events of the detail type `Told`."""
    connection = {
        "AuthorizationType": "API_KEY",
        "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "X-Api-Key", "ApiKeyValue": secret}},
    }
    destination = {
        "ConnectionArn": {"Fn::GetAtt": ["Connection", "Arn"]}, "HttpMethod": "POST", "InvocationEndpoint": url,
    }
    rule = {
        "EventPattern": {"detail-type": ["Told"]},
        "Targets": [{"Id": "hook", "Arn": {"Fn::GetAtt": ["Hook", "Arn"]}, **target}],
    }
    return {
        "Connection": {"Type": "AWS::Events::Connection", "Properties": connection},
        "Hook": {
            "Type": "AWS::Events::ApiDestination", "Properties": destination,
            "Metadata": {"Zoetrope": {"AllowedAddresses": addresses}},
        },
        "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
    }


def told(own_endpoint: Callable[..., Endpoint], folder: Path, url: str, *arguments: str, environment=None, **webhook):
    """An endpoint with the webhook, and a function `Worker`."""
    puppets = Puppets(folder / "puppets", resources(url, **webhook), Worker={})
    endpoint = own_endpoint(template=puppets.template, arguments=arguments, environment=environment)
    endpoint.start()
    return endpoint, puppets


def letters(endpoint: Endpoint) -> list[dict]:
    listed = zoetrope("dlq", "list", "--json", "--data", endpoint.data)
    assert listed.returncode == 0, listed.stderr
    return json.loads(listed.stdout)


def queued(endpoint: Endpoint, queue: str = QUEUE) -> int:
    with urllib.request.urlopen(f"{endpoint.web_url}/api/status", timeout=30) as answer:
        return next(one["queued"] for one in json.load(answer)["functions"] if one["name"] == queue)


def test_what_becomes_of_a_video_is_posted_to_an_application(own_endpoint: Callable[..., Endpoint]):
    with Receiver() as receiver:
        endpoint = announcing(own_endpoint, receiver)
        etag = Jobs(endpoint).upload(b"no video", "none.mp4")
        posted = until("the event", lambda: receiver.events(key="none.mp4") or None)[0]
    assert posted.path == "/hook" and posted.headers["content-type"] == "application/json; charset=utf-8"
    assert posted.is_signed_by(SECRET)
    assert "x-api-key" not in posted.headers and SECRET not in str(posted.headers)
    event = posted.event
    assert (event["source"], event["detail-type"], event["detail"]["bucket"]) == ("custom.gifGenerator", "videoFailed", SOURCE)
    assert etag


def test_what_becomes_of_the_librarys_files_is_posted(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver() as receiver:
        library = Library(announcing(own_endpoint, receiver, f"SessionJWKS={KEYS}"))
        sound = sounds.noise_and_tone(tmp_path / "sound.flac", codec="flac").read_bytes()
        good = library.upload(sound, "sound.flac")
        broken = library.upload(sound[:60] + bytes(len(sound) - 60), "broken.flac")
        posted = told_of(receiver, "waveformReady", fileId=good)
        assert posted.is_signed_by(SECRET)
        assert posted.event["source"] == "zoetrope.library"
        detail = posted.event["detail"]
        assert (detail["libraryId"], detail["version"], detail["key"]) == (library.id, 1, library.record(good)["objectKey"])
        failed = told_of(receiver, "waveformFailed", fileId=broken).event["detail"]
        assert failed["error"] == library.record(broken)["waveformError"]
        # What the functions ask of each other is not an application's.
        assert not [one for one in receiver.events() if one.event["detail-type"].endswith("Requested")]


def test_what_becomes_of_transcoding_jobs_is_posted_once(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver() as receiver:
        endpoint = announcing(own_endpoint, receiver, f"TranscoderAuthToken={KEY}")
        client = Client(endpoint)
        sound = sounds.noise_and_tone(tmp_path / "sound.wav")
        good = client.begin(sound, "target=mp3")
        posted = told_of(receiver, "transcodeReady", job=good["id"])
        assert posted.is_signed_by(SECRET) and posted.event["source"] == "zoetrope.transcoding"
        detail = posted.event["detail"]
        assert (detail["status"], detail["request"]["target"]) == ("ready", "mp3")
        stored = endpoint.client("s3").head_object(Bucket=detail["bucket"], Key=detail["result"]["key"])
        assert stored["ContentLength"] == detail["result"]["bytes"]
        # The result is there when a job for the same begins.
        again = client.begin(sound, "target=mp3")
        assert again["status"] == "ready"
        told_of(receiver, "transcodeReady", job=again["id"])
        # A beginning without one sample behind it.
        cut = tmp_path / "cut.opus"
        cut.write_bytes(sounds.converted(sound, tmp_path / "in.opus").read_bytes()[:600])
        bad = client.begin(cut, "target=flac")
        assert told_of(receiver, "transcodeFailed", job=bad["id"]).event["detail"]["error"]["message"]
        assert [len(receiver.events(job=one["id"])) for one in (good, again, bad)] == [1, 1, 1]


def announcing(own_endpoint: Callable[..., Endpoint], receiver: Receiver, *more: str) -> Endpoint:
    """An endpoint with the project's own template that posts to the receiver."""
    settings = (f"WebhookUrl={receiver.url}", f"WebhookSecret={SECRET}", "WebhookAllowedAddresses=127.0.0.1,::1", *more)
    endpoint = own_endpoint(arguments=tuple(word for one in settings for word in ("--parameter", one)))
    endpoint.start()
    return endpoint


def told_of(receiver: Receiver, kind: str, **detail: object) -> Posted:
    def found() -> list[Posted]:
        return [one for one in receiver.events(**detail) if one.event["detail-type"] == kind]

    return until(f"{kind} of {detail}", lambda: found() or None, seconds=120)[0]


def test_a_receiver_that_is_overloaded_gets_the_event_again_over_tls(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    certificate = Certificate(tmp_path / "certificate")
    with Receiver(certificate) as receiver:
        receiver.statuses = [503, 429]
        endpoint, _ = told(own_endpoint, tmp_path, receiver.url, environment={"SSL_CERT_FILE": str(certificate.path)})
        publish(endpoint, entry("Told", number=1))
        until("the third try", lambda: len(receiver.events(number=1)) == 3)
        until("its end", lambda: queued(endpoint) == 0)
        tries = receiver.events(number=1)
        # The same event, by which a receiver knows a repetition; each try has a time and a signature of its own.
        assert len({one.headers["webhook-id"] for one in tries}) == 1
        assert len({one.body for one in tries}) == 1
        assert all(one.is_signed_by(SECRET) for one in tries)
        stamps = [int(one.headers["webhook-timestamp"]) for one in tries]
        assert stamps == sorted(stamps)
        logged = zoetrope("logs", "--since", "10m", "--data", endpoint.data)
        assert "answered with status 503" in logged.stdout and SECRET not in logged.stdout
    assert letters(endpoint) == []


def test_a_certificate_that_is_not_known_is_not_trusted(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver(Certificate(tmp_path / "certificate")) as receiver:
        endpoint, _ = told(
            own_endpoint, tmp_path, receiver.url, RetryPolicy={"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 3600})
        publish(endpoint, entry("Told", number=1))
        letter = until("the dead letter", lambda: letters(endpoint) or None)[0]
        assert letter["attempts"] == 2 and "certificate" in letter["errorMessage"].lower()
        assert receiver.posted == []


def test_what_is_refused_is_a_dead_letter_at_once_and_can_be_sent_again(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver() as receiver:
        receiver.statuses = [410]
        endpoint, _ = told(own_endpoint, tmp_path, receiver.url)
        publish(endpoint, entry("Told", number=7))
        letter = until("the dead letter", lambda: letters(endpoint) or None)[0]
        assert (letter["function"], letter["attempts"], letter["errorType"]) == (QUEUE, 1, "HTTPStatus410")
        redriven = zoetrope("dlq", "redrive", str(letter["id"]), "--data", endpoint.data)
        assert redriven.returncode == 0, redriven.stderr
        until("the event again", lambda: len(receiver.events(number=7)) == 2)
        until("its end", lambda: queued(endpoint) == 0 and letters(endpoint) == [])
        first, second = receiver.events(number=7)
        assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_addresses_that_are_not_public_are_not_called_unless_listed(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver(Certificate(tmp_path / "certificate")) as receiver:
        endpoint, _ = told(own_endpoint, tmp_path, receiver.url, addresses="")
        publish(endpoint, entry("Told", number=1))
        letter = until("the dead letter", lambda: letters(endpoint) or None)[0]
        assert letter["errorType"] == "AddressRefused" and "loopback" in letter["errorMessage"]
        assert receiver.posted == []


def test_events_outlive_a_kill_and_wait_for_a_receiver(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver() as receiver:
        receiver.usual = 503
        endpoint, _ = told(own_endpoint, tmp_path, receiver.url)
        publish(endpoint, *(entry("Told", number=number) for number in range(5)))
        until("every first try", lambda: all(receiver.events(number=number) for number in range(5)))
        endpoint.kill()
        receiver.usual = 204
        seen = len(receiver.posted)
        endpoint.start()
        until("the end", lambda: queued(endpoint) == 0, seconds=120)
        again = {one.event["detail"]["number"] for one in receiver.posted[seen:]}
        assert again == set(range(5))
    assert letters(endpoint) == []


def test_a_slow_receiver_holds_up_no_function(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver() as receiver:
        receiver.gate.clear()
        endpoint, puppets = told(own_endpoint, tmp_path, receiver.url, "--concurrency", "1")
        publish(endpoint, *(entry("Told", number=number) for number in range(20)))
        until("requests under way", lambda: len(receiver.posted) >= 2)
        publish(endpoint, entry("Worker", number=1))
        until("the function", lambda: puppets.notes("end", number=1))


def test_a_rule_made_by_the_api_reaches_it(own_endpoint: Callable[..., Endpoint], tmp_path: Path):
    with Receiver() as receiver:
        endpoint, _ = told(own_endpoint, tmp_path, receiver.url, secret="plain key")
        bus = endpoint.client("events")
        arn = bus.list_targets_by_rule(Rule="Rule")["Targets"][0]["Arn"]
        assert ":api-destination/Hook/" in arn
        bus.put_rule(Name="mine", EventPattern=json.dumps({"detail-type": ["other"]}))
        answer = bus.put_targets(Rule="mine", Targets=[{"Id": "one", "Arn": arn, "InputPath": "$.detail"}])
        assert answer["FailedEntryCount"] == 0
        publish(endpoint, {"Source": "s", "DetailType": "other", "Detail": json.dumps({"detail": {"number": 3}})})
        posted = until("the event", lambda: receiver.events(number=3) or None)[0]
        assert posted.event == {"detail": {"number": 3}}
        assert posted.headers["x-api-key"] == "plain key" and "webhook-signature" not in posted.headers


def test_what_is_wrong_with_a_webhook_is_said_at_the_start(tmp_path: Path):
    wrong = resources("http://receiver.example/", "", "whsec_short")
    checked = zoetrope("template", "check", Puppets(tmp_path / "puppets", wrong, Idle={"Events": {}}).template)
    assert checked.returncode != 0
    assert "Resources.Hook.Properties.InvocationEndpoint" in checked.stderr and "openssl rand" in checked.stderr
    assert "whsec_short" not in checked.stdout + checked.stderr
