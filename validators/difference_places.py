"""What a value at one place of a message must fit: every schema that judges it, references and ``allOf`` opened.

Two documents may say the same thing in one schema, in an ``allOf`` or behind a reference; here all of them are one
place, and its facts (types, bounds, required members) are those of all its schemas together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Any

from .schema import at, exact, reference_path

SchemaPath = tuple[str | int, ...]
Found = tuple[SchemaPath, Any]  # where a keyword stands, and its value
KINDS = ("boolean", "integer", "fraction", "string", "array", "object", "null")  # a number is an integer or a fraction


@dataclass(frozen=True, eq=False)
class Place:
    """Every schema of a document that a value must fit.

    root: the document as one resource. home: where it is declared. parts: (path, schema) of each schema, ``true`` left
    out. chosen: the alternatives that were taken of ``anyOf`` and ``oneOf``, by path.
    """

    root: Mapping[str, Any]
    home: SchemaPath
    parts: tuple[Found, ...]
    chosen: frozenset[SchemaPath] = field(default=frozenset())

    @property
    def is_forbidden(self) -> bool:
        """Whether no value fits, since a schema is ``false``."""
        return any(schema is False or schema == {"not": {}} for _, schema in self.parts)

    def found(self, keyword: str) -> list[Found]:
        """Return (path of the keyword, its value) for each schema that has it."""
        return [((*path, keyword), s[keyword]) for path, s in self.parts if isinstance(s, Mapping) and keyword in s]

    def path_of(self, *keywords: str) -> SchemaPath:
        """Return where the first of some keywords stands, or where the place is declared."""
        return next((path for keyword in keywords for path, _ in self.found(keyword)), self.home)

    @cached_property
    def types(self) -> frozenset[str]:
        """The kinds of values that fit, of ``KINDS``."""
        kinds = frozenset(KINDS)
        for _, value in self.found("type"):
            kinds &= _kinds(value if isinstance(value, list) else [value])
        for keyword in ("anyOf", "oneOf"):
            for path, branches in self.found(keyword):
                kinds &= frozenset().union(*(self.below(((*path, n),)).types for n in range(len(branches))))
        return kinds if self.allowed is None else kinds & {kind_of(value) for value in self.allowed}

    @cached_property
    def allowed(self) -> list[Any] | None:
        """The only values that fit, by ``enum`` and ``const``; None when there is no such list."""
        lists = [v for _, v in self.found("enum")] + [[v] for _, v in self.found("const")]
        return [v for v in lists[0] if all(holds(v, other) for other in lists[1:])] if lists else None

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The names of the members that are declared, in their order."""
        return tuple(dict.fromkeys(name for _, value in self.found("properties") for name in value))

    @cached_property
    def required(self) -> Mapping[str, SchemaPath]:
        """Where each member that must be there is required."""
        return {name: path for path, names in self.found("required") for name in names}

    @cached_property
    def dependents(self) -> Mapping[tuple[str, str], SchemaPath]:
        """Where it stands that a member needs another, by (member, other)."""
        rows = [
            (path, name, needed) for path, value in self.found("dependentRequired") for name, needed in value.items()
        ]
        return {(name, other): (*path, name) for path, name, needed in rows for other in needed}

    def bound(self, keyword: str) -> tuple[Decimal | int | float, bool, SchemaPath] | None:
        """Return (value, exclusive, path) of the tightest bound that a keyword sets; None without one.

        keyword: "minimum", "maximum" (their exclusive forms count), or a size like "minLength".
        """
        exclusive = f"exclusive{keyword.capitalize()}"
        all_of = [(exact(v), False, p) for p, v in self.found(keyword)]
        all_of += [(exact(v), True, p) for p, v in self.found(exclusive)]
        sign = 1 if keyword.startswith("min") else -1
        return max(all_of, key=lambda row: (sign * row[0], row[1]), default=None)

    @cached_property
    def step(self) -> Fraction | None:
        """What a number must be a multiple of."""
        steps = [Fraction(str(value)) for _, value in self.found("multipleOf")]
        if not steps:
            return None
        top, bottom = 1, 0
        for step in steps:
            top, bottom = lcm(top, step.numerator), gcd(bottom, step.denominator)
        return Fraction(top, bottom)

    def member(self, name: str) -> "Place":
        """Return the place of a member; without schemas when it is not declared and anything is let through."""
        paths: list[SchemaPath] = []
        for path, schema in self.parts:
            if isinstance(schema, Mapping):
                paths += _of_member(path, schema, name)
        return self.below(paths)

    def element(self, index: int | None = None) -> "Place":
        """Return the place of an array's element: that at an index, or those after the ones declared singly."""
        paths: list[SchemaPath] = []
        for path, schema in self.parts:
            if isinstance(schema, Mapping):
                single = schema.get("prefixItems", ())
                if index is not None and index < len(single):
                    paths.append((*path, "prefixItems", index))
                elif "items" in schema:
                    paths.append((*path, "items"))
        return self.below(paths)

    def at(self, where: Iterable[str]) -> "Place":
        """Return the place at a path of members and "[]"."""
        place = self
        for part in where:
            place = place.element() if part == "[]" else place.member(part)
        return place

    def below(self, paths: Iterable[SchemaPath]) -> "Place":
        """Return the place that the schemas at some paths make."""
        listed = tuple(paths)
        return place_at(self.root, *listed) if listed else Place(self.root, self.home, ())

    def with_branch(self, path: SchemaPath, number: int) -> "Place":
        """Return this place for a value that takes one alternative of an ``anyOf`` or ``oneOf`` at a path."""
        branch = place_at(self.root, (*path, number))
        return Place(self.root, self.home, (*self.parts, *branch.parts), self.chosen | {path})

    def open_groups(self) -> Iterator[tuple[SchemaPath, list[Any]]]:
        """Yield the ``anyOf`` and ``oneOf`` of which no alternative was taken."""
        for keyword in ("anyOf", "oneOf"):
            yield from ((path, value) for path, value in self.found(keyword) if path not in self.chosen)


