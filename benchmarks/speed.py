"""Requests a second of genmock beside the anchors, on every kind of request."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from . import anchors, rounds
from .loads import POSTS, Driven, Load
from .processes import Program, Serving, genmock, serving

UNIT = anchors.bare("starlette").name


def programs() -> list[Program]:
    """Return what takes its turns on requests that are posted: the anchors, and genmock as users start it."""
    return [anchors.bare("starlette"), anchors.bare("raw"), genmock()]


def measured(
    chosen: Sequence[Load],
    servers: Sequence[Program],
    *,
    count: int,
    seconds: float,
    seed: int,
    say: Callable[[str], None],
) -> list[rounds.Row]:
    """Start the servers, drive the loads in rounds and return the table. Raises LoadError for a wrong answer."""
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(serving(program)) for program in servers]
        for load in chosen:
            for server in started:
                rounds.probe(server, load, ours=_ours(server))
        turns = {
            load.name: {server.name: partial(_turn, server, load, seconds) for server in started} for load in chosen
        }
        return rounds.rows(rounds.in_rounds(turns, count, seed, say), UNIT)


def chosen(only: Sequence[str]) -> list[Load]:
    """Return the loads of these names, or all of them."""
    return [load for load in POSTS if not only or load.name in only]


def _turn(server: Serving, load: Load, seconds: float) -> Driven:
    found = rounds.post(server, load, seconds)
    if _ours(server):
        rounds.hold(server, load.name, load.status, found)
    return found


def _ours(server: Serving) -> bool:
    return server.name.startswith("genmock")
