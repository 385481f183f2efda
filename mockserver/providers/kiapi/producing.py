"""What the pipeline makes for kiapi's jobs: how it samples them, whether there is room, and what is written at its end.

Jobs of the pipeline keep kiapi's order, one at a time; how long one takes is known when it is done.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...drawing import MediumGone, picture_order
from ...makers.choice import engine_for
from ...makers.order import Order
from ...media import content_id
from ...pipeline import Call
from ...productions import Changes, Producing, Production, ended, find_production, production_entry, unfinished
from ...recipe import Adapter, ImageRecipe, Sampling
from ...runtime import Runtime
from ...stores import Put
from .artifacts import artifact_of
from .checking import Request
from .drawing import FORMATS
from .errors import refusal
from .failing import values_of
from .files import entries_of
from .job_table import Jobs, job_entry
from .jobs import STALLED, JobFailure, JobRecord
from .names import NAME

FULL, FAILED = "overBudget", "engineFailed"
STEPS, GUIDANCE, SCHEDULER = 30, 4.0, "linear"  # where a request and its document say nothing
LEAST_PART = 1e-6  # of a job that fails before its first step, whose duration is what it would have been
RETRY_AFTER_S = 2  # what a client that is turned away is told


def sampling_of(call: Call, request: Request, params: Mapping[str, Any], loras: Sequence[bytes]) -> Sampling | None:
    """Return how the pipeline samples a request, or None where its picture is drawn. params: with every default."""
    settings = call.runtime.settings
    engine = engine_for(settings, call.preferences.mode, request.model.name)
    if engine is None:
        return None
    given = [each for each in request.filled.get("loras", ()) if isinstance(each, Mapping)]
    adapters = [
        Adapter(content_id(data), _number(each.get("scale"), 1.0)) for data, each in zip(loras, given, strict=False)
    ]
    asked = params.get("steps")
    steps = max(asked, 1) if isinstance(asked, int) else STEPS
    if steps > settings.pipeline_steps:
        call.exchange.note = f"steps {steps} are {settings.pipeline_steps} here (--pipeline-steps)"
    scheduler = str(params.get("scheduler") or SCHEDULER)
    guidance = _number(params.get("guidance"), GUIDANCE)
    return Sampling(engine, min(steps, settings.pipeline_steps), guidance, scheduler, adapters)


async def check_room(call: Call, request: Request) -> None:
    """Refuse a request for which the queue has no room, as kiapi does where its memory has none. Raises Refused."""
    settings = call.runtime.settings
    if engine_for(settings, call.preferences.mode, request.model.name) is None:
        return
    most = settings.pipeline_queue + settings.pipeline_workers
    waiting = await unfinished(call.world.store, most=most)
    if waiting >= most:
        call.exchange.note = f"{waiting} pictures are under way, and --pipeline-queue is {settings.pipeline_queue}"
        told = refusal(call.errors, FULL, **values_of(request, settings.kiapi_sync_timeout))
        told.headers = {"retry-after": str(RETRY_AFTER_S)}
        raise told


def production_of(record: JobRecord) -> Put:
    """Return the entry that has the pipeline make a job's picture."""
    return production_entry(Production(NAME, record.id, 1), due_at=record.created_at)


async def pending(runtime: Runtime, record: JobRecord) -> Production | None:
    """Return what the pipeline still has to make for a job, or None."""
    if not record.produced or record.ends_at != STALLED:
        return None
    runtime.produce(now=False)  # another process may have died amid it
    return await find_production(runtime.world.store, record.id)


async def produced(call: Call, record: JobRecord) -> JobRecord:
    """Wait, in real time, until the pipeline is done with a job, and return its record then.

    Raises TimeoutError after the longest time that kiapi lets a client wait.
    """
    async with asyncio.timeout(call.runtime.settings.kiapi_sync_timeout):
        await ended(call.world.store, record.id)
    last = await Jobs(call.world.store, call.world.clock, "").known(record.id)
    if last is None:  # everything was forgotten meanwhile
        raise refusal(call.errors, "unknownJob", value=record.id)
    return last


def producing() -> Producing:
    """Return what kiapi has to say of its productions."""
    return Producing(_orders, _begun, _ended, alone=True)


async def _record(runtime: Runtime, production: Production) -> JobRecord | None:
    """Return a job, or None when it was forgotten by a restart. One that was deleted goes on, as with kiapi."""
    boot = "" if runtime.settings.kiapi_jobs == "keep" else runtime.boot
    return await Jobs(runtime.world.store, runtime.clock, boot).known(production.task)


async def _orders(runtime: Runtime, production: Production) -> Sequence[Order] | None:
    record = await _record(runtime, production)
    if record is None:
        return None
    drawing = record.drawing
    recipe = ImageRecipe.of_json(drawing["recipe"], drawing["recipe"]["seed"])
    try:
        order = await picture_order(runtime.world, recipe, FORMATS.get(drawing["format"], "PNG"), drawing["quality"])
    except MediumGone:
        return None
    return [order]


async def _begun(runtime: Runtime, production: Production) -> Changes:
    record = await _record(runtime, production)
    at = production.begun_at if production.begun_at is not None else runtime.clock.now()
    return () if record is None else [job_entry(replace(record, starts_at=at))]


async def _ended(runtime: Runtime, production: Production, failed: str) -> Changes:
    """Return what is written when a job has ended: its record and, when it did not fail, its file."""
    record = await _record(runtime, production)
    if record is None:
        return ()
    now, least = runtime.clock.now(), record.least_s
    if failed:
        told = refusal(runtime.errors_of(NAME), FAILED)
        part = max(production.part, LEAST_PART)
        failure = JobFailure(told.text, told.status, told.code, part)
        return [job_entry(replace(record, duration_s=max(now - record.starts_at, 0.0) / part, failure=failure))]
    record = replace(record, duration_s=max(now - record.starts_at, least))
    file, record = artifact_of(record)
    return [job_entry(record), *entries_of(file)]


def _number(value: object, default: float) -> float:
    """Return a number that a sampler can use; contract mode "report" lets anything through, and NaN."""
    usable = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if usable and isinstance(value, int | float) else default
