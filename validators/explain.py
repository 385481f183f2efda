"""From jsonschema's errors to violations: where each points, what it says, which branch it belongs to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .branches import branches_of, meant_branch, tags
from .messages import constants, message
from .schema import NOT_ALLOWED, SCHEMA_MAPS, Schema, is_keyword, reference_path
from .suggest import closest
from .violations import Violation, pointer_of

if TYPE_CHECKING:
    ValidationError = Any  # jsonschema's own, whose annotations make every attribute optional


MAX_VIOLATIONS = 100  # of one value


@dataclass(frozen=True)
class Explainer:
    """Explains what a schema refuses.

    document: the id that sources name. root: the resource the schema stands in. noun: what the judged value is.
    """

    document: str
    root: Mapping[str, Any]
    schema: Schema
    noun: str = "body"

    def violations(self, value: object, *, prefix: str = "") -> tuple[Violation, ...]:
        """Return why a value does not fit, each reason once, in the order of the schema's keywords.

        At most MAX_VIOLATIONS: a hostile value could break its schema in a million places, and nobody reads on.
        """
        found: dict[tuple[str, str, str], Violation] = {}
        for violation in (each for error in self.schema.errors(value) for each in self._of(error)):
            found.setdefault((violation.pointer, violation.rule, violation.message), violation)
            if len(found) == MAX_VIOLATIONS:
                break
        return tuple(v.moved(prefix) for v in _essential(found.values()))

    def _of(self, error: "ValidationError") -> Iterator[Violation]:
        """Yield the violations that one error stands for."""
        match error.validator:
            case "anyOf" | "oneOf":
                yield from self._of_branches(error)
            case "required":
                yield from self._missing(error, error.validator_value)
            case "dependentRequired":
                for name, needed in error.validator_value.items():
                    if name in error.instance:
                        yield from self._missing(error, needed, because=name)
            case "additionalProperties" | "unevaluatedProperties" if error.validator_value is False:
                yield from self._extra(error)
            case "items" if error.validator_value is False:
                for index in range(len(error.schema.get("prefixItems", ())), len(error.instance)):
                    yield self._violation(error, rule=NOT_ALLOWED, path=(index,))
            case "not" if error.validator_value == {}:
                yield self._violation(error, rule=NOT_ALLOWED, expected=False)
            case None:  # a schema that is false
                yield self._violation(error, rule=NOT_ALLOWED, expected=False)
            case _:
                yield self._violation(error)

    def _of_branches(self, error: "ValidationError") -> Iterator[Violation]:
        allowed = constants(error.validator_value)
        if allowed:
            yield self._violation(error, rule="const" if len(allowed) == 1 else "enum", expected=allowed)
            return
        branch = meant_branch(error) if error.context else None
        if branch is None:
            yield from self._discriminator(error) or self._shared(error) or (self._violation(error),)
            return
        for inner in branches_of(error)[branch]:
            yield from self._of(inner)

    def _discriminator(self, error: "ValidationError") -> tuple[Violation, ...]:
        """Return the violation of a member that must say which branch is meant and names none."""
        wanted = tags(branches_of(error))
        if len(branches_of(error)) < len(error.validator_value) or not wanted:
            return ()
        named = [e for e in error.context if e.validator == "const" and list(e.path) == [min(wanted)]]
        return (self._violation(named[0], rule="const", expected=tuple(e.validator_value for e in named)),)

    def _shared(self, error: "ValidationError") -> tuple[Violation, ...]:
        """Return what every branch complains of in the same words: it holds whichever was meant."""
        complaints = [
            {(v.rule, v.pointer, v.message): v for inner in errors for v in self._of(inner)}
            for errors in branches_of(error).values()
        ]
        if len(complaints) < len(error.validator_value):
            return ()
        return tuple(v for key, v in complaints[0].items() if all(key in other for other in complaints[1:]))

    def _missing(self, error: "ValidationError", names: Iterable[str], because: str = "") -> Iterator[Violation]:
        for name in names:
            if name not in error.instance:
                yield self._violation(error, expected=name, because=because)

    def _extra(self, error: "ValidationError") -> Iterator[Violation]:
        known = tuple(error.schema.get("properties", ()))
        for name in error.instance:
            if name not in known and _unmatched(name, error):
                yield self._violation(error, path=(name,), expected=known, near=closest(name, known))

    def _violation(
        self,
        error: "ValidationError",
        *,
        rule: str = "",
        path: tuple[str | int, ...] = (),
        expected: object = None,
        because: str = "",
        near: str | None = None,
    ) -> Violation:
        named = (str(error.instance),) if _is_of_name(error) else ()
        where = (*error.absolute_path, *named, *path)
        name = f"the name {named[0]!r}" if named else _name(where, self.noun)
        sent = error.instance[path[0]] if path else error.instance
        expected = error.validator_value if expected is None else expected
        own = error.schema.get("x-genmock-rule") if isinstance(error.schema, Mapping) else None
        if isinstance(own, Mapping) and own.get("keyword") == error.validator:
            rule, text = str(own["id"]), str(own["message"])
        else:
            rule = rule or str(error.validator)
            text = message(rule, name, plain(sent), plain(expected), because=because, near=near)
        source = f"{self.document}#{pointer_of(self._place(error))}"
        return Violation(rule, pointer_of(where), text, "error", plain(expected), plain(sent), source)

    def _place(self, error: "ValidationError") -> tuple[str | int, ...]:
        """Return the path of the broken keyword in the document, references resolved.

        jsonschema leaves "$ref" and "if" out of its paths, so a part that a node lacks lies behind its reference.
        """
        place = self.schema.pointer
        for part in error.absolute_schema_path:
            node = descend(self.root, place)
            while isinstance(node, Mapping) and part not in node and "$ref" in node:
                place = reference_path(self.root, node["$ref"])
                node = descend(self.root, place)
            if isinstance(node, bool):
                break  # the reference sees {"not": {}} where the document says false
            place = (*place, part)
        return place


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, any out
    """Return a JSON value with decimals as the numbers they were read from."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(member) for member in value)
    return value


