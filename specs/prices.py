"""Prices: what one result costs, exact where a figure is published and a documented estimate elsewhere.

The formula is a price in pixels times a factor in steps. At a model's reference step count the price is piecewise
linear in pixels through the published points, from nothing at no pixels, and goes on with the last slope beyond them.
The factor is 1 there, linear between the step counts that have points, and proportional to steps below the least and
above the greatest of them. A model without points has a rate in USD per megapixel, proportional to pixels and steps.

The file's form is described at its top; reading it is left to ``price_table``. Source: docs/providers/runware.md,
"Costs".
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cached_property, lru_cache
from typing import Any

MEGAPIXEL = 1_000_000  # px
ARITHMETIC = Context(prec=28)  # the caller's own context, which may be coarser, must not show in a price
Curve = Sequence[tuple[int, Decimal]]


@dataclass(frozen=True)
class ModelPrice:
    """One model's price.

    line: (pixels, USD) at the reference step count, ascending, (0, 0) first. factors: (steps, factor), ascending.
    """

    line: Curve
    factors: Curve

    def cost(self, pixels: int, steps: int) -> Decimal:
        """Return the price of one result in USD, before rounding."""
        return self.base(pixels) * self._factor(steps)

    def base(self, pixels: int) -> Decimal:
        """Return the price at the reference step count, in USD."""
        return _linear(self.line, pixels)

    def _factor(self, steps: int) -> Decimal:
        (least, low), (greatest, high) = self.factors[0], self.factors[-1]
        if steps <= least:
            return low * steps / least
        if steps >= greatest:
            return high * steps / greatest
        return _linear(self.factors, steps)


@dataclass(frozen=True)
class Surcharge:
    """What an option of a request adds when a parameter has a value: seconds of computing time."""

    parameter: str
    value: object
    seconds: Decimal


@dataclass(frozen=True)
class PriceTable:
    """Every model's price.

    models: AIR -> price. default: for every other model. steps: the step count of a task that states none.
    minimum: the least cost of a result, in USD. quantum: what costs are rounded to. per_second: USD for a second of
    computing time. tasks: task type -> USD, for tasks that are priced as a whole.
    """

    models: Mapping[str, ModelPrice]
    default: ModelPrice
    steps: int
    minimum: Decimal
    quantum: Decimal
    per_second: Decimal = Decimal(0)
    surcharges: tuple[Surcharge, ...] = ()
    tasks: Mapping[str, Decimal] = field(default_factory=dict)

    def cost(
        self,
        model: str,
        *,
        width: float,
        height: float,
        steps: float | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Decimal:
        """Return what one result costs in USD, rounded half up. Non-decreasing in pixels and in steps.

        model: an AIR. width, height: px, whole. steps: the reference count when the task and its document state none.
        options: the task, for what its members add. An empty picture costs nothing.
        """
        pixels = int(width * height)  # JSON spells an integer as 512.0 too
        asked = options or {}
        added: tuple[Decimal, ...] = ()
        if not self._options.isdisjoint(asked):
            added = tuple(each.seconds for each in self.surcharges if asked.get(each.parameter) == each.value)
        return self._known(model, pixels, self.steps if steps is None else int(steps), added)

    @cached_property
    def _options(self) -> frozenset[str]:
        """The parameters that may cost more."""
        return frozenset(each.parameter for each in self.surcharges)

    @cached_property
    def _known(self) -> Callable[[str, int, int, tuple[Decimal, ...]], Decimal]:
        """What was worked out before: decimals are slow, and the tasks of a test suite cost much the same."""
        return lru_cache(maxsize=4096)(self._cost)

    def _cost(self, model: str, pixels: int, steps: int, added: tuple[Decimal, ...]) -> Decimal:
        if pixels <= 0:
            return Decimal(0).quantize(self.quantum)
        with localcontext(ARITHMETIC):
            exact = self.models.get(model, self.default).cost(pixels, steps)
            exact += sum(added, Decimal(0)) * self.per_second
            return max(exact.quantize(self.quantum, ROUND_HALF_UP), self.minimum)


def _linear(curve: Curve, x: int) -> Decimal:
    """Return the value at ``x`` of the line through a curve's points, with the last slope beyond them."""
    right = min(bisect_left(curve, x, lo=1, key=lambda point: point[0]), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[right - 1], curve[right]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
