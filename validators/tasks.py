"""Runware's request arrays: each task is judged by the document of its (taskType, model), on its own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from genmock.specs import Catalog, Document

from .contract import ARRAY, COMING_SOON, Contract, Judge, contract_of
from .rules import Rule
from .violations import Violation, pointer_of

STATUS_RULE = "coming-soon-model"
ASKING = ("getResponse", "getTaskDetails")  # their taskUUID names an earlier task


def check_tasks(
    document: Document, body: object, *, catalog: Catalog, rules: bool = True, strict: bool = False
) -> tuple[Violation, ...]:
    """Return the violations of a request array.

    document: judges the array itself, and the tasks that no document of the catalogue describes.
    """
    contract = contract_of(document, "effective" if rules else "published")
    found = [] if contract.fits_array(body) else [*_explain_array(contract, body)]
    if not isinstance(body, list):
        return tuple(found)
    seen: dict[str, int] = {}
    for index, item in enumerate(body):
        broken = check_task(document_for(item, document, catalog), item, rules=rules, strict=strict)
        found += [violation.moved(f"/{index}") for violation in broken] if broken else ()
        if rules and len(body) > 1 and isinstance(item, dict):
            found += _among_others(document, index, item, seen)
    return tuple(found)


def _among_others(document: Document, index: int, item: Mapping[str, Any], seen: dict[str, int]) -> Iterator[Violation]:
    """Yield what is wrong with a task beside the others of its array. seen: index by taskUUID, to which it is added."""
    if index and item.get("taskType") == "authentication":
        yield misplaced_authentication(document, index)
    if isinstance(task_uuid := item.get("taskUUID"), str):
        first = seen.setdefault(task_uuid.lower(), index)
        if first != index and item.get("taskType") not in ASKING:
            yield repeated_task_uuid(document, task_uuid, f"item {first}").moved(f"/{index}")


def document_for(item: object, named: Document, catalog: Catalog) -> Document:
    """Return the document that judges one task: the one of its (taskType, model), else the one that was named."""
    if not isinstance(item, dict):
        return named
    task_type, model = item.get("taskType"), item.get("model")
    if not isinstance(task_type, str) or (model == named.model and task_type in named.entry.task_types):
        return named
    if task_type == "authentication":
        return named
    return catalog.find(task_type, model if isinstance(model, str) else None) or named


def check_task(document: Document, item: object, *, rules: bool = True, strict: bool = False) -> tuple[Violation, ...]:
    """Return the violations of one task, with pointers from the task itself.

    rules: judge by the effective document and its prose rules, not by the published schema alone.
    strict: what is merely tolerated becomes an error, as do the rules that say so.
    """
    judge = judge_of(contract_of(document, "effective" if rules else "published"), item)
    if not judge.schema.is_valid(item):
        found = judge.explainer.violations(item)
        if found:
            return found
    if not rules or not isinstance(item, dict) or judge.watched.isdisjoint(item):
        return ()
    return tuple(_beyond_schema(document, item, judge, strict))


def _beyond_schema(document: Document, item: Mapping[str, Any], judge: Judge, strict: bool) -> Iterator[Violation]:
    """Yield what a task breaks that its effective schema allows."""
    yield from _tolerated(document, item, judge, strict)
    yield from judge.rules.violations(item, strict=strict)
    if document.entry.status == COMING_SOON and item.get("model") == document.model:
        yield _coming_soon(document, strict)


def judge_of(contract: Contract, item: object) -> Judge:
    """Return the compiled schema for a task: its taskType's own, else that of all items."""
    task_type = item.get("taskType") if isinstance(item, dict) else None
    known = isinstance(task_type, str) and task_type in contract.task_paths
    return contract.task_judge(task_type if known else "")


def find_rule(document: Document, item: object, rule_id: str) -> Rule | None:
    """Return the prose rule with that id among those that judge a task, or None."""
    return judge_of(contract_of(document, "effective"), item).rules.get(rule_id)


def _explain_array(contract: Contract, body: object) -> Iterator[Violation]:
    """Yield what is wrong with the array as a whole; its items are judged elsewhere."""
    place = pointer_of(contract.body_path(None) or ())
    for violation in contract.array.explainer.violations(body):
        yield replace(violation, source=violation.source.replace(f"/{ARRAY}", place))


def _tolerated(document: Document, item: Mapping[str, Any], judge: Judge, strict: bool) -> Iterator[Violation]:
    """Yield what the published document refuses and the overlay tolerates, as warnings (errors when strict)."""
    if judge.tolerated.keys().isdisjoint(item):
        return
    published = judge_of(contract_of(document, "published"), item)
    if published.schema.is_valid(item):
        return
    for violation in published.explainer.violations(item):
        why = judge.tolerated.get(violation.pointer.partition("/")[2].partition("/")[0])
        message = f"{violation.message} (tolerated: {why})" if why else violation.message
        yield replace(violation, message=message, severity="error" if strict else "warning")


def misplaced_authentication(document: Document, index: int) -> Violation:
    """Return the violation of an authentication task that is not the first element of its array."""
    return Violation(
        "authentication-first",
        f"/{index}/taskType",
        "an authentication task can only be the first element of the array",
        expected="the first place",
        sent=index,
        source=f"{document.id}#/components/schemas/AuthenticationTask: sent as the first element of the request array",
    )


def repeated_task_uuid(document: Document, task_uuid: str, first: str) -> Violation:
    """Return the violation, seen from the task, of a taskUUID that was used before. first: by what, in words."""
    return Violation(
        "task-uuid-unique",
        "/taskUUID",
        f"'taskUUID' is that of {first} already; each task needs its own",
        "error",
        "a UUID of its own",
        task_uuid,
        f"{document.id}: taskUUID must be unique per task",
    )


def _coming_soon(document: Document, strict: bool) -> Violation:
    return Violation(
        STATUS_RULE,
        "/model",
        f"{document.entry.title} is announced, not served yet",
        "error" if strict else "warning",
        "a model whose x-status is live",
        document.model,
        f"{document.id}#/info/x-status",
    )
