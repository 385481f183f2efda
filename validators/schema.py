"""Schemas of an OpenAPI 3.1 document, compiled: a fast verdict, and the reference's reasons.

The verdict comes from jsonschema-rs, the reasons from jsonschema over decimals; a property test holds the two to the
same answer. What the errors mean to a person is left to ``explain``.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import jsonschema_rs

from genmock.specs import DocumentUnreadable

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

DIALECT = "https://json-schema.org/draft/2020-12/schema"

MAX_DEPTH = 64  # deeper than any schema looks
FEW = 200  # members and elements of a value that is looked through in no time, whatever is wrong with it

CONTAINERS = (dict, list)
Verdict = Callable[[Any], bool]  # of a decoded JSON value

NOTHING: Mapping[str, Any] = {"not": {}}  # the schema that no value fits

# Keywords of JSON Schema 2020-12 by what their value holds, and the annotations of OpenAPI 3.1's base vocabulary.
ONE_SCHEMA = frozenset(
    "items contains additionalProperties propertyNames unevaluatedItems unevaluatedProperties not if then else "
    "contentSchema".split()
)
SCHEMA_LISTS = frozenset("allOf anyOf oneOf prefixItems".split())
SCHEMA_MAPS = frozenset("properties patternProperties dependentSchemas $defs".split())
PLAIN = frozenset(
    "$schema $id $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment type enum const multipleOf maximum "
    "exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxContains "
    "minContains maxProperties minProperties required dependentRequired format contentEncoding contentMediaType title "
    "description default deprecated readOnly writeOnly examples discriminator xml externalDocs example".split()
)
ANNOTATIONS = frozenset(
    "$comment title description default deprecated readOnly writeOnly examples discriminator xml externalDocs "
    "example".split()
)

KEYWORDS = ONE_SCHEMA | SCHEMA_LISTS | SCHEMA_MAPS | PLAIN
NOT_ALLOWED = "not-allowed"  # how a violation of the schema ``false`` is named: it has no keyword


def is_keyword(rule: str) -> bool:
    """Return whether a violation's rule is one of JSON Schema, and not a prose rule's id."""
    return rule in KEYWORDS or rule == NOT_ALLOWED


class Schema:
    """One schema of a document, ready to judge values.

    root: the document as a JSON Schema resource. pointer: the path of the schema inside it.
    """

    def __init__(self, root: Mapping[str, Any], pointer: tuple[str | int, ...]) -> None:
        self.pointer = pointer
        self._root = {**root, "$schema": DIALECT, "$ref": "#" + _fragment(pointer)}

    @cached_property
    def _fast(self) -> jsonschema_rs.Validator:
        try:
            return jsonschema_rs.Draft202012Validator(self._root, validate_formats=True)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise DocumentUnreadable(f"cannot use the schema at {_fragment(self.pointer)}: {error}") from error

    @cached_property
    def _reference(self) -> Any:  # noqa: ANN401 - jsonschema types its validator classes loosely
        from .reference import validator  # here: valid traffic never needs the reference

        return validator(exact(_without_false(self._root)))

    @property
    def verdict(self) -> Verdict:
        """The bare fast verdict, without the way around an unpaired surrogate: it raises UnicodeEncodeError."""
        return self._fast.is_valid

    def compiled(self) -> "Schema":
        """Return the schema itself, compiled. Raises DocumentUnreadable when it cannot be."""
        _ = self._fast
        return self

    def is_valid(self, value: object) -> bool:
        """Return whether a decoded JSON value fits. Its integers have at most 4,300 digits, as Python reads them."""
        try:
            return self._fast.is_valid(value)
        except UnicodeEncodeError:  # an unpaired surrogate, which JSON text can spell and UTF-8 cannot
            return next(self.errors(value), None) is None

    def errors(self, value: Any) -> Iterator["ValidationError"]:  # noqa: ANN401 - any JSON value
        """Yield the reference's errors for a value; its numbers are compared as exact decimals."""
        names = self._at_fault(value)
        if not names:
            yield from self._reference.iter_errors(exact(value))
            return
        from .reference import errors_of_members  # here: as above

        members = at(self._reference.schema, self.pointer)["properties"]
        values = {name: exact(member) for name, member in value.items() if name in names}
        yield from errors_of_members(self._reference, members, values)

    def _at_fault(self, value: Any) -> set[str]:  # noqa: ANN401 - any JSON value
        """Return which members of an object are all that is wrong with it; none where it takes the reference to say."""
        inside, names = [*self.pointer, "properties"], set[str]()
        if not (isinstance(value, dict) and _is_small(value)):
            return names
        try:
            errors = list(self._fast.iter_errors(value))
        except (UnicodeEncodeError, ValueError):  # an unpaired surrogate; no JSON
            return set()
        for error in errors:
            member = error.instance_path[:1]
            if not member or error.schema_path[: len(inside) + 1] != [*inside, *member]:
                return set()
            names.add(str(member[0]))
        return names

    @cached_property
    def value(self) -> Any:  # noqa: ANN401 - a schema is any mapping or a bool
        """The schema itself, references at its top followed."""
        return follow(self._root, at(self._root, self.pointer))


