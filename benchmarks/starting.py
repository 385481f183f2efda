"""Figures of the start: to the first answer, with the shipped documents and with 500 more; memory; imports."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import documents, startup
from .figures import Figure, Scale
from .processes import environment

DOCUMENTS = 500
SLOW_S = 10.0
BARE = "bare starlette + uvicorn"
# What each program imports; the first is Python's own start.
IMPORTS = {
    "": "pass",
    "import genmock": "import genmock",
    "import check_request": "from genmock import check_request",
    "import of the server": "import genmock.mockserver.cli.serve",
}


def measured(scale: Scale) -> list[Figure]:
    """Start everything in turns and return the medians."""
    with tempfile.TemporaryDirectory() as folder:
        count = scale.of(DOCUMENTS, 50)
        documents.write(Path(folder), count)
        programs = {
            BARE: (startup.BARE, startup.TASK),
            "genmock": (startup.GENMOCK, startup.TASK),
            "more": (
                startup.genmock_with("--specs", folder),
                startup.TASK | {"model": documents.model_of(count // 2)},
            ),
        }
        starts: dict[str, list[startup.Start]] = {name: [] for name in programs}
        for number in range(scale.of(5, 1)):
            scale.say(f"start {number + 1}")
            for name, (code, task) in programs.items():
                if starts[name] and starts[name][0].answered_s > SLOW_S:
                    continue  # once is enough to see that
                starts[name].append(startup.start(code, task))
    bare, ours, more = (statistics.median(each.answered_s for each in starts[name]) for name in programs)
    memory = {name: statistics.median(each.rss_mb for each in found) for name, found in starts.items()}
    return [
        Figure("start to first answer", ours, "s", "bare", ours / bare, at_most=0.5, of_ratio=False),
        Figure(f"same, {count} more documents", more, "s", "bare", more / bare, at_most=1.5, of_ratio=False),
        Figure("memory after the first answer", memory["genmock"], "MB", "bare", memory["genmock"] / memory[BARE]),
        Figure(f"same, {count} more documents", memory["more"], "MB", "bare", memory["more"] / memory[BARE]),
    ]


def imports(scale: Scale) -> list[Figure]:
    """Return what imports take, above Python's own start, in turns."""
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    environ = environment()
    subprocess.run([sys.executable, "-c", "\n".join(IMPORTS.values())], check=True, env=environ)  # byte code is written
    for number in range(scale.of(15, 3)):
        scale.say(f"imports {number + 1}")
        for name, code in IMPORTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=environ)
            times[name].append(time.perf_counter() - began)
    own, *ours = (statistics.median(found) for found in times.values())
    return [
        Figure(name, (took - own) * 1000, "ms", "Python's own start", (took - own) / own)
        for name, took in zip([name for name in IMPORTS if name], ours, strict=True)
    ]
