"""Checking replies: the other half of the contract, which our own replies are held to as well."""

from pathlib import Path
from typing import Any

from genmock.specs import Catalog, Document

from .contract import contract_of, find_document
from .violations import Violation


def check_response(
    document: str | Path | Document,
    body: Any,  # noqa: ANN401 - any decoded JSON value
    *,
    operation: str | None = None,
    status: int = 200,
    rules: bool = True,
    catalog: Catalog | None = None,
) -> tuple[Violation, ...]:
    """Return how a reply's JSON body breaks its document; an empty tuple means that it is valid.

    The arguments are those of check_request. status: the HTTP status, which decides on the schema. rules: False judges
    by the published document, whose success replies are mostly untyped; True by the effective one, which adds what was
    observed of real replies. A status that the document does not declare is itself a violation, "undeclared-status".
    """
    found = find_document(document, catalog)
    contract = contract_of(found, "effective" if rules else "published")
    path = contract.reply_path(operation, status)
    if path is None:
        return (_undeclared(found, status, operation),)
    judge = contract.judge(path)
    return () if judge.schema.is_valid(body) else judge.explainer.violations(body)


def _undeclared(document: Document, status: int, operation: str | None) -> Violation:
    where = f" of {operation}" if operation else ""
    return Violation(
        "undeclared-status",
        "",
        f"status {status} with a JSON body is not declared among the responses{where}",
        expected="a declared status",
        sent=status,
        source=f"{document.id}#/paths",
    )
