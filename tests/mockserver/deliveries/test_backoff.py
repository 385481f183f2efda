"""How long to wait between attempts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmock.mockserver.deliveries.backoff import JITTER, delay_s

USUAL: dict[str, Any] = {"base": 0.25, "cap": 8.0, "seed": 0, "delivery_id": "d"}


@pytest.mark.parametrize(("attempt", "whole"), [(1, 0.25), (2, 0.5), (3, 1), (4, 2), (5, 4), (6, 8), (7, 8), (999, 8)])
def test_a_delay_doubles_up_to_a_cap_and_jitter_only_shortens_it(attempt: int, whole: float) -> None:
    assert whole * (1 - JITTER) <= delay_s(attempt, **USUAL) <= whole


@given(st.integers(1, 20), st.integers(0), st.text())
def test_a_delay_is_the_same_each_time(attempt: int, seed: int, delivery_id: str) -> None:
    options = {**USUAL, "seed": seed, "delivery_id": delivery_id}
    assert delay_s(attempt, **options) == delay_s(attempt, **options)


def test_deliveries_that_failed_together_come_back_apart() -> None:
    assert len({delay_s(1, **{**USUAL, "delivery_id": str(n)}) for n in range(100)}) == 100


def test_another_seed_gives_other_delays() -> None:
    assert delay_s(1, **USUAL) != delay_s(1, **{**USUAL, "seed": 1})


def test_no_back_off_is_no_delay() -> None:
    assert delay_s(3, **{**USUAL, "base": 0.0}) == 0
