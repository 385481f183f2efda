"""Taking the tasks of a request one by one: route, validate, answer. Shared by every transport."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genmock.specs import Document
from genmock.validators import Violation, check_task

from ...derive import derived_uuid
from ...faults import Subject, plan
from ...journal import TaskNote
from ...pipeline import Call
from ...task_table import Archived
from .acceptance import error_of
from .authentication import is_authentication, session_uuid
from .errors import ErrorItem, TaskRefused, fault_error, rank, refusal, refused_by
from .handlers import HANDLERS
from .task import Answer, Task

MODEL_TASKS = ("imageInference", "training")  # the task types whose contract depends on the model
ASKING = ("getResponse", "getTaskDetails")  # their taskUUID names an earlier task
MAKING = ("imageInference", "training")  # they make results, which faults can strike one by one
V4_RULE = "task-uuid-v4"
PLAIN = ("authentication", "ping", *ASKING)  # tasks that are not kept, and whose taskUUID is not used up


@dataclass(slots=True)
class Outcome:
    """What the tasks of a request came to. failed, notes: errors and journal notes by the index of their task."""

    data: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[int, Sequence[ErrorItem]] = field(default_factory=dict)
    notes: dict[int, TaskNote] = field(default_factory=dict)

    @property
    def errors(self) -> list[ErrorItem]:
        """The errors, in request order."""
        return [error for _, errors in sorted(self.failed.items(), key=lambda entry: entry[0]) for error in errors]


async def run_tasks(call: Call) -> Outcome:
    """Answer each task of a decoded request array; an error of one leaves the others alone.

    With the setting mixed_status "error" nothing is answered unless every task keeps the contract. Raises TaskRefused
    for a fault that refuses the whole request.
    """
    outcome = Outcome()
    tasks = await _prepared(call, outcome)
    await _disturb(call, tasks)
    if not outcome.failed or call.runtime.settings.mixed_status == "success":
        await _answer(call, tasks, outcome)
    call.exchange.tasks += [note for _, note in sorted(outcome.notes.items(), key=lambda entry: entry[0])]
    return outcome


async def _prepared(call: Call, outcome: Outcome) -> list[Task]:
    """Return the tasks that keep the contract; what the others broke is in the outcome."""
    items = list(enumerate(call.body))
    if is_authentication(call.body[0]):
        _authenticated(call, call.body[0], outcome, alone=len(items) == 1)
        items = items[1:]
    seen: set[str] = set()
    tasks: list[Task] = []
    for index, item in items:
        try:
            tasks.append(await _prepare(call, index, item, seen))
        except TaskRefused as refused:
            await _refused(call, index, item, refused.item, outcome)
    return tasks


async def _disturb(call: Call, tasks: Sequence[Task]) -> None:
    """Have faults strike the request and its tasks. Raises TaskRefused for one that refuses the whole request."""
    subjects = [Subject(task.type, str(task.item.get("model", "")), task.item, task.type in MAKING) for task in tasks]
    struck = await plan(call.world.faults, provider="runware", tasks=subjects)
    if struck.struck:
        call.exchange.note = f"faults: {', '.join(struck.struck)}"
    call.disorder = struck.request.disorder
    if struck.request.latency_s:
        await asyncio.sleep(struck.request.latency_s)
    if struck.request.error is not None:
        raise TaskRefused(fault_error(call.runtime.errors, struck.request.error))
    for index, task in enumerate(tasks):
        task.effects = struck.of(index)


async def _answer(call: Call, tasks: Sequence[Task], outcome: Outcome) -> None:
    if any(task.type == "getResponse" for task in tasks):
        call.world.clock.tick()
    for task in tasks:
        try:
            if task.effects.error is not None:
                raise TaskRefused(error_of(task, task.effects.error))
            await _answered(task, await HANDLERS[task.type](task), outcome)
        except TaskRefused as refused:
            await _refused(call, task.index, task.item, refused.item, outcome)


async def _prepare(call: Call, index: int, item: Any, seen: set[str]) -> Task:  # noqa: ANN401 - any JSON value
    """Return a task that is ready to be answered. Raises TaskRefused for one that breaks the contract."""
    try:
        document = _route(call, item)
    except TaskRefused as refused:
        call.exchange.violations.append(_misrouted(index, item, refused.item))
        raise
    repeated = [*_duplicate(item, document, seen), *await _used(call, item, document)][:1]
    return _validate(call, index, item, document, repeated)


def _authenticated(call: Call, item: dict[str, Any], outcome: Outcome, *, alone: bool) -> None:
    """Check the task whose key was taken, and answer it where it is to be answered."""
    document = _route(call, item)
    try:
        task = _validate(call, 0, item, document, ())
    except TaskRefused as refused:
        outcome.failed[0] = [refused.item.with_task(item["taskType"], None)]
        return
    if alone or call.runtime.settings.authentication_reply == "always":
        answer = {"taskType": task.type, "connectionSessionUUID": session_uuid(call)}
        outcome.data.append(answer)
        call.judged.append((task.document, answer))


async def _answered(task: Task, answer: Answer, outcome: Outcome) -> None:
    """Record the results of a task, with the document that they must fit."""
    call = task.call
    outcome.data.extend(answer.data)
    call.judged.extend((task.document, item) for item in answer.data)
    if answer.errors:
        outcome.failed[task.index] = answer.errors
    if task.type not in PLAIN and task.uuid and not answer.archived and not call.dry_run:
        until = call.world.clock.now() + call.runtime.settings.retention
        await call.world.tasks.archive(call.key, task.uuid, Archived(task.item, answer.data), until)
    outcome.notes[task.index] = _note(task.item, answer, answer.errors[0] if answer.errors else None)


async def _refused(call: Call, index: int, item: Any, error: ErrorItem, outcome: Outcome) -> None:  # noqa: ANN401
    """Record a task that was refused."""
    members = item if isinstance(item, dict) else {}
    error = error.with_task(members.get("taskType"), members.get("taskUUID"))
    outcome.failed[index] = [error]
    outcome.notes[index] = _note(members, Answer(), error)
    uuid = members.get("taskUUID")
    if not isinstance(uuid, str) or members.get("taskType") in PLAIN or call.dry_run:
        return
    until = call.world.clock.now() + call.runtime.settings.retention
    await call.world.tasks.refuse(call.key, uuid, Archived(members, (), (error.as_json(),)), until)


def _route(call: Call, item: Any) -> Document:  # noqa: ANN401 - any JSON value
    """Return the document that describes a task. Raises TaskRefused for a type or model that is not served."""
    errors, catalog = call.runtime.errors, call.runtime.catalog
    if not isinstance(item, dict):
        raise refusal(errors, "invalidTask")
    task_type, model = item.get("taskType"), item.get("model")
    if task_type is None:
        raise refusal(errors, "missingTaskType")
    if not isinstance(task_type, str) or task_type not in HANDLERS:
        raise refusal(errors, "unsupportedTaskType", value=task_type, allowed=", ".join(HANDLERS))
    if task_type not in MODEL_TASKS:
        model = None
    elif model is None:
        raise refusal(errors, "missingModel")
    elif not isinstance(model, str) or ":" not in model or "@" not in model:
        raise refusal(errors, "invalidModel", value=model)
    document = catalog.find(task_type, model)
    if document is None and call.runtime.settings.contract == "report":
        document = catalog.find(task_type, next(iter(catalog.models(task_type)), None))
    if document is None:
        raise refusal(errors, "modelNotFound", value=model, allowed=", ".join(catalog.models(task_type)))
    return document


def _misrouted(index: int, item: Any, error: ErrorItem) -> Violation:  # noqa: ANN401 - any JSON value
    """Return the violation of a task that no document describes."""
    member = error.members.get("parameter", "")
    missing = error.code.startswith("missing")
    return Violation(
        "required" if missing else "unserved-task" if member else "type",
        f"/{index}/{member}" if member and not missing else f"/{index}",
        error.message,
        expected=member if missing else None,
        sent=item.get(member) if isinstance(item, dict) else item,
        source="the documents that this server has: genmock specs list",
    )


def _validate(call: Call, index: int, item: dict[str, Any], document: Document, repeated: Sequence[Violation]) -> Task:
    """Return the checked task. Raises TaskRefused for its first error, in the provider's order."""
    mode = call.runtime.settings.contract
    found = (*check_task(document, item, strict=mode == "strict"), *repeated)
    violations = sorted(found, key=rank)
    call.exchange.violations += [violation.moved(f"/{index}") for violation in violations]
    wrong = [violation for violation in violations if violation.severity == "error"]
    if wrong and mode != "report":
        raise TaskRefused(refused_by(call.runtime.errors, wrong[0], document, item))
    mended = item
    while wrong:  # once, unless there is more to say of a task than one check says
        broken, mended = mended, _mended(mended, wrong, derived_uuid(call.runtime.settings.seed, "task", index))
        wrong = [v for v in check_task(document, mended) if v.severity == "error"] if mended != broken else []
    return Task(call, index, mended, document, violations)


