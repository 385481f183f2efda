"""What every part of a running server shares: settings, documents, data files and the current world."""

from collections.abc import Callable
from functools import cached_property

from genmock.specs import Catalog, ErrorCatalog, PriceTable, load_catalog, load_errors, load_prices
from genmock.validators import prepare

from .clock import Clock
from .journal import Exchange
from .settings import Settings
from .world import World


class Runtime:
    """A server's fixed parts, and the world that reset replaces.

    on_exchange: called with each exchange when it has ended; a log, usually.
    Raises SpecError when a document or a data file of the settings cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.settings = settings
        self.catalog: Catalog = load_catalog()
        for folder in settings.specs:
            self.catalog = self.catalog.with_folder(folder)
        for document in self.catalog.documents:
            if document.entry.overlays and not document.entry.sha256 and not document.entry.lenient:
                prepare(document)  # a user's own overlay: a mistake in it is told at the start
        self.on_exchange = on_exchange
        self._clock = clock
        if settings.prices or settings.error_catalog:  # a mistake in a user's file is told at the start
            _ = self.prices, self.errors
        self.world = World.of(settings, clock)

    @cached_property
    def prices(self) -> PriceTable:
        """The price table, with the user's laid over it."""
        return load_prices(self.settings.prices)

    @cached_property
    def errors(self) -> ErrorCatalog:
        """Runware's error catalogue, with the user's laid over it."""
        return load_errors("runware", self.settings.error_catalog)

    def reset(self) -> None:
        """Forget everything that happened: a fresh world takes the place of the old one."""
        self.world = World.of(self.settings, self._clock)
