"""What a server may answer: replies and errors that keep the contract, to hold clients to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from hypothesis import strategies as st

from genmock.specs import Document, ErrorEntry, UnknownDocument, load_catalog, load_errors

from ..contract import Contract, SchemaPath, contract_of, find_document
from ..schema import at
from .growing import Grower
from .making import nested
from .nodes import Draw, Node

FILLING = "fox"  # what stands for a placeholder of an error's text


@dataclass(frozen=True)
class ErrorReply:
    """A reply that tells of an error. status: of HTTP. code: of the provider's catalogue. body: decoded JSON."""

    status: int
    code: str
    body: Any


def replies(
    subject: str | Path | Document, *, operation: str | None = None, status: int = 200
) -> st.SearchStrategy[Any]:
    """Return a strategy of JSON replies that a document declares: members present and absent, bounds, every kind.

    subject: a task type ("imageInference") or an operation ("POST /v1/image/qwen/generate"), whose first document is
    meant, or a document as for ``valid_items``. operation: of a document that has several. status: of HTTP.

    Raises UnknownDocument, OperationNeeded, and ValueError for a status without a JSON body.
    """
    document, task_type, named = _meant(subject)
    contract = contract_of(document, "effective")
    if task_type is None and operation in contract.task_paths:
        task_type, operation = operation, None
    path = contract.reply_path(operation or named, status)
    if path is None:
        raise ValueError(f"{document.id} declares no JSON body for status {status}")
    only = nested(("data", "[]", "taskType"), {"enum": [task_type]}) if task_type and status < 300 else True
    return _bodies(Grower(contract.root, tolerated=False).node({"allOf": [at(contract.root, path), only]}))


def errors(subject: str | Path | Document, *, operation: str | None = None) -> st.SearchStrategy[ErrorReply]:
    """Return a strategy of the errors of a provider's catalogue, each with its status, in every shape declared for it.

    subject, operation: as for ``replies``. A text's placeholders are filled with a word. Codes whose status a document
    does not declare are left out. Raises UnknownDocument and OperationNeeded.
    """
    document, _, named = _meant(subject)
    contract = contract_of(document, "effective")
    if operation in contract.task_paths:
        operation = None
    found = []
    for entry in load_errors(document.entry.provider).codes.values():
        path = contract.reply_path(operation or named, entry.status)
        node = _error_node(contract, path, entry) if path is not None else None
        if node is not None and node.alternatives:
            found.append(_errors(entry, node))
    return st.one_of(found)


@st.composite
def _errors(draw: Draw, entry: ErrorEntry, node: Node) -> ErrorReply:
    return ErrorReply(entry.status, entry.code, node.draw(draw))


@st.composite
def _bodies(draw: Draw, node: Node) -> Any:  # noqa: ANN401 - any JSON value
    return node.draw(draw)


def _error_node(contract: Contract, path: SchemaPath, entry: ErrorEntry) -> Node:
    """Return the bodies of one error: its code and text stand where the document has a place for them."""
    names = {name for _, name, _, _ in Formatter().parse(entry.message) if name}
    text = entry.text(**dict.fromkeys(names, FILLING))
    listed = {"code": {"enum": [entry.code]}, "message": {"enum": [text]}}
    told = {"errors": {"items": {"properties": listed}}, "detail": {"anyOf": [{"enum": [text]}, {"type": "array"}]}}
    return Grower(contract.root, tolerated=False).node({"allOf": [at(contract.root, path), {"properties": told}]})


@cache
def _by_subject() -> Mapping[str, tuple[Document, str | None, str | None]]:
    """Return (document, task type, operation) by task type and by operation, the first document of each."""
    found: dict[str, tuple[Document, str | None, str | None]] = {}
    for document in load_catalog().documents:
        for name in document.entry.task_types:
            found.setdefault(name, (document, name, None))
        for name in contract_of(document, "effective").operations if not document.entry.task_types else ():
            found.setdefault(name, (document, None, name))
    return found


def _meant(subject: str | Path | Document) -> tuple[Document, str | None, str | None]:
    if isinstance(subject, str) and subject in _by_subject():
        return _by_subject()[subject]
    try:
        return find_document(subject), None, None
    except UnknownDocument as error:
        error.add_note(f"a task type or an operation is also known: {', '.join(_by_subject())}")
        raise
