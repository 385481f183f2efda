"""Pictures that are fetched: cold, each for the first time, and warm, one again and again, beside a static file.

The static file is served by Starlette under the same server, with the bytes of the warm picture.
"""

import json
import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import client, rounds, wrk
from .bodies import HEADERS, TASK, body, uuid_of
from .loads import Driven, LoadError
from .processes import Serving

SIZES_PX = (512, 1024)
FORMATS = ("JPG", "PNG", "WEBP")
ITEMS, RESULTS = 20, 20  # of the requests that order what is fetched cold
COLD_PER_S = {512: 1500, 1024: 600, 2048: 200}  # pictures that are ordered for each second: more than can be drawn

Turns = dict[str, Mapping[str, Callable[[], Driven]]]


def turns(bare: Serving, ours: Serving, files: Path, seconds: float) -> Turns:
    """Return the loads of every size and format. files: the folder that the bare server serves at /static."""
    found: Turns = {}
    for size in SIZES_PX:
        for kind in FORMATS:
            name = f"{kind.lower()}-{size}.{kind.lower()}"
            (files / name).write_bytes(_fetched(ours, ordered(ours, size, kind, 1, first_seed=0)[0]))
            found[f"picture, warm {kind} {size}"] = {
                bare.name: partial(get, bare, [f"/static/{name}"], seconds),
                ours.name: partial(warm, ours, size, kind, seconds),
            }
            found[f"picture, cold {kind} {size}"] = {ours.name: partial(cold, ours, size, kind, seconds)}
    return found


def warm(server: Serving, size: int, kind: str, seconds: float) -> Driven:
    """Order the one picture, since what was ordered long ago is no longer kept, fetch it once, then again and again."""
    paths = ordered(server, size, kind, 1, first_seed=0)
    _fetched(server, paths[0])
    return get(server, paths, seconds)


def get(server: Serving, paths: list[str], seconds: float, connections: int = 8) -> Driven:
    """Get these paths in turns for some seconds. Raises LoadError when one was not answered with its picture."""
    if wrk.installed():
        found = wrk.drive(server.port, wrk.get_script(paths), seconds, connections)
    else:
        found = client.drive(server.port, client.gets(paths), seconds, connections)
    rounds.hold(server.name, f"GET {paths[0]}", 200, found)
    return found


def cold(server: Serving, size: int, kind: str, seconds: float, connections: int = 8) -> Driven:
    """Order pictures and get each once. Raises LoadError when they were too few for these seconds."""
    paths = ordered(server, size, kind, math.ceil(COLD_PER_S[size] * seconds))
    found = get(server, paths, seconds, connections)
    if found.requests > len(paths):
        raise LoadError(f"{len(paths)} pictures of {size}x{size} were too few: {found.requests} were fetched")
    return found


def ordered(server: Serving, size: int, kind: str, count: int, *, first_seed: int | None = None) -> list[str]:
    """Order so many pictures and return their paths. first_seed: of all of them; else each has a seed of its own."""
    paths: list[str] = []
    while len(paths) < count:
        run, results = next(rounds.RUNS), min(RESULTS, count - len(paths))
        task = TASK | {"width": size, "height": size, "outputFormat": kind, "numberResults": results}
        items = min(ITEMS, math.ceil((count - len(paths)) / results))
        seed = run * 10_000 if first_seed is None else first_seed
        paths += _paths(server, [task | {"seed": seed + number * RESULTS} for number in range(items)], run)
    return paths[:count]


def _paths(server: Serving, tasks: list[dict[str, Any]], run: int) -> list[str]:
    sent = body(*tasks).with_uuids([uuid_of(run, number) for number in range(len(tasks))])
    status, reply = server.ask("POST", server.path, sent.encode(), HEADERS)
    if status != 200:
        raise LoadError(f"{server.name} answered an order of pictures with {status}: {reply[:300]!r}")
    return [urlsplit(item["imageURL"]).path for item in json.loads(reply)["data"]]


def _fetched(server: Serving, path: str) -> bytes:
    status, content = server.ask("GET", path, headers=HEADERS)
    if status != 200:
        raise LoadError(f"{path} was answered with {status}: {content[:200]!r}")
    return content
