"""JSON as bytes: what orjson refuses is written all the same."""

import importlib
import math
from typing import Any

import pytest

codec = importlib.import_module("genmock.mockserver.json_codec")


@pytest.mark.parametrize("value", [None, [], {"a": [1, 2.5, "é", True]}, 10**30, [-(10**400)], "\ud800", {"\udfff": 1}])
def test_every_json_value_comes_back(value: Any) -> None:
    assert codec.loads(codec.dumps(value)) == value


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("beside", [1, 10**30, "\ud800", "NaN"])
def test_what_is_no_number_is_null_whatever_stands_beside_it(number: float, beside: Any) -> None:
    assert codec.loads(codec.dumps({"a": [number], "b": beside})) == {"a": [None], "b": beside}


def test_a_text_that_looks_like_no_number_stays() -> None:
    assert codec.dumps(["NaN", "Infinity", 10**20]) == b'["NaN","Infinity",100000000000000000000]'


def test_depth_is_no_danger() -> None:
    value: Any = 10**30
    for _ in range(900):
        value = [value]
    assert codec.dumps(value).startswith(b"[" * 900)


def test_a_value_that_json_has_not_needs_a_stand_in() -> None:
    with pytest.raises(TypeError):
        codec.dumps({1, 2})
    assert codec.dumps({"a": {1}}, default=lambda value: sorted(value)) == b'{"a":[1]}'
