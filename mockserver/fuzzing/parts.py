"""The parts of a run: what failed before, broken messages, whole ones, arrays, the same picture twice, schemathesis."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from genmock import strategies
from genmock.validators import is_keyword

from .blame import blamed, without
from .cases import kept, mended
from .edges import BOUNDS, edge_of
from .findings import Broken, Case, Finding
from .plain import Plain
from .plan import Plan, Progress
from .schemathesis_run import OutOfTime, objections
from .search import Search
from .target import Reply

ARRAY = 4  # tasks in an array, at most


@dataclass
class Run:
    """One run. sent: messages of each part. notes: what else is to be said."""

    plan: Plan
    speech: Plain
    search: Search
    on_progress: Progress
    sent: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def everything(self) -> None:
        """Run every part that was asked for."""
        self._again()
        for part in self.plan.parts:
            if self.search.is_over:
                return
            self.search.on_try = lambda part=part: self._count(part)  # type: ignore[misc]
            if part == "schemathesis":
                self._schemathesis()
                continue
            for operation in self.speech.operations:
                getattr(self, f"_{part}")(operation)

    def _count(self, part: str, count: int = 1) -> None:
        self.sent[part] += count
        self.on_progress(part, count)

    def _again(self) -> None:
        """Try first what failed before; what no longer does is forgotten."""
        if self.plan.folder is None:
            return
        tried, gone = 0, 0
        for file, url, case in kept(self.plan.folder, self.plan.document.id):
            if case.operation not in self.speech.operations or self.search.is_over:
                continue
            self._count("again")
            found = list(self._judged(case))
            for finding in found:
                self.search.add(finding)
            if not found and url == self.plan.url:
                mended(file)
            tried, gone = tried + 1, gone + (not found)
        if tried:
            self.notes.append(f"of {tried} failures that were kept, {gone} are none any more")

    def _judged(self, case: Case) -> Iterator[Finding]:
        """Send a case, and yield what was wrong with the reply."""
        if case.kind == "same":
            yield from self._twice(case)
            return
        reply = self.speech.send(case.operation or "", case.item)
        judge = self.speech.refused if case.rule else self.speech.accepted
        yield from (Finding(broken, reply.sent, case) for broken in judge(case, reply))

    # Broken messages

    def _invalid(self, operation: str) -> None:
        """Break each operation in each way, each at least once."""
        names = self._ways(operation)
        each = max(1, self.plan.max_examples // max(1, len(names)))
        for name in names:
            ways = strategies.invalid_items(self.plan.document, operation=operation, only=name, strict=self._strict)
            self.search.run(ways, lambda mutation: self._broken(operation, mutation), each)

    @property
    def _strict(self) -> bool:
        return self.plan.published

    def _ways(self, operation: str) -> list[str]:
        names = list(strategies.mutation_names(self.plan.document, operation=operation, strict=self._strict))
        random.Random(self.plan.seed).shuffle(names)  # so that little time sees a bit of everything
        return names

    def _broken(self, operation: str, mutation: Any) -> Iterator[Finding]:  # noqa: ANN401 - a Mutation
        """Send a broken message, and yield what was wrong with the reply."""
        case = self._case(operation, mutation)
        if case is not None:
            yield from self._judged(case)

    def _case(self, operation: str, mutation: Any) -> Case | None:  # noqa: ANN401
        """Return a mutation as it is sent; None for one that breaks no published schema, when only that counts."""
        if self.plan.published and not is_keyword(mutation.rule):
            return None
        place = mutation.pointer
        if mutation.member and mutation.rule in ("additionalProperties", "not-allowed"):
            place = mutation.pointer
        item = self.speech.filled(operation, mutation.item, place)
        if self.plan.published and self.speech.is_valid(operation, item):
            return None
        return Case("invalid", operation, item, mutation.rule, place, mutation.member, mutation.name)

    def _edges(self, operation: str) -> None:
        """Send the last values that are allowed, each once."""
        for name in self._ways(operation):
            if name.split()[-1] in BOUNDS:
                ways = strategies.invalid_items(self.plan.document, operation=operation, only=name, strict=self._strict)
                self.search.run(ways, lambda mutation: self._edge(operation, mutation), 1)

    def _edge(self, operation: str, mutation: Any) -> Iterator[Finding]:  # noqa: ANN401 - a Mutation
        has_arrays = self.speech.has_arrays
        item = edge_of(self.plan.document, operation, mutation, in_array=has_arrays)
        if item is not None:
            yield from self._whole(operation, item, edge=True)

    # Valid messages

    def _valid(self, operation: str) -> None:
        items = strategies.valid_items(self.plan.document, operation=operation, strict=self._strict)
        self.search.run(items, lambda item: self._whole(operation, item), self.plan.max_examples)

    def _whole(self, operation: str, item: Any, *, edge: bool = False) -> Iterator[Finding]:  # noqa: ANN401
        """Send a valid message, without the members that are known to be refused, and yield what was wrong."""
        filled = self._modest(operation, item) if not edge else self._without_known(self.speech.filled(operation, item))
        if filled is None or not self.speech.is_valid(operation, filled):
            return
        for finding in self._judged(Case("valid", operation, filled)):
            broken = finding.broken
            if broken.law == "accepted" and not broken.pointer:
                pointer = blamed(self.speech, operation, filled)
                broken = Broken(broken.law, broken.rule, pointer, broken.message)
            yield Finding(broken, finding.sent, finding.case)

    def _modest(self, operation: str, item: Any) -> Any:  # noqa: ANN401
        """Return a valid message as it is sent: small pictures mostly, and nothing that is known to be refused."""
        return self._without_known(self.speech.modest(operation, self.speech.filled(operation, item)))

    def _without_known(self, item: Any) -> Any:  # noqa: ANN401
        for law, _, pointer in self.search.findings:
            if law == "accepted" and pointer and item is not None:
                item = without(item, pointer)
        return item

    # Arrays

    def _arrays(self, operation: str) -> None:
        """Send several tasks at once, of which one may be broken."""
        if not self.speech.has_arrays or operation == "authentication":  # which is only ever the first
            return
        whole = strategies.valid_items(self.plan.document, operation=operation, strict=self._strict)
        broken = strategies.invalid_items(self.plan.document, operation=operation, strict=self._strict)
        arrays = st.tuples(
            st.lists(whole, min_size=1, max_size=ARRAY - 1), st.none() | broken, st.integers(0, ARRAY - 1)
        )
        self.search.run(arrays, lambda drawn: self._array(operation, *drawn), max(1, self.plan.max_examples // 10))

    def _array(self, operation: str, whole: list[Any], mutation: Any, index: int) -> Iterator[Finding]:  # noqa: ANN401
        items = [self._modest(operation, item) for item in whole]
        items = [item for item in items if item is not None and self.speech.is_valid(operation, item)]
        if mutation is None:
            yield from self._judged(Case("arrays", operation, items)) if items else ()
            return
        alone = self._case(operation, mutation)
        if alone is not None and isinstance(alone.item, dict):
            index = min(index, len(items))
            items.insert(index, alone.item)
            pointer = f"/{index}{alone.pointer}"
            yield from self._judged(Case("arrays", operation, items, alone.rule, pointer, alone.member, alone.name))

    # The same picture

    def _same(self, operation: str) -> None:
        items = strategies.valid_items(self.plan.document, operation=operation, strict=self._strict)
        self.search.run(items, lambda item: self._repeated(operation, item), max(1, self.plan.max_examples // 10))

    def _repeated(self, operation: str, item: Any) -> Iterator[Finding]:  # noqa: ANN401
        filled = self._modest(operation, item)
        order = None if filled is None else self.speech.repeatable(operation, filled)
        if order is not None:
            yield from self._twice(Case("same", operation, order))

    def _twice(self, case: Case) -> Iterator[Finding]:
        replies: list[Reply] = [self.speech.send(case.operation or "", case.item) for _ in range(2)]
        yield from (Finding(broken, replies[0].sent, case) for broken in self.speech.accepted(case, replies[0]))
        if all(reply.is_success for reply in replies):
            one, two = (self.speech.picture(case.operation or "", case.item, reply) for reply in replies)
            if one is not None and one != two:
                broken = Broken(
                    "same", "seed", "/seed", f"two pictures of {len(one):,} and {len(two or b''):,} bytes differ"
                )
                yield Finding(broken, replies[1].sent, case)

    def _schemathesis(self) -> None:
        """Let schemathesis try, as long as there is time."""
        document, plan = self.plan.document, self.plan
        reference = document.id if document.entry.sha256 else str(document.entry.path)
        told = {"url": plan.url, "key": plan.key, "document": reference, "published": plan.published}
        found = objections(
            told | {"receiver": self.speech.receiver},
            document.published if plan.published else document.effective,
            examples=plan.max_examples,
            seed=plan.seed,
            seconds=max(1.0, self.search.ends - time.monotonic()),
            on_count=lambda count: self._count("schemathesis", count),
        )
        try:
            for finding in found:
                self.search.add(finding)
        except OutOfTime as late:
            self.notes.append(str(late))
