"""Making produced files when somebody asks for them: off the event loop, once for all who wait, kept for the next."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from .recipe import ImageRecipe
from .stores import Store
from .world import World

if TYPE_CHECKING:
    from .makers.order import PictureOrder

RENDERERS = max(1, (os.cpu_count() or 1) - 1)  # pictures drawn at once; a core is left to those who answer requests
NICENESS = 5  # of who draws: a quarter of a core is left to it where requests keep all of them busy
_limiter: RunVar[CapacityLimiter] = RunVar("pictures drawn at once")
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
                data = await _drawn(await maker())
                world.files.put(identity, data)
    return data


async def _drawn(make: Callable[[], bytes]) -> bytes:
    """Return what a function makes, called in a thread that yields to the event loop."""
    limiter = _limiter.get(None)
    if limiter is None:  # what waits, waits here: a server that stops need not draw it first
        limiter = CapacityLimiter(RENDERERS)
        _limiter.set(limiter)
    async with limiter:
        return await asyncio.get_running_loop().run_in_executor(_renderers(), make)


@cache
def _renderers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(RENDERERS, "genmock-drawing", initializer=_yield_to_others)


def _yield_to_others() -> None:
    """Let the threads that answer requests go first; Linux alone has a niceness for each thread."""
    if sys.platform == "linux":
        os.nice(NICENESS)


async def picture_order(world: World, recipe: ImageRecipe, format: str, quality: int) -> "PictureOrder":
    """Return the order of a picture of the pipeline. format: as of ``picture_maker``. Raises MediumGone."""
    from .makers.order import PictureOrder  # here: most servers have no pipeline

    return PictureOrder(recipe, format, quality, await files_of(world.store, recipe))


async def picture_maker(world: World, recipe: ImageRecipe, format: str, quality: int) -> Callable[[], bytes]:
    """Return the function that makes a picture's file. format: "JPG", "PNG" or "WEBP". Raises MediumGone.

    One of the pipeline is made when its task is, and kept; one that was dropped to make room is made once more.
    """
    if recipe.sampling is not None:
        return await _pipeline_maker(world, recipe, format, quality)
    return partial(recipe.render, format, quality, await files_of(world.store, recipe))


async def _pipeline_maker(world: World, recipe: ImageRecipe, format: str, quality: int) -> Callable[[], bytes]:
    from .makers.order import picture_key  # here: most servers have no pipeline

    data = await world.store.get("contents", picture_key(recipe, format, quality))
    if data is not None:
        return lambda: data
    order = await picture_order(world, recipe, format, quality)
    made_now = await to_thread.run_sync(_made_now, world, order)  # which only waits, and keeps nobody from drawing
    return lambda: made_now


def _made_now(world: World, order: "PictureOrder") -> bytes:
    from .makers.pool import MakingFailed  # here: as above

    try:
        return world.workshop.pool.submit(order).made.result()
    except (MakingFailed, CancelledError) as error:
        raise MediumGone(str(error)) from None


async def files_of(store: Store, recipe: ImageRecipe) -> Mapping[str, bytes]:
    """Return the files that a picture is made from, by content. Raises MediumGone."""
    files = {}
    for content in recipe.contents:
        data = await store.get("contents", content)
        if data is None:
            raise MediumGone(content)
        files[content] = data
    return files


def _making_of(identity: bytes) -> asyncio.Lock:
    """Return what a file is made under, in this event loop; it goes with the last who holds it."""
    locks = _making.get(None)
    if locks is None:
        locks = WeakValueDictionary()
        _making.set(locks)
    return locks.setdefault(identity, asyncio.Lock())
