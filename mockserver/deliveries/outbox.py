"""The outbox in the store: writing a job, finding and listing deliveries, repeating one, releasing one, pausing all.

Deliveries are found by looking through the jobs, the newest first: the bytes of a job that cannot match are not parsed.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from math import inf

from ..derive import derived_uuid
from ..stores import Delete, Entry, Put, Store
from .model import OUTBOX, Delivery, Job

RELEASED = (
    "released"  # the table of deliveries to attempt at once, though all are paused: delivery id -> key of its job
)
STATE, PAUSED = "state", "deliveries"  # the entry that is there while deliveries are paused
PAGE = 200  # jobs that are read at once
PER_JOB = 1000  # deliveries of a job that numbers have room for; the documents allow 20 results


@dataclass(frozen=True, slots=True)
class Found:
    """A delivery and where it is. key: of its job's entry. number: grows with the time of acceptance."""

    key: str
    number: int
    job: Job
    index: int

    @property
    def delivery(self) -> Delivery:
        """The delivery itself."""
        return self.job.deliveries[self.index]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries are looked for; "" is any. before: only those with a lower number."""

    id: str = ""
    state: str = ""
    kind: str = ""
    task_uuid: str = ""
    before: int | None = None

    def may_be_in(self, value: bytes) -> bool:
        """Return whether a job's bytes hold every text that is wanted, so that parsing it is worth while."""
        return all(text.encode() in value for text in (self.id, self.state, self.kind, self.task_uuid.lower()))

    def fits(self, found: Found) -> bool:
        """Return whether a delivery is wanted."""
        delivery = found.delivery
        return (
            self.id in ("", delivery.id)
            and self.state in ("", delivery.state)
            and self.kind in ("", delivery.kind)
            and self.task_uuid.lower() in ("", found.job.task_uuid.lower())
            and (self.before is None or found.number < self.before)
        )


def job_entry(key: str, job: Job, *, now: float, retention_s: float) -> Put:
    """Return the entry of a job: due when its next attempt is, gone a while after its last.

    key: the task's name, unless the job repeats a delivery. One that is due at infinity stays and is never due.
    """
    if job.next is None:
        return Put(OUTBOX, key, job.as_bytes(), expires_at=now + retention_s)
    return Put(OUTBOX, key, job.as_bytes(), due_at=job.due_at if job.due_at != inf else None)


async def find(store: Store, delivery_id: str) -> Found | None:
    """Return the delivery with that id, or None when it is gone or never was."""
    async for found in search(store, Wanted(id=delivery_id)):
        return found
    return None


async def page(store: Store, wanted: Wanted, *, limit: int) -> Sequence[Found]:
    """Return the newest deliveries that are wanted, the newest first."""
    listed: list[Found] = []
    async for found in search(store, wanted):
        listed.append(found)
        if len(listed) == limit:
            break
    return listed


async def search(store: Store, wanted: Wanted) -> AsyncIterator[Found]:
    """Yield the deliveries that are wanted, the newest first."""
    before = None if wanted.before is None else (wanted.before - 1) // PER_JOB + 1
    while entries := await store.newest(OUTBOX, limit=PAGE, before=before):
        for entry in entries:
            if wanted.may_be_in(entry.value):
                for found in _deliveries(entry):
                    if wanted.fits(found):
                        yield found
        before = entries[-1].sequence
        await asyncio.sleep(0)  # a long search lets others be served


async def replay(store: Store, found: Found, *, now: float) -> str:
    """Return the id of a new delivery of the same content, due now.

    It has a job of its own, since that of the first may be under way, in this process or in another.
    """
    origin, number = found.delivery.repeats or found.delivery.id, 0
    while True:
        number += 1
        name = derived_uuid("replay", origin, number)
        again = replace(found.delivery, id=name, state="pending", attempts=(), repeats=origin)
        job = replace(found.job, due_at=now, deliveries=[again])
        if await store.insert(Put(OUTBOX, f"{job.task}/{name}", job.as_bytes(), due_at=now)):
            return name


async def release(store: Store, found: Found, *, now: float) -> None:
    """Have a pending delivery attempted at once, whether deliveries are paused or not."""
    await store.write(Put(RELEASED, found.delivery.id, found.key.encode(), due_at=now))


async def is_paused(store: Store) -> bool:
    """Return whether deliveries are paused, in whichever process somebody said so."""
    return await store.get(STATE, PAUSED) is not None


async def set_paused(store: Store, paused: bool) -> None:
    """Pause all deliveries, or let them go on."""
    await store.write(Put(STATE, PAUSED, b"paused") if paused else Delete(STATE, PAUSED))


def _deliveries(entry: Entry) -> Sequence[Found]:
    """Return the deliveries of a job, the last first."""
    job = Job.of_bytes(entry.value)
    return [
        Found(entry.key, entry.sequence * PER_JOB + index, job, index) for index in reversed(range(len(job.deliveries)))
    ]
