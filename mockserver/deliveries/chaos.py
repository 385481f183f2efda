"""Webhooks that go wrong on purpose: decided when a task is accepted, by changing its job. Uploads are left alone."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from ..derive import derived_uuid
from .model import Delivery, Job


def duplicated(job: Job, times: int) -> Job:
    """Return a job that delivers each webhook so many further times, each copy right after the original."""
    return replace(job, deliveries=[each for delivery in job.deliveries for each in _copies(delivery, times)])


def reordered(job: Job) -> Job:
    """Return a job that delivers its webhooks last first; uploads keep their place."""
    last_first = iter([delivery for delivery in reversed(job.deliveries) if delivery.kind == "webhook"])
    return replace(job, deliveries=[next(last_first) if each.kind == "webhook" else each for each in job.deliveries])


def lost(job: Job, results: Collection[int] | None = None) -> Job:
    """Return a job that never delivers the webhooks of those results; None: of any."""
    deliveries = [
        replace(each, state="lost") if each.kind == "webhook" and (results is None or each.result in results) else each
        for each in job.deliveries
    ]
    return replace(job, deliveries=deliveries)


def _copies(delivery: Delivery, times: int) -> Iterator[Delivery]:
    yield delivery
    if delivery.kind == "webhook":
        for number in range(times):
            yield replace(delivery, id=derived_uuid("copy", delivery.id, number), repeats=delivery.id)
