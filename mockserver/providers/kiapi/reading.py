"""Read a JSON value by the JSON Schema of a pydantic model, as that model would: its value, or pydantic's errors.

It is an interpreter of the schemas that pydantic writes into OpenAPI documents, so that a document alone says how
requests are read. What pydantic does and a document does not say: the tag of a tagged union is required though it has a
default; a list or a dictionary that is neither required nor has a default is empty when it is not sent, all else null.
Sources: docs/providers/kiapi.md, "Document and server" and "Requests"; the errors are pydantic 2.13's (observed).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .composites import Dictionary, Items, Member, Model, Optional, TaggedUnion, Union
from .details import Detail, Loc
from .notes import UNREAD, Lax, Notes, Reader
from .scalars import Anything, Boolean, Constant, Integer, Json, Number, bounds_of, text_of

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body was read as.

    value: the declared members with defaults filled in, in the order of declaration. What could not be read has its
        default, and is left out where it is required.
    details: what is wrong, in the order of declaration. lax: what only laxness took.
    """

    value: dict[str, Any]
    details: tuple[Detail, ...] = ()
    lax: tuple[Lax, ...] = ()


def read(root: Schema, schema: Schema, value: Json, *, strict: bool = False, loc: Loc = ("body",)) -> Reading:
    """Return what a value is read as by a schema of an object.

    root: the document that the schema's references point into. Neither may change once something was read by them.
    strict: what only laxness takes ("64" or true for an integer) is an error, in pydantic's words for strict mode. What
        JSON Schema takes too (64.0 for an integer, 1 for a number) is none.
    loc: where the value stands, for errors.
    """
    reader = _reader_of(_Same(root), _Same(schema))
    notes = Notes(strict)
    taken = reader.read(value, loc, notes)
    if taken is UNREAD:
        sent = value if isinstance(value, dict) else {}
        taken = reader.read_members(sent, loc, Notes(strict)) if isinstance(reader, Model) else {}
    return Reading(taken, tuple(notes.details), tuple(notes.lax))


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A document as a key of the cache: equal to itself alone."""

    value: Schema

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


@lru_cache(maxsize=256)
def _reader_of(root: _Same, schema: _Same) -> Reader:
    return _Compiler(root.value).reader(schema.value)


@dataclass(slots=True)
class _Later:
    """A reader that is still being made: what a schema that contains itself refers to."""

    made: dict[str, Reader]
    reference: str

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return self.made[self.reference].label

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - whatever the reader returns
        """Return what the reader returns."""
        return self.made[self.reference].read(value, loc, notes)


@dataclass(slots=True)
class _Compiler:
    """Make readers of the schemas of one document. made: those of references, by reference."""

    root: Schema
    made: dict[str, Reader] = field(default_factory=dict)

    def reader(self, schema: Schema) -> Reader:
        """Return the reader of a schema. One that says nothing that is known here takes anything."""
        if "$ref" in schema:
            return self._referred(schema["$ref"])
        if "allOf" in schema:
            return self.reader(self._merged(schema))
        if "discriminator" in schema:
            return self._tagged(schema)
        if "anyOf" in schema or "oneOf" in schema:
            return self._choice(schema.get("anyOf") or schema["oneOf"])
        if "const" in schema or "enum" in schema:
            return Constant(tuple(schema.get("enum", [schema.get("const")])))
        return self._typed(schema)

    def _referred(self, reference: str) -> Reader:
        if reference not in self.made:
            self.made[reference] = _Later(self.made, reference)
            self.made[reference] = self.reader(self._target(reference))
        return self.made[reference]

    def _target(self, reference: str) -> Schema:
        target: Any = self.root
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        found: Schema = target
        return found

    def _merged(self, schema: Schema) -> Schema:
        merged: dict[str, Any] = {}
        for part in schema["allOf"]:
            merged |= self._target(part["$ref"]) if "$ref" in part else part
        return merged | {key: value for key, value in schema.items() if key != "allOf"}

    def _tagged(self, schema: Schema) -> Reader:
        name = schema["discriminator"]["propertyName"]
        tags = {reference: tag for tag, reference in schema["discriminator"].get("mapping", {}).items()}
        branches: dict[str, Reader] = {}
        for branch in schema["oneOf"]:
            declared = self._target(branch["$ref"]) if "$ref" in branch else branch
            said = declared["properties"][name]
            tag = tags.get(branch.get("$ref")) or said.get("const") or said["enum"][0]
            branches[tag] = self.reader(branch)
        return TaggedUnion(name, branches)

    def _choice(self, schemas: list[Schema]) -> Reader:
        others = [schema for schema in schemas if schema.get("type") != "null"]
        inner = self.reader(others[0]) if len(others) == 1 else Union(tuple(map(self.reader, others)))
        return Optional(inner) if len(others) < len(schemas) else inner

    def _typed(self, schema: Schema) -> Reader:
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._choice([{**schema, "type": each} for each in kind])
        if kind == "string":
            return text_of(schema)
        if kind == "integer":
            return Integer(bounds_of(schema, int))
        if kind == "number":
            return Number(bounds_of(schema, float))
        if kind == "boolean":
            return Boolean()
        if kind == "array":
            return Items(self.reader(schema.get("items", {})), schema.get("minItems"), schema.get("maxItems"))
        if kind == "object" or "properties" in schema:
            return self._object(schema)
        return Constant((None,)) if kind == "null" else Anything()

    def _object(self, schema: Schema) -> Reader:
        others = schema.get("additionalProperties", True)
        if "properties" not in schema:
            return Dictionary(self.reader(others) if isinstance(others, Mapping) else Anything())
        required = schema.get("required", ())
        members = tuple(
            Member(name, self.reader(member), name in required, member.get("default", self._implied(member)))
            for name, member in schema["properties"].items()
        )
        return Model(schema.get("title", "model"), members, open=others is not False)

    def _implied(self, schema: Schema) -> Json:
        while "$ref" in schema:
            schema = self._target(schema["$ref"])
        empty: Mapping[str, Json] = {"array": [], "object": {}}
        return empty.get(str(schema.get("type"))) if "properties" not in schema else None
