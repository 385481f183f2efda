"""Accepting a task that makes something: its record, its promise to deliver, and all that belongs to it, at once.

Source of what is answered when: docs/providers/runware.md, "Asynchronous tasks" and "Webhooks and uploads".
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ...canned import contents as canned_contents
from ...canned import noted
from ...deliveries import job_entry
from ...faults import Refusal
from ...media import content_entry
from ...stores import Put
from ...task_table import Archived, medium_entry, record_entry
from ...tasks import Failure, TaskRecord, Upload, account_id, task_id
from .delivery import job_of
from .errors import ErrorItem, fault_error, refusal
from .media import kept
from .task import NAME, Task

STALLED = float("inf")


def is_asynchronous(task: Task) -> bool:
    """Return whether a task is answered by an acknowledgement, its results by polls and webhooks.

    Trainings always are, and so is what a webhook is to tell.
    """
    asked = task.item.get("deliveryMethod") == "async" or "webhookURL" in task.item
    return (asked or task.type == "training") and not task.call.dry_run


def acknowledgement(task: Task) -> dict[str, Any]:
    """Return the item that says that a task was accepted."""
    return {"taskType": task.type, "taskUUID": task.uuid}


def record_of(
    task: Task, results: Sequence[Mapping[str, Any]], detail: Mapping[str, Any], *, produced: bool = False
) -> TaskRecord:
    """Return the record of a task that is accepted now; what faults do to it is part of it.

    results: one item each, as a poll shows it. detail: what its media are made from. produced: the pipeline makes them,
    and the task has no end until it has.
    """
    now, failures = task.call.world.clock.now(), _failures(task, len(results))
    duration = _duration(task) if is_asynchronous(task) else 0.0
    effects, settings = task.effects, task.call.runtime.settings
    if produced:
        asked = effects.duration_s if effects.duration_s is not None else task.call.preferences.duration_s
        detail = {**detail, "produced": True, "least_s": (asked or 0.0) if is_asynchronous(task) else 0.0}
        duration = STALLED
    spoiled = {"spoil_image": effects.spoil_image, "spoil_base64": effects.spoil_base64}
    return TaskRecord(
        provider=NAME,
        account=account_id(task.call.key),
        uuid=task.uuid,
        type=task.type,
        model=str(task.item.get("model", "")),
        accepted_at=now,
        duration_s=duration,
        expires_at=now + (duration if duration != STALLED else 0.0) + (0.0 if effects.expires else settings.retention),
        results=results,
        failures=failures,
        uploads=_uploads(failures, len(results)) if "uploadEndpoint" in task.item else (),
        detail={**detail, **{name: how for name, how in spoiled.items() if how}, **noted(effects.reply)},
    )


def _uploads(failures: Sequence[Failure], count: int) -> list[Upload]:
    """Return what is known of each result's upload; there is nothing to upload of one that fails."""
    failing = {failure.result for failure in failures}
    return ["" if index in failing or None in failing else "pending" for index in range(count)]


async def admit(
    task: Task,
    record: TaskRecord,
    *,
    media: Sequence[str],
    contents: Sequence[bytes] = (),
    also: Sequence[Put] = (),
    cost: Decimal = Decimal(0),
) -> None:
    """Write all that a task needs to survive, or nothing. A dry run writes nothing.

    media: the UUID of each result's medium. contents: files that they are made from. also: further entries. cost: what
    was charged, given back when the task is not accepted. Raises TaskRefused when its taskUUID was used meanwhile.
    """
    call = task.call
    if call.dry_run:
        return
    kept_until, owner = kept(record), task_id(record.account, record.uuid)
    entries = [
        record_entry(record, kept_until),
        *(medium_entry(owner, name, index, kept_until) for index, name in enumerate(media)),
        *(content_entry(data, kept_until) for data in (*contents, *canned_contents(task.effects.reply))),
        *_promise(task, record),
        *also,
    ]
    archived, tasks = Archived(task.item), call.world.tasks
    if not await tasks.archive(call.key, task.uuid, archived, kept_until, *entries):
        if call.runtime.settings.reused_task_uuid == "error" and call.runtime.settings.contract != "report":
            await call.world.accounts.charge(call.key, -cost)
            raise refusal(call.errors, "conflictTaskUUID", parameter="taskUUID", value=task.uuid)
        await tasks.replace(call.key, task.uuid, archived, kept_until, *entries)
    if job_asked(task):
        call.runtime.courier.nudge()


def job_asked(task: Task) -> bool:
    """Return whether a task asks for deliveries."""
    return "webhookURL" in task.item or "uploadEndpoint" in task.item


def error_of(task: Task, refused: Refusal) -> ErrorItem:
    """Return the provider's error for what a fault refuses."""
    return fault_error(task.call.errors, refused).with_task(task.type, task.uuid)


def _promise(task: Task, record: TaskRecord) -> Sequence[Put]:
    """Return the entry that makes sure that a task's results are delivered."""
    job = job_of(task, record) if is_asynchronous(task) else None
    if job is None:
        return ()
    retention_s = task.call.runtime.settings.retention
    return (job_entry(job.task, job, now=record.accepted_at, retention_s=retention_s),)


def _duration(task: Task) -> float:
    effects, asked = task.effects, task.call.preferences.duration_s
    if effects.stalls:
        return STALLED
    if effects.duration_s is not None:
        return effects.duration_s
    return asked if asked is not None else task.call.runtime.settings.durations.get(task.type, 0.0)


def _failures(task: Task, count: int) -> Sequence[Failure]:
    effects = task.effects
    single = [
        Failure(error_of(task, refused).as_json(), result=index)
        for index, refused in effects.result_errors.items()
        if index < count
    ]
    if effects.fails is None:
        return single
    return [Failure(error_of(task, effects.fails.refusal).as_json(), effects.fails.at), *single]
