"""The control API under /__genmock__/, for tests in any language."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .runtime import Runtime

PREFIX = "/__genmock__"


def control_routes(runtime: Runtime) -> list[BaseRoute]:
    """Return the control API's routes."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return [Route(f"{PREFIX}/health", health, methods=["GET"])]
