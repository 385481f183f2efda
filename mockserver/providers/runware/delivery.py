"""What Runware sends of a finished task: to webhooks by POST, to an upload endpoint by PUT.

Source: docs/providers/runware.md, "Webhooks and uploads".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...deliveries import (
    Attempt,
    Delivery,
    Job,
    Kind,
    Parcel,
    State,
    TargetBlocked,
    duplicated,
    job_entry,
    lost,
    reordered,
    send,
)
from ...derive import derived_uuid
from ...drawing import MediumGone
from ...json_codec import dumps
from ...runtime import Runtime
from ...stores import Put
from ...task_table import record_entry
from ...tasks import Failure, ResultState, TaskRecord, Upload, state_at, task_id
from .errors import refusal
from .media import Medium, kept, medium_file
from .results import success_item
from .task import NAME, Task


def job_of(task: Task, record: TaskRecord) -> Job | None:
    """Return what is to be delivered of a task, in order, or None for nothing.

    One webhook for each result, after the upload of its medium; one alone for a task that fails as a whole.
    """
    upload, webhook = task.item.get("uploadEndpoint"), task.item.get("webhookURL")
    name = task_id(record.account, record.uuid)
    deliveries: list[Delivery] = []
    for index in _results(record):
        if upload is not None and index is not None and record.uploads[index] == "pending":
            deliveries.append(_delivery(name, "upload", str(upload), index))
        if webhook is not None:
            deliveries.append(_delivery(name, "webhook", str(webhook), index))
    if not deliveries:
        return None
    return _disturbed(Job(NAME, name, record.uuid, record.ends_at, deliveries), task)


def ready(job: Job, record: TaskRecord) -> Job:
    """Return the job of a task whose results the pipeline has made, or failed to make: due when the task has ended."""
    if not any(failure.result is None for failure in record.failures):
        return replace(job, due_at=record.ends_at)
    webhooks = [each for each in job.deliveries if each.kind == "webhook"][:1]  # of the task as a whole
    whole = [_delivery(job.task, "webhook", each.url, None) for each in webhooks]
    return replace(job, due_at=record.ends_at, deliveries=whole)


def _delivery(name: str, kind: Kind, url: str, index: int | None) -> Delivery:
    return Delivery(derived_uuid("delivery", name, kind, index), kind, url, index)


def _results(record: TaskRecord) -> Sequence[int | None]:
    fails = any(failure.result is None for failure in record.failures)
    return [None] if fails else list(range(len(record.results)))


def _disturbed(job: Job, task: Task) -> Job:
    """Return a job as faults want it."""
    effects = task.effects
    if effects.webhook_duplicates:
        job = duplicated(job, effects.webhook_duplicates)
    if effects.webhook_reorder:
        job = reordered(job)
    return lost(job) if effects.webhook_lose else job


async def pack(runtime: Runtime, job: Job, delivery: Delivery) -> Parcel | None:
    """Return what one delivery sends, or None when its result is known no more, or its medium can be made no more."""
    record = await runtime.world.tasks.by_id(job.task)
    if record is None or (delivery.result or 0) >= len(record.results):  # less results: its taskUUID was used again
        return None
    try:
        return await _packed(runtime, record, delivery)
    except MediumGone:
        return None


async def _packed(runtime: Runtime, record: TaskRecord, delivery: Delivery) -> Parcel:
    """Return what one delivery sends. Raises MediumGone."""
    index = delivery.result
    if delivery.kind == "upload" and index is not None:
        medium = Medium(record, index)
        return Parcel("PUT", await medium_file(runtime.world, medium), medium.media_type)
    state = state_at(record.lasting, max(runtime.world.clock.now(), record.ends_at)).results[index or 0]
    body = await _body(runtime, record, index, state)
    return Parcel("POST", dumps(body), "application/json")


async def _body(runtime: Runtime, record: TaskRecord, index: int | None, state: ResultState) -> Mapping[str, Any]:
    wrapped = runtime.settings.webhook_body == "wrapped"
    if state.error is not None:
        return {"errors": [state.error]} if wrapped else {**state.error, "status": "error"}
    item = await success_item(runtime.world, record, index or 0)
    return {"data": [item]} if wrapped else item


async def finish(runtime: Runtime, job: Job, delivery: Delivery) -> Sequence[Put]:
    """Return what is to be written when a delivery has ended for good: what became of a result's upload."""
    record = await runtime.world.tasks.by_id(job.task)
    if delivery.kind != "upload" or delivery.result is None or record is None or delivery.result >= len(record.uploads):
        return ()
    record = uploaded(runtime, record, delivery.result, delivery)
    return (record_entry(record, kept(record)),)


def uploaded(runtime: Runtime, record: TaskRecord, index: int, delivery: Delivery) -> TaskRecord:
    """Return a record that knows what became of the upload of one result."""
    ended: Upload = "done" if delivery.state == "delivered" else "failed"
    uploads = [ended if n == index else state for n, state in enumerate(record.uploads)]
    failures = [failure for failure in record.failures if failure.result != index]  # that of an earlier attempt
    if ended == "failed":
        why = delivery.attempts[-1].error if delivery.attempts else "no attempt was made"
        error = refusal(runtime.errors_of(NAME), "uploadFailed", reason=f"{why}.").item.with_task(
            record.type, record.uuid
        )
        failures.append(Failure(error.as_json(), result=index))
    return replace(record, uploads=uploads, failures=failures)


async def upload_at_once(task: Task, record: TaskRecord) -> TaskRecord:
    """Make the uploads of a synchronous task, each tried once, and return the record that knows how they ended.

    They are listed like all deliveries.
    """
    runtime, world, made = task.call.runtime, task.call.world, []
    name, url = task_id(record.account, record.uuid), str(task.item["uploadEndpoint"])
    for index in (index for index, state in enumerate(record.uploads) if state == "pending"):
        attempt = await _attempt(task, Medium(record, index), url)
        state: State = "failed" if attempt.error else "delivered"
        made.append(replace(_delivery(name, "upload", url, index), state=state, attempts=[attempt]))
        runtime.courier.on_attempt(Job(NAME, name, record.uuid, attempt.at, made), made[-1])
        record = uploaded(runtime, record, index, made[-1])
    job, now = Job(NAME, name, record.uuid, record.ends_at, made), world.clock.now()
    listed = job_entry(name, job, now=now, retention_s=runtime.settings.retention)
    await world.store.write(record_entry(record, kept(record)), listed)
    return record


async def _attempt(task: Task, medium: Medium, url: str) -> Attempt:
    settings, world = task.call.runtime.settings, task.call.world
    at = world.clock.now()
    try:
        content = Parcel("PUT", await medium_file(world, medium), medium.media_type)
        return await send(content, url, at=at, allow_host=settings.allow_host, timeout_s=settings.webhook_timeout)
    except TargetBlocked as blocked:
        return Attempt(at, 0, str(blocked))
    except MediumGone:
        return Attempt(at, 0, "a file that the result is made from was dropped to make room")
