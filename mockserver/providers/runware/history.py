"""Runware's tasks as values, for whoever looks at a world from outside."""

from collections.abc import Sequence

from ...history import TaskView, values_of
from ...tasks import TaskRecord, state_at
from ...world import World
from .task import NAME

STATUSES = {"accepted": "queued", "processing": "running", "success": "succeeded", "error": "failed"}


async def tasks(world: World) -> Sequence[TaskView]:
    """Return every task that makes something, the oldest first."""
    now = world.clock.now()
    records = [TaskRecord.of_bytes(data) for data in await values_of(world.store, "tasks")]
    return [_view(record, now) for record in records if record.provider == NAME]


def _view(record: TaskRecord, now: float) -> TaskView:
    state = state_at(record, now)
    return TaskView(
        id=record.uuid,
        operation=f"{NAME}:{record.type}",
        status=STATUSES.get(state.status, state.status),
        progress=state.progress / 100,
        accepted_at=record.accepted_at,
        ends_at=record.ends_at,
        results=record.results if state.status == "success" else (),
    )
