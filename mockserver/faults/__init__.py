"""Misbehaving on purpose: faults are values that say whom they strike, how, and when. Nothing here knows a provider."""

from .disorder import Disorder, NoTransport, disordered
from .model import KINDS, Fault, Match, Schedule, Subject
from .plan import UNHARMED, Effects, Failing, Plan, Refusal, Strikes, plan
from .prefer import PreferenceError, Preferences, preferences
from .rate import Rate, RateError, parse_rate, retry_after
from .spoil import spoiled_base64, spoiled_bytes
from .state import FaultState

__all__ = [
    "KINDS",
    "UNHARMED",
    "Disorder",
    "Effects",
    "Failing",
    "Fault",
    "FaultState",
    "Match",
    "NoTransport",
    "Plan",
    "PreferenceError",
    "Preferences",
    "Rate",
    "RateError",
    "Refusal",
    "Schedule",
    "Strikes",
    "Subject",
    "disordered",
    "parse_rate",
    "plan",
    "preferences",
    "retry_after",
    "spoiled_base64",
    "spoiled_bytes",
]
