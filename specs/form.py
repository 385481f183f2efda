"""The outer form of a user's document: what is looked up in it must be objects, which a slip of YAML easily undoes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import DocumentUnreadable

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def check_form(content: Mapping[str, Any], path: Path) -> None:
    """Raise DocumentUnreadable for a document in which paths, operations, bodies or schemas are no objects.

    path: its file, for the message.
    """
    for pointer, value in _objects(content):
        if not isinstance(value, Mapping):
            found = "null" if value is None else type(value).__name__
            raise DocumentUnreadable(
                f"cannot use {path}: #{pointer} is {found}, and OpenAPI 3.1 has an object there\n\n"
                "  next    mend the document; an object that is empty is written {}"
            )


def _objects(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (pointer, value) of each place that must have an object, outer ones first."""
    yield from _members("", content, ("components", "paths"))
    yield from _members("/components", content.get("components", {}), ("schemas",))
    for path, item in content.get("paths", {}).items():
        place = f"/paths/{str(path).replace('~', '~0').replace('/', '~1')}"
        yield place, item
        for method in METHODS:
            yield from _operation(f"{place}/{method}", item[method]) if method in item else ()


def _operation(place: str, operation: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    yield place, operation
    yield from _members(place, operation, ("requestBody", "responses"))
    yield from _contents(f"{place}/requestBody", operation.get("requestBody", {}))
    for status, response in operation.get("responses", {}).items():
        yield f"{place}/responses/{status}", response
        yield from _contents(f"{place}/responses/{status}", response)


def _contents(place: str, holder: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _members(place, holder, ("content",))
    for kind, value in holder.get("content", {}).items():
        yield f"{place}/content/{str(kind).replace('/', '~1')}", value


def _members(place: str, holder: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    yield from ((f"{place}/{name}", holder[name]) for name in names if name in holder)
