"""The jobs endpoints: list, get, delete. Each is a step that leaves a reply.

Source: docs/providers/kiapi.md, "Jobs".
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from ...pipeline import Call, Reply
from .details import is_writable
from .drawing import Gone, drawn
from .errors import refusal, unwritable
from .files import Files
from .identifiers import path_id
from .job_table import Jobs
from .jobs import STALLED, JobRecord, job_json, state_at
from .producing import pending


def jobs_of(call: Call) -> Jobs:
    """Return the jobs that a request can see."""
    boot = "" if call.runtime.settings.kiapi_jobs == "keep" else call.runtime.boot
    return Jobs(call.world.store, call.world.clock, boot)


async def list_jobs(call: Call) -> None:
    """Tell of all jobs, the newest first.

    What nobody has fetched yet is drawn to tell its size, which the real server knows: once each, off the event loop.
    """
    records = await jobs_of(call).newest_first()
    told = await asyncio.gather(*(told_of(call, record) for record in records))  # several are drawn at a time
    call.reply = Reply(200, {"object": "list", "data": told})


async def get_job(call: Call) -> None:
    """Tell of one job. Raises Refused."""
    call.reply = Reply(200, await told_of(call, await _record(call)))


async def delete_job(call: Call) -> None:
    """Forget a job's record; the work goes on. Raises Refused."""
    record = await _record(call)
    running = state_at(record, call.world.clock.now(), await pending(call.runtime, record)).status == "running"
    await jobs_of(call).forget(record)
    call.reply = Reply(200, {"deleted": True, "job_id": record.id, "was_running": running})


async def told_of(call: Call, record: JobRecord, *, at: float | None = None) -> Mapping[str, Any]:
    """Return a job as clients see it at a time, in Unix seconds; now when None."""
    now = call.world.clock.now() if at is None else at
    production = await pending(call.runtime, record)
    if record.produced and production is None and record.ends_at == STALLED:  # it may have ended just now
        record = await jobs_of(call).get(record.id) or record
    done = state_at(record, now, production).status == "succeeded"
    return job_json(record, now, await _image_bytes(call, record) if done else 0, production)


def json_reply(body: Mapping[str, Any], status: int = 200) -> Reply:
    """Return a reply with a body; what no JSON can say is answered as Starlette does."""
    return Reply(status, body) if is_writable(body) else unwritable()


async def _image_bytes(call: Call, record: JobRecord) -> int:
    """Return the size of a job's artifact, which is drawn for it once; 0 when it can no longer be drawn."""
    files = Files(call.world.store, call.world.clock)
    try:
        file = await files.get(record.artifact, at=math.inf)
        if file is None:  # it was deleted
            return len(await drawn(call.world, record.drawing))
        return (await files.sized(call.world, file)).size or 0
    except Gone:
        return 0


async def _record(call: Call) -> JobRecord:
    job_id = path_id(call, "job")
    record = await jobs_of(call).get(job_id)
    if record is None:
        raise refusal(call.errors, "unknownJob", value=job_id)
    return record
