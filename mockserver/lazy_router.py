"""Routes that are made when the first request comes for them: to compile a path takes longer than to build the rest."""

from collections.abc import Callable, Sequence

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send


class _Anything(Convertor[str]):
    """The rest of a path, line ends included, which starlette's own convertor leaves to nobody."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())


class LazyRouter:
    """An ASGI application that routes requests by their whole path.

    routes: makes them. default: answers what none of them does.
    """

    def __init__(self, routes: Callable[[], Sequence[BaseRoute]], default: ASGIApp) -> None:
        self._routes = routes
        self._default = default
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._router is None:
            self._router = Router(self._routes(), redirect_slashes=False, default=self._default)
        await self._router({**scope, "path_params": {}}, receive, send)  # less what led here
