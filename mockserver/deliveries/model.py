"""What is delivered: the deliveries of a task in their order, and every attempt that was made.

One entry of the store's table ``outbox`` holds all deliveries of a task, so that they are made one after the other, and
so that the acknowledgement of the task and the promise to deliver its results are written at once.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Literal

from ..json_codec import dumps, loads

Kind = Literal["webhook", "upload"]
State = Literal["pending", "delivered", "failed", "blocked", "lost"]
OUTBOX = "outbox"  # the table


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. at: Unix seconds by the server's clock. status: the receiver's, 0 when none came.

    error: why it failed, in words; "" when it was taken. duration_s: real seconds.
    """

    at: float
    status: int
    error: str = ""
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One result on its way to one receiver.

    id: a UUID of its own, derived. result: the index of the task's result, or None for the task as a whole.
    state: "blocked" when nobody allowed the host, "lost" when a fault lost it on purpose. repeats: the id of the
    delivery whose content this one sends again, by hand or by a fault, or "".
    """

    id: str
    kind: Kind
    url: str
    result: int | None
    state: State = "pending"
    attempts: Sequence[Attempt] = ()
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """The deliveries of one task, made in order; the first pending one is next.

    provider: whose words the bodies are in. task: the task's name in the store (``task_id``). task_uuid: as it was
    sent. due_at: when the next attempt is made; infinity for a task that never ends.
    """

    provider: str
    task: str
    task_uuid: str
    due_at: float
    deliveries: Sequence[Delivery]

    @property
    def next(self) -> int | None:
        """The index of the delivery that is next, or None when none is left."""
        return next((n for n, delivery in enumerate(self.deliveries) if delivery.state == "pending"), None)

    def as_bytes(self) -> bytes:
        """Return the job as JSON."""
        return dumps({**asdict(self), "due_at": self.due_at if self.due_at != inf else None})

    @classmethod
    def of_bytes(cls, data: bytes) -> "Job":
        """Return the job that ``as_bytes`` wrote."""
        members = loads(data)
        if members["due_at"] is None:
            members["due_at"] = inf
        deliveries = tuple(
            Delivery(**{**each, "attempts": tuple(Attempt(**attempt) for attempt in each["attempts"])})
            for each in members["deliveries"]
        )
        return cls(**{**members, "deliveries": deliveries})


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one delivery sends. method: "POST" or "PUT"."""

    method: str
    content: bytes
    media_type: str
