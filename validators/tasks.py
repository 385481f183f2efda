"""Runware's request arrays: each task is judged by the document of its (taskType, model), on its own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from genmock.specs import Catalog, Document

from .contract import ARRAY, COMING_SOON, Contract, Judge, contract_of
from .rules import Rule
from .schema import Verdict
from .violations import Violation, pointer_of

STATUS_RULE = "coming-soon-model"
ASKING = ("getResponse", "getTaskDetails")  # their taskUUID names an earlier task


class Desk:
    """Where request arrays are checked: each task by its own document, which is looked up once for all tasks like it.

    contract: judges the array itself, and the tasks that no document of the catalogue describes.
    rules: judge by prose rules too, of effective documents, and not by the published schemas alone.
    """

    def __init__(self, contract: Contract, catalog: Catalog, rules: bool) -> None:
        self._contract, self._catalog, self._rules = contract, catalog, rules
        self._document = contract.document
        self._verdicts: dict[tuple[object, object], Verdict] = {}  # of (taskType, model)

    def violations(self, body: object, strict: bool) -> tuple[Violation, ...]:
        """Return the violations of a request array. strict: as for ``check_task``."""
        return () if self._is_plain(body) else tuple(self.closer(body, strict))

    def _is_plain(self, body: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Return whether every task is of a known kind and plainly valid; False where that takes a closer look."""
        if not self._contract.fits_array(body):
            return False
        try:
            for item in body:
                if not self._verdicts[item["taskType"], item.get("model")](item):
                    return False
            return len(body) == 1 or not self._rules or len({item["taskUUID"].lower() for item in body}) == len(body)
        except (AttributeError, KeyError, TypeError, UnicodeEncodeError):  # no task, a new kind, an unpaired surrogate
            return False

    def closer(self, body: object, strict: bool) -> Iterator[Violation]:
        """Yield the violations of a request array, task by task."""
        if not self._contract.fits_array(body):
            yield from _explain_array(self._contract, body)
        seen: dict[str, int] = {}
        for index, item in enumerate(body if isinstance(body, list) else ()):
            document = document_for(item, self._document, self._catalog)
            for violation in check_task(document, item, rules=self._rules, strict=strict):
                yield violation.moved(f"/{index}")
            if isinstance(item, dict):
                self._remember(item, document)
                if self._rules:
                    yield from _among_others(self._document, index, item, seen)

    def _remember(self, item: Mapping[str, Any], document: Document) -> None:
        """Keep the verdict on tasks of this kind. Others are not kept: there is no end to them."""
        task_type, model = item.get("taskType"), item.get("model")
        if task_type in document.entry.task_types and model == document.model and task_type != "authentication":
            contract = contract_of(document, "effective" if self._rules else "published")
            self._verdicts[task_type, model] = contract.verdict(_kind(contract, item))


@cache
def desk_of(document: Document, catalog: Catalog, rules: bool) -> Desk | None:
    """Return where the request arrays of a document are checked, or None for a document without tasks."""
    contract = contract_of(document, "effective" if rules else "published")
    return Desk(contract, catalog, rules) if contract.task_paths else None


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
    contract = contract_of(document, "effective" if rules else "published")
    return () if _is_plain(contract, item) else check_closely(contract, item, rules=rules, strict=strict)


def plain_verdict(document: Document, task_type: str) -> Verdict:
    """Return what says of tasks of a type whether it is clear that nothing is wrong; of others ``check_task`` tells."""
    contract = contract_of(document, "effective")
    return partial(_is_fine, contract.verdict(_described(contract, task_type)))


def _is_plain(contract: Contract, item: object) -> bool:
    return _is_fine(contract.verdict(_kind(contract, item)), item)


def _is_fine(verdict: Verdict, item: object) -> bool:
    try:
        return verdict(item)
    except UnicodeEncodeError:  # an unpaired surrogate
        return False


def check_closely(contract: Contract, item: object, *, rules: bool, strict: bool) -> tuple[Violation, ...]:
    """Return the violations of a task of which it is not known that it is plainly valid."""
    judge = judge_of(contract, item)
    if not judge.schema.is_valid(item):
        found = judge.explainer.violations(item)
        if found:
            return found
    if not rules or not isinstance(item, dict):
        return ()
    return tuple(_beyond_schema(contract.document, item, judge, strict))


def _beyond_schema(document: Document, item: Mapping[str, Any], judge: Judge, strict: bool) -> Iterator[Violation]:
    """Yield what a task breaks that its effective schema allows."""
    yield from _tolerated(document, item, judge, strict)
    yield from judge.rules.violations(item, strict=strict)
    if document.entry.status == COMING_SOON and item.get("model") == document.model:
        yield _coming_soon(document, strict)


def judge_of(contract: Contract, item: object) -> Judge:
    """Return the compiled schema for a task: its taskType's own, else that of all items."""
    return contract.task_judge(_kind(contract, item))


def _kind(contract: Contract, item: object) -> str:
    """Return the taskType of a task that its document describes, else ""."""
    task_type = item.get("taskType") if isinstance(item, dict) else None
    return _described(contract, task_type) if isinstance(task_type, str) else ""


def _described(contract: Contract, task_type: str) -> str:
    return task_type if task_type in contract.task_paths else ""


def task_schema(contract: Contract, task_type: str) -> Judge:
    """Return the compiled schema for tasks of a type, else that of all items."""
    return contract.task_judge(_described(contract, task_type))


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
