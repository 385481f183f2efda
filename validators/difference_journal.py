"""Recorded requests held to two documents: which of them the new one would refuse."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from genmock.specs import Document

from .contract import Contract, Form, contract_of
from .difference import Broken
from .difference_subjects import media_types, schema_side, task_side
from .violations import Violation


def broken(exchanges: Iterable[Mapping[str, Any]], old: Document, new: Document, form: Form) -> tuple[Broken, ...]:
    """Return the recorded requests that break, as ``difference.would_break`` says."""
    before, after = contract_of(old, form), contract_of(new, form)
    return tuple(each for exchange in exchanges for each in _of_exchange(exchange, before, after))


def _of_exchange(exchange: Mapping[str, Any], old: Contract, new: Contract) -> Iterator[Broken]:
    request = exchange.get("request", {})
    number, body = int(exchange.get("id", 0)), request.get("body")
    if old.task_paths:
        for index, item in enumerate(body if isinstance(body, list) else ()):
            kind = item.get("taskType") if isinstance(item, dict) else None
            if isinstance(kind, str) and kind in old.task_paths and item.get("model") in (None, old.document.model):
                for violation in _of_task(kind, item, old, new):
                    yield Broken(number, kind, violation.moved(f"/{index}"))
        return
    for name in old.operations:
        if _is_of(name, str(request.get("method", "")), str(request.get("path", ""))):
            for violation in _of_body(name, body, old, new):
                yield Broken(number, name, violation)


def _of_task(kind: str, item: Any, old: Contract, new: Contract) -> list[Violation]:  # noqa: ANN401 - any JSON value
    if kind not in new.task_paths:
        return [Violation("unserved-task", "/taskType", f"there is no task type {kind!r}", source=new.document.id)]
    sides = (task_side(c.document, c.form, c.task_paths[kind]) for c in (old, new))
    before, after = (side.refusals(item) for side in sides)
    return _added(before, after)


def _of_body(operation: str, body: Any, old: Contract, new: Contract) -> list[Violation]:  # noqa: ANN401 - as above
    if operation not in new.operations:
        return [Violation("http-path", "", f"there is no {operation}", source=new.document.id)]
    paths = [media_types(c, (*c.operations[operation], "requestBody")).get("application/json") for c in (old, new)]
    if paths[0] is None or paths[1] is None:
        return []
    rules = old.form == "effective"
    sides = schema_side(old, paths[0], rules=rules), schema_side(new, paths[1], rules=rules)
    return _added(sides[0].refusals(body), sides[1].refusals(body))


def _added(before: Iterable[Violation], after: Iterable[Violation]) -> list[Violation]:
    """Return the violations that only the new document sees.

    A journal cuts long texts, of which both documents complain alike: what the old one refuses too is left out.
    """
    known = {(violation.rule, violation.pointer) for violation in before}
    return [violation for violation in after if (violation.rule, violation.pointer) not in known]


def _is_of(operation: str, method: str, path: str) -> bool:
    """Return whether a request is for an operation, wherever its provider is mounted."""
    verb, _, template = operation.partition(" ")
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
    return verb == method.upper() and re.search(f"{pattern}$", path.partition("?")[0]) is not None