def _name(path: tuple[str | int, ...], noun: str) -> str:
    if not path:
        return f"the {noun}"
    return f"item {path[-1]}" if isinstance(path[-1], int) else repr(path[-1])


def descend(root: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401
    """Return the value at a path of a document, or None where there is none."""
    for part in path:
        try:
            root = root[part]
        except (KeyError, IndexError, TypeError):
            return None
    return root


def _unmatched(name: str, error: "ValidationError") -> bool:
    """Return whether a member is what the error complains of.

    Pattern properties may take it, and only the reference knows what other schemas evaluated: its message lists the
    rest.
    """
    from .reference import fits  # here: valid traffic never needs the reference

    if error.validator == "unevaluatedProperties":
        return repr(name) in error.message
    return not any(fits("pattern", pattern, name) for pattern in error.schema.get("patternProperties", ()))


def _is_of_name(error: "ValidationError") -> bool:
    """Return whether an error is about a member's name, which propertyNames judges, and not about a value."""
    path = ("", *error.absolute_schema_path)
    return any(part == "propertyNames" and before not in SCHEMA_MAPS for before, part in pairwise(path))


def _essential(violations: Iterable[Violation]) -> list[Violation]:
    """Drop what follows from a wrong type at the same place, and a refined rule beside the plain one it refines."""
    listed = list(violations)
    if len(listed) < 2:
        return listed
    mistyped = {v.pointer for v in listed if v.rule == "type"}
    malformed = {v.pointer for v in listed if v.rule == "format"}
    return [
        v
        for v in listed
        if (v.rule in ("type", NOT_ALLOWED) or v.pointer not in mistyped)
        and not (v.pointer in malformed and not is_keyword(v.rule))
    ]
