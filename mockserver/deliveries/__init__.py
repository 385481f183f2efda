"""Webhooks and uploads: what is sent where, when it is tried again, and who does it. See docs/deliveries.md."""

from .chaos import duplicated, lost, reordered
from .courier import Courier
from .model import OUTBOX, Attempt, Delivery, Job, Kind, Parcel, State
from .outbox import Found, Wanted, find, is_paused, job_entry, page, release, replay, set_paused
from .sender import send
from .targets import TargetBlocked

__all__ = [
    "OUTBOX",
    "Attempt",
    "Courier",
    "Delivery",
    "Found",
    "Job",
    "Kind",
    "Parcel",
    "State",
    "TargetBlocked",
    "Wanted",
    "duplicated",
    "find",
    "is_paused",
    "job_entry",
    "lost",
    "page",
    "release",
    "reordered",
    "replay",
    "send",
    "set_paused",
]
