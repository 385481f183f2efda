"""The Starlette application that stands in for the providers.

What only those need who look at a server from outside is loaded when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from .app import create_app
from .clock import Clock, RealClock, VirtualClock
from .exchange import Exchange
from .journal import Journal
from .makers.workshop import Workshop
from .runtime import Runtime
from .server import ServerThread
from .settings import Settings
from .world import World

if TYPE_CHECKING:
    from .decode import Undecodable as Undecodable
    from .decode import decode_json as decode_json
    from .exchange import SECRET_HEADERS as SECRET_HEADERS
    from .exchange import elided as elided
    from .faults import Fault as Fault
    from .faults import FaultsRefused as FaultsRefused
    from .faults import FaultState as FaultState
    from .faults import ScenarioError as ScenarioError
    from .faults import laid_over as laid_over
    from .faults import load_scenario as load_scenario
    from .faults import read_faults as read_faults
    from .history import DeliveryView as DeliveryView
    from .history import TaskView as TaskView
    from .history import read_deliveries as read_deliveries
    from .log import block as block
    from .pictures import ImageRejected as ImageRejected
    from .pictures import PictureSpec as PictureSpec
    from .pictures import decode as decode_picture
    from .pictures import draw as draw
    from .providers import Provider as Provider
    from .providers import served as served
    from .stores import open_store as open_store

_HOME = {
    "DeliveryView": "history",
    "Fault": "faults",
    "FaultState": "faults",
    "FaultsRefused": "faults",
    "ImageRejected": "pictures",
    "PictureSpec": "pictures",
    "Provider": "providers",
    "SECRET_HEADERS": "exchange",
    "ScenarioError": "faults",
    "TaskView": "history",
    "Undecodable": "decode",
    "block": "log",
    "decode_json": "decode",
    "decode_picture": "pictures:decode",  # beside the module of that name
    "draw": "pictures",
    "elided": "exchange",
    "laid_over": "faults",
    "load_scenario": "faults",
    "open_store": "stores",
    "read_deliveries": "history",
    "read_faults": "faults",
    "served": "providers",
}

__all__ = [
    "SECRET_HEADERS",
    "Clock",
    "DeliveryView",
    "Exchange",
    "Fault",
    "FaultState",
    "FaultsRefused",
    "ImageRejected",
    "Journal",
    "PictureSpec",
    "Provider",
    "RealClock",
    "Runtime",
    "ScenarioError",
    "ServerThread",
    "Settings",
    "TaskView",
    "Undecodable",
    "VirtualClock",
    "Workshop",
    "World",
    "block",
    "create_app",
    "decode_json",
    "decode_picture",
    "draw",
    "elided",
    "laid_over",
    "load_scenario",
    "open_store",
    "read_deliveries",
    "read_faults",
    "served",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module-level __getattr__ returns whatever was asked for
    """Import what is not needed to serve when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, _, attribute = _HOME[name].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), attribute or name)
