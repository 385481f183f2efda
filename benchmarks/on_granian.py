"""genmock's application for granian, with the log that `genmock serve` writes: `granian --factory ...:app`."""

import importlib.util
import sys
from typing import TYPE_CHECKING

from .processes import PORT, Program

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def app() -> "ASGIApp":
    """Return the application, everything on, as the command line makes it."""
    from genmock.mockserver import Settings, create_app  # here: only granian's own process makes one
    from genmock.mockserver.log import logger_for

    settings = Settings()
    return create_app(settings, on_exchange=logger_for(settings, sys.stdout))


def program() -> Program | None:
    """Return how genmock is served by granian instead of uvicorn, or None where granian is not installed."""
    if importlib.util.find_spec("granian") is None:
        return None
    served = ("--interface", "asgi", "--http", "1", "--loop", "uvloop", "--no-access-log", "--no-log", "--factory")
    command = (sys.executable, "-m", "granian", *served, "--host", "127.0.0.1", "--port", PORT)
    return Program("genmock on granian", (*command, "benchmarks.on_granian:app"))
