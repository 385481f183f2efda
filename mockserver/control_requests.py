"""Requests to the control API: which parameters they bring, and the problem that answers a bad one.

The control API's own document decides, and the referee of HTTP exchanges applies it. Names are compared before that,
without the referee: it takes half a second to load, and a request without parameters needs none.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from genmock.specs import load_catalog
from genmock.validators import HttpRequest, check_http_request, closest, shown

from .body import BodyTooLarge, read_body
from .decode import Undecodable, check_media_type, decode_json
from .exchange import headers_of
from .json_codec import dumps

MAX_BODY = 4 * 1024 * 1024  # bytes: many times the largest scenario
Kinds = Mapping[str, type[int] | type[str]]
Values = Mapping[str, Any]
DOCUMENT = "genmock-control"
FRESH = {"cache-control": "no-store"}  # what is told here changes from one moment to the next
_INTEGER = re.compile(r"-?[0-9]+")


class Problem(Exception):
    """A request to the control API that is refused. detail: what happened, and what to do. allow: for status 405."""

    def __init__(self, status: int, detail: str, *, allow: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.allow = allow

    def response(self) -> Response:
        """Return the problem as RFC 9457 has it: the status is type enough."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        return reply(body, self.status, "application/problem+json", {"allow": self.allow} if self.allow else {})


def reply(
    body: object, status: int = 200, media_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON response that no cache keeps; what is no JSON (in a violation's `expected`) becomes a text."""
    return Response(dumps(body, default=str), status, {**FRESH, **(headers or {})}, media_type)


def values_of(request: Request, query: Kinds, path: Kinds) -> Values:
    """Return a request's parameters by name, integers as integers. Raises Problem with status 400.

    query, path: the names that the operation declares, with what each is. A parameter that was not sent is absent.
    """
    pairs = request.query_params.multi_items()
    _check_names([name for name, _ in pairs], query)
    values = {**dict(pairs), **request.path_params}
    if values:
        _check_values(request)
    kinds = {**query, **path}
    return {name: _integer(name, text, query) if kinds[name] is int else text for name, text in values.items()}


async def body_of(request: Request) -> Any:  # noqa: ANN401 - any JSON value
    """Return a request's JSON body. Raises Problem: 400 for what is no JSON, 413 for too much of it."""
    try:
        data = await read_body(request.receive, headers_of(request.scope), MAX_BODY)
        check_media_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
        return decode_json(data).value
    except BodyTooLarge as error:
        raise Problem(413, f"{error}.") from None
    except Undecodable as error:
        raise Problem(400, f"the body is no JSON that can be used: {error.reason or error.value}.") from None


def _check_names(names: Sequence[str], known: Kinds) -> None:
    for name in names:
        if name not in known:
            near = closest(name, known)
            hint = f"did you mean {shown(near)}?" if near else f"{_listed(known)} declared."
            raise Problem(400, f"there is no query parameter {shown(name)}; {hint}")
        if names.count(name) > 1:
            raise Problem(400, f"the query parameter {shown(name)} stands {names.count(name)} times; send it once.")


def _listed(known: Kinds) -> str:
    return f"{', '.join(known)} {'is' if len(known) == 1 else 'are'}" if known else "none is"


def _check_values(request: Request) -> None:
    """Have the referee judge a request by the control API's document. Raises Problem with everything it finds."""
    url = f"{quote(request.scope['path'])}?{request.url.query}"
    method = "GET" if request.method == "HEAD" else request.method
    found = check_http_request(load_catalog().get(DOCUMENT), HttpRequest(method, url))
    if found:
        raise Problem(400, f"{'; '.join(violation.message for violation in found)}.")


def _integer(name: str, text: str, query: Kinds) -> int:
    """Return the integer of a text that int() takes. Raises Problem for a spelling of Python's own, like 1_000."""
    if not _INTEGER.fullmatch(text):
        place = "query" if name in query else "path"
        raise Problem(400, f"the {place} parameter {name!r} must be of type integer, not {shown(text)}.")
    return int(text)
