"""What the lint of a document reports, and the places where it looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genmock.specs import DocumentUnreadable

from .explain import Explainer
from .messages import TYPES
from .schema import SCHEMA_LISTS, SCHEMA_MAPS, Schema, at, follow, resource, schema_roots, subschemas
from .violations import Severity, Violation, pointer_of

SchemaPath = tuple[str | int, ...]
FRAGMENT = "x-genmock-fragment"
IN_PLACE = frozenset({"if", "then", "else", "not"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd in a document. rule: the lint rule's id. pointer: RFC 6901 pointer into the document."""

    rule: str
    pointer: str
    message: str
    severity: Severity = "warning"


@dataclass(frozen=True)
class Node:
    """A schema that stands in a document, with its place."""

    path: SchemaPath
    schema: Mapping[str, Any]

    def finding(self, rule: str, message: str, *below: str | int) -> Finding:
        """Return a finding about something below the schema."""
        return Finding(rule, pointer_of((*self.path, *below)), message)


@dataclass(frozen=True, eq=False)
class Page:
    """A document as the lint reads it: as written, broken references and all."""

    id: str
    root: Mapping[str, Any]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every schema of the document that is an object, in document order."""
        return tuple(
            Node(path + inner, schema)
            for path, outer in schema_roots(self.root)
            for inner, schema in subschemas(outer)
            if isinstance(schema, Mapping)
        )

    def types(self, path: SchemaPath) -> frozenset[str]:
        """Return the types that a schema, or one that it refines in place, declares; empty when none does."""
        declared = at(self.root, path).get("type") if isinstance(at(self.root, path), Mapping) else None
        if declared is not None:
            return frozenset(TYPES) & {str(name) for name in (declared if isinstance(declared, list) else [declared])}
        outer = _refined(path)
        return self.types(outer) if outer is not None else frozenset()

    def follow(self, schema: object) -> Mapping[str, Any]:
        """Return a schema with references at its top followed; {} when it is no object or they lead nowhere."""
        try:
            found = follow(self.root, schema)
        except DocumentUnreadable:
            return {}
        return found if isinstance(found, Mapping) else {}

    def refusals(self, path: SchemaPath, value: object) -> tuple[Violation, ...]:
        """Return why the schema at a path refuses a value; () also where it cannot be compiled."""
        return self._refusals(path, value) if self._resource else ()

    def fragment_refusals(self, path: SchemaPath, members: Mapping[str, Any]) -> tuple[Violation, ...]:
        """Return why the object schema at a path refuses some members of an object, whatever else it requires."""
        return self._refusals((FRAGMENT, *path), members)

    def _refusals(self, place: SchemaPath, value: object) -> tuple[Violation, ...]:
        if place not in self._explainers:
            self._explainers[place] = self._explainer(place)
        explainer = self._explainers[place]
        try:
            return () if explainer.schema.is_valid(value) else explainer.violations(value)
        except DocumentUnreadable:  # another rule says what is wrong with the schema
            return ()

    @cached_property
    def _explainers(self) -> dict[SchemaPath, Explainer]:
        return {}

    def _explainer(self, place: SchemaPath) -> Explainer:
        root, path = self._resource, place
        if place[0] == FRAGMENT:
            outer = at(self.root, place[1:])
            root, path = {**root, FRAGMENT: {key: outer[key] for key in FRAGMENT_KEYWORDS if key in outer}}, (FRAGMENT,)
        if not any(references(at(root, path))):  # then what stands around it plays no part, and takes long to compile
            root = _alone(root, path)
        return Explainer(self.id, root, Schema(root, path), "value")

    @cached_property
    def _resource(self) -> Mapping[str, Any]:
        try:
            return resource(self.root)
        except DocumentUnreadable:  # a reference leads nowhere, which is a finding of its own
            return {}


def _alone(root: Any, path: SchemaPath) -> Any:  # noqa: ANN401 - any part of a document
    """Return a document with nothing in it but what stands at a path."""
    if not path:
        return root
    below = _alone(root[path[0]], path[1:])
    return {path[0]: below} if isinstance(root, Mapping) else [*[{}] * int(path[0]), below]


FRAGMENT_KEYWORDS = ("properties", "patternProperties", "additionalProperties")


def _refined(path: SchemaPath) -> SchemaPath | None:
    """Return the path of the schema that the one at a path refines in place (as a branch, an ``if`` ...), or None."""
    if len(path) > 1 and path[-2] in SCHEMA_LISTS - {"prefixItems"}:
        return path[:-2]
    if len(path) > 1 and path[-1] in IN_PLACE and path[-2] not in SCHEMA_MAPS:
        return path[:-1]
    return None


def references(value: Any, path: SchemaPath = ()) -> Iterator[tuple[SchemaPath, str]]:  # noqa: ANN401 - any part
    """Yield (path, reference) for every ``$ref`` and discriminator mapping below a part of a document."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "$ref" and isinstance(member, str):
                yield (*path, key), member
            elif key == "discriminator" and isinstance(member, Mapping):
                mapping = member.get("mapping")
                for name, target in mapping.items() if isinstance(mapping, Mapping) else ():
                    if str(target).startswith("#"):
                        yield (*path, key, "mapping", name), str(target)
            elif key not in ("default", "const", "enum", "example", "examples") or "properties" in path[-1:]:
                yield from references(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from references(member, (*path, index))
