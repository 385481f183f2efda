"""The ways to break each prose rule, with everything else of the contract kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

from ..rules import ABSENT
from .breaches import Breach
from .constraints import Constraint, Linear, Narrow, Reading
from .faulty import kind_of
from .making import Maker, below, choices, holds
from .nodes import ANY, Draw, Node, Starved, Want
from .places import Path, bindings, lookup, put


def breaches_of_rules(maker: Maker) -> Iterator[Breach]:
    """Yield the ways to break the rules of a message. Raises Starved for a rule that nothing can break."""
    for reading in maker.readings:
        found = [each for each in product(*reading.ways) if _Breaker(maker, reading, each).is_possible]
        if not found:
            raise Starved(f"{maker.name}: rule {reading.rule.id} cannot be broken by any value that its schema allows")
        for number, broken in enumerate(found, 1):
            name = f"rule {reading.rule.id}" + (f" ({number})" if len(found) > 1 else "")
            breaker = _Breaker(maker, reading, broken)
            yield Breach(name, reading.rule.id, reading.rule.at, breaker.want, breaker)


@dataclass(frozen=True)
class _Breaker:
    """Breaks a rule by breaking one constraint of each way in which it could hold."""

    maker: Maker
    reading: Reading
    constraints: tuple[Constraint, ...]

    @property
    def paths(self) -> frozenset[Path]:
        """Every member that the rule needs or can be broken by."""
        terms = [path for each in self.constraints if isinstance(each, Linear) for path, _ in each.terms]
        narrow = [each.path for each in self.constraints if isinstance(each, Narrow)]
        return frozenset((*self.reading.rule.needs, *narrow, *terms))

    @property
    def want(self) -> Want:
        """What a message must have before."""
        return _want(self.maker.node, [path for path in self.paths if self.maker.place(path) is not None])

    @property
    def is_possible(self) -> bool:
        """Whether the schema alone allows values that break each constraint of one member."""
        narrow = [each.opposite() for each in self.constraints if isinstance(each, Narrow)]
        return all(self._node(each).alternatives for each in narrow)

    def __call__(self, draw: Draw, item: Any) -> None:  # noqa: ANN401 - a JSON object
        """Change a valid message, in the first place where the rule runs."""
        for constraint in (each.opposite() for each in self.constraints):
            index, values = next(iter(bindings(self.reading.rule, item)))
            if holds(constraint, values):
                continue
            if isinstance(constraint, Narrow):
                put(item, constraint.path, index, self._node(constraint).draw(draw))
            else:
                self._cross(draw, item, constraint, index)
        for reading, place, _ in self.maker.broken(item):  # other rules read what was changed, and something optional
            if reading is not self.reading:
                self.maker.give_up(item, reading, place, self.paths)

    def _node(self, narrow: Narrow) -> Node:
        """Return the values that break a rule of one member, and keep the others about it."""
        free = self.maker.place(narrow.path, free=True)
        assert free is not None, "rules are about members that there are"
        others = [
            each.asked
            for reading in self.maker.readings
            if reading is not self.reading
            for each in reading.single
            if each.path == narrow.path
        ]
        present = {"type": ["boolean", "string", "number", "array", "object"]}
        return self.maker.grower.node({"allOf": [free.schema, narrow.wanted, present, *others]}, narrow.path)

    def _cross(self, draw: Draw, item: Any, linear: Linear, index: int) -> None:  # noqa: ANN401 - a JSON object
        """Move one member over the limit, one with which the other rules still hold; else two."""
        paths = [path for path, _ in linear.terms if lookup(item, path, index) is not ABSENT]
        if any(self._move(draw, item, linear, index, path) for path in paths):
            return
        for first, second in permutations(paths, 2):
            before, numbers = lookup(item, first, index), self.maker.numbers(first)
            for edge in numbers.edges if numbers is not None else ():
                put(item, first, index, edge)
                if self._move(draw, item, linear, index, second):
                    return
            put(item, first, index, before)
        raise Starved(f"{self.maker.name}: rule {self.reading.rule.id} cannot be broken alone")

    def _move(self, draw: Draw, item: Any, linear: Linear, index: int, path: Path) -> bool:  # noqa: ANN401
        """Move a member over the limit; return whether that breaks this rule alone, else leave it."""
        before, numbers = lookup(item, path, index), self.maker.numbers(path)
        values = dict(bindings(self.reading.rule, item))[index]
        allowed = None if numbers is None else numbers.bounded(*linear.limit(path, values))
        if allowed is None or allowed.is_empty:
            return False
        put(item, path, index, choices(allowed).draw(draw))
        if all(reading is self.reading for reading, _, _ in self.maker.broken(item)):
            return True
        put(item, path, index, before)
        return False


def _want(node: Node, paths: list[Path]) -> Want:
    """Return what a place must have so that there is something at each path."""
    heads = {path[0] for path in paths if path}
    if not heads:
        filled = (number for number, way in enumerate(node.alternatives) if kind_of(way) != "null")
        return Want(next(filled)) if any(kind_of(way) == "null" for way in node.alternatives) else ANY
    number, way = next((n, w) for n, w in enumerate(node.alternatives) if all(below(w, head) for head in heads))
    parts: dict[str, Want] = {}
    for head in sorted(heads):
        child = below(way, head)
        assert child is not None, "the alternative was chosen for having it"
        parts[head] = _want(child, [path[1:] for path in paths if path[:1] == (head,)])
    return Want(number, parts)
