"""Runware's tasks as values, for whoever looks at a world from outside."""

from collections.abc import Sequence
from math import inf

from ...history import TaskView, entries_of
from ...productions import Production, find_production
from ...tasks import TaskRecord, state_at, task_id
from ...world import World
from .task import NAME

STATUSES = {"accepted": "queued", "processing": "running", "success": "succeeded", "error": "failed"}


async def tasks(world: World) -> Sequence[TaskView]:
    """Return every task that makes something, the oldest first."""
    now = world.clock.now()
    names = [entry.key for entry in await entries_of(world.store, "requests")]
    records = [record for name in names if (record := await world.tasks.by_id(name)) is not None]
    return [_view(record, now, await _pending(world, record)) for record in records if record.provider == NAME]


async def _pending(world: World, record: TaskRecord) -> Production | None:
    """Return what the pipeline still has to make for a task, if anything."""
    if not record.detail.get("produced") or record.ends_at != inf:
        return None
    return await find_production(world.store, task_id(record.account, record.uuid))


def _view(record: TaskRecord, now: float, production: Production | None) -> TaskView:
    state = state_at(record, now, production)
    return TaskView(
        id=record.uuid,
        operation=f"{NAME}:{record.type}",
        status=STATUSES.get(state.status, state.status),
        progress=state.progress / 100,
        accepted_at=record.accepted_at,
        ends_at=record.ends_at,
        results=record.results if state.status == "success" else (),
    )
