"""Receive a request's body, and take it apart as FastAPI does: its media type, its JSON, then its schema.

Sources: docs/providers/kiapi.md, "Requests"; the rest was observed with FastAPI 0.136.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from genmock.specs import ErrorCatalog

from ...body import BodyTooLarge, read_body
from ...pipeline import Call
from .details import Detail
from .errors import Refused, refusal
from .reading import Reading, read


class Missing:
    """The class of MISSING, the value of a body that was not sent."""


MISSING: Final = Missing()


async def received(call: Call) -> bytes:
    """Return the bytes of a request's body. Raises Refused for more than the settings allow."""
    try:
        return await read_body(call.receive, call.headers, call.runtime.settings.max_body)
    except BodyTooLarge as error:
        refused = refusal(call.errors, "payloadTooLarge", max=error.limit)
        refused.headers = {"connection": "close"}  # the rest of the body is not read
        raise refused from None


def parse(data: bytes, content_type: str | None, errors: ErrorCatalog) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a body says: its JSON, or as it is where its media type is not JSON's, or MISSING where it is empty.

    content_type: the header, or None without one: then the body is not taken for JSON, and is a text where it is UTF-8,
        else bytes. Python's own reader of JSON decides: of repeated members the last counts, NaN is a number.

    Raises Refused: 422 for what is no JSON, 400 for what cannot be read for another reason (its encoding, its depth, an
    integer of more than 4300 digits).
    """
    if not data:
        return MISSING
    if not is_json(content_type):
        return _text(data)
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        detail = Detail("json_invalid", ("body", error.pos), "JSON decode error", {}, {"error": error.msg})
        raise Refused(422, [detail.as_json()]) from error
    except (ValueError, RecursionError) as error:
        raise refusal(errors, "invalidBody") from error


def is_json(content_type: str | None) -> bool:
    """Tell whether a media type is JSON's: ``application/json`` or ``application/*+json``, whatever its parameters."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    main, _, sub = kind.partition("/")
    return main == "application" and (sub == "json" or sub.endswith("+json")) and "/" not in sub


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def read_value(root: Mapping[str, Any], schema: Mapping[str, Any], value: object, *, strict: bool = False) -> Reading:
    """Return what ``parse`` found, read by a request's schema. No body and null are a body that is missing."""
    if value is MISSING or value is None:
        defaults = read(root, schema, {}, strict=strict).value
        return Reading(defaults, (Detail("missing", ("body",), "Field required", None),))
    return read(root, schema, value, strict=strict)


def refusal_of(details: Sequence[Detail]) -> Refused:
    """Return the refusal that lists what is wrong. ``is_writable`` tells which of them the real server can write."""
    return Refused(422, [detail.as_json() for detail in details])
