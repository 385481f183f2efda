"""Recorded requests, held to the old document and the new one."""

import copy
import json
from dataclasses import replace
from typing import Any

from genmock.specs import Document, load_catalog
from genmock.validators import Broken, would_break

CATALOG = load_catalog()
FLUX, QWEN = CATALOG.get("flux-1-dev-srpo"), CATALOG.get("kiapi-qwen")
TASK = {
    "taskType": "imageInference",
    "taskUUID": "7c9a3b52-5f0e-4d1b-9c2a-1f6d3e8b4a70",
    "model": "runware:111@1",
    "positivePrompt": "a red fox",
    "width": 512,
    "height": 512,
}


def narrower(document: Document, *path: str | int) -> Document:
    """Return a document in which the integer at a path is at most 256."""
    content = copy.deepcopy(dict(document.published))
    schema: Any = content
    for part in path:
        schema = schema[part]
    schema["maximum"] = 256
    return Document(replace(document.entry, sha256=""), json.dumps(content).encode())


NARROW = narrower(FLUX, "components", "schemas", "RequestBody", "items", "properties", "width")


def sent(number: int, body: Any, path: str = "/v1") -> dict[str, Any]:
    return {"id": number, "request": {"method": "POST", "path": path, "body": body}}


def told(broken: tuple[Broken, ...]) -> list[tuple[int, str, str, str]]:
    return [(each.exchange, each.operation, each.violation.pointer, each.violation.rule) for each in broken]


def test_a_recorded_request_that_breaks_is_named() -> None:
    journal = [sent(1, [{**TASK, "width": 256}]), sent(2, [{**TASK, "width": 256}, TASK])]
    assert told(would_break(journal, FLUX, NARROW)) == [(2, "imageInference", "/1/width", "maximum")]


def test_what_was_refused_before_breaks_nothing() -> None:
    assert would_break([sent(1, [{**TASK, "width": 4096}])], FLUX, NARROW) == ()


def test_requests_for_other_models_and_what_is_no_request_are_passed_over() -> None:
    journal = [
        sent(1, [{**TASK, "model": "runware:108@1"}]),
        sent(2, None),
        sent(3, ["a"]),
        sent(4, [{"taskType": []}]),
    ]
    assert would_break(journal, FLUX, NARROW) == ()


def test_a_text_that_the_journal_cut_breaks_nothing() -> None:
    cut = {**TASK, "width": 256, "inputs": {"seedImage": "data:image/png;base64,iVBOR... (9,000 characters)"}}
    assert would_break([sent(1, [cut])], FLUX, NARROW) == ()


def test_operations_are_told_by_their_path_wherever_they_are_mounted() -> None:
    new = narrower(QWEN, "components", "schemas", "GenerateRequest", "properties", "steps", "anyOf", 0)
    bodies = {"prompt": "a fox", "steps": 300}
    path = "/kiapi/v1/image/qwen/generate?x=1"
    strict = would_break([sent(7, bodies, path)], QWEN, new, form="published")
    assert told(strict) == [(7, "POST /v1/image/qwen/generate", "/steps", "maximum")]
