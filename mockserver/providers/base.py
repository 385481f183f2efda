"""What a provider is to the server: a name and routes. Everything else is inside its folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from ..runtime import Runtime


@dataclass(frozen=True)
class Provider:
    """One provider. routes: from a server's runtime to its routes, at the provider's own paths."""

    name: str
    routes: Callable[[Runtime], Sequence[BaseRoute]]
