"""What `python -m benchmarks` can measure: the loads, the figures by group, and the commands that print their own."""

from collections.abc import Callable, Mapping

from . import checks, fixture, footprint, mixed, sharing, speed, starting
from .figures import Figure, Scale

COMMANDS = {
    "startup": "from the start of genmock serve to its first answer, beside a bare Starlette application",
    "check_request": "check_request of a task, beside jsonschema-rs and jsonschema",
    "stores": "bytes for each stored task, get and insert at 1,000 and 100,000 tasks, for each store",
    "polls": "the median poll of a whole server at 1,000 and at 100,000 stored tasks, for each store",
    "sockets": "a thousand sockets at once, idle ones, and a client that reads nothing",
    "fixture": "the pytest fixture: at collection, at the first test, and for every further test",
    "fuzz_server": "what comes of mutated requests: statuses, failures, the slowest, memory",
    "soak": "memory over time under mixed load with faults",
    "strategies": "messages that the strategies make a second",
    "pipeline": "a picture of the onnx engine: seconds, memory, the size of the extra",
    "install_size": "what the base install takes on disk",
}


def fixture_cost(scale: Scale) -> list[Figure]:
    """Return what the pytest fixture adds to a test, and to a run that never asks for it."""
    scale.say("the pytest fixture")
    found = fixture.medians(scale.of(3, 1))
    tests = {name: found[f"500 tests, {name}"] / fixture.TESTS * 1000 for name in ("fixture", "shared server")}
    collected = {name: found[f"collect 500, {name}"] * 1000 for name in ("plugin", "no plugin")}
    added, shared = tests["fixture"] - tests["shared server"], tests["shared server"]
    return [
        Figure("the fixture, added to each test", added, "ms", "its request", tests["fixture"] / shared),
        Figure(
            "collecting 500 tests with the plugin",
            *(collected["plugin"], "ms", "without it", collected["plugin"] / collected["no plugin"]),
        ),
    ]


FIGURES: Mapping[str, Callable[[Scale], list[Figure]]] = {
    "start": starting.measured,
    "imports": starting.imports,
    "check": checks.checking,
    "drawing": checks.drawing,
    "memory": footprint.memory,
    "mixed load": mixed.measured,
    "workers": sharing.measured,
    "fixture cost": fixture_cost,
    "stored tasks": footprint.growth,
}
SUMMARIES = {
    "start": "start to first answer, with the shipped documents and with 500 more",
    "imports": "what imports take",
    "check": "microseconds of check_request, beside jsonschema-rs",
    "drawing": "a picture of 1024x1024, beside its encoding alone",
    "memory": "the server's memory, idle and after 200,000 requests",
    "mixed load": "one item while cold 2048x2048 PNGs are fetched",
    "workers": "two workers beside one, with the SQLite store",
    "fixture cost": "what the pytest fixture adds to a test",
    "stored tasks": "a poll at 1,000,000 stored tasks (100,000 in SQLite and Redis), and the memory of a task",
}


def listed() -> str:
    """Return what `--list` prints."""
    lines = ["loads (--only NAME):", *(f"  {name}" for name in speed.NAMES)]
    lines += ["figures (--only NAME):", *(f"  {name:<14}{SUMMARIES[name]}" for name in FIGURES)]
    return "\n".join([*lines, "commands:", *(f"  {name:<14}{text}" for name, text in COMMANDS.items())])
