"""How a job fails: at its start, for what its request names, or while it runs, since a fault says so."""

from collections.abc import Mapping

from genmock.specs import ErrorCatalog

from ...faults import Effects
from .checking import Request
from .disturbance import fault_refusal
from .jobs import JobFailure

# Codes of what happens in the worker: a job fails of it, and a client that waits is told.
IN_WORKER = frozenset(
    {"weightsMissing", "overBudget", "transientOverBudget", "transientNoRoom", "engineFailed", "unreadableImage"}
)
EXAMPLE = "image"  # of what a client sent
BUDGET_GB = 25.0  # what the texts say; the memory that /health tells of has room for every model


def values_of(request: Request, seconds: float) -> Mapping[str, object]:
    """Return what fills the texts of errors about a request, as far as it says it, and examples of the rest.

    seconds: how long a client that waits is kept waiting.
    """
    model, inputs = request.model, request.operation.inputs
    return {
        "family": request.capability.family,
        "operation": request.operation.name,
        "model": model.name,
        "repo": model.repo or model.name,
        "need": model.weight_gb + model.headroom_gb,
        "budget": BUDGET_GB,
        "type": request.operation.job,
        "value": EXAMPLE,
        "quoted": repr(EXAMPLE),
        "allowed": sorted(each.name for each in request.capability.models),
        "kind": inputs[0].kind if inputs else "image",
        "ip": "127.0.0.1",
        "reason": "the connection was refused",
        "id": f"job_{'0' * 32}",
        "seconds": seconds,
    }


def failure_of(
    request: Request, effects: Effects, errors: ErrorCatalog, *, id: str, seconds: float
) -> JobFailure | None:
    """Return how faults make a job fail, or None. id, seconds: of the job and its client's patience, for texts."""
    if effects.error is not None and effects.error.code in IN_WORKER:
        refused, at = effects.error, 0.0
    elif effects.fails is not None:
        refused, at = effects.fails.refusal, effects.fails.at
    elif 0 in effects.result_errors:
        refused, at = effects.result_errors[0], 1.0
    else:
        return None
    told = fault_refusal(errors, refused, **{**values_of(request, seconds), "id": id})
    return JobFailure(told.text, told.status, told.code, at)


def is_first(failure: JobFailure | None) -> bool:
    """Return whether a job fails before the worker looks at the files that it names."""
    return failure is not None and failure.at == 0 and failure.code == "weightsMissing"
