"""Whole messages that keep every rule: drawn by the schema, narrowed by the rules of one member, then settled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from hypothesis import strategies as st

from ..rules import ABSENT, Rule
from .constraints import Constraint, Linear, Narrow, Reading, read
from .nodes import Draw, Grower, Node, Object, Plain, Route, Starved
from .numbers import Numbers
from .places import Path, bindings, drop, lookup, put
from .texts import looks

ROUNDS = 12  # of settling; every rule of the shipped documents is at rest after four


@dataclass(frozen=True, eq=False)
class Maker:
    """Makes the messages of one schema.

    name: what errors call it. schema: of the message. rules: those that must hold. grower: of the document.
    """

    name: str
    grower: Grower
    schema: Mapping[str, Any]
    rules: tuple[Rule, ...]

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
        return self.grower.node({"allOf": [self.schema, *(nested(each.path, each.asked) for each in narrow)]})

    @cached_property
    def free(self) -> Node:
        """The message by its schema alone."""
        return self.grower.node(self.schema)

    def draw(self, draw: Draw, route: Route = (), kept: frozenset[Path] = frozenset()) -> Any:  # noqa: ANN401
        """Return a message that keeps schema and rules. route, kept: what must be in it. Raises Starved."""
        item = self.node.draw(draw, route)
        if isinstance(item, dict) and self.relations:
            self.settle(draw, item, kept)
        return item

    def settle(self, draw: Draw, item: dict[str, Any], kept: frozenset[Path] = frozenset()) -> None:
        """Change a message until every rule between members holds. Raises Starved, with the rule, when none helps."""
        for turn in range(ROUNDS):
            broken = list(self.broken(item))
            if not broken:
                return
            for reading, index, values in broken:
                if not any(self._mend(draw, item, each, (index, values), turn) for each in reversed(reading.ways)):
                    self._give_up(item, reading, index, kept)
        for reading, index, _ in self.broken(item):
            self._give_up(item, reading, index, kept)
        if any(self.broken(item)):
            raise Starved(f"{self.name}: rule {next(self.broken(item))[0].rule.id} cannot be kept together with others")

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
        """Move one member to where the comparison holds: each turn begins with another."""
        index, values = place
        paths = [path for path, _ in linear.terms if lookup(item, path, index) is not ABSENT]
        for path in paths[turn % len(paths) :] + paths[: turn % len(paths)]:
            numbers = self.numbers(path)
            allowed = None if numbers is None else numbers.bounded(*linear.limit(path, values))
            if allowed is not None and not allowed.is_empty:
                put(item, path, index, draw(drawn(allowed)))
                return True
        return False

    def _give_up(self, item: dict[str, Any], reading: Reading, index: int, kept: frozenset[Path]) -> None:
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
    schema = {"not": key.narrow.schema} if key.narrow.negated else key.narrow.schema
    return replace(node, schema={"allOf": [node.schema, schema]})


@lru_cache(maxsize=4096)
def drawn(numbers: Numbers) -> st.SearchStrategy[int | float]:
    """Return the strategy of some numbers; rules ask for the same ranges again and again."""
    return numbers.strategy


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


def meets(schema: Mapping[str, Any], value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value meets the few keywords that constraints have, judged by ourselves."""
    return all(_meets(keyword, wanted, value) for keyword, wanted in schema.items())


def _meets(keyword: str, wanted: Any, value: Any) -> bool:  # noqa: ANN401
    match keyword:
        case "enum":
            return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in wanted)
        case "items":
            return all(meets(wanted, each) for each in value)
        case "minItems":
            return len(value) >= int(wanted)
        case "maxItems":
            return len(value) <= int(wanted)
        case "type":
            return isinstance(value, str) or wanted != "string"
        case "pattern" | "x-kind":
            return looks(keyword, wanted, value)
    bound, number = Fraction(str(wanted)), Fraction(str(value))
    fits = {
        "minimum": number >= bound,
        "maximum": number <= bound,
        "exclusiveMinimum": number > bound,
        "exclusiveMaximum": number < bound,
        "multipleOf": keyword == "multipleOf" and number % bound == 0,
    }
    return fits[keyword]
