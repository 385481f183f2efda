"""Holding a request to its document, and to what the server checks beyond it, in the server's order.

Source: docs/providers/kiapi.md, "Requests" and "Models".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from genmock.validators import Violation, check_request, check_rules, is_keyword

from ...pipeline import Call
from .body import MISSING, is_json, parse, read_value, received, refusal_of
from .capability import Capability, Model, Operation
from .errors import Refused
from .reading import Reading


@dataclass(frozen=True, slots=True)
class Request:
    """A request that keeps its contract.

    values: its members as they were read, absent ones by their defaults. filled: those with a value, the server's own
    defaults in the place of null.
    """

    capability: Capability
    operation: Operation
    model: Model
    values: Mapping[str, Any]
    filled: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """How faults and the journal name the operation."""
        return self.capability.subject(self.operation)


async def decode(call: Call) -> None:
    """Read and decode a body. Raises Refused."""
    call.data = await received(call)
    content_type = call.request.headers.get("content-type")
    try:
        call.body = parse(call.data, content_type, call.errors)
    except Refused as refused:
        call.exchange.violations.append(Violation("json", "", refused.text, source="RFC 8259"))
        raise
    if call.body is not MISSING:
        call.exchange.body = call.body if is_json(content_type) else f"<{content_type}, {len(call.data):,} bytes>"


def checked(call: Call, capability: Capability, operation: Operation) -> Request:
    """Return a request as it is meant; the exchange has what it broke. Raises Refused for what is wrong first.

    With the contract mode "report" it is only noted, and everything is answered as far as it can be.
    """
    settings, lenient = call.runtime.settings, call.runtime.settings.contract == "report"
    root = capability.document.effective
    reading = read_value(root, operation.schema, call.body, strict=settings.contract == "strict")
    call.exchange.violations += _of_shape(call, capability, operation, reading)
    if reading.details and not lenient:
        raise refusal_of(reading.details)
    model = _model(call, capability, operation, reading.value.get("model"))
    filled = {**{name: value for name, value in reading.value.items() if value is not None}, "model": model.name}
    filled = {**operation.defaults, **filled}
    for violation in check_rules(capability.document, filled, operation=f"POST {operation.path}"):
        call.exchange.violations.append(violation)
        if not lenient and violation.severity == "error":
            raise Refused(422, violation.message)
    return Request(capability, operation, model, reading.value, filled)


def _model(call: Call, capability: Capability, operation: Operation, asked: str | None) -> Model:
    """Return the model that is meant; with the contract mode "report" the usual one for a name that means none."""
    try:
        return capability.resolve(operation, asked, call.errors)
    except Refused as refused:
        call.exchange.violations.append(_named(refused, capability, asked))
        if call.runtime.settings.contract != "report":
            raise
        return capability.resolve(operation, None, call.errors)


def _named(refused: Refused, capability: Capability, asked: str | None) -> Violation:
    allowed = [model.name for model in capability.models]
    source = f"GET {capability.base}/models"
    return Violation("model", "/model", refused.text, expected=allowed, sent=asked, source=source)


def _of_shape(call: Call, capability: Capability, operation: Operation, reading: Reading) -> Iterator[Violation]:
    """Yield how a body breaks its schema; what the server reads all the same is a warning."""
    body, document = None if call.body is MISSING or isinstance(call.body, bytes) else call.body, capability.document
    taken = {pointer: meaning for pointer, _, meaning in reading.lax}
    found = [
        each for each in check_request(document, body, operation=f"POST {operation.path}") if is_keyword(each.rule)
    ]
    for violation in found:
        if violation.pointer in taken:
            text = f"{violation.message} (read as {taken[violation.pointer]!r})"
            yield replace(violation, severity="warning", message=text)
        elif reading.details:
            yield violation
    if reading.details and not found:  # the schema does not say it
        first = reading.details[0]
        pointer = "".join(f"/{part}" for part in first.loc[1:])
        yield Violation(first.type, pointer, first.msg, sent=first.input, source=f"{document.id}: {operation.path}")
