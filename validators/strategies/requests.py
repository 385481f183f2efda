"""Whole requests: arrays of tasks of which each has its own taskUUID, or bodies; and those that are broken once."""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from genmock.specs import Document

from ..contract import contract_of, find_document
from ..tasks import ASKING
from .items import makers, valid_items
from .making import Maker
from .mutations import Mutation, invalid_items
from .nodes import Draw

FIRST = "authentication"  # a task that can only be the first of its array
UUID_NODE = 2**48


def requests(
    document: str | Path | Document, *, operation: str | None = None, max_items: int = 5, strict: bool = False
) -> st.SearchStrategy[Any]:
    """Return a strategy of request bodies that keep a document: arrays of tasks for Runware, else single bodies.

    document, operation, strict: as for ``valid_items``. max_items: tasks of an array, at least one. No two tasks of an
    array have the same taskUUID. Raises as ``valid_items`` does.
    """
    found = find_document(document)
    if not contract_of(found, "effective").task_paths:
        return valid_items(found, operation=operation, strict=strict)
    tasks = _later(found, operation, strict)
    first = valid_items(found, operation=operation, strict=strict)

    @st.composite
    def arrays(draw: Draw) -> list[Any]:
        body: list[Any] = [draw(first)]
        if tasks is not None:
            body += draw(st.lists(tasks, max_size=max_items - 1))
        make_distinct(body)
        return body

    return arrays()


@dataclass(frozen=True)
class Broken:
    """A request that is broken once.

    body: all of it. index: of the broken task of an array. mutation: of that task or body; its pointer is that of the
    request.
    """

    body: Any
    index: int
    mutation: Mutation


def broken_requests(
    document: str | Path | Document, *, operation: str | None = None, max_items: int = 3, strict: bool = False
) -> st.SearchStrategy[Broken]:
    """Return a strategy of request bodies that break a document once: the pointer of the mutation is that of the body.

    The arguments are those of ``requests``, and it raises as ``valid_items`` does. An array may have valid tasks around
    the broken one.
    """
    found = find_document(document)
    mutations = invalid_items(found, operation=operation, strict=strict)
    if not contract_of(found, "effective").task_paths:
        return mutations.map(lambda mutation: Broken(mutation.item, 0, mutation))
    others = _later(found, operation, strict)

    @st.composite
    def arrays(draw: Draw) -> Broken:
        mutation = draw(mutations)
        around = draw(st.lists(others, max_size=max_items - 1)) if others is not None else []
        is_first = isinstance(mutation.valid, dict) and mutation.valid.get("taskType") == FIRST
        index = 0 if is_first else draw(st.integers(0, len(around)))
        body = [*around[:index], mutation.item, *around[index:]]
        make_distinct(body, index)
        return Broken(body, index, mutation.moved(f"/{index}"))

    return arrays()


def _later(document: Document, operation: str | None, strict: bool) -> st.SearchStrategy[Any] | None:
    """Return a strategy of the tasks that can stand anywhere in an array, or None when there are none."""
    types = [_task_type(maker) for maker in makers(document, operation, strict)]
    found = [valid_items(document, operation=name, strict=strict) for name in types if name != FIRST]
    return st.one_of(found) if found else None


def _task_type(maker: Maker) -> str:
    return str(maker.schema["properties"]["taskType"]["const"])


def make_distinct(body: list[Any], kept: int = 0) -> None:
    """Give each task of an array a taskUUID of its own, in place. kept: the task that keeps its own in any case."""
    seen = set(_uuids([body[kept]]))
    for index, item in enumerate(body):
        for uuid in _uuids([item]) if index != kept else ():
            while uuid in seen:
                uuid = _next(uuid)
                item["taskUUID"] = uuid
            seen.add(uuid)


def with_fresh_uuids(body: Any, salt: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a request whose tasks have other taskUUIDs, version 4 ones that depend on the salt and their places.

    So that one request can be sent again and again to a server that refuses a taskUUID it knows. A taskUUID that is no
    UUID stays as it is, as does one that names an earlier task.
    """
    result = copy.deepcopy(body)
    for index, item in enumerate(result if isinstance(result, list) else ()):
        if any(_uuids([item])) and item.get("taskType") not in ASKING:
            digest = hashlib.sha256(f"{salt}/{index}".encode()).digest()
            item["taskUUID"] = str(UUID(bytes=digest[:16], version=4))
    return result


def _uuids(items: list[Any]) -> Iterator[str]:
    for item in items:
        value = item.get("taskUUID") if isinstance(item, dict) else None
        if isinstance(value, str) and len(value) == len(str(UUID(int=0))):
            try:
                yield str(UUID(value))
            except ValueError:
                continue


def _next(uuid: str) -> str:
    number = UUID(uuid).int
    return str(UUID(int=number - number % UUID_NODE + (number + 1) % UUID_NODE))
