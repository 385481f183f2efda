"""Requests a second of genmock beside the anchors, on every kind of request."""

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import anchors, frames, on_granian, pictures, rounds
from .loads import POSTS, Driven, Load
from .processes import Program, Serving, genmock, serving

PICTURES = tuple(
    f"picture, {heat} {kind} {size}"
    for size in pictures.SIZES_PX
    for kind in pictures.FORMATS
    for heat in ("warm", "cold")
)
NAMES = (*(load.name for load in POSTS), frames.LOAD, *PICTURES)


@dataclass(frozen=True)
class Plan:
    """How loads are driven. names: of the loads. peers: other servers that are posted to. say: shows the progress."""

    names: Collection[str]
    rounds: int
    seconds: float
    seed: int
    say: Callable[[str], None]
    peers: Iterable[Program] = ()


def measured(plan: Plan) -> list[rounds.Row]:
    """Start the servers, drive the loads in rounds and return the table. Raises LoadError for a wrong answer."""
    with contextlib.ExitStack() as stack:
        files = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare, raw, ours, *others = (stack.enter_context(serving(each)) for each in _programs(files, plan.peers))
        turns: pictures.Turns = {}
        for load in POSTS:
            if load.name in plan.names:
                turns[load.name] = _posts(load, [bare, raw, ours, *others], plan.seconds)
        if frames.LOAD in plan.names:
            turns[frames.LOAD] = {each.name: partial(frames.turn, each, plan.seconds) for each in (bare, ours)}
        if set(PICTURES) & set(plan.names):
            fetched = pictures.turns(bare, ours, files, plan.seconds)
            turns |= {name: servers for name, servers in fetched.items() if name in plan.names}
        return rounds.rows(rounds.in_rounds(turns, plan.rounds, plan.seed, plan.say), bare.name)


def _programs(files: Path, peers: Iterable[Program]) -> list[Program]:
    granian = on_granian.program()
    return [
        *(anchors.bare("starlette", files), anchors.bare("raw"), genmock()),
        *([granian] if granian else []),
        *peers,
    ]


def _posts(load: Load, servers: list[Serving], seconds: float) -> dict[str, Callable[[], Driven]]:
    for server in servers:
        rounds.probe(server, load, ours=_ours(server))
    return {server.name: partial(_turn, server, load, seconds) for server in servers}


def _turn(server: Serving, load: Load, seconds: float) -> Driven:
    found = rounds.post(server, load, seconds)
    if _ours(server):
        rounds.hold(server.name, load.name, load.status, found)
    return found


def _ours(server: Serving) -> bool:
    return server.name.startswith("genmock")
