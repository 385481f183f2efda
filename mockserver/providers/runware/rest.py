"""Runware over REST: the request pipeline, step by step, and the envelope of its replies.

Source of envelope and statuses: docs/providers/runware.md, "REST".
"""

import math
from collections.abc import Sequence
from typing import Any

from genmock.specs import Document
from genmock.validators import HttpReply, HttpRequest, Violation, check_http_reply

from ...body import BodyTooLarge, read_body
from ...decode import Undecodable, check_media_type, decode_json
from ...derive import digest
from ...faults import PreferenceError, Refusal, parse_rate, preferences, retry_after
from ...faults.prefer import preferred
from ...json_codec import dumps
from ...makers.choice import check_preference
from ...pipeline import Call, Reply, Step
from .at_once import answer_at_once
from .authentication import authenticate_body, authenticate_header
from .dispatch import Outcome, run_tasks
from .errors import TaskRefused, fault_error, refusal

DRY_RUN_HEADER = b"x-runware-dry-run"
MAX_TASKS = 1_000  # of one request; ours, since each may cost a millisecond and the provider states no bound
HEADERS = {  # what a status brings with it
    401: {"www-authenticate": "Bearer"},
    405: {"allow": "POST"},
    413: {"connection": "close"},  # the rest of the body is not read
}
ERROR_OF_STATUS = {  # which error stands for a status that a request prefers; for others the catalogue's first
    400: "invalidRequestBody",
    401: "invalidApiKey",
    402: "insufficientCredits",
    403: "forbiddenApiKey",
    404: "modelNotFound",
    429: "rateLimitExceeded",
    500: "internalServerError",
    503: "serviceUnavailable",
}
UNDECLARED = {404: 400}  # what the published documents do not declare, and what stands for it there


async def check_method(call: Call) -> None:
    """Refuse every method but POST, before anything of the request is read. Raises TaskRefused."""
    method = call.scope["method"]
    if method != "POST":
        _record(call, "method", f"{method} is not declared for this path")
        raise refusal(call.errors, "methodNotAllowed", value=method, allowed="POST")


async def decode(call: Call) -> None:
    """Read and decode the body. Raises TaskRefused."""
    try:
        call.data = await read_body(call.receive, call.headers, call.runtime.settings.max_body)
        check_media_type(call.header(b"content-type"), call.header(b"content-encoding"))
        decoded = decode_json(call.data)
    except BodyTooLarge as error:
        _record(call, "max-body", str(error))
        raise refusal(call.errors, "payloadTooLarge", max=error.limit) from None
    except Undecodable as error:
        refused = refusal(call.errors, error.code, reason=error.reason, value=error.value)
        _record(call, "media-type" if error.value else "json", refused.item.message)
        raise refused from None
    call.body, call.is_json = decoded.value, True
    call.exchange.body = decoded.value
    call.exchange.violations += decoded.warnings


def _record(call: Call, rule: str, message: str) -> None:
    call.exchange.violations.append(
        Violation(rule, "", message, source="RequestBody: an array of task objects, as JSON")
    )


async def check_array(call: Call) -> None:
    """Refuse what is no array of tasks, or one of absurdly many. Raises TaskRefused."""
    if not isinstance(call.body, list):
        rule, refused = "type", refusal(call.errors, "invalidRequestBody")
    elif not call.body:
        rule, refused = "empty-request", refusal(call.errors, "emptyRequest")
    elif len(call.body) > MAX_TASKS:
        rule, refused = "maxItems", refusal(call.errors, "arrayTooLarge", parameter="tasks", max=MAX_TASKS)
    else:
        return
    _record(call, rule, refused.item.message)
    raise refused


async def answer(call: Call) -> None:
    """Answer every task and put the results into one envelope."""
    call.dry_run = call.header(DRY_RUN_HEADER) in ("1", "true")
    results = await answer_at_once(call)
    outcome = Outcome(results) if results is not None else await run_tasks(call)
    if call.runtime.settings.result_order == "shuffled":
        outcome.data.sort(key=lambda item: digest(call.runtime.settings.seed, *map(str, item.values())))
    call.reply = reply_to(call, outcome)


async def limit_rate(call: Call) -> None:
    """Refuse a request beyond its key's rate, when the settings set one. Raises TaskRefused."""
    text = call.runtime.settings.rate_limit
    if text:
        wait_s = await retry_after(call.world.store, call.world.clock, call.key, parse_rate(text))
        if wait_s is not None:
            raise TaskRefused(fault_error(call.errors, Refusal("rateLimitExceeded", retry_after_s=wait_s)))


