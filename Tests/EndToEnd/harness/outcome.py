"""What is left of a job when all is over, for comparing one run with another."""

import urllib.request
from dataclasses import dataclass
from urllib.parse import unquote_plus

from .endpoint import GIFS, Endpoint
from .job import Jobs, Names
from .recorder import Recorder

# What differs from run to run by nature: when, how long, and by whom.
_RUNS_OWN = {"createdAt", "completedBy"}


@dataclass(frozen=True)
class Outcome:
    """All pictures and the storyboard below a video's folder by key, and its manifest without timings."""

    pictures: dict[str, bytes]
    manifest: dict

    @classmethod
    def of(cls, jobs: Jobs, key: str) -> "Outcome":
        manifest = jobs.manifest(key)
        assert manifest is not None, f"'{key}' has no manifest"
        kept = {name: value for name, value in manifest.items() if name not in _RUNS_OWN}
        kept["clips"] = [
            {name: value for name, value in clip.items() if name != "timings"} for clip in manifest["clips"]
        ]
        if "storyboard" in kept:
            kept["storyboard"] = {name: value for name, value in kept["storyboard"].items() if name != "timings"}
        return cls({name: jobs.get(name) for name in [*jobs.pictures(key), *jobs.storyboard(key)]}, kept)

    def differences(self, other: "Outcome") -> list[str]:
        """In words; none where both are the same."""
        found = []
        for name in sorted(self.pictures.keys() | other.pictures.keys()):
            if self.pictures.get(name) != other.pictures.get(name):
                found.append(f"'{name}' {_sizes(self.pictures.get(name), other.pictures.get(name))}")
        for name in sorted(self.manifest.keys() | other.manifest.keys()):
            if self.manifest.get(name) != other.manifest.get(name):
                found.append(f"manifest: {name} is {self.manifest.get(name)}, not {other.manifest.get(name)}")
        return found


def _sizes(one: bytes | None, other: bytes | None) -> str:
    if one is None or other is None:
        return "is missing" if one is None else "should not be there"
    return f"has other bytes ({len(one)}, not {len(other)})"


def announced(recorder: Recorder, key: str) -> list[dict]:
    """The `videoProcessed` and `videoFailed` events of a video; one that was delivered twice, as may be, is one."""
    events = {
        event["id"]: event
        for event in recorder.events()
        if event.get("detail-type") in ("videoProcessed", "videoFailed") and event["detail"]["key"] == key
    }
    return list(events.values())


def manifests_written(recorder: Recorder, key: str) -> int:
    """How often the video's manifest was created or replaced, whatever was delivered how often: once at the end of the
    job and, of a whole one, once more when its storyboard was there."""
    records = [record for event in recorder.events() for record in event.get("Records", [])]
    return len({
        s3["object"]["sequencer"]
        for s3 in (record["s3"] for record in records)
        if s3["bucket"]["name"] == GIFS and unquote_plus(s3["object"]["key"]) == Names.of(key).manifest
    })


def metric(endpoint: Endpoint, name: str, **labels: str) -> int:
    """The sum of a metric over all its series that have these labels."""
    with urllib.request.urlopen(f"{endpoint.web_url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(
        int(float(line.rsplit(" ", 1)[1]))
        for line in lines
        if line.startswith(name + "{") and all(label in line for label in wanted)
    )
