"""Mutated requests: no 5xx, no hang, no reply outside its contract, memory flat (benchmarks/fuzz_server.py).

Tasks that are answered later, their deliveries, trainings and the control API are among them, on a virtual clock.
"""
# ruff: noqa: T201 - the seed and the figures of a run are printed

import asyncio
import importlib
import os
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FULL = os.environ.get("GENMOCK_SCALE") == "full"
COUNT = 100_000 if FULL else 1_000
# So that the stores fill up early; an exchange of a hostile request may take half a megabyte of the journal.
SMALL = {"journal_size": 5, "max_tasks": 200, "max_pictures": 100, "max_media": 1024 * 1024}
GROWTH_MB = 80  # what a run may add after warm-up: the cache of drawn files (32 MB), Python's and Pillow's own pools
PLATEAU_MB = 350  # what it may hold: long runs level off 220 above an idle process, short ones are on their way there
SLOW_S = 30.0


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("fuzz_server")


def judge(fuzz: Any, count: int, **settings: Any) -> None:
    """Send so many requests, and hold what came of them to the law."""
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}, {count} requests, {settings}")
    idle = fuzz.rss_mb()  # of a process that may have run other tests
    result = asyncio.run(fuzz.run(count, seed, **SMALL, **settings))
    print(f"{dict(result.statuses)} {dict(result.control)} {dict(result.deliveries)} {result.rss_mb} MB")
    assert result.failures == [], f"seed {seed}"
    assert result.slowest_s < SLOW_S, f"seed {seed}"
    if FULL:
        assert result.rss_mb[1] - result.rss_mb[0] < GROWTH_MB, f"seed {seed}: {result.rss_mb}"
    assert result.rss_mb[1] - idle < PLATEAU_MB, f"seed {seed}: {result.rss_mb}"
    assert result.statuses[200] > count / 20


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "contract", ["provider", *(pytest.param(c, marks=pytest.mark.slow) for c in ("strict", "report"))]
)
def test_no_request_gets_a_5xx_hangs_or_leaks(fuzz: Any, contract: str) -> None:
    judge(fuzz, COUNT, contract=contract)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_request_breaks_a_server_whose_state_is_a_file(fuzz: Any, tmp_path: Path) -> None:
    judge(fuzz, COUNT // 4, store=f"sqlite:///{tmp_path}/fuzz.db", reused_task_uuid="allow")


def test_the_same_seed_makes_the_same_requests(fuzz: Any) -> None:
    one, two = fuzz.Mutator(1), fuzz.Mutator(1)
    assert [one.request() for _ in range(50)] == [two.request() for _ in range(50)]
