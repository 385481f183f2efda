"""Reading price tables: the shipped one, and a user's laid over it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from .data import Section, merged, read_data
from .errors import DataError
from .files import ROOT
from .prices import ARITHMETIC, MEGAPIXEL, ModelPrice, PriceTable, Surcharge

SHIPPED = ROOT / "runware" / "prices.toml"
NOTHING = (0, Decimal(0))  # no pixels cost nothing
EXACT = Decimal("1e-12")  # USD; what is nearer than this to a published cost rounds to it
Point = tuple[int, int, Decimal]  # pixels, steps, USD


def load_prices(path: Path | None = None) -> PriceTable:
    """Return the shipped price table, with a user's file laid over it.

    Its models, tasks and surcharges are added or replaced one by one.
    Raises DataError when a file cannot be read, or has not the form that specs/runware/prices.toml describes.
    """
    if path is None:
        return _shipped()
    own = read_data(path)
    table = merged(read_data(SHIPPED), own, path)
    table["default"] = own.get("default", table["default"])  # a rate and points do not mix
    return _table(path, table)


@cache
def _shipped() -> PriceTable:
    return _table(SHIPPED, read_data(SHIPPED))


def _table(file: Path, table: Mapping[str, Any]) -> PriceTable:
    reference, models, tasks, surcharges = (
        Section(file, name, table[name]) for name in ("reference", "models", "tasks", "surcharges")
    )
    steps = reference.only("steps", "minimum", "decimals").integer("steps")
    quantum = Decimal(1).scaleb(-reference.integer("decimals", least=0, most=12))
    with localcontext(ARITHMETIC):
        return PriceTable(
            models={air: _model(models.section(air), steps) for air in models.rows},
            default=_model(Section(file, "default", table["default"]), steps),
            steps=steps,
            minimum=reference.number("minimum"),
            quantum=quantum,
            per_second=surcharges.number("per_second"),
            surcharges=tuple(_surcharge(surcharges.section(n)) for n in surcharges.rows if n != "per_second"),
            tasks={name: tasks.section(name).only("cost").number("cost") for name in tasks.rows},
        )


def _surcharge(section: Section) -> Surcharge:
    section.only("parameter", "value", "seconds")
    if "value" not in section.rows:
        raise DataError(f"{section.at('value')} is missing: the value of the parameter that costs more")
    return Surcharge(section.text("parameter"), section.rows["value"], section.number("seconds"))


def _model(section: Section, steps: int) -> ModelPrice:
    """Return a model's price. steps: the table's reference count."""
    if ("points" in section.rows) == ("rate" in section.rows):
        raise DataError(f"{section.file}: {section.name} must have either `points` or `rate`")
    if "points" in section.rows:
        return _through(section, list(_points(section.only("points"))), steps)
    section.only("rate", "steps")
    counted = section.integer("steps") if "steps" in section.rows else steps
    return ModelPrice((NOTHING, (MEGAPIXEL, section.number("rate"))), ((counted, Decimal(1)),))


def _points(section: Section) -> Iterator[Point]:
    rows = section.rows["points"]
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{section.at('points')} must be a list of at least one point, not {rows!r}")
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"{section.at(f'points.{index}')} must have width, height, steps and cost, not {row!r}")
        point = Section(section.file, f"{section.name}.points.{index}", row).only("width", "height", "steps", "cost")
        yield point.integer("width") * point.integer("height"), point.integer("steps"), point.number("cost")


def _through(section: Section, points: list[Point], steps: int) -> ModelPrice:
    """Return the price that passes through points. Raises DataError when the formula cannot."""
    counts = sorted({count for _, count, _ in points})
    reference = steps if steps in counts else counts[-1]
    line = dict([NOTHING, *sorted((pixels, cost) for pixels, count, cost in points if count == reference)])
    bases = ModelPrice(tuple(line.items()), ((reference, Decimal(1)),))
    factors = dict.fromkeys(counts, Decimal(1))
    for pixels, count, cost in points:
        base = bases.base(pixels)
        factors[count] = cost / base if base else Decimal(1)
    price = ModelPrice(bases.line, tuple(factors.items()))
    if any(low[1] > high[1] for curve in (price.line, price.factors) for low, high in pairwise(curve)):
        raise DataError(f"{section.at('points')} must not get cheaper with more pixels or more steps")
    for pixels, count, cost in points:
        if abs(price.cost(pixels, count) - cost) > EXACT:
            raise DataError(
                f"{section.at('points')} do not fit the formula: no line in pixels times a factor in steps gives "
                f"{cost} for {pixels} pixels at {count} steps, and the other points too"
            )
    return price
