"""Tasks over time: what is recorded of one when it is accepted, and what state that record is in at a time.

The record does not change as time passes. It is written again only when the outside world has a say: when the upload
of a result ended, when a task is cancelled, or when the pipeline has made what it asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from .derive import digest
from .json_codec import dumps, loads

if TYPE_CHECKING:
    from .productions import Production

Status = Literal["accepted", "processing", "success", "error", "expired"]
Upload = Literal["", "pending", "done", "failed"]


ENDLESS = ("duration_s", "expires_at")  # members that may be infinity: null as JSON


@dataclass(frozen=True, slots=True)
class Failure:
    """How a task is going to fail; or did, when the upload of a result failed. error: the provider's error item.

    result: the one result that fails, when the others are done; None for the task as a whole. at: the part of the
    duration, 0 to 1, after which a task as a whole fails.
    """

    error: Mapping[str, Any]
    at: float = 1.0
    result: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task as it was accepted. Times are Unix seconds by the server's clock.

    account: whose it is, by ``account_id``. type: the provider's name for the operation. model: the AIR, or "".
    duration_s: how long it takes; 0 for one that was answered at once; infinity for one that stalls for ever.
    expires_at: from when on its results are no longer told.
    results: one item each, as a poll shows it on success, less what is derived from the bytes of the medium.
    detail: the provider's own: what is needed to draw, name and deliver the results.
    uploads: what became of the upload of each result, when the task asked for uploads.
    """

    provider: str
    account: str
    uuid: str
    type: str
    model: str
    accepted_at: float
    duration_s: float
    expires_at: float
    results: Sequence[Mapping[str, Any]]
    failures: Sequence[Failure] = ()
    uploads: Sequence[Upload] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ends_at(self) -> float:
        """When the task is finished, by success or failure; infinity for one that stalls."""
        whole = next((failure for failure in self.failures if failure.result is None), None)
        if whole is not None and whole.at == 0:  # also of a task that otherwise never ends
            return self.accepted_at
        return self.accepted_at + self.duration_s * (whole.at if whole else 1.0)

    @property
    def lasting(self) -> "TaskRecord":
        """The same record, whose results never expire: for all but polls, what became of a task stays as it is."""
        return replace(self, expires_at=inf)

    def as_bytes(self) -> bytes:
        """Return the record as JSON."""
        return dumps(
            {
                "provider": self.provider,
                "account": self.account,
                "uuid": self.uuid,
                "type": self.type,
                "model": self.model,
                "accepted_at": self.accepted_at,
                "duration_s": self.duration_s,  # infinity, for which JSON has no number, becomes null
                "expires_at": self.expires_at,
                "results": self.results,
                "failures": [[failure.error, failure.at, failure.result] for failure in self.failures],
                "uploads": self.uploads,
                "detail": self.detail,
            }
        )

    @classmethod
    def of_bytes(cls, data: bytes) -> "TaskRecord":
        """Return the record that ``as_bytes`` wrote."""
        members = loads(data)
        members |= {name: float("inf") for name in ENDLESS if members[name] is None}
        members["failures"] = tuple(Failure(*failure) for failure in members["failures"])
        return cls(**members)


@dataclass(frozen=True, slots=True)
class ResultState:
    """One result at a time. error: why it failed."""

    status: Status
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task at a time.

    progress: 0 to 100, of the whole task. results: each result's own state, in order. whole: it failed as a whole.
    """

    status: Status
    progress: int
    results: Sequence[ResultState]
    whole: bool = False

    @property
    def told(self) -> Sequence[ResultState]:
        """What clients are told of: each result; the first alone of a task that failed as a whole."""
        return self.results[:1] if self.whole else self.results


@lru_cache(maxsize=1024)
def account_id(key: str) -> str:
    """Return the name of a key's account in the store; it does not tell the key."""
    return digest("account", key).hex()[:16]


def task_id(account: str, task_uuid: str) -> str:
    """Return the name of a task in the store."""
    return f"{account}/{task_uuid.lower()}"


def ended(record: TaskRecord, at: float, error: Mapping[str, Any] | None = None) -> TaskRecord:
    """Return the record of a task whose production ended at a time. error: why it failed as a whole.

    It takes at least as long as it was asked to take; its results are told for as long as those of any task.
    """
    took = max(at - record.accepted_at, 0.0 if error else record.detail.get("least_s", 0.0))
    failures = record.failures if error is None else (Failure(error),)
    return replace(record, duration_s=took, expires_at=record.expires_at + took, failures=failures)


def state_at(
    record: TaskRecord, now: float, production: "Production | None" = None, *, together: bool = True
) -> TaskState:
    """Return the state of a task at a time: a function of these, and nothing else.

    production: what the pipeline still makes of it, if anything. together: all results finish when the last one does;
    else one after the other, in equal parts of the duration.
    """
    if production is not None:
        return _in_production(record, production, together=together)
    count = len(record.results)
    if now >= record.expires_at:
        return TaskState("expired", 100, (ResultState("expired"),) * count)
    elapsed = max(now - record.accepted_at, 0.0)
    part = 1.0 if elapsed >= record.duration_s else elapsed / record.duration_s
    whole = next((failure for failure in record.failures if failure.result is None), None)
    if whole is not None and part >= whole.at:
        return TaskState("error", int(100 * whole.at), (ResultState("error", whole.error),) * count, whole=True)
    finished = count if part == 1.0 else 0 if together else int(part * count)
    results = tuple(_result_state(record, index, finished) for index in range(count))
    return TaskState(_status(results, part), int(100 * part), results)


def _in_production(record: TaskRecord, production: "Production", *, together: bool) -> TaskState:
    """Return the state of a task that the pipeline is at work on, or will be."""
    finished = 0 if together else production.finished
    results = tuple(_result_state(record, index, finished) for index in range(len(record.results)))
    begun = production.begun_at is not None
    return TaskState("processing" if begun else "accepted", int(100 * production.part), results)


def _result_state(record: TaskRecord, index: int, finished: int) -> ResultState:
    failure = next((failure for failure in record.failures if failure.result == index), None)
    upload = record.uploads[index] if record.uploads else ""
    if index >= finished or upload == "pending":
        return ResultState("processing")
    if failure is not None:
        return ResultState("error", failure.error)
    return ResultState("success")


def _status(results: Sequence[ResultState], part: float) -> Status:
    """Return a task's status: it is a success when at least one result is, as the provider's own replies are mixed."""
    if part == 0.0:
        return "accepted"
    if any(result.status == "processing" for result in results):
        return "processing"
    return "success" if any(result.status == "success" for result in results) or not results else "error"
