import os
from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.specs import load_prices

QWEN, FLUX = "runware:108@1", "runware:111@1"
MODELS = st.sampled_from([QWEN, FLUX, "acme:1@1"])
SIDES = st.integers(1, 4096)
STEPS = st.integers(1, 150)
EXAMPLES = 2_000 if os.environ.get("GENMOCK_SCALE") == "full" else 200
PRICES = load_prices()


def cost(width: int, height: int, steps: int | None = 30, model: str = QWEN, **options: object) -> str:
    return str(PRICES.cost(model, width=width, height=height, steps=steps, options=options))


@pytest.mark.parametrize(
    ("width", "height", "steps", "published"),
    [(1024, 768, 28, "0.0058"), (1024, 768, 30, "0.0058"), (1024, 1024, 30, "0.0077"), (1024, 1536, 30, "0.0128")],
)
def test_the_published_figures_are_exact(width: int, height: int, steps: int, published: str) -> None:
    assert cost(width, height, steps) == cost(height, width, steps) == published


@pytest.mark.parametrize(
    ("width", "height", "steps", "expected"),
    [
        (1024, 896, 30, "0.0068"),  # halfway between 0.0058 and 0.0077, 0.00675, rounded half up
        (1024, 384, 30, "0.0029"),  # halfway to nothing
        (1024, 2048, 30, "0.0179"),  # the last slope, 0.0051 for half a square, once more
        (1024, 1024, 14, "0.0039"),  # half of the least published step count
        (1024, 1024, 29, "0.0077"),  # between published step counts
        (1024, 1024, 60, "0.0154"),  # twice the greatest
    ],
)
def test_between_and_beyond_them_the_formula_holds(width: int, height: int, steps: int, expected: str) -> None:
    assert cost(width, height, steps) == expected


def test_a_model_without_points_has_a_rate() -> None:
    assert cost(1000, 1000, 30, FLUX) == "0.0045"
    assert cost(2000, 1000, 60, FLUX) == "0.0180"


def test_a_model_without_a_price_has_the_default_rate() -> None:
    assert cost(1000, 1000, 30, "acme:1@1") == "0.0074"


def test_without_steps_the_reference_count_holds() -> None:
    assert cost(1024, 1024, None) == cost(1024, 1024, 30)


def test_the_least_cost_of_a_picture_is_a_hundredth_of_a_cent() -> None:
    assert cost(1, 1, 1) == "0.0001"
    assert cost(0, 1024) == "0.0000"


def test_whole_numbers_may_be_spelt_as_floats() -> None:
    assert PRICES.cost(QWEN, width=1024.0, height=768.0, steps=28.0) == Decimal("0.0058")


def test_compel_adds_its_computing_time() -> None:
    assert cost(1024, 1024, promptWeighting="compel") == "0.0079"  # 0.0077 + 0.2 s at 0.00077
    assert cost(1024, 1024, promptWeighting="sdEmbeds") == "0.0077"


def test_the_price_of_a_training_is_published() -> None:
    assert PRICES.tasks["training"] == Decimal("1.2")


@given(MODELS, SIDES, SIDES, SIDES, SIDES, STEPS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_more_pixels_never_cost_less(model: str, a: int, b: int, c: int, d: int, steps: int) -> None:
    (width, height), (more_width, more_height) = sorted([(a, b), (c, d)], key=lambda size: size[0] * size[1])
    more = PRICES.cost(model, width=more_width, height=more_height, steps=steps)
    assert PRICES.cost(model, width=width, height=height, steps=steps) <= more


@given(MODELS, SIDES, SIDES, STEPS, STEPS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_more_steps_never_cost_less(model: str, width: int, height: int, few: int, many: int) -> None:
    few, many = sorted((few, many))
    more = PRICES.cost(model, width=width, height=height, steps=many)
    assert PRICES.cost(model, width=width, height=height, steps=few) <= more


@given(MODELS, SIDES, SIDES, STEPS, st.integers(1, 40))
@settings(max_examples=EXAMPLES, deadline=None)
def test_costs_have_four_decimals_in_every_decimal_context(
    model: str, width: int, height: int, steps: int, precision: int
) -> None:
    expected = PRICES.cost(model, width=width, height=height, steps=steps)
    assert expected.as_tuple().exponent == -4
    with localcontext(Context(prec=precision)):
        assert PRICES.cost(model, width=width, height=height, steps=steps) == expected
