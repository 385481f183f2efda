"""The providers that the server stands in for, one folder of the same shape each."""

from .base import Provider
from .runware import PROVIDER as RUNWARE

PROVIDERS: tuple[Provider, ...] = (RUNWARE,)

__all__ = ["PROVIDERS", "Provider"]
