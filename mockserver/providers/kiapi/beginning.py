"""What a server that is started again does with what an earlier one left in the store."""

from ...history import values_of
from ...runtime import Runtime
from ...stores import Delete
from .files import FileRecord
from .names import FILES


async def begin(runtime: Runtime) -> None:
    """Forget the files of jobs that were not done when the server was stopped: their work is lost, as the jobs are.

    Source: docs/providers/kiapi.md, "Jobs".
    """
    settings, world = runtime.settings, runtime.world
    if settings.kiapi_jobs == "keep" or settings.clock == "virtual":  # whose time begins anew
        return
    now = world.clock.now()
    records = [FileRecord.of_bytes(data) for data in await values_of(world.store, FILES)]
    lost = [each for each in records if each.boot not in ("", runtime.boot) and each.created_at > now]
    await world.store.write(*(Delete(FILES, each.file_id) for each in lost))