def _is_small(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether an array or object has few members and elements, at every depth together."""
    left, inner = FEW, [value]
    while inner and left >= 0:
        each = inner.pop()
        left -= len(each)
        inner += [child for child in (each.values() if isinstance(each, dict) else each) if type(child) in CONTAINERS]
    return left >= 0


def exact(value: Any, depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON value in, any out
    """Return a JSON value with every float as the decimal that its shortest text spells (4.35 is 4.35).

    What is nested deeper than ``depth`` is left out: no schema looks there, and nothing could print it.
    """
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: exact(member, depth - 1) for key, member in value.items()} if depth else {}
    if isinstance(value, list):
        return [exact(member, depth - 1) for member in value] if depth else []
    return value


def is_multiple(value: int | Decimal, step: int | Decimal) -> bool:
    """Return whether a number is a whole multiple of a step, exactly."""
    return Fraction(value) % Fraction(step) == 0


def at(root: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401
    """Return the value at a path of a document."""
    for part in path:
        root = root[part]
    return root


def follow(root: Mapping[str, Any], schema: Any) -> Any:  # noqa: ANN401
    """Return a schema with references at its top followed. Raises DocumentUnreadable when one leads nowhere."""
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        schema = at_reference(root, schema["$ref"])
    return schema


def at_reference(root: Mapping[str, Any], reference: str) -> Any:  # noqa: ANN401
    """Return what a local reference points to. Raises DocumentUnreadable when it points to nothing."""
    try:
        return at(root, reference_path(root, reference))
    except (KeyError, IndexError, TypeError, ValueError):
        raise DocumentUnreadable(f"the reference {reference!r} leads nowhere in its document") from None


def refers(schema: Any) -> bool:  # noqa: ANN401 - any part of a schema
    """Return whether a reference, or another keyword of the core vocabulary, stands anywhere in a schema."""
    if isinstance(schema, Mapping):
        return any(str(name).startswith("$") or refers(member) for name, member in schema.items())
    return isinstance(schema, list) and any(map(refers, schema))


def reference_path(root: Mapping[str, Any], reference: str) -> tuple[str | int, ...]:
    """Return the path that a local reference (``#/a/b``) names."""
    if not reference.startswith("#/"):
        raise ValueError(reference)
    path: list[str | int] = []
    for part in reference[2:].split("/"):
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        path.append(int(name) if isinstance(at(root, tuple(path)), list) else name)
    return tuple(path)


def subschemas(schema: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:  # noqa: ANN401
    """Yield (path, schema) for a schema and every schema inside it; references are not followed."""
    yield path, schema
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in ONE_SCHEMA:
            yield from subschemas(value, (*path, keyword))
        elif keyword in SCHEMA_LISTS and isinstance(value, list):
            for index, member in enumerate(value):
                yield from subschemas(member, (*path, keyword, index))
        elif keyword in SCHEMA_MAPS and isinstance(value, Mapping):
            for name, member in value.items():
                yield from subschemas(member, (*path, keyword, name))


def schema_roots(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield (path, schema) for every schema that stands in a document: components, bodies, parameters, headers."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield ("components", "schemas", name), schema
    yield from _schemas_below(document.get("paths", {}), ("paths",))
    for section in ("parameters", "responses", "requestBodies", "headers"):
        yield from _schemas_below(document.get("components", {}).get(section, {}), ("components", section))


def _schemas_below(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:  # noqa: ANN401
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "schema":
                yield (*path, key), member
            else:
                yield from _schemas_below(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _schemas_below(member, (*path, index))


def unknown_keywords(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield (path of the schema, keyword) for each keyword that no validator knows, and so every one skips."""
    for path, schema in schema_roots(document):
        for inner, node in subschemas(schema):
            for keyword in node if isinstance(node, Mapping) else ():
                if keyword not in KEYWORDS and not str(keyword).startswith("x-"):
                    yield (*path, *inner), str(keyword)


def resource(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as one JSON Schema resource, every reference in it local.

    An ``$id`` inside a schema would give the references below it another base: it is taken out, and references to it
    are rewritten to the place where it stood. Raises DocumentUnreadable for a reference that leads nowhere.
    """
    root = copy.deepcopy(dict(document))
    places: dict[str, str] = {}
    nodes = [
        (path + inner, node)
        for path, schema in schema_roots(root)
        for inner, node in subschemas(schema)
        if isinstance(node, dict)
    ]
    for path, node in nodes:
        if isinstance(node.get("$id"), str):
            places[node.pop("$id")] = "#" + _fragment(path)
    for path, node in nodes:
        if isinstance(reference := node.get("$ref"), str):
            node["$ref"] = reference = places.get(reference, reference)
            _must_resolve(root, reference, path)
    return root


def _without_false(root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource whose ``false`` members are ``{"not": {}}``: jsonschema loses the path of a plain ``false``."""
    result = copy.deepcopy(dict(root))
    for _, schema in schema_roots(result):
        for _, node in subschemas(schema):
            for keyword in SCHEMA_MAPS & set(node if isinstance(node, dict) else ()):
                node[keyword] = {name: NOTHING if member is False else member for name, member in node[keyword].items()}
    return result


def _must_resolve(root: Mapping[str, Any], reference: str, path: tuple[str | int, ...]) -> None:
    try:
        at_reference(root, reference)
    except DocumentUnreadable as error:
        raise DocumentUnreadable(f"{error} (at {_fragment(path)})") from None


@lru_cache(maxsize=512)
def _escape(part: str | int) -> str:
    return quote(str(part).replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@-._")


def _fragment(path: tuple[str | int, ...]) -> str:
    return "".join("/" + _escape(part) for part in path)
