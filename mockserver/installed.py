"""Providers of other packages, found by the entry points that those declare: docs/adding-a-provider.md."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "genmock.providers"


def entry_point(name: str) -> "EntryPoint | None":
    """Return where the provider of that name is, or None when no package that is installed has it."""
    from importlib.metadata import entry_points  # here: few servers have such a provider, and it takes a while to load

    return next(iter(entry_points(group=GROUP, name=name)), None)