def _duplicate(item: Mapping[str, Any], document: Document, seen: set[str]) -> list[Violation]:
    uuid = item.get("taskUUID")
    if not isinstance(uuid, str) or item["taskType"] in ASKING:
        return []
    known = uuid.lower() in seen
    seen.add(uuid.lower())
    text = "'taskUUID' is that of an earlier task of this request; each needs its own"
    source = f"{document.id}: taskUUID must be unique per task"
    return [Violation("task-uuid-unique", "/taskUUID", text, sent=uuid, source=source)] if known else []


async def _used(call: Call, item: Mapping[str, Any], document: Document) -> list[Violation]:
    """Return the violation of a taskUUID that this key used in an earlier request."""
    uuid = item.get("taskUUID")
    if not isinstance(uuid, str) or item["taskType"] in PLAIN or call.runtime.settings.reused_task_uuid == "allow":
        return []
    if not await call.world.tasks.is_used(call.key, uuid):
        return []
    text = "'taskUUID' is that of an earlier task of this key; each needs its own"
    source = f"{document.id}: taskUUID must be unique per task"
    return [Violation("task-uuid-unique", "/taskUUID", text, sent=uuid, source=source)]


def _mended(item: Mapping[str, Any], wrong: list[Violation], task_uuid: str) -> dict[str, Any]:
    """Return a task that can be answered in report mode: members at fault left out, missing ones stood in for.

    A taskUUID that is a UUID, only not of version 4, stays: the client waits for it. task_uuid: for one that cannot.
    """
    blamed = {violation.pointer.split("/")[1] for violation in wrong if violation.pointer and violation.rule != V4_RULE}
    mended = {name: value for name, value in item.items() if name not in blamed or name in ("taskType", "model")}
    mended.setdefault("taskUUID", task_uuid)
    return mended


def _note(item: Mapping[str, Any], answer: Answer, error: ErrorItem | None) -> TaskNote:
    texts = {name: str(item.get(name, ""))[:100] for name in ("taskType", "taskUUID", "model")}
    return TaskNote(
        task_type=texts["taskType"],
        task_uuid=texts["taskUUID"],
        model=texts["model"],
        outcome="error" if error else "ok",
        code=error.code if error else "",
        results=len(answer.data),
        cost=str(answer.cost) if answer.cost else "",
    )
