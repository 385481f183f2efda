"""What faults, and the header Prefer, do to a kiapi request: the same values as everywhere, told in kiapi's words."""

import math
from collections.abc import Mapping
from typing import Any

from genmock.specs import ErrorCatalog

from ...faults import Effects, PreferenceError, Refusal, Subject, laid_over, preferences
from ...faults.prefer import preferred
from ...makers.choice import check_preference
from ...pipeline import Call, Step
from ...striking import strike
from .errors import Refused

ERROR_OF_STATUS = {  # which error stands for a status that a request prefers; for others the catalogue's first
    400: "invalidBody",
    404: "notFound",
    500: "engineFailed",
    503: "weightsMissing",
}


async def prefer(call: Call, **values: object) -> None:
    """Obey the header Prefer, as users of Prism know it. Raises Refused for the error that it asks for.

    values: what fills the error's text.
    """
    header = ", ".join(call.request.headers.getlist("prefer"))
    if not header:
        return
    try:
        call.preferences = preferences(header)
        code = call.preferences.code
        refused = preferred(code, call.errors.codes, ERROR_OF_STATUS) if code else None
        check_preference(call.runtime.settings, call.preferences.mode)
    except PreferenceError as error:
        raise Refused(400, str(error)) from None
    if refused is not None:
        call.exchange.note = f"Prefer: {header}"[:400]
        raise fault_refusal(call.errors, refused, **values)


async def disturb(call: Call, subject: Subject, **values: object) -> Effects:
    """Have faults strike a request, and return what they do to the job that it makes.

    values: what fills the text of an error. Raises Refused for a fault that refuses the whole request.
    """
    struck = await strike(call, [subject])
    if struck.request.error is not None:
        raise fault_refusal(call.errors, struck.request.error, **values)
    return struck.of(0)


def plainly(operation: str, *steps: Step, polls: bool = False) -> Any:  # noqa: ANN401 - a step
    """Return the step that answers a request that makes no job by further steps, once preferences and faults struck it.

    operation: its name, like "files.upload". polls: whether it moves a clock that polls move.
    """

    async def step(call: Call) -> None:
        await prefer(call)
        effects = await disturb(call, Subject(operation, "", _members(call.exchange.body), produces=False))
        if effects.error is not None:
            raise fault_refusal(call.errors, effects.error)
        if polls:
            call.world.clock.tick()
        for each in steps:
            await each(call)
        reply = call.reply
        if effects.reply is not None and reply is not None and reply.content is None and isinstance(reply.body, dict):
            reply.body = laid_over(reply.body, effects.reply.result)

    return step


def fault_refusal(errors: ErrorCatalog, refused: Refusal, **values: object) -> Refused:
    """Return the exception for what a fault or a preference refuses."""
    entry, pause = errors.get(refused.code), refused.retry_after_s
    text = refused.message or entry.text(**values)
    headers = {} if pause is None else {"retry-after": str(math.ceil(pause))}
    return Refused(refused.status or entry.status, text, refused.code, headers)


def _members(body: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any decoded body
    return body if isinstance(body, Mapping) else {}
