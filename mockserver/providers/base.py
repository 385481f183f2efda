"""What a provider is to the server: a name, routes, and what it sends of a finished task. All else is in its folder."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from ..deliveries import Delivery, Job, Parcel
from ..runtime import Runtime
from ..stores import Put


@dataclass(frozen=True)
class Provider:
    """One provider. routes: from a server's runtime to its routes, at the provider's own paths.

    pack: what one delivery of a finished task sends, or None when nothing is left to send. finish: what is written
    when a delivery has ended for good.
    """

    name: str
    routes: Callable[[Runtime], Sequence[BaseRoute]]
    pack: Callable[[Runtime, Job, Delivery], Awaitable[Parcel | None]]
    finish: Callable[[Runtime, Job, Delivery], Awaitable[Sequence[Put]]]
