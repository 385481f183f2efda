"""The application: providers' routes, media and the control API, on one port."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .clock import Clock
from .control import control_routes
from .journal import Exchange
from .providers import PROVIDERS
from .runtime import Runtime
from .settings import Settings


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> Starlette:
    """Return the ASGI application of a mock server.

    settings: Settings() when absent. clock: real when absent. on_exchange: called with each exchange that has ended.
    ``app.state.runtime`` is the server's Runtime, whose ``world`` holds all state.
    Raises SpecError when a document or a data file of the settings cannot be used.
    """
    runtime = Runtime(settings or Settings(), clock=clock, on_exchange=on_exchange)
    routes = [*control_routes(runtime)]
    for provider in PROVIDERS:
        routes += provider.routes(runtime)
    app = Starlette(routes=routes, exception_handlers={404: _not_found})
    app.router.redirect_slashes = False
    app.state.runtime = runtime
    return app


async def _not_found(request: Request, _: Exception) -> Response:
    """Answer a path that no provider has."""
    return JSONResponse(
        {
            "error": {
                "code": "notFound",
                "message": f"nothing is served at {request.url.path!r}; Runware is at /v1, the control API at /__genmock__/",
            }
        },
        status_code=404,
    )
