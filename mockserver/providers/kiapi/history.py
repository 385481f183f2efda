"""kiapi's jobs as values, for whoever looks at a world from outside."""

from collections.abc import Sequence

from ...history import TaskView, values_of
from ...world import World
from .jobs import JobRecord, state_at
from .names import JOBS, NAME


async def tasks(world: World) -> Sequence[TaskView]:
    """Return every job, the oldest first."""
    now = world.clock.now()
    return [_view(JobRecord.of_bytes(data), now) for data in await values_of(world.store, JOBS)]


def _view(job: JobRecord, now: float) -> TaskView:
    state = state_at(job, now)
    return TaskView(
        id=job.id,
        operation=f"{NAME}:{job.subject}",
        status=state.status,
        progress=state.progress or 0.0,
        accepted_at=job.created_at,
        ends_at=job.ends_at,
        results=[job.result] if state.status == "succeeded" else (),
    )
