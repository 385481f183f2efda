"""What every flow is judged by, whatever its provider."""

from collections.abc import Callable, Mapping

from . import kiapi_expectations, runware_expectations
from .seen import Seen, expect

JUDGES: Mapping[str, Callable[[Seen], None]] = {**runware_expectations.JUDGES, **kiapi_expectations.JUDGES}
ERRORS: Mapping[str, Mapping[str, str]] = {  # by provider and flow, what an error's text tells
    "runware": runware_expectations.ERRORS,
    "kiapi": kiapi_expectations.ERRORS,
}


def judge(seen: Seen) -> None:
    """Judge a flow. Raises Unmet; also when a reply of the server broke the documents, or its log has errors."""
    expect(not seen.server.errors, f"no error in the server's log, and not {seen.server.errors[:1]}")
    JUDGES[seen.flow.name](seen)
    broken = [v for exchange in seen.server.exchanges for v in exchange.violations if v.pointer.startswith("/reply")]
    expect(not broken, f"replies that keep the contract, and not {broken}")
