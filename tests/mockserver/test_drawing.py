"""Files that are made when they are asked for: once for all who wait, in threads that let the event loop go first."""

import asyncio
import importlib
import os
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

drawing = importlib.import_module("genmock.mockserver.drawing")
media = importlib.import_module("genmock.mockserver.media")


def made(*wanted: tuple[bytes, Callable[[], bytes]]) -> list[Any]:
    """Return what all who ask at once get: each a file by its identity, made by a function, or what was raised."""
    world = SimpleNamespace(files=media.FileCache(1000))

    async def ask(identity: bytes, make: Callable[[], bytes]) -> Any:
        async def maker() -> Callable[[], bytes]:
            return make

        return await drawing.made(world, identity, maker)

    async def everybody() -> list[Any]:
        return list(await asyncio.gather(*(ask(*each) for each in wanted), return_exceptions=True))

    return asyncio.run(everybody())


def test_fifty_who_ask_at_once_cost_no_more_than_one() -> None:
    calls: list[int] = []

    def make() -> bytes:
        calls.append(1)
        return b"file"

    assert made(*[(b"a", make)] * 50) == [b"file"] * 50
    assert len(calls) == 1


def test_no_more_are_drawn_at_once_than_leave_the_event_loop_a_core() -> None:
    now, most, lock = [0], [0], threading.Lock()

    def make() -> bytes:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        sum(range(50_000))
        with lock:
            now[0] -= 1
        return b"file"

    made(*[(bytes((number,)), make) for number in range(12)])
    assert most[0] <= drawing.RENDERERS == max(1, (os.cpu_count() or 1) - 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")
def test_who_draws_lets_everybody_else_go_first() -> None:
    here = os.getpriority(os.PRIO_PROCESS, 0)
    (there,) = made((b"a", lambda: str(os.getpriority(os.PRIO_PROCESS, 0)).encode()))
    assert int(there) == min(here + drawing.NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == here


def test_what_cannot_be_made_is_told_to_each_and_tried_again() -> None:
    outcomes = iter([drawing.MediumGone("dropped"), None])

    def make() -> bytes:
        if (error := next(outcomes)) is not None:
            raise error
        return b"file"

    first, second = made((b"a", make), (b"a", make))
    assert isinstance(first, drawing.MediumGone)
    assert second == b"file"


def test_every_event_loop_can_have_something_drawn() -> None:
    assert [made((b"a", lambda: b"file")) for _ in range(3)] == [[b"file"]] * 3
