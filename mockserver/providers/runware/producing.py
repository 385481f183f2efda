"""What the pipeline makes for Runware's tasks: whether there is room, waiting for it, what is written at its end."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect

from ...deliveries import Job, job_entry
from ...deliveries.model import OUTBOX
from ...drawing import MediumGone, picture_order
from ...faults import Effects
from ...makers.order import Order
from ...models import TABLE as MODELS
from ...models import TrainedModel
from ...productions import TABLE, Changes, Producing, Production, ended, find_production, production_entry, unfinished
from ...recipe import ImageRecipe
from ...runtime import Runtime
from ...stores import Delete, Put
from ...task_table import record_entry
from ...tasks import TaskRecord, task_id
from ...tasks import ended as record_ended
from .delivery import ready
from .errors import item_of, refusal
from .media import kept
from .task import NAME, Task

RETRY_AFTER_S = 2.0  # what a client that is turned away is told; a picture of the shipped model takes less
STOPPED = "The client left before the result was ready, so that it was not made."


def is_produced(task: Task) -> bool:
    """Return whether the pipeline has work with a task that it is to make: not where a fault decides its end."""
    effects: Effects = task.effects
    canned = effects.reply is not None and bool(effects.reply.image)
    return not (task.call.dry_run or effects.stalls or effects.fails is not None or canned)


async def check_room(task: Task, files: int) -> None:
    """Refuse a task for whose files the queue has no room; an empty one takes any. Raises TaskRefused."""
    settings = task.call.runtime.settings
    most = settings.pipeline_queue + settings.pipeline_workers
    waiting = await unfinished(task.call.world.store, most=most)
    if waiting and waiting + files > most:
        task.call.exchange.note = f"{waiting} pictures are under way, and --pipeline-queue is {settings.pipeline_queue}"
        refused = refusal(task.call.errors, "noAvailableServer")
        refused.item = replace(refused.item, retry_after_s=RETRY_AFTER_S)
        raise refused


def production_of(record: TaskRecord) -> Put:
    """Return the entry that has the pipeline make a task's results; those that a fault lets fail are not made."""
    failing = {failure.result for failure in record.failures}
    files = len(record.results) - len(failing)
    production = Production(NAME, task_id(record.account, record.uuid), files)
    return production_entry(production, due_at=record.accepted_at)


async def produced(task: Task, record: TaskRecord) -> TaskRecord:
    """Wait until the pipeline is done with a task, and return its record then.

    Raises TaskRefused when it failed, and ClientDisconnect when the client has left: then nothing more is made.
    """
    call, name = task.call, task_id(record.account, record.uuid)
    waiting = asyncio.ensure_future(ended(call.world.store, name))
    leaving = asyncio.ensure_future(asyncio.Event().wait() if call.left is not None else call.gone())
    try:  # on a socket the results wait for the session to be taken up
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            await _abandon(task, name)
            raise ClientDisconnect
    finally:
        waiting.cancel()
        leaving.cancel()
        await asyncio.gather(waiting, leaving, return_exceptions=True)
    record = await call.world.tasks.by_id(name) or record
    whole = next((failure for failure in record.failures if failure.result is None), None)
    if whole is not None:
        entry = call.errors.get(whole.error["code"])
        refused = refusal(call.errors, entry.code)
        refused.item = item_of(whole.error, entry.status)
        raise refused
    return record


async def pending(runtime: Runtime, record: TaskRecord) -> Production | None:
    """Return what the pipeline still has to make for a task, or None: of one that has ended, or that never asked."""
    if not record.detail.get("produced") or record.ends_at != float("inf"):
        return None
    runtime.produce(now=False)  # another process may have died amid it
    return await find_production(runtime.world.store, task_id(record.account, record.uuid))


def producing() -> Producing:
    """Return what Runware has to say of its productions."""
    return Producing(_orders, _begun, _ended)


async def _orders(runtime: Runtime, production: Production) -> Sequence[Order] | None:
    record = await runtime.world.tasks.by_id(production.task)
    if record is None:
        return None
    failing = {failure.result for failure in record.failures}
    detail, found = record.detail, list[Order]()
    if "dataset" in detail:
        return await _training(runtime, detail)
    try:
        for index, result in enumerate(record.results):
            if index not in failing:
                recipe = ImageRecipe.of_json(detail["recipe"], int(result["seed"]))
                found.append(await picture_order(runtime.world, recipe, detail["format"], detail["quality"]))
    except MediumGone:
        return None
    return found


async def _training(runtime: Runtime, detail: Mapping[str, Any]) -> Sequence[Order] | None:
    from ...makers.opening import trainer_of  # here: few servers ever train
    from ...makers.training_order import TrainingOrder
    from ...training import lora_of

    data = await runtime.world.store.get("contents", detail["dataset"])
    if data is None:
        return None
    return [TrainingOrder(lora_of(detail), trainer_of(runtime.settings), detail["steps"], data)]


async def _begun(_: Runtime, __: Production) -> Changes:
    return ()


async def _ended(runtime: Runtime, production: Production, failed: str) -> Changes:
    """Return what is written when a production has ended: the record, and the promise to deliver, due now."""
    record = await runtime.world.tasks.by_id(production.task)
    if record is not None and "dataset" in record.detail:
        code, told = ("providerError", failed) if failed else ("", "")
        closed = await _closed(runtime, production.task, code, told)
        return [*closed, *await _model(runtime, TrainedModel(**record.detail["model"]), is_there=not failed)]
    return await _closed(runtime, production.task, "internalServerError" if failed else "", "")


async def _model(runtime: Runtime, model: TrainedModel, *, is_there: bool) -> Changes:
    """Return what is written of the model of a training that has ended: an entry that can be used, or none."""
    now, models = runtime.clock.now(), runtime.world.models
    if is_there:
        return [await models.put_change(replace(model, available_at=now))]
    known = await models.known(model.air)
    return [Delete(MODELS, model.air.lower())] if known is not None and known.available_at > now else []


async def _abandon(task: Task, name: str) -> None:
    """Have nothing more made for a task whose client has left."""
    changes = await _closed(task.call.runtime, name, "internalServerError", STOPPED)
    await task.call.world.store.write(Delete(TABLE, name), *changes)


async def _closed(runtime: Runtime, name: str, code: str, message: str) -> Changes:
    """Return what is written when nothing more is made for a task. code: of its error, or "" for a success."""
    world = runtime.world
    record = await world.tasks.by_id(name)
    if record is None:
        return ()
    error = None
    if code:
        item = refusal(runtime.errors_of(NAME), code, reason=message).item.with_task(record.type, record.uuid)
        error = (replace(item, message=message) if message == STOPPED else item).as_json()
    now = world.clock.now()
    record = record_ended(record, now, error)
    changes: list[Put | Delete] = [record_entry(record, kept(record))]
    promised = await world.store.get(OUTBOX, name)
    if promised is not None:
        job = ready(Job.of_bytes(promised), record)
        changes.append(job_entry(name, job, now=now, retention_s=runtime.settings.retention))
    return changes
