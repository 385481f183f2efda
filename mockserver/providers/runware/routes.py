"""Runware's routes: the one endpoint, with and without a slash at its end, and the media it points to."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from ...pipeline import PipelineApp
from ...runtime import Runtime
from .media import media_routes
from .rest import ALWAYS, STEPS, guarded
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


def endpoint(runtime: Runtime) -> ASGIApp:
    """Return the ASGI application at the endpoint; it takes every method, to refuse the wrong ones in our shape."""
    return PipelineApp(tuple(guarded(step) for step in STEPS), ALWAYS, runtime, provider=NAME)
