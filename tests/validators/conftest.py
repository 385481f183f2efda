"""The hand-written cases of ``cases/*.yaml`` (see the README there), as data for the tests beside this file."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from genmock.validators import check_request

FOLDER = Path(__file__).parent / "cases"
MEMBER_WORDS = {"base", "with", "without", "accepts"}


@dataclass(frozen=True)
class Case:
    """One message with what its document, as published, has against it: pairs of rule and pointer."""

    id: str
    document: str
    operation: str | None
    body: Any
    expected: frozenset[tuple[str, str]]
    place: str  # the pointer of the changed member, to try the likeliest cases first


class _Loader(yaml.SafeLoader):
    """YAML with ``!times [text or list, n]``."""


def _times(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> Any:
    what, count = loader.construct_sequence(node, deep=True)
    return what * count


_Loader.add_constructor("!times", _times)


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of one file, each with an id of its own."""
    data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    seen: dict[str, int] = {}
    for name, body, expected, place in (*_of_members(data), *_of_cases(data)):
        number = seen[name] = seen.get(name, 0) + 1
        yield Case(
            f"{path.stem}: {name}" + (f" ({number})" if number > 1 else ""),
            data["document"],
            data.get("operation"),
            body,
            frozenset((rule, pointer) for rule, pointer in expected),
            place,
        )


Row = tuple[str, Any, list[tuple[str, str]], str]


def _of_members(data: Mapping[str, Any]) -> Iterator[Row]:
    array = "operation" not in data
    for name, entry in data.get("members", {}).items():
        pointer = name.partition("#")[0]
        base = patched(_base(data, entry), entry.get("with", {}), entry.get("without", ()))
        for rule in entry.keys() - MEMBER_WORDS | ({"accepts"} & entry.keys()):
            for value in entry[rule]:
                message = patched(base, {pointer: value})
                expected = [] if rule == "accepts" else [(rule, _prefix(array) + pointer)]
                yield f"{name} {rule} {_short(value)}", [message] if array else message, expected, pointer


def _of_cases(data: Mapping[str, Any]) -> Iterator[Row]:
    array = "operation" not in data
    for case in data["cases"]:
        if "body" in case:
            body, prefix = case["body"], ""
        else:
            message = patched(_base(data, case), case.get("set", {}), case.get("delete", ()))
            body, prefix = ([message] if array else message), _prefix(array)
        expected = [(rule, prefix + pointer) for rule, pointer in case["expect"]]
        yield case["name"], body, expected, max((p for _, p in case["expect"]), key=len, default="")


def _base(data: Mapping[str, Any], entry: Mapping[str, Any]) -> Any:
    return data["bases"][entry.get("base", next(iter(data["bases"])))]


def _prefix(array: bool) -> str:
    return "/0" if array else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]}... of {len(text)}"


def patched(message: Any, changes: Mapping[str, Any], deletions: tuple[str, ...] | list[str] = ()) -> Any:
    """Return a copy of a message with the members at some pointers set, and others deleted."""
    result = copy.deepcopy(message)
    for pointer, value in changes.items():
        parent, key = _parent(result, pointer)
        if isinstance(parent, list) and key == len(parent):
            parent.append(copy.deepcopy(value))
        else:
            parent[key] = copy.deepcopy(value)
    for pointer in deletions:
        parent, key = _parent(result, pointer)
        del parent[key]
    return result


def _parent(message: Any, pointer: str) -> tuple[Any, Any]:
    *parts, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    for part in parts:
        message = message[int(part) if isinstance(message, list) else part]
    return message, int(last) if isinstance(message, list) else last


BY_FILE = {path.stem: tuple(read_cases(path)) for path in sorted(FOLDER.glob("*.yaml"))}


@pytest.fixture(scope="session")
def cases() -> tuple[Case, ...]:
    """Return every hand-written case."""
    return tuple(case for cases in BY_FILE.values() for case in cases)


@pytest.fixture(scope="session", params=BY_FILE)
def cases_of_a_file(request: pytest.FixtureRequest) -> tuple[Case, ...]:
    """Return the cases of each file in turn: a test for each case would cost more than what it tests."""
    return BY_FILE[request.param]


@pytest.fixture(scope="session")
def bases() -> Mapping[str, Mapping[str, Any]]:
    """Return the base messages of the case files by file name, the first of each under "" as well."""
    result = {}
    for path in FOLDER.glob("*.yaml"):
        own = yaml.load(path.read_text(encoding="utf-8"), _Loader)["bases"]
        result[path.stem] = {"": next(iter(own.values())), **own}
    return result


@pytest.fixture(scope="session")
def patch() -> Any:
    """Return the function that sets and deletes members of a copy of a message."""
    return patched


@pytest.fixture
def write_document(tmp_path: Path) -> Any:
    """Return a function that writes an OpenAPI document whose only operation takes a schema, and returns its path."""

    def write(schema: Any, name: str = "own.json", **parts: Any) -> Path:
        content = {"application/json": {"schema": schema}}
        operation = {"requestBody": {"content": content}, "responses": {"200": {"content": content}}}
        info = {"title": "Own", "version": "1"}
        document = {"openapi": "3.1.0", "info": info, "paths": {"/": {"post": operation}}, **parts}
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def judge(write_document: Any) -> Any:
    """Return a function from a schema and a value to the rules, pointers and messages of its violations."""

    def check(schema: Any, value: Any) -> list[tuple[str, str, str]]:
        found = check_request(write_document(schema), value)
        return [(v.rule, v.pointer, v.message) for v in found]

    return check
