"""Misbehaving on purpose: faults are values that say whom they strike, how, and when. Nothing here knows a provider."""

from .canned import Canned, laid_over
from .checking import FaultsRefused, read_faults
from .disorder import TRANSPORT, Disorder, NoTransport, disordered
from .model import KINDS, Fault, Match, Schedule, Subject
from .plan import UNHARMED, Effects, Failing, Plan, Refusal, Strikes, plan, refuses_session
from .prefer import PreferenceError, Preferences, preferences, preferred
from .rate import Rate, RateError, parse_rate, retry_after
from .scenario import Scenario, ScenarioError, load_scenario, shipped_scenarios
from .spoil import spoiled_base64, spoiled_bytes
from .state import FaultState

__all__ = [
    "KINDS",
    "TRANSPORT",
    "UNHARMED",
    "Canned",
    "Disorder",
    "Effects",
    "Failing",
    "Fault",
    "FaultState",
    "FaultsRefused",
    "Match",
    "NoTransport",
    "Plan",
    "PreferenceError",
    "Preferences",
    "Rate",
    "RateError",
    "Refusal",
    "Scenario",
    "ScenarioError",
    "Schedule",
    "Strikes",
    "Subject",
    "disordered",
    "laid_over",
    "load_scenario",
    "parse_rate",
    "plan",
    "preferences",
    "preferred",
    "read_faults",
    "refuses_session",
    "retry_after",
    "shipped_scenarios",
    "spoiled_base64",
    "spoiled_bytes",
]
