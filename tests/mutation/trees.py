"""A copy of the source with the laws beside it, in which a defect can be planted and taken out again."""

import compileall
import importlib.util
import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from .defects import Defect

ROOT = Path(__file__).parents[2]
ROOMS = ("specs", "validators", "mockserver", "fixtures")
# The laws, those that are quickly held first; then what a picture must look like, which no law can know.
SUITE = (
    "tests/laws/test_results.py",
    "tests/laws/test_verdicts.py",
    "tests/laws/test_transports.py",
    "tests/laws/test_failures.py",
    "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[memory]",
    "tests/laws/test_kiapi_verdicts.py",
    "tests/laws/test_kiapi.py",
    "tests/laws/test_arrays.py",
    "tests/laws/test_defaults.py",
    "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[sqlite]",
    "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[redis]",
    "tests/laws/test_tolerance.py",
    "tests/laws/test_inputs.py",
    "tests/mockserver/pictures/test_golden.py",
    "tests/mockserver/pictures/test_every_scene.py",
)
FIRST = {  # where a defect would show first
    "mockserver/pictures/": ("golden", "every_scene", "test_inputs", "test_results"),
    "mockserver/providers/kiapi/": ("test_kiapi_verdicts", "test_kiapi.py", "memory"),
    "mockserver/stores/redis": ("redis",),
    "mockserver/stores/sqlite": ("sqlite",),
    "mockserver/stores/": ("memory",),
    "mockserver/deliveries/": ("memory",),
    "mockserver/training/": ("test_inputs", "memory"),
    "mockserver/faults/": ("test_failures", "memory"),
    "mockserver/providers/runware/training": ("memory", "test_inputs"),
    "mockserver/providers/runware/polling": ("test_failures",),
    "mockserver/tasks": ("test_failures",),
    "mockserver/recipe": ("test_inputs",),
    "mockserver/runtime": ("test_inputs",),
    "mockserver/providers/runware/socket": ("test_transports",),
    "validators/": ("test_verdicts", "test_tolerance"),
}
NEEDED = ("tests/laws", "tests/mockserver/pictures", "pyproject.toml")
PATIENCE = 4  # times as long as it may use a processor is how long a run may take
Outcome = Literal["caught", "missed", "out of time"]


@dataclass(frozen=True)
class Verdict:
    """What became of a defect. told: the test that caught it, and its last line. took_s: seconds."""

    defect: Defect
    outcome: Outcome
    told: str
    took_s: float


class Tree:
    """A copy of the source in a folder of its own. broken: the file of tasks that the source as it is must refuse."""

    def __init__(self, folder: Path, broken: Path) -> None:
        self.folder = folder
        self._broken = broken
        shutil.copytree(ROOT / "genmock", folder / "genmock", ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
        for room in ROOMS:
            shutil.copytree(ROOT / room, folder / "genmock" / room, ignore=shutil.ignore_patterns("__pycache__"))
        for path in NEEDED:
            copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy2
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / path, folder / path)
        shutil.copy2(Path(__file__).with_name("tracing.py"), folder / "tracing.py")
        compileall.compile_dir(folder, quiet=2)
        self.source = folder / "source"  # as it is, whatever becomes of the checkout meanwhile
        shutil.copytree(folder / "genmock", self.source)

    def judge(self, defect: Defect, limit_s: float) -> Verdict:
        """Return what becomes of a defect: it is planted, the laws run until one breaks, and it is taken out."""
        path, healthy = self.folder / "genmock" / defect.file, self.source / defect.file
        path.write_text(defect.applied(healthy.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            began = time.monotonic()
            outcome, told = self.run(limit_s, *suite_for(defect.file))
            return Verdict(defect, outcome, told, time.monotonic() - began)
        finally:
            shutil.copy2(healthy, path)  # with its time, so that its byte code is used again

    def run(self, limit_s: float | None, *options: str, env: Mapping[str, str] | None = None) -> tuple[Outcome, str]:
        """Return what the laws say, and their last words. limit_s: seconds of a processor that they may use."""
        quick = [
            "-x",
            "-q",
            "--no-header",
            "--tb=line",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
        ]
        command = [sys.executable, "-m", "pytest", *quick, *options]
        own = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "GENMOCK_SHRINK": "no"}
        own |= {"GENMOCK_BROKEN": str(self._broken)}
        started = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONHASHSEED": "0", **own, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=partial(_limit, limit_s),
        )
        try:
            output, _ = started.communicate(timeout=limit_s and PATIENCE * limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)  # with the Redis server that it started
            started.communicate()
            return "out of time", ""
        if started.returncode == -signal.SIGXCPU:
            return "out of time", ""
        return ("missed" if started.returncode == 0 else "caught"), _words(output)

    def executed(self) -> dict[str, Sequence[int]]:
        """Return the lines of functions that the laws execute, by file. Raises RuntimeError when a law breaks."""
        told = self.folder / "lines.json"
        outcome, words = self.run(None, "-p", "tracing", "--timeout", "0", *SUITE, env={"GENMOCK_LINES": str(told)})
        if outcome != "missed":
            raise RuntimeError(f"the laws do not hold for the source as it is: {words}")
        found: dict[str, Sequence[int]] = json.loads(told.read_text())
        return found


def suite_for(file: str) -> list[str]:
    """Return the suite in the order in which a defect of a file is most likely to show early."""
    wanted = next((parts for start, parts in FIRST.items() if file.startswith(start)), ())
    return sorted(SUITE, key=lambda test: next((n for n, part in enumerate(wanted) if part in test), len(wanted)))


def write_broken(path: Path) -> Path:
    """Write tasks that break their contract, drawn by the strategies of the source as it is; return the file."""
    spec = importlib.util.spec_from_file_location("broken", ROOT / "tests/laws/broken.py")
    assert spec is not None and spec.loader is not None
    drawn = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawn)
    path.write_text(json.dumps(drawn.drawn_broken()), encoding="utf-8")
    return path


def _limit(seconds: float | None) -> None:
    """Have the process stopped that has used a processor for so long, however many others want it."""
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 1))


def _words(output: str) -> str:
    """Return which test failed and why, in one line."""
    lines = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
    last = [line for line in output.splitlines() if line.strip()][-1:]
    return (lines[:1] or last or [""])[0][:200]
