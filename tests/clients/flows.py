"""The flows of every provider, and how the servers are set up that official clients are taken through them on."""

from collections.abc import Mapping
from typing import Any

from .flow import PROMPT, SIZE, Flow
from .kiapi_flows import KIAPI, KIAPI_SETTINGS
from .runware_flows import RUNWARE, RUNWARE_SETTINGS

FLOWS: Mapping[str, Flow] = {flow.name: flow for flow in (*RUNWARE, *KIAPI)}
PROVIDERS = tuple(dict.fromkeys(flow.provider for flow in FLOWS.values()))
_ALWAYS: Mapping[str, Any] = {"port": 0, "quiet": True, "check_replies": True}
SETTINGS: Mapping[str, Mapping[str, Any]] = {  # of a provider's servers
    "runware": {**_ALWAYS, **RUNWARE_SETTINGS},
    "kiapi": {**_ALWAYS, **KIAPI_SETTINGS},
}


def flows_of(provider: str) -> Mapping[str, Flow]:
    """Return the flows of a provider by name."""
    return {name: flow for name, flow in FLOWS.items() if flow.provider == provider}


__all__ = ["FLOWS", "PROMPT", "PROVIDERS", "SETTINGS", "SIZE", "Flow", "flows_of"]
