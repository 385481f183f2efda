"""The pipeline of one server, there from the first order on: its worker processes, or the queue to other machines."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings
    from .broker import Broker
    from .pool import Made, Pool


class Workshop:
    """Where the pipeline's files are made. on_made: called with each order that ended, in a thread of its own."""

    def __init__(self, settings: "Settings", on_made: "Callable[[Made], None] | None" = None) -> None:
        self._settings = settings
        self._on_made = on_made
        self._pool: Pool | Broker | None = None
        self._lock = Lock()

    @property
    def pool(self) -> "Pool | Broker":
        """Where orders go; its processes start with its first order."""
        with self._lock:
            if self._pool is None:
                self._pool = self._opened()
            return self._pool

    def _opened(self) -> "Pool | Broker":
        from .pool import Pool  # here: most servers have no pipeline

        settings, on_made = self._settings, self._on_made or (lambda made: None)
        if settings.pipeline_workers == 0:
            from .broker import Broker  # here: and of those that have one, most have workers of their own

            return Broker(settings, on_made)
        from .opening import plan_of  # here: as above

        return Pool(
            plan_of(settings),
            workers=settings.pipeline_workers,
            timeout_s=settings.pipeline_timeout,
            on_made=on_made,
        )

    def close(self) -> None:
        """End the processes; the next order would start new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
