"""One choice among values and strategies: most draws need no second one, which is what drawing costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hypothesis import strategies as st

Value = TypeVar("Value", covariant=True)


@dataclass(frozen=True, eq=False)
class Made(Generic[Value]):
    """A strategy as one of several choices."""

    strategy: st.SearchStrategy[Value]


class Choices(Generic[Value]):
    """Values, and strategies of further ones.

    values: the simplest first. others: each as likely as all values together, or less: that many times.
    """

    def __init__(self, values: Sequence[Value], others: Sequence[st.SearchStrategy[Value]], less: int = 1) -> None:
        made = [Made(each) for each in others]
        times = max(1, round(len(values) / less))
        self._entries: st.SearchStrategy[Value | Made[Value]] | None = None
        if values or made:
            self._entries = st.sampled_from([*values, *(each for each in made for _ in range(times))])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to choose."""
        return self._entries is None

    def draw(self, draw: st.DrawFn) -> Any:  # noqa: ANN401 - a value
        """Return a value: in one choice, unless a strategy is chosen."""
        assert self._entries is not None, "who has nothing to choose does not draw"
        entry = draw(self._entries)
        return draw(entry.strategy) if isinstance(entry, Made) else entry

    @property
    def strategy(self) -> st.SearchStrategy[Value]:
        """The same as a strategy, which can be filtered."""

        @st.composite
        def drawn(draw: st.DrawFn) -> Any:  # noqa: ANN401 - a value
            return self.draw(draw)

        return drawn()
