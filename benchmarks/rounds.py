"""Loads driven in rounds: every server takes its turn on every load, in an order that is shuffled each time."""

import itertools
import json
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from . import client, wrk
from .bodies import HEADERS, uuid_of
from .loads import Driven, Load, LoadError, target_of
from .processes import Serving

Found = dict[tuple[str, str], list[Driven]]  # by (load, server): one for each round
RUNS = itertools.count(1)  # each has UUIDs of its own


@dataclass(frozen=True)
class Row:
    """A line of the table. ratio: to the bare server, the median of the rounds; rates and times are medians too."""

    load: str
    server: str
    rate: float
    ratio: float
    p50_ms: float
    p99_ms: float
    floor: float | None = None
    aim: float | None = None
    verdict: str = ""
    refused: float = 0.0


def probe(server: Serving, load: Load, *, ours: bool) -> None:
    """Send one request of a load and hold its answer to what the load says, where the server is ours.

    Raises LoadError when the answer is another, or, for the servers of others, when there is none.
    """
    run = next(RUNS)
    sent = load.body.with_uuids([uuid_of(run, number) for number in range(load.body.fresh)]).encode()
    status, reply = server.ask("POST", server.path, sent, HEADERS)
    if not ours:
        return
    wrong = f"status {status}, not {load.status}" if status != load.status else load.judge(json.loads(reply))
    if wrong:
        raise LoadError(f"{server.name} does not answer {load.name!r} as it must: {wrong}; {reply[:300]!r}")


def post(server: Serving, load: Load, seconds: float, connections: int = 8) -> Driven:
    """Drive one load on one server with wrk, or with the client of our own where there is no wrk."""
    run = next(RUNS)
    if wrk.installed():
        script = wrk.post_script(server.path, load.body, run, polled=load.polled)
        return wrk.drive(server.port, script, seconds, connections)
    requests = client.posts(server.path, load.body, run, polled=load.polled)
    return client.drive(server.port, requests, seconds, connections)


def hold(server: str, load: str, status: int, found: Driven) -> None:
    """Raise LoadError unless every answer had the status that a load expects, and no connection broke."""
    expected = found.requests if status >= 400 else 0
    if found.broken or found.refused != expected or not found.requests:
        raise LoadError(
            f"{server} did not answer {load!r} as it must: of {found.requests} answers {found.refused} had a "
            f"status of 400 or above, not {expected}; {found.broken} connections broke or timed out"
        )


def in_rounds(
    turns: Mapping[str, Mapping[str, Callable[[], Driven]]], rounds: int, seed: int, say: Callable[[str], None]
) -> Found:
    """Call every turn (load, then server) once a round, loads and servers shuffled, and return what each found."""
    choices = random.Random(seed)
    found: Found = {(load, server): [] for load, servers in turns.items() for server in servers}
    for number in range(1, rounds + 1):
        for load in _shuffled(list(turns), choices):
            for server in _shuffled(list(turns[load]), choices):
                say(f"round {number} of {rounds}: {load}, {server}")
                found[load, server].append(turns[load][server]())
    return found


def rows(found: Found, unit: str) -> list[Row]:
    """Return the lines of the table. unit: the server that is 1 on every load."""
    return [_row(load, server, rounds, found.get((load, unit), [])) for (load, server), rounds in found.items()]


def _row(load: str, server: str, rounds: Sequence[Driven], units: Sequence[Driven]) -> Row:
    ratios = [one.rate / unit.rate for one, unit in zip(rounds, units, strict=False) if unit.rate]
    ratio = statistics.median(ratios) if ratios else 0.0
    rate, p50, p99, refused = (
        statistics.median(values)
        for values in zip(
            *((one.rate, one.p50_ms, one.p99_ms, one.refused / one.requests) for one in rounds), strict=True
        )
    )
    target = target_of(load) if server == "genmock" else None
    if target is None:
        return Row(load, server, rate, ratio, p50, p99, refused=refused)
    return Row(load, server, rate, ratio, p50, p99, target.floor, target.aim, target.verdict(ratio), refused)


def _shuffled(names: list[str], choices: random.Random) -> list[str]:
    choices.shuffle(names)
    return names
