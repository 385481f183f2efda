"""Whole messages that keep every rule: drawn by the schema, narrowed by the rules of one member, then settled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from ..rules import ABSENT, Rule
from .choices import Choices
from .constraints import Constraint, Linear, Narrow, Reading, read
from .growing import Grower
from .meeting import meets
from .nodes import ANY, Draw, Node, Object, Plain, Starved, Want
from .numbers import Numbers
from .places import Path, bindings, drop, lookup, put

ROUNDS = 12  # of settling; every rule of the shipped documents is at rest after four


@dataclass(frozen=True, eq=False)
class Maker:
    """Makes the messages of one schema.

    name: what errors call it. schema: of the message. rules: those that must hold. grower: of the document. tag: the
    member that tells the messages of an array apart; without it, or with another, none of their schemas is meant.
    known: the names that the provider knows, by the member that takes any text.
    """

    name: str
    grower: Grower
    schema: Mapping[str, Any]
    rules: tuple[Rule, ...]
    tag: str = ""
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The rules with their constraints. Raises Unsolved for a rule that nothing can be made for."""
        return tuple(read(rule) for rule in self.rules)

    @cached_property
    def relations(self) -> tuple[Reading, ...]:
        """The rules between members, which hold once a message is settled."""
        return tuple(reading for reading in self.readings if not reading.single)

    @cached_property
    def node(self) -> Node:
        """The message, each member narrowed by the rules that are about it alone."""
        narrow = [each for reading in self.readings for each in reading.single]
        names = [nested((name,), {"enum": [*listed, None]}) for name, listed in self.known.items()]
        return self.grower.node({"allOf": [self.schema, *(nested(each.path, each.asked) for each in narrow), *names]})

    @cached_property
    def free(self) -> Node:
        """The message by its schema alone."""
        return self.grower.node(self.schema)

    def draw(self, draw: Draw, want: Want = ANY, kept: frozenset[Path] = frozenset()) -> Any:  # noqa: ANN401
        """Return a message that keeps schema and rules. want, kept: what must be in it. Raises Starved."""
        item = self.node.draw(draw, want)
        if isinstance(item, dict) and self.relations:
            self.settle(draw, item, kept)
        return item

    def settle(self, draw: Draw, item: dict[str, Any], kept: frozenset[Path] = frozenset()) -> None:
        """Change a message until every rule between members holds. Raises Starved, with the rule, when none helps."""
        rule = ""
        for turn in range(2 * ROUNDS):
            rule = ""
            for reading, index, values in self.broken(item):  # as it goes: each sees what was changed before
                rule, ways = reading.rule.id, reversed(reading.ways)
                if turn >= ROUNDS or not any(self._mend(draw, item, each, (index, values), turn) for each in ways):
                    self.give_up(item, reading, index, kept)
            if not rule:
                return
        raise Starved(f"{self.name}: rule {rule} cannot be kept together with others")

    def broken(self, item: Mapping[str, Any]) -> Iterator[tuple[Reading, int, dict[Path, Any]]]:
        """Yield (rule, array index, values by path) for each place where a rule between members does not hold."""
        for reading in self.relations:
            if reading.rule.root in item:
                for index, values in bindings(reading.rule, item):
                    if not any(all(holds(each, values) for each in way) for way in reading.ways):
                        yield reading, index, values

    def _mend(
        self,
        draw: Draw,
        item: dict[str, Any],
        way: tuple[Constraint, ...],
        place: tuple[int, dict[Path, Any]],
        turn: int,
    ) -> bool:
        """Change a message so that the constraints of one way hold; return whether that was possible."""
        index, values = place
        return all(
            holds(each, values)
            or (
                self._choose(draw, item, each, index)
                if isinstance(each, Narrow)
                else self._compare(draw, item, each, place, turn)
            )
            for each in way
        )

    def _choose(self, draw: Draw, item: dict[str, Any], narrow: Narrow, index: int) -> bool:
        node = self._narrowed(narrow)
        if not node.alternatives or lookup(item, narrow.path[:-1], index) is ABSENT:
            return False
        put(item, narrow.path, index, node.draw(draw))
        return True

    def _compare(
        self, draw: Draw, item: dict[str, Any], linear: Linear, place: tuple[int, dict[Path, Any]], turn: int
    ) -> bool:
        """Move one member to where the comparison holds, each turn another first; else one as far as it goes."""
        index, values = place
        paths = [path for path, _ in linear.terms if lookup(item, path, index) is not ABSENT]
        known = {path: numbers for path in paths if (numbers := self.numbers(path)) is not None}
        for path in (*paths[turn % len(paths) :], *paths[: turn % len(paths)]):
            allowed = known[path].bounded(*linear.limit(path, values)) if path in known else None
            if allowed is not None and not allowed.is_empty:
                put(item, path, index, choices(allowed).draw(draw))
                return True
        for path, numbers in known.items():
            end = numbers.end(most=not linear.limit(path, values)[1])
            if end is not None and end != values[path]:
                put(item, path, index, end)
                return True
        return False

    def give_up(self, item: dict[str, Any], reading: Reading, index: int, kept: frozenset[Path]) -> None:
        """Leave out a member that a rule reads and that need not be there."""
        for path in reversed(reading.paths):
            owner = self.owner(path)
            parent = lookup(item, path[:-1], index)
            if owner is None or path in kept or not isinstance(parent, dict) or path[-1] not in parent:
                continue
            asked = {name for each in parent for name in owner.flat.get("dependentRequired", {}).get(each, ())}
            if path[-1] not in owner.needed and path[-1] not in asked:
                drop(item, path, index)
                return

    def numbers(self, path: Path) -> Numbers | None:
        """Return the numbers that a member may be, or None for one that is none."""
        node = self.place(path)
        found = (way.numbers for way in node.alternatives if isinstance(way, Plain)) if node else ()
        return next((numbers for numbers in found if numbers is not None), None)

    def place(self, path: Path, *, free: bool = False) -> Node | None:
        """Return the place at a path. free: by the schema alone, without the rules of one member."""
        node: Node | None = self.free if free else self.node
        for part in path:
            node = next((found for way in node.alternatives if (found := below(way, part))), None) if node else None
        return node

    def owner(self, path: Path) -> Object | None:
        """Return the object in which the member at a path stands."""
        node = self.place(path[:-1])
        return next((way for way in node.alternatives if isinstance(way, Object)), None) if node else None

    def _narrowed(self, narrow: Narrow) -> Node:
        node = self.place(narrow.path)
        assert node is not None, f"rules are about members that there are, {narrow.path} is none"
        return _narrowed(node, _Same(narrow))


