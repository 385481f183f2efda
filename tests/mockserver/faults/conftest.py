"""A store in memory with the faults in it: the fixtures `state`, `set_faults` and `struck`."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.faults import FaultState, Plan, Subject, plan, read_faults
from genmock.mockserver.stores import MemoryStore
from genmock.specs import load_errors

CODES = load_errors("runware").codes
PAINT = Subject("imageInference", "runware:111@1", {"steps": 20})


@pytest.fixture
def state() -> FaultState:
    """Return the faults of an empty store."""
    return FaultState(MemoryStore(VirtualClock(), {}), seed=0)


@pytest.fixture
def set_faults(state: FaultState) -> Callable[..., None]:
    """Return a function that sets faults as the control API has them: set_faults({"kind": "drop"}, ...)."""

    def put(*values: dict[str, Any]) -> None:
        asyncio.run(state.put(read_faults(list(values), codes=CODES)))

    return put


@pytest.fixture
def struck(state: FaultState) -> Callable[..., Plan]:
    """Return a function that makes the plan of one request: struck(task, ...); one imageInference by default."""

    def planned(*tasks: Subject, provider: str = "runware") -> Plan:
        given: Sequence[Subject] = tasks or (PAINT,)
        return asyncio.run(plan(state, provider=provider, tasks=given, codes=CODES))

    return planned
