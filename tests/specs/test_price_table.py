import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.specs import DataError, PriceTable, load_prices

EXAMPLES = 1_000 if os.environ.get("GENMOCK_SCALE") == "full" else 100
MINE = 'models."acme:1@1"'


def load(folder: Path, text: str) -> PriceTable:
    path = folder / "mine.toml"
    path.write_text(text)
    return load_prices(path)


def cost(table: PriceTable, model: str, width: int = 1000, height: int = 1000, **more: Any) -> str:
    return str(table.cost(model, width=width, height=height, **more))


def points(*rows: tuple[int, int, int, object]) -> str:
    listed = ", ".join(f"{{width={w}, height={h}, steps={s}, cost={c}}}" for w, h, s, c in rows)
    return f"[{MINE}]\npoints = [{listed}]"


def test_a_model_of_ones_own_is_added(tmp_path: Path) -> None:
    table = load(tmp_path, f"[{MINE}]\nrate = 0.01\nsteps = 10")
    assert cost(table, "acme:1@1", steps=20) == "0.0200"
    assert cost(table, "runware:108@1", 1024, 1024, steps=30) == "0.0077"


def test_a_model_that_exists_is_replaced(tmp_path: Path) -> None:
    table = load(tmp_path, '[models."runware:108@1"]\nrate = 0.5\nsource = "our invoice"')
    assert cost(table, "runware:108@1") == "0.5000"


def test_the_default_may_have_points(tmp_path: Path) -> None:
    table = load(tmp_path, "[default]\npoints = [{width = 1000, height = 1000, steps = 4, cost = 0.002}]")
    assert cost(table, "acme:1@1", steps=8) == "0.0040"


def test_rounding_and_the_least_cost_may_be_changed(tmp_path: Path) -> None:
    table = load(tmp_path, "[reference]\ndecimals = 2\nminimum = 0\nsteps = 10")
    assert cost(table, "acme:1@1", 10, 10) == "0.00"
    assert cost(table, "acme:1@1", 1000, 3000, steps=None) == "0.01"


def test_a_surcharge_of_ones_own_is_added(tmp_path: Path) -> None:
    table = load(tmp_path, '[surcharges.slow]\nparameter = "pace"\nvalue = "slow"\nseconds = 10')
    assert cost(table, "acme:1@1", options={"pace": "slow"}) == "0.0151"


def test_own_points_at_several_step_counts_are_exact(tmp_path: Path) -> None:
    table = load(tmp_path, points((1000, 1000, 10, 0.002), (1000, 1000, 20, 0.003), (1000, 2000, 20, 0.006)))
    assert [cost(table, "acme:1@1", steps=steps) for steps in (5, 10, 15, 20, 40)] == [
        "0.0010",
        "0.0020",
        "0.0025",
        "0.0030",
        "0.0060",
    ]


@given(st.lists(st.tuples(st.integers(1, 2000), st.integers(0, 900)), min_size=1, max_size=5), st.integers(1, 60))
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_points_that_do_not_get_cheaper_are_exact(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]], steps: int
) -> None:
    widths, costs = sorted({width for width, _ in rows}), sorted(cost for _, cost in rows)
    chosen = [(width, 100, steps, Decimal(cost) / 10_000) for width, cost in zip(widths, costs, strict=False)]
    table = load(tmp_path_factory.mktemp("prices"), points(*chosen))
    for width, height, count, expected in chosen:
        assert table.cost("acme:1@1", width=width, height=height, steps=count) == max(expected, Decimal("0.0001"))


MALFORMED = {
    "[model]": "[model] is not known; expected reference, models, default, tasks, surcharges",
    "models = 3": "models must be a table, not 3",
    'models."acme:1@1" = 3': "models.acme:1@1 must be a table, not 3",
    f"[{MINE}]": "models.acme:1@1 must have either `points` or `rate`",
    f"[{MINE}]\nrate = 1\npoints = []": "models.acme:1@1 must have either `points` or `rate`",
    f"[{MINE}]\nrate = -1": "models.acme:1@1.rate must be a number of at least 0, not -1",
    f"[{MINE}]\nrate = nan": "models.acme:1@1.rate must be a number of at least 0, not nan",
    f"[{MINE}]\nrate = true": "models.acme:1@1.rate must be a number of at least 0, not True",
    f"[{MINE}]\nrate = 1\nsteps = 0": "models.acme:1@1.steps must be an integer of at least 1, not 0",
    f"[{MINE}]\nrate = 1\nstep = 3": "models.acme:1@1.step is not known; expected rate, steps, evidence, source",
    f"[{MINE}]\npoints = []": "models.acme:1@1.points must be a list of at least one point, not []",
    f"[{MINE}]\npoints = [1]": "models.acme:1@1.points.0 must have width, height, steps and cost, not 1",
    points((1, 1, 0, 1)): "models.acme:1@1.points.0.steps must be an integer of at least 1, not 0",
    points((10, 10, 30, 0.2), (10, 20, 30, 0.1)): "models.acme:1@1.points must not get cheaper with more pixels or "
    "more steps",
    points((10, 10, 20, 0.2), (10, 10, 30, 0.1)): "models.acme:1@1.points must not get cheaper with more pixels or "
    "more steps",
    points((10, 10, 30, 0.1), (10, 10, 30, 0.2)): "models.acme:1@1.points do not fit the formula: no line in pixels "
    "times a factor in steps gives 0.1 for 100 pixels at 30 steps, and the other points too",
    points((10, 10, 30, 0), (10, 10, 20, 0.1)): "models.acme:1@1.points do not fit the formula: no line in pixels "
    "times a factor in steps gives 0.1 for 100 pixels at 20 steps, and the other points too",
    "[reference]\ndecimals = 13": "reference.decimals must be an integer from 0 to 12, not 13",
    '[surcharges.slow]\nparameter = "pace"\nseconds = 1': "surcharges.slow.value is missing: the value of the "
    "parameter that costs more",
    '[surcharges.slow]\nparameter = ""\nvalue = 1\nseconds = 1': "surcharges.slow.parameter must be a text that is "
    "not empty, not ''",
    "[tasks]\ntraining = 1.2": "tasks.training must be a table, not 1.2",
}


@pytest.mark.parametrize(("text", "message"), MALFORMED.items(), ids=range(len(MALFORMED)))
def test_a_malformed_file_is_told_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'mine.toml'}: {message}"


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, "a = ")
    assert str(caught.value) == f"cannot read {tmp_path / 'mine.toml'}: Invalid value (at end of document)"


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_prices(tmp_path / "none.toml")
    assert str(caught.value) == f"cannot read {tmp_path / 'none.toml'}: No such file or directory"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert cost(load(tmp_path, f"[{MINE}]\nrate = 0.01"), "acme:1@1", steps=30) == "0.0100"
    assert cost(load(tmp_path, f"[{MINE}]\nrate = 0.02"), "acme:1@1", steps=30) == "0.0200"
