"""Memory of the server, idle and after 200,000 requests, and how it answers when there are many stored tasks."""

import contextlib
import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from . import rounds
from .figures import Figure, Scale
from .loads import POSTS
from .processes import ROOT, genmock, rss_mb, serving
from .stores import redis_url

ONE_ITEM = POSTS[0]
REQUESTS = 200_000
TURN_S = 5.0
LARGEST = {"memory": 1_000_000, "sqlite": 100_000, "redis": 100_000}


def memory(scale: Scale) -> list[Figure]:
    """Return the server's memory before and after many requests."""
    wanted, sent = scale.of(REQUESTS, 2_000), 0
    with serving(genmock()) as server:
        rounds.probe(server, ONE_ITEM, ours=True)
        idle = rss_mb(server.pid)
        while sent < wanted:
            found = rounds.post(server, ONE_ITEM, TURN_S if not scale.quick else 1.0)
            rounds.hold(server.name, ONE_ITEM.name, ONE_ITEM.status, found)
            sent += found.requests
            scale.say(f"{sent:,} of {wanted:,} requests")
        loaded = rss_mb(server.pid)
    return [
        Figure("memory, idle", idle, "MB"),
        Figure(f"memory after {wanted:,} requests", loaded, "MB", "idle", loaded / idle),
    ]


def growth(scale: Scale) -> list[Figure]:
    """Return what a poll takes with many stored tasks beside few, and what a task takes, for each store.

    Each store is measured by a process of its own: `python -m benchmarks.polls`.
    """
    found = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        redis = stack.enter_context(redis_url(folder))
        for name, url in {
            "memory": "memory",
            "sqlite": f"sqlite:///{Path(folder, 'polls.db')}",
            "redis": redis,
        }.items():
            if url:
                found += _grown(name, url, scale)
            else:
                scale.say("no redis-server or valkey-server: that store is left out")
    return found


def _grown(name: str, url: str, scale: Scale) -> list[Figure]:
    few, many = 1_000, scale.of(LARGEST[name], 3_000)
    scale.say(f"{many:,} tasks, {name} store")
    command = [sys.executable, "-m", "benchmarks.polls", "--store", url, "--sizes", str(few), str(many)]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    (first, _), (last, bytes_each) = json.loads(run.stdout)
    figure = partial(Figure, f"a poll at {many:,} tasks, {name}", last, "µs", f"at {few:,} tasks")
    stored = Figure(f"memory of a stored task, {name}", bytes_each, "bytes")
    return [figure(ratio=last / first, at_most=1.5), stored]
