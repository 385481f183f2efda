"""Strategies for the messages that documents describe: tasks, bodies, whole requests."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from genmock.specs import Document

from ..contract import Contract, OperationNeeded, SchemaPath, contract_of, find_document
from ..schema import at
from ..suggest import closest
from .growing import Grower
from .making import Maker
from .nodes import Draw


def valid_items(
    document: str | Path | Document, *, operation: str | None = None, strict: bool = False
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of messages that keep a document's schema and every rule: tasks of Runware, else bodies.

    document: a catalogue id, a model AIR, the path of an OpenAPI 3.1 file, or the document. operation: for Runware a
        task type, without it all that the document serves; else like "POST /v1/image/qwen/generate", needed where
        several take a body. strict: leave out what is only tolerated, and keep the rules that are errors when strict.

    Every taskUUID is a fresh version 4 UUID. Raises UnknownDocument or DocumentUnreadable for a document that cannot be
    used, OperationNeeded, and Unsolved for a document with a rule for which no values can be made.
    """
    found = makers(find_document(document), operation, strict)
    for maker in found:
        _ = maker.readings

    @st.composite
    def items(draw: Draw) -> dict[str, Any]:
        maker = found[0] if len(found) == 1 else draw(st.sampled_from(found))
        item: dict[str, Any] = maker.draw(draw)
        return item

    return items()


@cache
def makers(document: Document, operation: str | None, strict: bool = False) -> Sequence[Maker]:
    """Return what makes the messages of a document's operations. Raises OperationNeeded."""
    contract = contract_of(document, "effective")
    grower = Grower(contract.root, tolerated=not strict)
    paths = _task_paths(contract, operation) if contract.task_paths else [_body_path(contract, operation)]
    known = _known(contract, operation)
    return tuple(_maker(contract, grower, path, strict, known) for path in paths)


def _maker(
    contract: Contract, grower: Grower, path: SchemaPath, strict: bool, known: Mapping[str, Sequence[str]]
) -> Maker:
    rules = contract.judge(path).rules.rules
    errors = tuple(rule for rule in rules if "error" in (rule.severity, rule.strict if strict else None))
    tag = "taskType" if len(contract.document.entry.task_types) > 1 else ""
    return Maker(contract.document.id, grower, at(contract.root, path), errors, tag, known)


def _known(contract: Contract, operation: str | None) -> Mapping[str, Sequence[str]]:
    """Return the names that an overlay lists beside a document: those of the models of a capability of kiapi."""
    capability = contract.root.get("x-genmock-capability", {})
    meant = capability.get("operations", {}).get((operation or "").rpartition("/")[2], {}).get("model")
    models = [model for model in capability.get("models", ()) if meant in (None, model["name"])]
    return {"model": [name for model in models for name in (model["name"], *model["aliases"])]} if models else {}


def _task_paths(contract: Contract, task_type: str | None) -> list[SchemaPath]:
    served = contract.document.entry.task_types
    if task_type is None:
        return [path for name, path in contract.task_paths.items() if name in served]
    if task_type in contract.task_paths:
        return [contract.task_paths[task_type]]
    near = closest(task_type, contract.task_paths)
    hint = f"; did you mean {near!r}?" if near else "."
    known = ", ".join(contract.task_paths)
    raise OperationNeeded(f"{contract.document.id} has no task type {task_type!r}{hint} It has: {known}")


def _body_path(contract: Contract, operation: str | None) -> SchemaPath:
    if operation is None:
        bodies = {name: path for name in contract.operations if (path := contract.body_path(name)) is not None}
        if len(bodies) == 1:
            return next(iter(bodies.values()))
    path = contract.body_path(operation)
    if path is None:
        raise OperationNeeded(f"{contract.document.id}: {operation or 'its only operation'} takes no JSON body")
    return path
