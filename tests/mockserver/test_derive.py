"""What looks random derives from what was asked: golden values, and laws."""

import importlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

derive = importlib.import_module("genmock.mockserver.derive")
TEXTS = st.text(max_size=5)


def test_values_never_change_between_versions() -> None:
    assert derive.digest("a", 1).hex()[:16] == "0e9c3156ac694b08"
    assert derive.derived_uuid(0, "image", "a", 0) == "9c3c016d-c4cc-4f7c-b934-1e00ab9da50b"
    assert derive.derived_seed(0, "a") == 1_565_054_783


@given(one=st.lists(TEXTS, max_size=4), two=st.lists(TEXTS, max_size=4))
def test_parts_do_not_run_into_each_other(one: list[str], two: list[str]) -> None:
    assert (derive.digest(*one) == derive.digest(*two)) == (one == two)


@given(parts=st.lists(TEXTS | st.integers(), max_size=4))
def test_uuids_are_of_version_4_and_seeds_have_32_bits(parts: list[Any]) -> None:
    assert uuid.UUID(derive.derived_uuid(*parts)).version == 4
    assert 0 <= derive.derived_seed(*parts) < 2**32


def test_lone_surrogates_and_bytes_can_be_digested() -> None:
    assert derive.digest("\ud800") != derive.digest(b"")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 512}, {"a": 512.0}),
        ([1, [2.0]], [1.0, [2]]),
        ({"a": (1, 2)}, {"a": [1, 2]}),
    ],
)
def test_spellings_of_one_value_are_one(one: Any, two: Any) -> None:
    assert derive.canonical(one) == derive.canonical(two)


@pytest.mark.parametrize(("one", "two"), [(1, True), ("1", 1), ([1, 2], [2, 1]), (None, 0), (0.5, 0.25), ({}, [])])
def test_different_values_stay_different(one: Any, two: Any) -> None:
    assert derive.canonical(one) != derive.canonical(two)
