"""Jobs over time: what is recorded of one when it is accepted, and what state that record is in at a time.

One worker takes jobs in their order, so that a record knows from the beginning when its turn comes. Source of states,
progress and labels: docs/providers/kiapi.md, "Jobs".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ...faults import laid_over
from ...json_codec import loads
from ...productions import Production

Status = Literal["queued", "running", "succeeded", "failed"]
PREPARATION = 0.1  # the part of a job before its first step, which is loading and encoding; ours
STALLED = float("inf")


@dataclass(frozen=True, slots=True)
class JobFailure:
    """How a job is going to fail. at: the part of its duration, 0 to 1, after which it does. text: the bare message.

    status: of the reply to a client that waits. code: of the catalogue, for the journal.
    """

    text: str
    status: int
    code: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it was accepted. Times are Unix seconds by the server's clock.

    type: like "qwen-edit". subject: the operation, like "image.qwen.edit". params: the request as it was validated.
    starts_at: when the worker comes to it. duration_s: how long it takes; infinity for one that stalls for ever.
    steps: of denoising. result: what it gives, less what is known only when the picture is drawn. artifact: the id of
    its file. drawing: what that is drawn from. boot: which start of the server it belongs to. told: members that are
    laid over the result, where a test has said what it is. produced: the pipeline makes its picture; it starts and ends
    when that does, at least ``least_s`` later. deleted: nobody sees it any more, but its picture is made.
    """

    id: str
    type: str
    subject: str
    model: str
    params: Mapping[str, Any]
    created_at: float
    starts_at: float
    duration_s: float
    steps: int
    result: Mapping[str, Any]
    artifact: str
    drawing: Mapping[str, Any]
    boot: str
    failure: JobFailure | None = None
    produced: bool = False
    least_s: float = 0.0
    told: Mapping[str, Any] = field(default_factory=dict)
    deleted: bool = False

    @property
    def ends_at(self) -> float:
        """When it is finished, by success or failure; infinity for one that stalls."""
        if self.failure is not None and self.failure.at == 0:  # also of a job that otherwise never ends
            return self.starts_at
        return self.starts_at + self.duration_s * (self.failure.at if self.failure else 1.0)

    def as_bytes(self) -> bytes:
        """Return the record as JSON."""
        members = {each.name: getattr(self, each.name) for each in fields(self)}
        members |= {name: None for name in ("starts_at", "duration_s") if members[name] == STALLED}
        failure = self.failure
        members["failure"] = [failure.text, failure.status, failure.code, failure.at] if failure else None
        return json.dumps(members).encode()  # which keeps a guidance of NaN

    @classmethod
    def of_bytes(cls, data: bytes) -> "JobRecord":
        """Return the record that ``as_bytes`` wrote."""
        members = loads(data)
        members |= {name: STALLED for name in ("starts_at", "duration_s") if members[name] is None}
        members["failure"] = JobFailure(*members["failure"]) if members["failure"] else None
        return cls(**members)


@dataclass(frozen=True, slots=True)
class JobState:
    """A job at a time. progress: 0.0 to 1.0, or None before it has begun."""

    status: Status
    progress: float | None
    label: str
    started_at: float | None = None
    finished_at: float | None = None


def state_at(record: JobRecord, now: float, production: Production | None = None) -> JobState:
    """Return the state of a job at a time: a function of these, and nothing else.

    production: what the pipeline still makes of it, if anything.
    """
    if production is not None and production.begun_at is not None:
        done = int(production.part * record.steps + 1e-9)
        return JobState("running", *_told(record, done), production.begun_at)
    if now < record.starts_at:
        return JobState("queued", None, "queued")
    ends_at, failure = record.ends_at, record.failure
    if now >= ends_at and failure is None:
        return JobState("succeeded", 1.0, "done", record.starts_at, ends_at)
    if now >= ends_at and failure is not None:
        progress, label = _progress(record, failure.at)
        return JobState("failed", progress, label, record.starts_at, ends_at)
    progress, label = _progress(record, (now - record.starts_at) / record.duration_s)
    return JobState("running", progress, label, record.starts_at)


def _progress(record: JobRecord, part: float) -> tuple[float, str]:
    """Return (progress, label) of a job that has run for a part of its duration; a step is counted when it is done."""
    return _told(record, int(max(part - PREPARATION, 0.0) / (1 - PREPARATION) * record.steps + 1e-9))


def _told(record: JobRecord, done: int) -> tuple[float, str]:
    """Return (progress, label) of a job that has done so many steps."""
    return (done / record.steps, "denoising") if done else (0.0, "running")


def job_json(record: JobRecord, now: float, image_bytes: int, production: Production | None = None) -> dict[str, Any]:
    """Return a job as clients see it: twelve members, in their order. image_bytes: the size of its artifact."""
    state = state_at(record, now, production)
    done = state.status == "succeeded"
    result = {**record.result, "image_bytes": image_bytes}
    ordered = ("file_id", "image_bytes", "model", "prompt", "params", "width", "height", "timings")
    return {
        "type": record.type,
        "params": record.params,
        "id": record.id,
        "status": state.status,
        "result": laid_over({name: result[name] for name in (*ordered, *result) if name in result}, record.told)
        if done
        else None,
        "artifacts": [record.artifact] if done else [],
        "error": record.failure.text if record.failure and state.status == "failed" else None,
        "created_at": record.created_at,
        "started_at": state.started_at,
        "finished_at": state.finished_at,
        "progress": state.progress,
        "progress_label": state.label,
    }
