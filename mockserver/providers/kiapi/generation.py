"""The endpoints that make pictures: a job for each request, and an answer at once, when it is done, or by polls.

Source: docs/providers/kiapi.md, "Requests", "Replies" and "Jobs".
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...exchange import TaskNote
from ...faults import Subject
from ...pipeline import Call, Reply, Step
from .acceptance import accepted
from .capability import Capability, Operation
from .checking import Request, checked
from .disturbance import disturb, fault_refusal, prefer
from .downloads import file_reply
from .drawing import Gone
from .errors import Refused, refusal
from .failing import IN_WORKER, values_of
from .files import Files, file_bytes
from .job_routes import json_reply, told_of
from .jobs import JobRecord
from .producing import produced

TIMEOUT = "syncTimeout"


def generation(capability: Capability, operation: Operation) -> Step:
    """Return the step that answers an operation's requests."""

    async def step(call: Call) -> None:
        request = checked(call, capability, operation)
        record = None
        try:
            record = await _accepted(call, request)
            call.reply = await _answer(call, request, record)
        except Refused as refused:
            call.exchange.tasks.append(_note(request, record, refused))
            raise
        call.exchange.tasks.append(_note(request, record))

    return step


async def _accepted(call: Call, request: Request) -> JobRecord:
    """Return the job of a request. Raises Refused for what a fault or a preference refuses before there is one."""
    values = values_of(request, call.runtime.settings.kiapi_sync_timeout)
    try:
        await prefer(call, **values)
        effects = await disturb(call, Subject(request.subject, request.model.name, request.filled), **values)
    except Refused as refused:  # what the worker fails of reads the same where no job is made
        raise _of_job(request.operation.job, refused) if refused.code in IN_WORKER else refused from None
    error = effects.error
    if error is not None and error.code not in (*IN_WORKER, TIMEOUT):
        raise fault_refusal(call.errors, error, **values)
    record = await accepted(call, request, effects)
    if error is not None and error.code == TIMEOUT and request.values["mode"] == "sync":
        raise fault_refusal(call.errors, error, **_told(call, record))
    return record


async def _answer(call: Call, request: Request, record: JobRecord) -> Reply:
    """Return the answer to a request: an acknowledgement, or what its job came to. Raises Refused."""
    if request.values["mode"] == "async":
        return Reply(202, {"job_id": record.id, "type": record.type, "status": "queued"})
    record = await (_made if record.produced else _waited)(call, record)
    failure = record.failure
    if failure is not None:
        raise _of_job(record.type, Refused(failure.status, failure.text, failure.code))
    if "application/json" not in call.request.headers.get("accept", "").lower():
        raw = await _raw(call, record)
        if raw is not None:
            return raw
    told = await told_of(call, record, at=record.ends_at)
    return Reply(200, told) if call.runtime.settings.contract == "report" else json_reply(told)


def _of_job(type: str, failed: Refused) -> Refused:
    """Return the failure of a job as a client that waits is told it."""
    return replace(failed, detail=f"{type} failed: {failed.text}") if failed.status == 500 else failed


async def _made(call: Call, record: JobRecord) -> JobRecord:
    """Wait until the pipeline is done with a job, and return it then. Raises Refused as ``_waited`` does."""
    try:
        return await produced(call, record)
    except TimeoutError:
        raise refusal(call.errors, TIMEOUT, **_told(call, record)) from None


async def _waited(call: Call, record: JobRecord) -> JobRecord:
    """Wait until a job has ended, by the server's clock, and return it.

    Raises Refused when that takes too long; the job goes on.
    """
    clock, longest = call.world.clock, call.runtime.settings.kiapi_sync_timeout
    files = Files(call.world.store, clock)
    file = await files.get(record.artifact, at=record.ends_at)
    if file is not None:  # drawn while the job takes its time; lists then know how large it is
        with suppress(Gone):
            await files.sized(call.world, file)
    until = record.created_at + longest
    await clock.sleep(max(min(record.ends_at, until) - clock.now(), 0.0))
    if record.ends_at > until:
        raise refusal(call.errors, TIMEOUT, **_told(call, record))
    return record


def _told(call: Call, record: JobRecord) -> Mapping[str, object]:
    """Return what fills the text of a timeout."""
    return {"type": record.type, "id": record.id, "seconds": call.runtime.settings.kiapi_sync_timeout}


async def _raw(call: Call, record: JobRecord) -> Reply | None:
    """Return a job's picture as bytes, or None when there is none: then the job itself is told."""
    file = await Files(call.world.store, call.world.clock).get(record.artifact, at=record.ends_at)
    data = await file_bytes(call.world, file) if file is not None else None
    if file is None or data is None:
        return None
    extra = {"x-kiapi-file-id": file.file_id, "x-kiapi-job-id": record.id}
    sent = file_reply(data, file, call.request.headers, extra=extra)
    media_type = sent.headers["content-type"]
    told = f"<{media_type}, {len(sent.content):,} bytes>"
    return Reply(sent.status, told, sent.headers, content=sent.content, media_type=media_type)


def _note(request: Request, record: JobRecord | None, refused: Refused | None = None) -> TaskNote:
    waits = refused is None and request.values["mode"] == "async"
    return TaskNote(
        task_type=request.subject,
        task_uuid=record.id if record is not None else "",
        model=request.model.name,
        outcome="error" if refused else "accepted" if waits else "ok",
        code=refused.named if refused else "",
        results=0 if refused or waits else 1,
    )


def refused_note(subject: str, body: Any, refused: Refused) -> Sequence[TaskNote]:  # noqa: ANN401 - any decoded body
    """Return the note of a request that was refused before it was understood."""
    model = body.get("model") if isinstance(body, Mapping) else None
    return [TaskNote(subject, "", model[:100] if isinstance(model, str) else "", "error", refused.named)]
