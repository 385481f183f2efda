"""What a provider is to the server: a name, routes, and what it sends of a finished task. All else is in its folder."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from ..deliveries import Delivery, Job, Parcel
from ..history import TaskView
from ..pipeline import Step, Trouble
from ..runtime import Runtime
from ..stores import Put
from ..task_table import Archived
from ..tasks import TaskRecord
from ..world import World

if TYPE_CHECKING:
    from ..productions import Producing


async def nothing_to_send(_: Runtime, __: Job, ___: Delivery) -> Parcel | None:
    """Return None: for a provider that delivers nothing by itself."""
    return None


async def nothing_to_write(_: Runtime, __: Job, ___: Delivery) -> Sequence[Put]:
    """Return nothing: for a provider that delivers nothing by itself."""
    return ()


def nothing_to_tell(_: Runtime) -> Sequence[str]:
    """Return nothing: for a provider that serves all that its documents declare."""
    return ()


def nothing_about(_: Runtime, __: str) -> Sequence[tuple[str, str]]:
    """Return no rows for the banner."""
    return ()


def no_example(_: Runtime, __: str) -> Sequence[str]:
    """Return no line to try it with."""
    return ()


def keys(runtime: Runtime) -> str:
    """Return what the banner says of credentials, for a provider that takes API keys."""
    return "keys: these only" if runtime.settings.api_key else "keys: any that is not empty"


async def nothing_to_begin(_: Runtime) -> None:
    """Do nothing: for a provider that goes on where it was."""


async def no_tasks(_: World) -> Sequence[TaskView]:
    """Return nothing: for a provider whose answers are all given at once."""
    return ()


@dataclass(frozen=True)
class Provider:
    """One provider. routes: from a server's runtime to its routes, at the provider's own paths.

    trouble: the body of an error that no step could tell. not_found: the step that answers a path that nobody has.
    operations: the names that faults and the journal have for what it can be asked. error_of_status: the code that
    stands for a status, where several have it. pack: what one delivery of a finished task sends, or None when nothing
    is left to send. finish: what is written when a delivery has ended for good. findings: what is told at the start of
    the user's own documents, one line each. data: the folder of its documents and its errors.toml; None: specs/<name>/.
    about: rows of the banner, from the server's URL. credentials: which keys or tokens are taken, for the banner.
    example: lines for a shell that order a picture and open it.
    tasks: those that a world holds, for whoever looks at it from outside. begin: done when a server starts on a store
    that an earlier one may have used. producing: what it has to say of what the pipeline makes, if it makes anything.
    expand: the record of an account's task of which the store has only what was sent, for a provider with such tasks.
    """

    name: str
    routes: Callable[[Runtime], Sequence[BaseRoute]]
    trouble: Trouble
    not_found: Step
    operations: Callable[[Runtime], Collection[str]]
    error_of_status: Mapping[int, str]
    pack: Callable[[Runtime, Job, Delivery], Awaitable[Parcel | None]] = nothing_to_send
    finish: Callable[[Runtime, Job, Delivery], Awaitable[Sequence[Put]]] = nothing_to_write
    findings: Callable[[Runtime], Sequence[str]] = nothing_to_tell
    data: Path | None = None
    about: Callable[[Runtime, str], Sequence[tuple[str, str]]] = nothing_about
    credentials: Callable[[Runtime], str] = keys
    example: Callable[[Runtime, str], Sequence[str]] = no_example
    tasks: Callable[[World], Awaitable[Sequence[TaskView]]] = no_tasks
    begin: Callable[[Runtime], Awaitable[None]] = nothing_to_begin
    producing: "Callable[[], Producing] | None" = None
    expand: Callable[[Runtime, str, Archived], TaskRecord] | None = None
