"""Numbers that fit: on the bounds, one step inside, and anywhere between, exact in decimals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any

from hypothesis import strategies as st

from .choices import Choices

FAR = (1000, 2**31, 2**53 + 1)  # beyond a bound that is open
NEAR = 1000  # how far values between go from an open bound


@dataclass(frozen=True)
class Numbers:
    """The numbers of a flat schema.

    step: all are multiples of it; None for any number. least, most: inclusive; None where open. above, below: whether
    the bounds themselves are excluded. default: the document's, the simplest of all when it fits.
    """

    step: Fraction | None
    least: Fraction | None = None
    most: Fraction | None = None
    above: bool = False
    below: bool = False
    default: Fraction | None = None

    @cached_property
    def first(self) -> int | None:
        """The least multiple of the step, counted in steps."""
        if self.least is None or self.step is None:
            return None
        count = ceil(self.least / self.step)
        return count + 1 if self.above and count * self.step == self.least else count

    @cached_property
    def last(self) -> int | None:
        """The greatest multiple of the step, counted in steps."""
        if self.most is None or self.step is None:
            return None
        count = floor(self.most / self.step)
        return count - 1 if self.below and count * self.step == self.most else count

    @cached_property
    def is_empty(self) -> bool:
        """Whether no number fits."""
        if self.step is not None:
            return self.first is not None and self.last is not None and self.first > self.last
        if self.least is None or self.most is None:
            return False
        return self.least > self.most or (self.least == self.most and (self.above or self.below))

    def fits(self, value: object) -> bool:
        """Return whether a value is one of them, judged exactly."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        number = exactly(value)
        low = self.least is None or number > self.least or (number == self.least and not self.above)
        high = self.most is None or number < self.most or (number == self.most and not self.below)
        return low and high and (self.step is None or number % self.step == 0)

    def bounded(self, bound: Fraction, most: bool, excluded: bool) -> "Numbers":
        """Return those of them on one side of a bound. most: it is the greatest. excluded: it is not among them."""
        if most:
            if self.most is not None and (self.most < bound or (self.most == bound and not excluded)):
                return self
            return replace(self, most=bound, below=excluded)
        if self.least is not None and (self.least > bound or (self.least == bound and not excluded)):
            return self
        return replace(self, least=bound, above=excluded)

    @cached_property
    def edges(self) -> tuple[int | float, ...]:
        """The simplest number first, then the bounds and one step inside of each."""
        unit = self.step or Fraction(1, 100)
        low, high = self._end(self.first, self.least), self._end(self.last, self.most)
        inside = [low + unit] if low is not None else []
        inside += [high - unit] if high is not None else []
        ends = [each for each in (low, high) if each is not None]
        wanted = [self._simplest(), *ends, *inside, *([self.default] if self.default is not None else [])]
        return tuple(dict.fromkeys(value for value in map(plain, wanted) if self.fits(value)))

    def end(self, *, most: bool) -> int | float | None:
        """Return the greatest of them, or the least; None when it is open or excluded."""
        end = self._end(self.last, self.most) if most else self._end(self.first, self.least)
        return None if end is None or not self.fits(plain(end)) else plain(end)

    def _end(self, count: int | None, bound: Fraction | None) -> Fraction | None:
        return bound if self.step is None or count is None else count * self.step

    def _simplest(self) -> Fraction:
        low, high = self._end(self.first, self.least), self._end(self.last, self.most)
        if low is not None and low > 0:
            return low
        return high if high is not None and high < 0 else Fraction(0)

    @cached_property
    def choices(self) -> Choices[int | float]:
        """All of them: a bound as often as any other."""
        return Choices(self.edges, () if len(self.edges) == self.count else self._between())

    @property
    def count(self) -> int | None:
        """How many there are; None for no end of them."""
        return None if self.first is None or self.last is None else self.last - self.first + 1

    def _between(self) -> Sequence[st.SearchStrategy[int | float]]:
        if self.step is None:
            floats = st.floats(
                None if self.least is None else float(self.least),
                None if self.most is None else float(self.most),
                exclude_min=self.above,
                exclude_max=self.below,
                allow_nan=False,
                allow_infinity=False,
            )
            return (floats.map(lambda value: int(value) if value.is_integer() and abs(value) < 2**53 else value),)
        step, first, last = self.step, self.first, self.last
        low = first if first is not None else -NEAR if last is None else last - NEAR
        high = last if last is not None else max(low, 0) + NEAR
        near = st.integers(low, high).map(lambda count: plain(count * step))
        far = st.sampled_from([plain((low + away) * step) for away in FAR])
        return (near,) if last is not None else (near, far)


def numbers_of(flat: Mapping[str, Any], *, whole: bool) -> Numbers:
    """Return the numbers of a flat schema. whole: its type is integer."""
    step = exactly(flat["multipleOf"]) if "multipleOf" in flat else Fraction(1) if whole else None
    if whole and step is not None and step.denominator != 1:
        step = Fraction(step.numerator)  # the least whole multiple of a fraction in lowest terms
    least, above = _bound(flat, "minimum", "exclusiveMinimum", max)
    most, below = _bound(flat, "maximum", "exclusiveMaximum", min)
    default = flat.get("default")
    usual = exactly(default) if isinstance(default, int | float) and not isinstance(default, bool) else None
    return Numbers(step, least, most, above, below, usual)


def _bound(flat: Mapping[str, Any], closed: str, opened: str, tighter: Any) -> tuple[Fraction | None, bool]:  # noqa: ANN401
    if opened not in flat:
        return (exactly(flat[closed]) if closed in flat else None), False
    exclusive = exactly(flat[opened])
    if closed not in flat:
        return exclusive, True
    bound = tighter(exactly(flat[closed]), exclusive)
    return bound, bound == exclusive


def exactly(value: float) -> Fraction:
    """Return the decimal that a JSON number spells, exactly."""
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def plain(value: Fraction | int) -> int | float:
    """Return a number as JSON writes it: whole ones without a point."""
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)
