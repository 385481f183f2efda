"""Runware's routes: the one endpoint, with and without a slash at its end, and the media it points to."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ...pipeline import dumps, run
from ...runtime import Runtime
from .errors import refusal
from .media import media_routes
from .rest import ALWAYS, STEPS, guarded

ENDPOINTS = ("/v1", "/v1/")  # both directly: a redirect would lose some clients' bodies


def routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """Return Runware's routes."""
    return [*(Route(path, endpoint(runtime)) for path in ENDPOINTS), *media_routes(runtime)]


def endpoint(runtime: Runtime) -> ASGIApp:
    """Return the ASGI application at the endpoint; it takes every method, to refuse the wrong ones in our shape."""
    steps = tuple(guarded(step) for step in STEPS)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method == "POST":
            response = await run(steps, ALWAYS, request, runtime)
        else:
            response = _wrong_method(runtime, request.method)
        await response(scope, receive, send)

    return _Endpoint(app)


class _Endpoint:
    """An ASGI application as an object: starlette takes a plain function for an endpoint that wants a Request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _wrong_method(runtime: Runtime, method: str) -> Response:
    item = refusal(runtime.errors, "methodNotAllowed", value=method, allowed="POST").item
    return Response(
        dumps({"data": [], "errors": [item.as_json()]}), 405, {"allow": "POST"}, media_type="application/json"
    )
