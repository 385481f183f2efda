"""What every part of a running server shares: settings, documents, data files and the current world."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from genmock.specs import (
    Catalog,
    ErrorCatalog,
    PriceTable,
    catalogued,
    load_catalog,
    load_errors,
    load_prices,
    training_of,
)
from genmock.validators import prepare

from .clock import Clock, RealClock, VirtualClock
from .conversion import check_settings
from .deliveries import Courier
from .exchange import Exchange
from .faults import Scenario, load_scenario
from .makers.choice import check_server, uses_pipeline
from .makers.workshop import Workshop
from .settings import Settings
from .stores import Store, open_store
from .task_table import Expand
from .world import World, bounds

if TYPE_CHECKING:
    from .makers.pool import Made
    from .makers.producer import Producer


class Runtime:
    """A server's fixed parts, and the world that reset replaces.

    on_exchange: called with each exchange when it has ended; a log, usually. boot: which start of a server this is, the
    same for processes that serve together; another one each time unless given. data: the folders of documents and error
    catalogues of providers for which specs/ has none, by provider. on_made: called with each file that the pipeline
    made, in a thread of its own. workshop: where the pipeline's files are made, when several servers share one.
    Raises SettingsError, SpecError, StoreError or ScenarioError for what the settings name and cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        boot: str = "",
        data: Mapping[str, Path] | None = None,
        on_made: "Callable[[Made], None] | None" = None,
        workshop: Workshop | None = None,
    ) -> None:
        check_settings(settings)
        if uses_pipeline(settings):
            check_server(settings)
        self.settings = settings
        self._data = data or {}
        self.catalog: Catalog = load_catalog()
        for provider, folder in self._data.items():
            self.catalog = self.catalog.with_folder(folder, provider)
        for folder in settings.specs:
            self.catalog = self.catalog.with_folder(folder)
        for document in self.catalog.documents:
            if document.entry.overlays and not document.entry.sha256 and not document.entry.lenient:
                prepare(document)  # a user's own overlay: a mistake in it is told at the start
            if "training" in document.entry.task_types and not document.entry.sha256:
                self.catalog.get(training_of(document).base_document)
        self.on_exchange = on_exchange
        self.clock = clock or clock_of(settings)
        self.boot = boot or str(RealClock().now())
        self._errors: dict[str, ErrorCatalog] = {}
        self.is_ready = False
        self.sockets: set[object] = set()  # the connections that are open in this process
        self.courier: Courier  # made by whoever knows the providers: create_app
        self.begin: Callable[[], Awaitable[None]] = _nothing  # as is the courier
        self.workshop = workshop or Workshop(settings, on_made)
        self._shares_workshop = workshop is not None
        self.open_producer: Callable[[], Producer]  # as is the courier
        self._producer: Producer | None = None
        if (
            settings.prices or settings.error_catalog or settings.scenario
        ):  # a mistake in a user's file shows at the start
            _ = self.prices, self.codes, self.scenarios
        self.expand: dict[str, Expand] = {}  # by provider: as is the courier
        self.world = World.of(settings, self.clock, self._store(), self.workshop, self.expand)

    @cached_property
    def is_simple(self) -> bool:
        """Whether this process alone has the store, and draws all pictures itself."""
        return self.settings.store == "memory" and not uses_pipeline(self.settings)

    @cached_property
    def prices(self) -> PriceTable:
        """The price table, with the user's laid over it."""
        return load_prices(self.settings.prices)

    def errors_of(self, provider: str) -> ErrorCatalog:
        """Return a provider's error catalogue, with the user's laid over it."""
        found = self._errors.get(provider)
        if found is None:
            found = self._errors[provider] = load_errors(provider, self.settings.error_catalog, self._data)
        return found

    @property
    def codes(self) -> frozenset[str]:
        """Every error code of every provider: what a fault may name."""
        return frozenset(code for provider in (*catalogued(), *self._data) for code in self.errors_of(provider).codes)

    async def start(self) -> None:
        """Make ready what the first request needs; any number of times. Raises StoreError."""
        if not self.is_ready:
            await self.world.store.open()
            if self.settings.store != "memory":
                await self.begin()
            await self._set_scenarios()
            self.is_ready = True
            if self.settings.store != "memory":
                self.courier.nudge()  # what an earlier server left behind is delivered
                await self._go_on()

    async def _go_on(self) -> None:
        """Have made what an earlier server left unfinished."""
        if not await self.world.store.size("productions"):
            return
        if self.settings.clock == "virtual":  # whose time begins anew, and which no other process has
            from .productions import revive

            await revive(self.world.store, now=self.clock.now())
        self.produce()

    def produce(self, *, now: bool = True) -> None:
        """Have productions looked for, at once or when it is time; in the server's event loop."""
        if self._producer is None:
            self._producer = self.open_producer()
        self._producer.nudge(now=now)

    @cached_property
    def scenarios(self) -> Sequence[Scenario]:
        """The scenarios that the settings name. Raises ScenarioError."""
        return [load_scenario(name, codes=self.codes) for name in self.settings.scenario]

    async def _set_scenarios(self) -> None:
        """Set the faults that the settings ask for; those that another process has set, or an earlier one, count on."""
        if self.scenarios:
            faults = [fault for scenario in self.scenarios for fault in scenario.faults]
            await self.world.faults.put(faults, keep=True)

    async def reset(self) -> None:
        """Forget everything that happened.

        With the memory store requests that are being answered keep the world that they began in.
        """
        if self.settings.store == "memory":
            store = self._store()
        else:
            store = self.world.store
            await store.clear()
        self.world = World.of(self.settings, self.clock, store, self.workshop, self.expand)
        await self._set_scenarios()

    async def stop(self) -> None:
        """Let go of what the store holds open."""
        await self.courier.stop()
        if self._producer is not None:
            await self._producer.stop()
        if not self._shares_workshop:
            await to_thread.run_sync(self.workshop.close)
        await self.world.store.close()
        self.is_ready = False

    def _store(self) -> Store:
        return open_store(self.settings.store, self.clock, bounds(self.settings))


async def _nothing() -> None:
    """Do nothing."""


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the settings ask for."""
    return VirtualClock(tick_per_poll=settings.tick_per_poll) if settings.clock == "virtual" else RealClock()
