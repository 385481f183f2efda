"""Runware's routes: the one endpoint, with and without a slash at its end, and the media it points to."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from genmock.validators import Violation

from ...pipeline import Call, PipelineApp, Reply
from ...runtime import Runtime
from .errors import trouble
from .media import media_routes
from .rest import ALWAYS, answer_or_refuse
from .socket_app import SocketApp
from .task import NAME

ENDPOINTS = ("/v1", "/v1/")  # both directly: a redirect would lose some clients' bodies


def routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """Return Runware's routes."""
    sockets = SocketApp(runtime)
    return [
        *(Route(path, endpoint(runtime)) for path in ENDPOINTS),
        *(WebSocketRoute(path, sockets) for path in ENDPOINTS),
        *media_routes(runtime),
    ]


async def not_found(call: Call) -> None:
    """Answer a path that no provider has."""
    entry = call.runtime.errors_of(NAME).get("notFound")
    message = f"{entry.text(value=call.exchange.path)} Runware is at /v1, the control API at /__genmock__/."
    call.exchange.violations.append(Violation("path", "", message, sent=call.exchange.path))
    call.reply = Reply(entry.status, {"data": [], "errors": [{"code": entry.code, "message": message}]})


def endpoint(runtime: Runtime) -> ASGIApp:
    """Return the ASGI application at the endpoint; it takes every method, to refuse the wrong ones in our shape."""
    return PipelineApp((answer_or_refuse,), ALWAYS, runtime, trouble=trouble, provider=NAME)