async def prefer(call: Call) -> None:
    """Obey the header Prefer, as users of Prism know it. Raises TaskRefused for the error that it asks for."""
    if b"prefer" not in call.headers:
        return
    header = ", ".join(call.request.headers.getlist("prefer"))
    if not header:
        return
    errors = call.errors
    try:
        call.preferences = preferences(header)
        code = call.preferences.code
        refused = preferred(code, errors.codes, ERROR_OF_STATUS) if code else None
        check_preference(call.runtime.settings, call.preferences.mode)
    except PreferenceError as error:
        _record(call, "prefer", str(error))
        raise refusal(errors, "invalidPreference", reason=str(error)) from None
    ignored = call.preferences.ignored
    if refused is not None or ignored:
        what = f" ({', '.join(ignored)} mean nothing here)" if ignored else ""
        call.exchange.note = f"Prefer: {header}{what}"[:400]
    if refused is not None:
        raise TaskRefused(fault_error(errors, refused))


async def check_reply(call: Call) -> None:
    """Hold our own reply to the contract, when the settings ask for it; what breaks it is journalled."""
    declared = call.reply is not None and call.reply.status != 405  # no document declares what it does not declare
    if call.runtime.settings.check_replies and call.reply is not None and declared:
        call.exchange.violations += reply_violations(call, call.reply)


STEPS: tuple[Step, ...] = (
    check_method,
    authenticate_header,
    decode,
    authenticate_body,
    limit_rate,
    prefer,
    check_array,
    answer,
)
ALWAYS: tuple[Step, ...] = (check_reply,)


async def answer_or_refuse(call: Call) -> None:
    """Take a request through the steps; the refusal of one becomes the reply."""
    try:
        for step in STEPS:
            await step(call)
    except TaskRefused as refused:
        call.reply = reply_to(call, Outcome(failed={0: [refused.item]}))


def reply_to(call: Call, outcome: Outcome) -> Reply:
    """Return the reply for what the tasks came to.

    ``errors`` is absent when nothing failed, never empty. When everything failed, ``data`` is an empty array beside it,
    as live replies have it; the published documents leave it out.
    """
    if not outcome.failed:
        return Reply(200, {"data": outcome.data})
    settings = call.runtime.settings
    published = settings.errors == "published"
    errors = [error.told(settings) for error in outcome.errors]
    if not errors:
        return Reply(200, {"data": outcome.data})
    reason = f"{errors[0]['code']}: {errors[0]['message']}"
    first = outcome.errors[0]
    status = UNDECLARED.get(first.status, first.status) if published else first.status
    if first.status == 200 or (outcome.data and settings.mixed_status == "success"):  # 200: of results, told by a poll
        return Reply(200, {"data": outcome.data, "errors": errors}, reason=reason)
    headers = dict(HEADERS.get(status, {}))
    if first.retry_after_s is not None:
        headers["retry-after"] = str(math.ceil(first.retry_after_s))
    return Reply(status, {"errors": errors} if published else {"data": [], "errors": errors}, headers, reason=reason)


def reply_violations(call: Call, reply: Reply) -> Sequence[Violation]:
    """Return how a reply breaks the documents of the tasks it answers, each task's items by its own document.

    Status, headers and media type are judged too: openapi-core referees the exchange as a whole.
    """
    request = HttpRequest("POST", call.request.url.path, dict(call.request.headers), call.data)
    headers = {**reply.headers, "content-type": "application/json"}
    found: list[Violation] = []
    for document, body in _by_document(call, reply.body):
        answered = HttpReply(reply.status, headers, dumps(body))
        for violation in check_http_reply(document, request, answered, catalog=call.runtime.catalog):
            found.append(violation.moved("/reply"))
    return found


def _by_document(call: Call, body: Any) -> list[tuple[Document, Any]]:  # noqa: ANN401 - a reply's body
    """Return (document, the part of the body that it describes)."""
    if not call.judged or not body.get("data"):
        return [(call.runtime.catalog.get("runware-utilities"), body)]
    groups: dict[Document, list[Any]] = {}
    for document, item in call.judged:
        groups.setdefault(document, []).append(item)
    rest = {"errors": body["errors"]} if "errors" in body else {}
    return [(document, {"data": items, **rest}) for document, items in groups.items()]