def place_at(root: Mapping[str, Any], *paths: SchemaPath) -> Place:
    """Return the place of which the schemas at some paths of a document judge."""
    parts: dict[SchemaPath, Any] = {}
    for path in paths:
        _open(root, path, parts)
    home = next((path for path in parts if path), paths[0])
    return Place(root, home, tuple((path, schema) for path, schema in parts.items() if schema is not True))


def _open(root: Mapping[str, Any], path: SchemaPath, parts: dict[SchemaPath, Any]) -> None:
    """Add a schema and those that it includes to the parts, each once."""
    if path in parts:
        return
    parts[path] = schema = at(root, path)
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            _open(root, reference_path(root, schema["$ref"]), parts)
        for number in range(len(schema.get("allOf", ()))):
            _open(root, (*path, "allOf", number), parts)


def _of_member(path: SchemaPath, schema: Mapping[str, Any], name: str) -> list[SchemaPath]:
    from .reference import fits  # here: it loads the reference validator

    own = [(*path, "properties", name)] if name in schema.get("properties", {}) else []
    by_pattern = [
        (*path, "patternProperties", p) for p in schema.get("patternProperties", {}) if fits("pattern", p, name)
    ]
    rest = [(*path, "additionalProperties")] if "additionalProperties" in schema else []
    return own + by_pattern or rest


def _kinds(names: Iterable[str]) -> frozenset[str]:
    return frozenset(kind for name in names for kind in (("integer", "fraction") if name == "number" else (name,)))


def kind_of(value: object) -> str:
    """Return the kind of a JSON value, of ``KINDS``."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "fraction"
    names = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def holds(value: object, listed: Iterable[object]) -> bool:
    """Return whether a list has a value as JSON compares: 1 is 1.0, and true is not 1."""
    return any(same(value, other) for other in listed)


def same(left: object, right: object) -> bool:
    """Return whether two JSON values are equal, booleans apart from numbers."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right
