"""Two workers beside one, on requests that are mostly validation: twenty rich tasks each, with the SQLite store."""

import contextlib
import itertools
import statistics
import tempfile
from functools import partial
from pathlib import Path

from . import rounds
from .bodies import TASK, body
from .figures import Figure, Scale
from .loads import Load, results
from .processes import genmock, serving

# Twice the members of an ordinary task, so that the check is most of the work.
RICH = TASK | {
    "lora": [{"model": f"civitai:{number}@{number}", "weight": 0.5} for number in range(100, 105)],
    "scheduler": "Euler",
    "outputType": "URL",
    "outputQuality": 90,
    "includeCost": True,
    "ttl": 3600,
    "trueCFGScale": 2,
    "promptWeighting": "compel",
    "acceleratorOptions": {"teaCache": True, "cacheStartStep": 2, "cacheEndStep": 20},
    "safety": {"checkContent": True, "mode": "fast"},
}
LOAD = Load("20 rich items", body(*[RICH] * 20), 200, results(20))
WORKERS = (1, 2)
CONNECTIONS = 32  # enough that both workers have some, however they are shared out


def measured(scale: Scale) -> list[Figure]:
    """Return the ratio of two workers to one, and the load tool's share of a core while it drove the two."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        turns = {}
        for count in WORKERS:
            store = f"sqlite:///{Path(folder, f'{count}.db')}"
            program = genmock("--workers", str(count), "--store", store, name=f"genmock, {count}")
            server = stack.enter_context(serving(program))
            rounds.probe(server, LOAD, ours=True)
            turns[server.name] = partial(rounds.post, server, LOAD, scale.of(3, 1), connections=CONNECTIONS)
        found = rounds.in_rounds({LOAD.name: turns}, scale.of(3, 1), 0, scale.say)
    one, two = (found[LOAD.name, f"genmock, {count}"] for count in WORKERS)
    for each in itertools.chain(one, two):
        rounds.hold("genmock with workers", LOAD.name, LOAD.status, each)
    ratio = statistics.median(second.rate / first.rate for first, second in zip(one, two, strict=True))
    rate, share = (statistics.median(values) for values in zip(*((d.rate, d.tool_cores) for d in two), strict=True))
    return [
        Figure("20 rich items, 2 workers, SQLite", rate, "req/s", "1 worker", ratio, at_least=1.5),
        Figure("the load tool meanwhile", share * 100, "% of a core", at_most=15),
    ]
