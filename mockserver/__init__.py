"""The Starlette application that stands in for the providers."""

from .app import create_app
from .clock import Clock, RealClock, VirtualClock
from .exchange import Exchange
from .journal import Journal
from .runtime import Runtime
from .server import ServerThread
from .settings import Settings
from .world import World

__all__ = [
    "Clock",
    "Exchange",
    "Journal",
    "RealClock",
    "Runtime",
    "ServerThread",
    "Settings",
    "VirtualClock",
    "World",
    "create_app",
]
