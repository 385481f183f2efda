"""kiapi's jobs as values, for whoever looks at a world from outside."""

from collections.abc import Sequence

from ...history import TaskView, values_of
from ...productions import Production, find_production
from ...world import World
from .jobs import STALLED, JobRecord, state_at
from .names import JOBS, NAME


async def tasks(world: World) -> Sequence[TaskView]:
    """Return every job, the oldest first."""
    now = world.clock.now()
    records = [JobRecord.of_bytes(data) for data in await values_of(world.store, JOBS)]
    return [_view(record, now, await _pending(world, record)) for record in records if not record.deleted]


async def _pending(world: World, record: JobRecord) -> Production | None:
    """Return what the pipeline still has to make for a job, if anything."""
    waits = record.produced and record.ends_at == STALLED
    return await find_production(world.store, record.id) if waits else None


def _view(job: JobRecord, now: float, production: Production | None) -> TaskView:
    state = state_at(job, now, production)
    return TaskView(
        id=job.id,
        operation=f"{NAME}:{job.subject}",
        status=state.status,
        progress=state.progress or 0.0,
        accepted_at=job.created_at,
        ends_at=job.ends_at,
        results=[job.result] if state.status == "succeeded" else (),
    )
