"""Webhooks and uploads: what is sent where, when it is tried again, and who does it. See docs/deliveries.md."""

from .model import OUTBOX, Attempt, Delivery, Job, Parcel

__all__ = ["OUTBOX", "Attempt", "Delivery", "Job", "Parcel"]
