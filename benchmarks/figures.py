"""A figure: one number of genmock, what it is compared with, and the target that it has."""

from collections.abc import Callable
from dataclasses import dataclass

HEADER = ("figure", "beside", "value", "ratio", "target", "")


@dataclass(frozen=True)
class Scale:
    """How much is measured. quick: as little as shows that it works. say: shows the progress."""

    quick: bool
    say: Callable[[str], None]

    def of(self, full: int, quick: int) -> int:
        """Return the one or the other."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Figure:
    """One number. beside: what the ratio is to. at_most, at_least: bounds of the ratio, or of the value without one."""

    name: str
    value: float
    unit: str
    beside: str = ""
    ratio: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    of_ratio: bool = True

    @property
    def verdict(self) -> str:
        """What the figure comes to: "met" or "short", or "" without a target."""
        judged = self.ratio if self.of_ratio and self.ratio is not None else self.value
        if self.at_most is not None:
            return "met" if judged <= self.at_most else "short"
        if self.at_least is not None:
            return "met" if judged >= self.at_least else "short"
        return ""


def cells(figure: Figure) -> tuple[str, ...]:
    """Return a line of the table as text."""
    bound = figure.at_most if figure.at_most is not None else figure.at_least
    unit = "" if figure.ratio is not None and figure.of_ratio else f" {figure.unit}"
    target = "" if bound is None else f"{'at most' if figure.at_most is not None else 'at least'} {bound:g}{unit}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return figure.name, figure.beside, f"{_shown(figure.value)} {figure.unit}", ratio, target, figure.verdict


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
