"""Checking requests: a document and a body in, violations out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genmock.specs import Catalog, Document, load_catalog

from .contract import Contract, contract_of, find_document
from .tasks import desk_of
from .violations import Violation


def check_request(
    document: str | Path | Document,
    body: Any,  # noqa: ANN401 - any decoded JSON value
    *,
    operation: str | None = None,
    rules: bool = True,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> tuple[Violation, ...]:
    """Return how a request body breaks its document; an empty tuple means that it is valid.

    document: a catalogue id ("flux-1-dev-srpo"), a model AIR ("runware:111@1"), or the path of an OpenAPI 3.1 file.
    body: the decoded JSON; for Runware the whole array, each task of which is judged by the document of its
        (taskType, model) when the catalogue has one, and by ``document`` otherwise.
    operation: like "POST /v1/image/qwen/generate"; needed only where a document has several.
    rules: False judges by the published schema alone. True adds the overlay: prose rules, and client fields that the
        provider is known to accept, which count as warnings.
    strict: True makes errors of what is only tolerated.
    catalog: where the tasks' documents are looked up; the shipped catalogue by default.

    Raises UnknownDocument, DocumentUnreadable or OverlayError when a document cannot be used, and OperationNeeded.
    """
    known = catalog or load_catalog()
    found = find_document(document, known)
    desk = desk_of(found, known, rules)
    if desk is not None and operation is None:
        return desk.violations(body, strict)
    contract = contract_of(found, "effective" if rules else "published")
    if desk is not None:
        contract.operation(operation)
        return desk.violations(body, strict)
    return _check_body(contract, body, operation, rules=rules, strict=strict)


def check_rules(
    document: str | Path | Document, body: Mapping[str, Any], *, operation: str | None = None, strict: bool = False
) -> tuple[Violation, ...]:
    """Return the prose rules of its document that a body breaks, in their order, whatever its schema says.

    body: an object of the types that the schema asks for. operation, strict: as for ``check_request``.
    Raises as ``check_request`` does.
    """
    contract = contract_of(find_document(document), "effective")
    path = contract.body_path(operation)
    return tuple(contract.judge(path).rules.violations(body, strict=strict)) if path is not None else ()


def _check_body(
    contract: Contract, body: object, operation: str | None, *, rules: bool, strict: bool
) -> tuple[Violation, ...]:
    path = contract.body_path(operation)
    if path is None:
        return ()
    judge = contract.judge(path)
    if not judge.schema.is_valid(body):
        found = judge.explainer.violations(body)
        if found:
            return found
    if rules and isinstance(body, dict):
        return tuple(judge.rules.violations(body, strict=strict))
    return ()
