"""Fuzzing of servers by their documents. Needs the extra ``genmock[fuzz]``; imported only when it is asked for."""

from . import reports
from .campaign import fuzz_server
from .findings import LAWS, Broken, Case, Finding, Report, Sent
from .plan import PARTS, Plan
from .target import checked_url

__all__ = [
    "LAWS",
    "PARTS",
    "Broken",
    "Case",
    "Finding",
    "Plan",
    "Report",
    "Sent",
    "checked_url",
    "fuzz_server",
    "reports",
]
