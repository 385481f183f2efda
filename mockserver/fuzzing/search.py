"""Looking for broken laws with Hypothesis: each is found once, and shrunk to the smallest message that shows it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from .findings import Finding, Key

SHRINK_S = 20.0  # for one finding
SHRUNK = 4  # findings of one law that are shrunk to the smallest; the others are told as they are found
NO_CHECKS = (  # a server may be slow
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
)


class _Found(Exception):
    """A message broke the law that is being shrunk."""


class _Stop(BaseException):
    """There is no time left: Hypothesis must not shrink what raised this."""


@dataclass
class Search:
    """What is known, and until when there is time. seed: what is drawn derives from it.

    on_try: called once for each message. ends: by time.monotonic.
    """

    seed: int
    ends: float
    on_try: Callable[[], None] = lambda: None
    findings: dict[Key, Finding] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.ends

    def add(self, finding: Finding) -> None:
        """Note a finding, unless it is known."""
        self.findings.setdefault(finding.broken.key, finding)

    def run(self, strategy: st.SearchStrategy[Any], examine: Callable[[Any], Iterable[Finding]], count: int) -> None:
        """Try messages until so many were tried or the time is up; what they find is added.

        examine: sends a message, and says what was wrong.
        """
        for turn in range(count):
            if self.is_over:
                return
            _Hunt(self, examine, begun=turn == 0).go(strategy, self.seed + 1_000_003 * turn)


@dataclass
class _Hunt:
    """One run of Hypothesis, of one message: it is shrunk when it finds what is worth it.

    Of a longer run most messages would be made of those before by small changes. The first message of any run is the
    simplest of all, which only the first run sends. begun: this is that one, or has gone past it.
    """

    search: Search
    examine: Callable[[Any], Iterable[Finding]]
    begun: bool
    wanted: Key | None = None
    best: Finding | None = None
    shrink_ends: float = 0.0

    def go(self, strategy: st.SearchStrategy[Any], number: int) -> None:
        """Run, and add what was found."""
        run = given(strategy)(self._judge)
        profile = settings(
            max_examples=1 if self.begun else 2,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=NO_CHECKS,
            verbosity=Verbosity.quiet,
            print_blob=False,
        )
        try:
            seed(number)(profile(run))()
        except (_Found, _Stop):
            pass
        except (HypothesisException, ExceptionGroup):
            if self.best is None:  # else the server is not the same each time: what was found stays found
                raise
        if self.best is not None:
            self.search.add(self.best)
            self.search.counts[self.best.broken.law] += 1

    def _judge(self, message: Any) -> None:  # noqa: ANN401 - whatever the strategy draws
        if time.monotonic() >= (self.shrink_ends if self.wanted else self.search.ends):
            raise _Stop
        if not self.begun:
            self.begun = True
            return
        known = self.search.findings
        new = [found for found in self.examine(message) if found.broken.key not in known]
        if self.wanted is None:
            self.search.on_try()
            new = [found for found in new if self._is_worth_shrinking(found)]
            if new:
                self.wanted = new[0].broken.key
                self.shrink_ends = min(time.monotonic() + SHRINK_S, self.search.ends)
        for found in new:
            if found.broken.key == self.wanted:
                self.best = found
                raise _Found

    def _is_worth_shrinking(self, found: Finding) -> bool:
        """Note a finding as it is when its law is known to be broken in many places."""
        if self.search.counts[found.broken.law] < SHRUNK:
            return True
        self.search.add(found)
        return False
