"""docs/schemas: what documents say is what the schemas say, and the schemas have the members that the code writes."""

import re
from pathlib import Path

import pytest

from harness import schemas
from harness.installation import PROJECT

JOBS = PROJECT / "Sources" / "Jobs"
# Schema, its part, the Swift type that is encoded, the file that declares it.
TYPES = [
    ("manifest", "", "Manifest", JOBS / "Previews" / "Manifest.swift"),
    ("manifest", "source", "Source", JOBS / "Previews" / "Manifest.swift"),
    ("manifest", "storyboard", "StoryboardRecord", JOBS / "Previews" / "StoryboardRecord.swift"),
    ("manifest", "object", "Object", JOBS / "Previews" / "StoryboardRecord.swift"),
    ("manifest", "overview", "Overview", JOBS / "Previews" / "StoryboardRecord.swift"),
    ("clip-record", "", "ClipRecord", JOBS / "Previews" / "ClipRecord.swift"),
    ("clip-record", "timings", "Timings", JOBS / "Previews" / "ClipRecord.swift"),
    ("clip-record", "gifReduction", "GIFReduction", PROJECT / "Sources" / "Media" / "MediaTypes" / "GIFSettings.swift"),
    ("file-record", "", "FileRecord", JOBS / "Library" / "Records" / "FileRecord.swift"),
    ("file-record", "moment", "PendingMoment", JOBS / "Library" / "Records" / "PendingMoment.swift"),
    ("job", "", "Status", JOBS / "AudioTranscoding" / "Jobs" / "TranscodeJobAPI.swift"),
    ("job", "request", "TranscodeOrder", JOBS / "AudioTranscoding" / "TranscodeOrder.swift"),
    ("job", "document", "JobDocument", JOBS / "MediaJobs" / "JobDocument.swift"),
    ("job", "error", "Failure", JOBS / "MediaJobs" / "JobDocument.swift"),
]
# Spelled otherwise in JSON (CodingKeys).
SPELLED = {("GIFReduction", "colours"): "colors"}


def members(path: Path, name: str) -> dict[str, bool]:
    """The stored properties of a Swift structure, and whether each is always there."""
    found: dict[str, bool] = {}
    depth, inside = 0, -1
    for line in path.read_text().splitlines():
        code = line.split("//")[0]
        if inside < 0 and re.search(rf"\bstruct {name}\b", code):
            inside = depth + 1
        elif inside >= 0 and depth == inside:
            stored = re.fullmatch(r"\s*(?:package |public )?(?:var|let) (\w+): ([^={]+?)\s*", code)
            if stored:
                found[SPELLED.get((name, stored[1]), stored[1])] = not stored[2].endswith("?")
        depth += code.count("{") - code.count("}")
        if inside >= 0 and depth < inside:
            break
    return found


@pytest.mark.parametrize("schema, part, name, path", TYPES, ids=[f"{each[0]}/{each[2]}" for each in TYPES])
def test_a_schema_has_the_members_of_its_type(schema: str, part: str, name: str, path: Path):
    found = schemas.load(schema)
    described = found["$defs"][part] if part else found
    written = members(path, name)
    assert written
    assert set(described["properties"]) == set(written)
    assert set(described["required"]) == {member for member, is_always in written.items() if is_always}


def test_states_are_those_of_the_code():
    def cases(path: Path, name: str) -> set[str]:
        body = re.search(rf"enum {name}[^{{]*\{{(.*?)\n\}}", path.read_text(), re.DOTALL)[1]
        names = [word for line in re.findall(r"(?m)^\s*case ([^:\n]+)$", body) for word in line.split(", ")]
        return {re.sub(r'.* = "(\w+)"', r"\1", word.strip()) for word in names}

    record, job = schemas.load("file-record")["properties"], schemas.load("job")["properties"]
    path = JOBS / "Library" / "Records" / "FileRecord.swift"
    assert set(record["proxyStatus"]["enum"]) == cases(path, "DerivativeStatus")
    assert set(record["role"]["enum"]) == cases(path, "FileRole")
    assert set(job["status"]["enum"]) == cases(JOBS / "MediaJobs" / "JobDocument.swift", "JobStatus")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"bytes": -1}, "below 0"),
        ({"bytes": "1"}, "not integer"),
        ({"bytes": True}, "not integer"),
        ({"extra": 1}, "in no schema"),
        ({"key": None}, "not string"),
    ],
)
def test_what_is_wrong_is_said(change: dict, said: str):
    assert schemas.problems({"key": "a", "bytes": 1}, "manifest", "object") == []
    found = schemas.problems({"key": "a", "bytes": 1} | change, "manifest", "object")
    assert len(found) == 1 and said in found[0]


def test_what_is_missing_is_said_across_schemas():
    manifest = {
        "status": "complete", "source": {"bucket": "b", "key": "k", "etag": "e", "size": 1}, "version": "v",
        "settings": "s", "snippetSize": 30, "frames": 0, "clips": [], "completedBy": "c", "createdAt": 1,
    }
    assert schemas.problems(manifest, "manifest") == []
    found = schemas.problems(manifest | {"clips": [{"status": "complete"}]}, "manifest")
    assert "$.clips[0] has no timings" in found
