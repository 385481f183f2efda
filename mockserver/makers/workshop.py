"""The pipeline of one server: its pool of worker processes, which is there from the first order on."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings
    from .pool import Made, Pool


class Workshop:
    """Where the pipeline's files are made. on_made: called with each order that ended, in a thread of its own."""

    def __init__(self, settings: "Settings", on_made: "Callable[[Made], None] | None" = None) -> None:
        self._settings = settings
        self._on_made = on_made
        self._pool: Pool | None = None
        self._lock = Lock()

    @property
    def pool(self) -> "Pool":
        """The pool; its processes start with its first order."""
        with self._lock:
            if self._pool is None:
                from . import opening  # here: most servers have no pipeline
                from .pool import Pool

                settings = self._settings
                self._pool = Pool(
                    opening.plan_of(settings),
                    workers=settings.pipeline_workers,
                    timeout_s=settings.pipeline_timeout,
                    on_made=self._on_made or (lambda made: None),
                )
            return self._pool

    def close(self) -> None:
        """End the processes; the next order would start new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
