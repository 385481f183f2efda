"""How a job fails: at its start, for what its request names, or while it runs, since a fault says so."""

from collections.abc import Mapping

from genmock.specs import ErrorCatalog

from ...faults import Effects, Refusal
from .checking import Request
from .disturbance import fault_refusal
from .jobs import JobFailure

# Codes of what happens in the worker: a job fails of it, and a client that waits is told.
IN_WORKER = frozenset(
    {"weightsMissing", "overBudget", "transientOverBudget", "transientNoRoom", "engineFailed", "unreadableImage"}
)
BUDGET_GB = 25.0  # what the texts say; the memory that /health tells of has room for every model


def values_of(request: Request) -> Mapping[str, object]:
    """Return what fills the texts of errors about a request."""
    model = request.model
    return {
        "family": request.capability.family,
        "operation": request.operation.name,
        "model": model.name,
        "repo": model.repo or model.name,
        "need": model.weight_gb + model.headroom_gb,
        "budget": BUDGET_GB,
        "type": request.operation.job,
        "value": "image",
        "id": "",
        "seconds": "",
    }


def failure_of(request: Request, effects: Effects, errors: ErrorCatalog) -> JobFailure | None:
    """Return how faults make a job fail, or None."""
    if effects.error is not None and effects.error.code in IN_WORKER:
        return _failure(request, effects.error, errors, at=0.0)
    if effects.fails is not None:
        return _failure(request, effects.fails.refusal, errors, at=effects.fails.at)
    first = effects.result_errors.get(0)
    return _failure(request, first, errors, at=1.0) if first is not None else None


def _failure(request: Request, refused: Refusal, errors: ErrorCatalog, *, at: float) -> JobFailure:
    told = fault_refusal(errors, refused, **values_of(request))
    return JobFailure(told.text, told.status, told.code, at)
