"""The providers that the server stands in for, one folder of the same shape each."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from ..conversion import SettingsError
from ..installed import GROUP, entry_point
from .base import Provider
from .kiapi import PROVIDER as KIAPI
from .runware import PROVIDER as RUNWARE

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PROVIDERS: tuple[Provider, ...] = (RUNWARE, KIAPI)


def served(names: Collection[str]) -> tuple[Provider, ...]:
    """Return the providers with those names, ours for none. The first answers the paths that nobody has.

    A name that is not ours is an entry point's of another package; one that nobody has is left to the settings' check.
    Raises SettingsError when an entry point leads to no provider.
    """
    ours = tuple(provider for provider in PROVIDERS if not names or provider.name in names)
    others = {*names} - {provider.name for provider in PROVIDERS}
    found = [point for name in sorted(others) if (point := entry_point(name)) is not None]
    return (*ours, *map(_loaded, found))


def _loaded(point: "EntryPoint") -> Provider:
    """Return the provider of an entry point. Raises SettingsError when something else is there."""
    provider = point.load()
    if isinstance(provider, Provider) and provider.name == point.name:
        return provider
    raise SettingsError(
        f"cannot serve the provider {point.name}: {point.value} is none of that name",
        where=f"the entry points {GROUP} of the package that is installed",
        expected=f"a Provider(name={point.name!r}, ...) of genmock.mockserver.providers",
        advice="docs/adding-a-provider.md",
    )


__all__ = ["PROVIDERS", "Provider", "served"]
