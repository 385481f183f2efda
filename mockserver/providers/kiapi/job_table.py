"""Jobs in the store, and the queue in front of the one worker.

Two tables. ``jobs``: the record of each, by id. ``queue``: when the worker is free after each job that it was given;
the newest entry says when the next one can begin. A new entry is written together with its job, and only if nobody
else wrote one meanwhile, so that servers which share a store share one worker.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...clock import Clock
from ...derive import digest
from ...json_codec import dumps, loads
from ...productions import find_production, waiting
from ...stores import Delete, Put, Store
from .jobs import STALLED, JobRecord
from .names import JOBS, NAME, QUEUE

KEPT_S = 30 * 24 * 3600.0  # how long a job stays in a store that outlives the server; ours, kiapi forgets none
PAGE = 200  # entries that are read at once
Planned = tuple[JobRecord, Sequence[Put]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the queue. number: 1, 2, ... starts_at, ends_at: of its job. model: the one that it uses."""

    number: int
    starts_at: float
    ends_at: float
    model: str


def job_entry(record: JobRecord) -> Put:
    """Return the entry of a job."""
    return Put(JOBS, record.id, record.as_bytes(), record.created_at + KEPT_S)


class Jobs:
    """The jobs of a server. boot: of which start of it, or "" for those of all."""

    def __init__(self, store: Store, clock: Clock, boot: str) -> None:
        self._store = store
        self._clock = clock
        self._boot = boot

    async def next_id(self, seed: int) -> str:
        """Return the id of the next job: the n-th of a server has the same one on every machine."""
        number = await self._store.add(NAME, JOBS, 1)
        return f"job_{digest('job', seed, number).hex()[:32]}"

    async def admit(self, plan: Callable[[float, float], Planned]) -> JobRecord:
        """Give the worker a job, and return its record, which is written with all that belongs to it, or not at all.

        plan: from when the job is made and when it begins, in Unix seconds, to its record and what belongs to it. Jobs
        are made in the order in which they begin. Raises StoreError.
        """
        while True:
            last = next(iter(await self._turns(limit=1)), None)
            now = self._clock.now()
            record, entries = plan(now, max(now, last.ends_at) if last else now)
            times = (
                (now, now) if record.produced else (record.starts_at, record.ends_at)
            )  # the pipeline has its own queue
            turn = Turn(last.number + 1 if last else 1, *times, record.model)
            if await self._store.insert(self._entry(turn), job_entry(record), *entries):
                return record

    async def get(self, job_id: str) -> JobRecord | None:
        """Return a job, or None."""
        record = await self.known(job_id)
        return record if record is not None and not record.deleted else None

    async def known(self, job_id: str) -> JobRecord | None:
        """Return a job, also one that was deleted while the pipeline had its picture to make, or None."""
        data = await self._store.get(JOBS, job_id)
        record = JobRecord.of_bytes(data) if data is not None else None
        return record if record is not None and self._boot in ("", record.boot) else None

    async def newest_first(self) -> list[JobRecord]:
        """Return all jobs, the newest first."""
        found: list[JobRecord] = []
        before = None
        while page := await self._store.newest(JOBS, limit=PAGE, before=before):
            records = (JobRecord.of_bytes(entry.value) for entry in page)
            found += [record for record in records if self._boot in ("", record.boot) and not record.deleted]
            before = page[-1].sequence
        return found

    async def forget(self, record: JobRecord) -> None:
        """Forget a job's record; what was queued is done all the same, for which the pipeline needs it, unseen."""
        unmade = await find_production(self._store, record.id) is not None
        hidden = job_entry(replace(record, deleted=True))
        await self._store.write(hidden if unmade else Delete(JOBS, record.id))

    async def waiting(self) -> int:
        """Return how many jobs wait for the worker, or for the pipeline."""
        now = self._clock.now()
        drawn = sum(turn.starts_at > now for turn in await self._turns(limit=PAGE))
        return drawn + await waiting(self._store, NAME)

    async def used(self) -> dict[str, float]:
        """Return when each model was last used, of those that were lately."""
        now, found = self._clock.now(), dict[str, float]()
        for turn in await self._turns(limit=PAGE):
            if turn.model and turn.starts_at <= now:
                found.setdefault(turn.model, min(turn.ends_at, now))
        return found

    async def _turns(self, limit: int) -> list[Turn]:
        """Return the newest turns of this start of the server, the newest first."""
        return list(self._parsed([entry.value for entry in await self._store.newest(QUEUE, limit=limit)]))

    def _parsed(self, values: Sequence[bytes]) -> Iterator[Turn]:
        for value in values:
            number, starts_at, ends_at, model, boot = loads(value)
            ended = self._boot not in ("", boot)  # the worker of an earlier start is gone, and its number is taken
            times = (0.0, 0.0) if ended else (_endless(starts_at), _endless(ends_at))
            yield Turn(number, *times, "" if ended else model)

    def _entry(self, turn: Turn) -> Put:
        times = [None if time == STALLED else time for time in (turn.starts_at, turn.ends_at)]
        return Put(QUEUE, str(turn.number), dumps([turn.number, *times, turn.model, self._boot]))


def _endless(time: float | None) -> float:
    return STALLED if time is None else time
