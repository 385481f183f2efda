"""The providers that the server stands in for, one folder of the same shape each."""

from collections.abc import Collection

from .base import Provider
from .kiapi import PROVIDER as KIAPI
from .runware import PROVIDER as RUNWARE

PROVIDERS: tuple[Provider, ...] = (RUNWARE, KIAPI)


def served(names: Collection[str]) -> tuple[Provider, ...]:
    """Return the providers with those names, all for none. The first answers the paths that nobody has."""
    return tuple(provider for provider in PROVIDERS if not names or provider.name in names)


__all__ = ["PROVIDERS", "Provider", "served"]
