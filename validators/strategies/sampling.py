"""Examples of a strategy outside a test: for benchmarks, documentation, seeds of other fuzzers."""

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Value = TypeVar("Value")


def sample(strategy: st.SearchStrategy[Value], count: int, *, seed: int = 0) -> list[Value]:
    """Return that many values of a strategy, fewer when it has not so many. Equal seeds give equal values.

    They are those that a test with ``@seed(seed)`` would be given, in the same version of Hypothesis.
    """
    found: list[Value] = []

    @_seeded(seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.nested_given, HealthCheck.too_slow],  # it may run in a test, on any machine
    )
    @given(strategy)
    def keep(value: Value) -> None:
        found.append(value)

    keep()
    return found[:count]


_seeded = seed
