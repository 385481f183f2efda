"""The application: providers' routes, media and the control API, on one port."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from .clock import Clock
from .control import control_routes
from .deliveries import Courier, Delivery, Job
from .exchange import Exchange
from .pipeline import PipelineApp
from .providers import Provider, served
from .runtime import Runtime
from .settings import Settings

if TYPE_CHECKING:
    from .makers.pool import Made
    from .makers.producer import Producer
    from .makers.workshop import Workshop


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    on_exchange: Callable[[Exchange], None] | None = None,
    on_attempt: Callable[[Job, Delivery], None] = lambda job, delivery: None,
    on_made: "Callable[[Made], None] | None" = None,
    boot: str = "",
    workshop: "Workshop | None" = None,
) -> Starlette:
    """Return the ASGI application of a mock server.

    settings: Settings() when absent. clock: the settings' when absent. on_exchange: called with each exchange that has
    ended. on_attempt: called after each attempt of a delivery, with its job and itself as they are then. on_made:
    called with each file that the pipeline made, in a thread of its own. boot: which start of a server this is;
    processes that serve together share it. workshop: where the pipeline's files are made, when several applications
    of this process share one; whoever made it closes it.
    ``app.state.runtime`` is the server's Runtime, whose ``world`` holds all state.
    Raises SpecError when a document or a data file of the settings cannot be used.
    """
    settings = settings or Settings()
    providers = served(settings.provider)
    data = {provider.name: provider.data for provider in providers if provider.data is not None}
    runtime = Runtime(
        settings, clock=clock, on_exchange=on_exchange, boot=boot, data=data, on_made=on_made, workshop=workshop
    )
    runtime.courier = Courier(
        store=lambda: runtime.world.store,
        clock=runtime.clock,
        policy=runtime.settings,
        packs={provider.name: partial(provider.pack, runtime) for provider in providers},
        finishes={provider.name: partial(provider.finish, runtime) for provider in providers},
        on_attempt=on_attempt,
    )
    for provider in providers:
        if provider.expand is not None:
            runtime.expand[provider.name] = partial(provider.expand, runtime)
    runtime.begin = partial(_begin, runtime, providers)
    runtime.open_producer = partial(_producer, runtime, providers)
    # The providers first: routes are tried in order, and theirs are those that are fast.
    routes = [*(route for provider in providers for route in provider.routes(runtime)), *control_routes(runtime)]
    app = _Application(routes=routes, lifespan=partial(_lifespan, runtime))
    app.router.redirect_slashes = False
    app.router.default = PipelineApp((providers[0].not_found,), (), runtime, trouble=providers[0].trouble)
    app.state.runtime = runtime
    return app


class _Application(Starlette):
    """Starlette, with its paths that have no parameters found by a look-up, before any middleware of its own.

    Those applications tell their own errors; an application that somebody gave middleware goes all the way.
    """

    def __init__(self, routes: Sequence[BaseRoute], lifespan: Lifespan[Starlette]) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self._direct: dict[str, ASGIApp] = {}
        self._own_stack: ASGIApp | None = None
        for route in routes:
            if isinstance(route, Route) and isinstance(route.app, PipelineApp) and not route.param_convertors:
                self._direct.setdefault(route.path, route.app)

    def build_middleware_stack(self) -> ASGIApp:
        """Return what requests go through, and remember it, to see when somebody has wrapped it."""
        self._own_stack = super().build_middleware_stack()
        return self._own_stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or whatever else the server has to say."""
        direct = self._direct.get(scope["path"]) if scope["type"] == "http" else None
        wrapped = bool(self.user_middleware) or self.middleware_stack is not self._own_stack
        if direct is None or wrapped or scope.get("root_path"):
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await direct(scope, receive, send)


def _producer(runtime: Runtime, providers: Sequence[Provider]) -> "Producer":
    """Return who sees to it that the pipeline makes what providers' tasks ask for."""
    from .makers.producer import Producer  # here: most servers have no pipeline

    return Producer(runtime, {each.name: each.producing() for each in providers if each.producing is not None})


async def _begin(runtime: Runtime, providers: Sequence[Provider]) -> None:
    for provider in providers:
        await provider.begin(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime, _: Starlette) -> AsyncIterator[None]:
    """Begin with what an earlier server left in the store, and end with everything put away."""
    await runtime.start()
    try:
        yield
    finally:
        await runtime.stop()