@dataclass(frozen=True, eq=False)
class _Same:
    """A constraint as a key of the cache: its schema cannot be hashed."""

    narrow: Narrow

    def __hash__(self) -> int:
        return hash((self.narrow.path, self.narrow.negated, repr(self.narrow.schema)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.narrow == self.narrow


@lru_cache(maxsize=256)
def _narrowed(node: Node, key: _Same) -> Node:
    return replace(node, schema={"allOf": [node.schema, key.narrow.wanted]})


@lru_cache(maxsize=4096)
def choices(numbers: Numbers) -> Choices[int | float]:
    """Return the choices of some numbers; rules ask for the same ranges again and again."""
    return numbers.choices


def below(way: object, part: str) -> Node | None:
    """Return the place that one part of a path leads to, or None."""
    if isinstance(way, Object):
        return way.members.get(part)
    return getattr(way, "items", None) if part == "[]" else None


def nested(path: Path, schema: Any) -> Any:  # noqa: ANN401 - any schema
    """Return the schema of a message whose member at a path fits a schema."""
    for part in reversed(path):
        schema = {"items": schema} if part == "[]" else {"properties": {part: schema}}
    return schema


def holds(constraint: Constraint, values: Mapping[Path, Any]) -> bool:
    """Return whether a constraint holds for the values of its members."""
    if isinstance(constraint, Linear):
        return constraint.holds(values)
    return meets(constraint.schema, values[constraint.path]) != constraint.negated
