"""Making produced files when somebody asks for them: off the event loop, once for all who wait, kept for the next."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from .recipe import ImageRecipe
from .world import World

MAX_RENDERERS = 4  # pictures drawn at once; Pillow lets go of the interpreter lock while it works
_renderers: RunVar[CapacityLimiter] = RunVar("renderers")
_making: RunVar[WeakValueDictionary[bytes, asyncio.Lock]] = RunVar("files that are being made")


class MediumGone(Exception):
    """A medium can no longer be made: a file that it is made from was dropped to make room."""


async def made(world: World, identity: bytes, maker: Callable[[], Awaitable[Callable[[], bytes]]]) -> bytes:
    """Return a file, made off the event loop unless it was made lately.

    identity: bytes that differ whenever the file's may. maker: returns the function that makes it, and may raise
    MediumGone. Whoever asks for a file while it is made waits for that one: fifty clients cost no more than one.
    """
    data = world.files.get(identity)
    if data is None:
        async with _making_of(identity):
            data = world.files.get(identity)
            if data is None:
                limiter = _renderers.get(None) or CapacityLimiter(MAX_RENDERERS)
                _renderers.set(limiter)
                data = cast(bytes, await to_thread.run_sync(await maker(), limiter=limiter))
                world.files.put(identity, data)
    return data


async def picture_maker(world: World, recipe: ImageRecipe, format: str, quality: int) -> Callable[[], bytes]:
    """Return the function that makes a picture's file. format: "JPG", "PNG" or "WEBP". Raises MediumGone."""
    files = {}
    for source in recipe.sources:
        data = await world.store.get("contents", source.content)
        if data is None:
            raise MediumGone(source.content)
        files[source.content] = data
    return partial(recipe.render, format, quality, files)


def _making_of(identity: bytes) -> asyncio.Lock:
    """Return what a file is made under, in this event loop; it goes with the last who holds it."""
    locks = _making.get(None)
    if locks is None:
        locks = WeakValueDictionary()
        _making.set(locks)
    return locks.setdefault(identity, asyncio.Lock())
