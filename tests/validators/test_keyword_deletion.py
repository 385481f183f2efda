"""Every keyword of every document matters to a case: a copy of the document without it judges some case differently."""

import copy
import dataclasses
import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import Document, load_catalog
from genmock.validators import check_request

pytestmark = pytest.mark.slow

contract = importlib.import_module("genmock.validators.contract")

SEEDS = ("flux-1-dev-srpo", "runware-qwen-image-style-lora-training", "exactly-illustrative-training", "kiapi-qwen")
OURS = ("qwen-image", "runware-utilities")
ANNOTATIONS = {"title", "description", "default", "discriminator", "examples", "deprecated", "$ref", "properties"}
LISTS = ("allOf", "anyOf", "oneOf", "required", "enum")
NESTED = ("items", "not", "if", "then", "else")

TAG = "the constant beside it says as much, whichever branch was meant"
TASKS = "Ping GetResponse ImageUpload MediaStorage ModelSearch AccountManagement GetTaskDetails".split()

# Keywords that can change no verdict, with the reason. Nothing else may go unnoticed.
VACUOUS = {
    "exactly-illustrative-training": {
        "/components/schemas/RequestBody/items/properties/inputs/properties/dataset/minItems": "stands on a text",
        "/components/schemas/RequestBody/items/properties/inputs/properties/dataset/maxItems": "stands on a text",
    },
    "kiapi-qwen": {
        "/components/schemas/GenerateRequest/additionalProperties": "is true",
        "/components/schemas/EditRequest/additionalProperties": "is true",
        **{f"/components/schemas/File{kind}Ref/properties/type/type": TAG for kind in ("ID", "URL", "DataURL")},
    },
    "runware-utilities": {f"/components/schemas/{task}Task/properties/taskType/type": TAG for task in TASKS},
}
Place = tuple[str | int, ...]


def occurrences(schema: Any, at: Place) -> Iterator[Place]:
    """Yield the path of every asserting keyword below a schema, and of every name, value and branch in its lists."""
    for keyword, value in schema.items():
        if keyword.startswith("x-") or keyword in ANNOTATIONS:
            continue
        yield (*at, keyword)
        parts = range(len(value)) if keyword in LISTS else value if keyword == "dependentRequired" else ()
        yield from ((*at, keyword, part) for part in parts if len(value) > 1)
    yield from _deeper(schema, at)


def _deeper(schema: Any, at: Place) -> Iterator[Place]:
    for name, member in schema.get("properties", {}).items():
        if member is False:
            yield (*at, "properties", name)
        else:
            yield from occurrences(member, (*at, "properties", name))
    for keyword in NESTED:
        if keyword in schema:
            yield from occurrences(schema[keyword], (*at, keyword))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index, branch in enumerate(schema.get(keyword, ())):
            yield from occurrences(branch, (*at, keyword, index))


def reachable(published: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the component schemas that requests are judged by."""
    waiting = [
        operation["requestBody"] for path in published["paths"].values() for operation in path.values()
        if "requestBody" in operation
    ]  # fmt: skip
    seen: set[str] = set()
    while waiting:
        text = json.dumps(waiting.pop())
        for name in published["components"]["schemas"]:
            if f'"#/components/schemas/{name}"' in text and name not in seen:
                seen.add(name)
                yield name
                waiting.append(published["components"]["schemas"][name])


def without(document: Mapping[str, Any], path: Place) -> Any:
    result = copy.deepcopy(document)
    node: Any = result
    for part in path[:-1]:
        node = node[part]
    del node[path[-1]]
    return result


def load_copy(original: Document, published: Any, file: Path) -> Document:
    """Return a document that is read from a file with changed content, and forget what was compiled before."""
    contract.contract_of.cache_clear()
    contract.Contract.judge.cache_clear()
    file.write_text(json.dumps(published), encoding="utf-8")
    return Document(dataclasses.replace(original.entry, path=file, sha256="", overlays=()))


@pytest.mark.parametrize("name", (*SEEDS, *OURS))
def test_an_unchanged_copy_judges_every_case_as_expected(name: str, cases: Any, tmp_path: Path) -> None:
    original = load_catalog().get(name)
    own = [case for case in cases if case.document == name]
    assert not is_noticed(load_copy(original, original.published, tmp_path / "copy.json"), own, ())


def nearness(case: Any, path: Place) -> int:
    """Return how many names a keyword's path and a case's changed member share, so that likely cases come first."""
    return -len(set(case.place.split("/")) & {str(part) for part in path if path})


def is_noticed(document: Document, cases: list[Any], path: Place) -> bool:
    ordered = sorted(cases, key=lambda case: nearness(case, path))
    return any(
        frozenset((v.rule, v.pointer) for v in check_request(document, c.body, operation=c.operation, rules=False))
        != c.expected
        for c in ordered
    )


@pytest.mark.parametrize("name", (*SEEDS, *OURS))
def test_no_keyword_can_be_deleted_unnoticed(name: str, cases: Any, tmp_path: Path, capsys: Any) -> None:
    original = load_catalog().get(name)
    own = [case for case in cases if case.document == name]
    places = [
        place
        for schema in reachable(original.published)
        for place in occurrences(original.published["components"]["schemas"][schema], ("components", "schemas", schema))
    ]
    missed = {
        "".join(f"/{part}" for part in place)
        for place in places
        if not is_noticed(load_copy(original, without(original.published, place), tmp_path / "copy.json"), own, place)
    }
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {len(places)} keywords, {len(places) - len(missed)} caught by {len(own)} cases\n")
    assert missed == set(VACUOUS.get(name, {}))
