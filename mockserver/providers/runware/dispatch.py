"""Taking the tasks of a request one by one: route, validate, answer. Shared by every transport."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...exchange import TaskNote
from ...faults import Subject, laid_over
from ...pipeline import Call
from ...striking import strike
from ...task_table import Archived
from .acceptance import error_of
from .authentication import is_authentication, session_uuid
from .errors import ErrorItem, TaskRefused, fault_error
from .handlers import HANDLERS
from .routing import check_adapters, route
from .task import Answer, Task
from .validation import PLAIN, validated

MAKING = ("imageInference", "training")  # they make results, which faults can strike one by one


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

    @property
    def in_order(self) -> list[TaskNote]:
        """The notes, in request order."""
        return [note for _, note in sorted(self.notes.items(), key=lambda entry: entry[0])]


async def run_tasks(call: Call) -> Outcome:
    """Answer each task of a decoded request array; an error of one leaves the others alone.

    With the setting mixed_status "error" nothing is answered unless every task keeps the contract. Raises TaskRefused
    for a fault that refuses the whole request.
    """
    outcome, body = Outcome(), call.body
    if is_authentication(body[0]):
        await _authenticated(call, body[0], outcome, alone=len(body) == 1)
        body = body[1:]
    tasks = await prepared(call, outcome, body, first=len(call.body) - len(body))
    await disturb(call, tasks)
    if not outcome.failed or call.runtime.settings.mixed_status == "success":
        for task in tasks:
            await answer_one(task, outcome)
    call.exchange.tasks += outcome.in_order
    return outcome


async def prepared(call: Call, outcome: Outcome, items: Sequence[Any], *, first: int) -> list[Task]:
    """Return the tasks that keep the contract; the outcome has what the others broke. first: the index of the first."""
    seen: dict[str, int] = {}
    tasks: list[Task] = []
    for index, item in enumerate(items, first):
        try:
            tasks.append(await _prepare(call, index, item, seen))
        except TaskRefused as refused:
            await _refused(call, index, item, refused.item, outcome)
    return tasks


async def disturb(call: Call, tasks: Sequence[Task]) -> None:
    """Have faults strike the request and its tasks, and a poll move the clock that polls move.

    Raises TaskRefused for a fault that refuses the whole request.
    """
    if await call.world.faults.faults():
        struck = await strike(call, [_subject(task) for task in tasks], socket=call.left is not None)
        if struck.request.error is not None:
            raise TaskRefused(fault_error(call.errors, struck.request.error))
        for index, task in enumerate(tasks):
            task.effects = struck.of(index)
    if any(task.type == "getResponse" for task in tasks):
        call.world.clock.tick()


def _subject(task: Task) -> Subject:
    model = str(task.item.get("model", ""))
    return Subject(task.type, model, task.item, produces=task.type in MAKING, is_ping=task.type == "ping")


async def answer_one(task: Task, outcome: Outcome) -> Answer:
    """Return what a task came to, which is recorded; a refusal is one of its errors."""
    try:
        if task.effects.error is not None:
            raise TaskRefused(error_of(task, task.effects.error))
        answer = await HANDLERS[task.type](task)
        if task.effects.reply is not None and task.type not in MAKING:  # of what they make, the record says it
            answer.data = [laid_over(item, task.effects.reply.result) for item in answer.data]
        await _answered(task, answer, outcome)
    except TaskRefused as refused:
        answer = Answer(errors=[await _refused(task.call, task.index, task.item, refused.item, outcome)])
    return answer


async def _prepare(call: Call, index: int, item: Any, seen: dict[str, int]) -> Task:  # noqa: ANN401 - any JSON value
    """Return a task that is ready to be answered. Raises TaskRefused for one that breaks the contract."""
    task = await validated(call, index, item, await route(call, index, item), seen)
    await check_adapters(call, task.item)
    return task


async def _authenticated(call: Call, item: dict[str, Any], outcome: Outcome, *, alone: bool) -> None:
    """Check the task whose key was taken, and answer it where it is to be answered."""
    try:
        task = await validated(call, 0, item, await route(call, 0, item), {})
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
    note = _note(task.item, answer, answer.errors[0] if answer.errors else None)
    outcome.notes[task.index] = note._replace(outcome="warning") if note.outcome == "ok" and task.violations else note


async def _refused(
    call: Call,
    index: int,
    item: Any,  # noqa: ANN401 - any JSON value
    error: ErrorItem,
    outcome: Outcome,
) -> ErrorItem:
    """Record a task that was refused, and return the error with the task named."""
    members = item if isinstance(item, dict) else {}
    error = error.with_task(members.get("taskType"), members.get("taskUUID"))
    outcome.failed[index] = [error]
    outcome.notes[index] = _note(members, Answer(), error)
    uuid = members.get("taskUUID")
    if not isinstance(uuid, str) or members.get("taskType") in PLAIN or call.dry_run:
        return error
    until = call.world.clock.now() + call.runtime.settings.retention
    await call.world.tasks.refuse(call.key, uuid, Archived(members, (), (error.as_json(),)), until)
    return error


def _note(item: Mapping[str, Any], answer: Answer, error: ErrorItem | None) -> TaskNote:
    texts = {name: str(item.get(name, ""))[:100] for name in ("taskType", "taskUUID", "model")}
    return TaskNote(
        task_type=texts["taskType"],
        task_uuid=texts["taskUUID"],
        model=texts["model"],
        outcome="error" if error else "accepted" if answer.accepted else "ok",
        code=error.code if error else "",
        results=0 if answer.accepted else len(answer.data),
        cost=str(answer.cost) if answer.cost else "",
    )
