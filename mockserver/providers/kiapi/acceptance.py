"""Accepting a request that makes a picture: its job, its input files and its artifact, all written at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...canned import contents as canned_contents
from ...derive import derived_seed
from ...faults import Effects
from ...media import content_entry
from ...pipeline import Call
from ...stores import Put
from .artifacts import artifact_of
from .checking import Request
from .drawing import Input, Unreadable, drawing_of, read_picture
from .errors import refusal
from .failing import failure_of, is_first
from .files import KEPT_S, entries_of, new_file_id
from .job_routes import jobs_of
from .job_table import Planned
from .jobs import STALLED, JobFailure, JobRecord
from .producing import check_room, production_of, sampling_of
from .references import ReferenceFailed, Resolved, resolve
from .sizes import sized, told_of_picture

SYNC_S = 0.1  # seconds that a job takes whose client waits, unless a setting, a fault or a preference says otherwise
MAX_SEED = 2**31 - 1  # of the seeds that the server draws; docs/providers/kiapi.md, "Requests"
LORA = "lora"
PLAIN, WITH_IMAGES = "plain", "with_images"


async def accepted(call: Call, request: Request, effects: Effects) -> JobRecord:
    """Return the job of a request, which is written. effects: what faults do to it. Raises StoreError.

    Raises Refused when the pipeline is to make its picture and has no room.
    """
    await check_room(call, request)
    runtime, world = call.runtime, call.world
    jobs = jobs_of(call)
    job_id = await jobs.next_id(runtime.settings.seed)
    failure = failure_of(request, effects, call.errors, id=job_id, seconds=runtime.settings.kiapi_sync_timeout)
    files: Sequence[Resolved] = ()
    images: list[Input] = []
    references = [] if is_first(failure) else references_of(request)
    try:
        files = await resolve(world, runtime.settings, call.errors, references)
        images = await _images(call, references, files)
    except ReferenceFailed as failed:
        files, refused = failed.before, failed.refused
        failure = JobFailure(refused.text, refused.status, refused.code)
    except Unreadable as error:
        told = refusal(call.errors, "unreadableImage", value=str(error))
        failure = failure or JobFailure(told.text, told.status, told.code)
    seed = derived_seed(runtime.settings.seed, job_id) & MAX_SEED
    params = result_params(request, seed, has_images=bool(images))
    loras = [file.data for (kind, _), file in zip(references, files, strict=False) if kind == LORA]
    shown = sized(request.operation, params, images)
    edits = "image_strength" not in {**request.operation.schema.get("properties", {}), **shown}
    sampling = sampling_of(call, request, params, loras)
    canned = effects.reply is not None and bool(effects.reply.image)
    made = sampling is not None and failure is None and not effects.stalls and not canned
    drawing = drawing_of(
        shown, images, loras, edits=edits, spoil=effects.spoil_image, reply=effects.reply, sampling=sampling
    )
    size = {name: shown.get(name) for name in ("width", "height")}
    picture = told_of_picture(request.operation, params, images, **size)
    draft = JobRecord(
        id=job_id,
        type=request.operation.job,
        subject=request.subject,
        model=request.model.name,
        params=_sent(request),
        created_at=0.0,
        starts_at=0.0,
        duration_s=STALLED if made else _duration(call, request, effects),
        steps=_steps(params),
        result=picture,
        artifact=await new_file_id(world.store, runtime.settings.seed),
        drawing=drawing,
        boot=runtime.boot,
        failure=failure,
        told=effects.reply.result if effects.reply else {},
        produced=made,
        least_s=effects.duration_s or call.preferences.duration_s or 0.0,
    )
    contents = [*(image.data for image in images), *canned_contents(effects.reply), *(loras if made else ())]
    record = await jobs.admit(partial(_planned, draft, files, contents, effects.expires))
    if made:
        runtime.produce()
    return record


def references_of(request: Request) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return (kind, reference) of each file that a request names, in the order in which the worker looks at them."""
    found = []
    for each in request.operation.inputs:
        values: list[Any] = [request.filled]
        for part in each.member.replace("[]", ".[]").split("."):
            values = _elements(values) if part == "[]" else [value[part] for value in values if part in value]
        found += [(each.kind, value) for value in values if value]
    return found


def result_params(request: Request, seed: int, *, has_images: bool) -> dict[str, Any]:
    """Return the parameters that a result tells: every default filled in, and the seed that was drawn."""
    operation = request.operation
    known = {**request.values, "seed": seed, **request.filled, "model": request.model.name}
    known["kind"] = operation.kinds.get(WITH_IMAGES if has_images else PLAIN, operation.name)
    names = operation.result_params or ("kind", *(name for name in request.values if name != "mode"))
    return {name: operation.fixed.get(name, known.get(name)) for name in names}


def _elements(values: Sequence[Any]) -> list[Any]:
    return [element for value in values if isinstance(value, list) for element in value]


def _sent(request: Request) -> dict[str, Any]:
    """Return the parameters that a job tells: as they were validated, nothing filled in but the document's defaults."""
    known = {**request.values, "model": request.model.name}
    names = request.operation.params or tuple(known)
    return {name: known.get(name) for name in names}


async def _images(call: Call, references: Sequence[tuple[str, object]], files: Sequence[Resolved]) -> list[Input]:
    """Return the input images. Raises Unreadable for a file that is none."""
    settings, found = call.runtime.settings, []
    for (kind, _), file in zip(references, files, strict=True):
        if kind != LORA:
            try:
                limits = {"max_bytes": settings.max_body, "max_pixels": settings.max_image_pixels}
                found.append(await read_picture(file.data, **limits))
            except Unreadable:
                raise Unreadable(file.record.filename) from None
    return found


def _planned(
    draft: JobRecord,
    files: Sequence[Resolved],
    contents: Sequence[bytes],
    expires: bool,
    created_at: float,
    starts_at: float,
) -> Planned:
    """Return a job that is made at a time and begins at another, and what belongs to it.

    expires: its file is gone when it is done.
    """
    if draft.produced:
        return _ordered(draft, files, contents, created_at)
    record = replace(draft, created_at=created_at, starts_at=starts_at)
    if starts_at == STALLED:
        return replace(record, result={}), ()
    entries: list[Put] = []
    for file in files:
        if file.is_new:
            entries += entries_of(replace(file.record, created_at=starts_at), file.data)
    if record.failure is not None or record.ends_at == STALLED:
        return replace(record, result={}), entries
    artifact, record = artifact_of(record)
    entries += [content_entry(data, artifact.kept_until) for data in contents]
    entries += [] if expires else entries_of(artifact)
    return record, entries


def _ordered(draft: JobRecord, files: Sequence[Resolved], contents: Sequence[bytes], created_at: float) -> Planned:
    """Return a job of the pipeline, which begins and ends when that says, and what belongs to it."""
    record = replace(draft, created_at=created_at, starts_at=STALLED)
    entries = [content_entry(data, created_at + KEPT_S) for data in contents]
    for file in files:
        if file.is_new:
            entries += entries_of(replace(file.record, created_at=created_at), file.data)
    return record, [*entries, production_of(record)]


def _steps(params: Mapping[str, Any]) -> int:
    steps = params.get("steps")
    return min(max(steps, 1), 1000) if isinstance(steps, int) else 30


def _duration(call: Call, request: Request, effects: Effects) -> float:
    if effects.stalls:
        return STALLED
    settings, asked = call.runtime.settings, call.preferences.duration_s
    usual = SYNC_S if request.values["mode"] == "sync" and "job" not in settings.duration else settings.durations["job"]
    return effects.duration_s if effects.duration_s is not None else asked if asked is not None else usual
