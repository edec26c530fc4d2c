"""Validates documents against docs/schemas, by the part of JSON Schema that these use.

A member that no schema names is a fault too, so that what is added is described."""

import json
import re
from typing import Any

from .installation import PROJECT

FOLDER = PROJECT / "docs" / "schemas"
# Said by the schemas, and of no consequence for a document.
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description"}
TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}


def load(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.schema.json").read_text())


def problems(document: Any, name: str, part: str = "") -> list[str]:
    """What is wrong with a document, in words; nothing if it is valid.

    `part`: of the schema's `$defs`, instead of the whole."""
    schema = load(name)
    return list(_problems(document, schema["$defs"][part] if part else schema, schema, "$"))


def _problems(value: Any, schema: dict, root: dict, at: str):
    for keyword, wanted in schema.items():
        match keyword:
            case "$ref":
                target, other = _resolved(wanted, root)
                yield from _problems(value, target, other, at)
            case "type":
                if not TYPES[wanted](value):
                    yield f"{at} is {value!r:.80}, not {wanted}"
                    return
            case "enum":
                if value not in wanted:
                    yield f"{at} is {value!r:.80}, none of {wanted}"
            case "pattern":
                if not re.search(wanted, value):
                    yield f"{at} is {value!r:.80}, which '{wanted}' does not match"
            case "minimum":
                if value < wanted:
                    yield f"{at} is {value}, below {wanted}"
            case "maximum":
                if value > wanted:
                    yield f"{at} is {value}, above {wanted}"
            case "required":
                yield from (f"{at} has no {name}" for name in wanted if name not in value)
            case "items":
                for index, item in enumerate(value):
                    yield from _problems(item, wanted, root, f"{at}[{index}]")
            case "properties":
                for name, item in value.items():
                    if name in wanted:
                        yield from _problems(item, wanted[name], root, f"{at}.{name}")
                    else:
                        yield f"{at}.{name} is in no schema"
            case _:
                assert keyword in ANNOTATIONS, f"the keyword '{keyword}' is not known here"


def _resolved(reference: str, root: dict) -> tuple[dict, dict]:
    file, _, path = reference.partition("#")
    if file:
        root = load(file.removesuffix(".schema.json"))
    found: Any = root
    for step in path.split("/")[1:]:
        found = found[step]
    return found, root
