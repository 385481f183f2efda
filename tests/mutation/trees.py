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

import pytest

from .defects import Defect
from .suites import SUITE, suite_for

ROOT = Path(__file__).parents[2]
ROOMS = ("specs", "validators", "mockserver", "fixtures")
NEEDED = ("tests/laws", "tests/mockserver", "tests/validators", "tests/data", "docs", "pyproject.toml")
HANGS_S = 240  # after which a test is called hanging, on a machine that others use too
PATIENCE = 10  # times as long as it may use a processor is how long a run may take
LONG_WINDED = ("CI", "BUILD_NUMBER")  # with them pytest shows differences whole: minutes for two pictures
Outcome = Literal["caught", "missed", "out of time"]


@dataclass(frozen=True, eq=False)
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
            (folder / room).symlink_to(folder / "genmock" / room)  # where tests look for files of theirs
        for path in NEEDED:
            copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy2
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / path, folder / path)
        for plugin in ("tracing.py", "lawful.py"):
            shutil.copy2(Path(__file__).with_name(plugin), folder / plugin)
        compileall.compile_dir(folder, quiet=2)
        self.source = folder / "source"  # as it is, whatever becomes of the checkout meanwhile
        shutil.copytree(folder / "genmock", self.source)

    def judge(self, defect: Defect, limit_s: float) -> Verdict:
        """Return what becomes of a defect: it is planted, the laws run until one breaks, and it is taken out."""
        path, healthy = self.folder / "genmock" / defect.file, self.source / defect.file
        path.write_text(defect.applied(healthy.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            began = time.monotonic()
            near, far = suite_for(defect.file)
            outcome: Outcome = "missed"
            told, left_s = "", limit_s
            if near:
                outcome, told = self.run(limit_s, *near)
            if outcome == "missed":  # only now: to collect all tests takes longer than most defects live
                left_s -= self._used_s() if near else 0
                outcome, told = self.run(max(left_s, 1), *far)
            return Verdict(defect, outcome, told, time.monotonic() - began)
        finally:
            shutil.copy2(healthy, path)  # with its time, so that its byte code is used again

    def _used_s(self) -> float:
        """Return how long the newest run used a processor."""
        return float((self.folder / "used.txt").read_text())

    def run(self, limit_s: float | None, *options: str, env: Mapping[str, str] | None = None) -> tuple[Outcome, str]:
        """Return what the laws say, and their last words. limit_s: seconds of a processor that they may use."""
        quick = ["-x", "-q", "--no-header", "--tb=line", "--timeout", str(HANGS_S), "-p", "lawful"]
        unwanted = ("randomly", "cacheprovider", "xdist", "schemathesis")
        command = [sys.executable, "-m", "pytest", *quick, *(f"-pno:{name}" for name in unwanted), *options]
        inherited = {name: value for name, value in os.environ.items() if name not in LONG_WINDED}
        own = {"PYTHONPATH": str(self.folder), "GENMOCK_SHRINK": "no"}
        own["GENMOCK_USED"] = str(self.folder / "used.txt")
        own |= {"GENMOCK_BROKEN": str(self._broken)}
        started = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**inherited, "PYTHONHASHSEED": "0", **own, **(env or {})},
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
        if started.returncode == pytest.ExitCode.USAGE_ERROR:  # no verdict on the source
            raise RuntimeError(output)
        held = started.returncode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        return ("missed" if held else "caught"), _words(output)

    def executed(self) -> dict[str, Sequence[int]]:
        """Return the lines of functions that the laws execute, by file. Raises RuntimeError when a law breaks."""
        told = self.folder / "lines.json"
        outcome, words = self.run(None, "-p", "tracing", "--timeout", "0", *SUITE, env={"GENMOCK_LINES": str(told)})
        if outcome != "missed":
            raise RuntimeError(f"the laws do not hold for the source as it is: {words}")
        found: dict[str, Sequence[int]] = json.loads(told.read_text())
        return found


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
    lines = [line for line in output.splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return (failed[-1:] or lines[-1:] or [""])[0][:200]
