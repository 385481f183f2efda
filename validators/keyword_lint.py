"""Lint of single schemas: keywords that say nothing, say the impossible, or do not say what was meant."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import jsonschema_rs

from .findings import Finding, Node, Page
from .messages import TYPES
from .schema import KEYWORDS
from .suggest import closest
from .violations import shown

# What became of keywords of older dialects.
OLDER = {
    "nullable": 'OpenAPI 3.1 writes type: ["string", "null"]',
    "definitions": "it is called $defs",
    "dependencies": "it is called dependentRequired or dependentSchemas",
    "additionalItems": "it is called items, beside prefixItems",
    "id": "it is called $id",
}
APPLIES = {
    "string": ("maxLength", "minLength", "pattern", "contentEncoding", "contentMediaType", "contentSchema"),
    "number": ("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "multipleOf"),
    "array": (
        "items prefixItems contains minContains maxContains minItems maxItems uniqueItems unevaluatedItems".split()
    ),
    "object": (
        "properties patternProperties additionalProperties propertyNames required dependentRequired dependentSchemas "
        "minProperties maxProperties unevaluatedProperties".split()
    ),
}
RANGES = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
BOUNDS = ("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum")
WORDS = ("word", "x", "Image1")  # texts that no image, UUID or URL looks like
EXACT_BITS = 53  # integers up to 2^53 are exact as doubles
HUGE = 2**1023
# Asserted by us (see reference), and the annotations of OpenAPI's format registry that describe numbers and bytes.
FORMATS = frozenset(
    "date date-time duration email hostname idn-email idn-hostname ipv4 ipv6 iri iri-reference json-pointer regex "
    "relative-json-pointer time uri uri-reference uri-template uuid "
    "int8 int16 int32 int64 uint8 float double decimal byte binary base64url password".split()
)

KeywordRule = Callable[[Page, Node], Iterator[Finding]]


def unknown(_: Page, node: Node) -> Iterator[Finding]:
    """Yield keywords of neither JSON Schema 2020-12 nor OpenAPI 3.1, which every validator skips."""
    for keyword in node.schema:
        if keyword not in KEYWORDS and not keyword.startswith("x-"):
            near = closest(keyword, KEYWORDS)
            hint = OLDER.get(keyword) or (f"did you mean {near!r}?" if near else "")
            text = f"{keyword!r} is no keyword of JSON Schema 2020-12 or OpenAPI 3.1 and says nothing"
            yield node.finding("unknown-keyword", f"{text}; {hint}" if hint else text, keyword)


def mistyped(page: Page, node: Node) -> Iterator[Finding]:
    """Yield keywords that do not apply to any type that the schema allows."""
    types = page.types(node.path)
    kinds = {"number" if name == "integer" else name for name in types}
    for kind, keywords in APPLIES.items():
        for keyword in keywords:
            if types and keyword in node.schema and kind not in kinds:
                text = f"{keyword!r} applies to {_article(kind)} and says nothing about {_article(*sorted(types))}"
                yield node.finding("mistyped-keyword", text, keyword)


def rounded(_: Page, node: Node) -> Iterator[Finding]:
    """Yield bounds that are the shortest text of a double at a power of two beyond 2^53."""
    for keyword in BOUNDS:
        value = node.schema.get(keyword)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < HUGE:
            continue
        double = int(float(value))
        bits = abs(double).bit_length() - 1
        if bits > EXACT_BITS and abs(double) == 2**bits and _is_shortest_text(value):
            meant = f"2^{bits} - 1 = {double - 1}" if double > 0 else f"-2^{bits} = {double}"
            yield node.finding("rounded-bound", f"{value} is a rounded double; {meant} is probably meant", keyword)


def impossible(page: Page, node: Node) -> Iterator[Finding]:
    """Yield what no value can fit: a least above the greatest, constants of another type, required unknown names."""
    schema = node.schema
    for low, high in RANGES:
        if _number(schema.get(low)) and _number(schema.get(high)) and schema[low] > schema[high]:
            text = f"no value fits: {low} is {schema[low]}, and {high} is {schema[high]}"
            yield node.finding("impossible", text, low)
    types = page.types(node.path)
    constants = [("const",)] * ("const" in schema) + [("enum", n) for n in range(len(_list(schema.get("enum"))))]
    for place in constants:
        value = schema["const"] if len(place) == 1 else schema["enum"][place[1]]
        if types and not _has_type(value, types):
            yield node.finding("impossible", f"{shown(value)} is not {_article(*sorted(types))}", *place)
    if schema.get("additionalProperties") is False and "patternProperties" not in schema:
        for index, name in enumerate(_list(schema.get("required"))):
            if name not in schema.get("properties", {}):
                text = f"{name!r} is required, and additionalProperties forbids it: it is none of the properties"
                yield node.finding("impossible", text, "required", index)


def moot_format(page: Page, node: Node) -> Iterator[Finding]:
    """Yield branches that take any bare word, beside others that ask for a format."""
    for keyword in ("anyOf", "oneOf"):
        branches = _list(node.schema.get(keyword))
        formats = [b["format"] for b in branches if isinstance(b, Mapping) and "format" in b]
        for index, branch in enumerate(branches):
            if (
                not formats
                or not isinstance(branch, Mapping)
                or "format" in branch
                or "string" not in page.types((*node.path, keyword, index))
            ):
                continue
            if all(not page.refusals((*node.path, keyword, index), word) for word in WORDS):
                text = f"takes any bare word, like {WORDS[0]!r}: that makes the format {' or '.join(formats)} moot"
                below = ("pattern",) if "pattern" in branch else ()
                yield node.finding("moot-format", text, keyword, index, *below)


def unknown_format(_: Page, node: Node) -> Iterator[Finding]:
    """Yield formats that nobody asserts."""
    name = node.schema.get("format")
    if isinstance(name, str) and name not in FORMATS:
        near = closest(name, FORMATS)
        hint = f"; did you mean {near!r}?" if near else ""
        yield node.finding("unknown-format", f"{name!r} is no format that is asserted{hint}", "format")


def vacuous_if(page: Page, node: Node) -> Iterator[Finding]:
    """Yield conditions on a member that hold when it is absent, whatever its default says."""
    condition = node.schema.get("if")
    if not isinstance(condition, Mapping) or not isinstance(condition.get("properties"), Mapping):
        return
    required = {*_list(condition.get("required")), *_list(node.schema.get("required"))}
    for name in condition["properties"]:
        member = node.schema.get("properties", {}).get(name)
        default = member.get("default") if isinstance(member, Mapping) else None
        if name in required or (
            default is not None and not page.refusals((*node.path, "if", "properties", name), default)
        ):
            continue
        although = f", although its default is {shown(default)}" if default is not None else ""
        yield node.finding(
            "vacuous-if", f"holds without {name!r}{although}: `if` should say `required: [{shown(name)}]`", "if"
        )


def discriminator(page: Page, node: Node) -> Iterator[Finding]:
    """Yield discriminators that a branch does not declare, and objects told apart by a member that none names."""
    keyword = node.schema.get("discriminator")
    branches = [page.follow(b) for b in _list(node.schema.get("oneOf")) or _list(node.schema.get("anyOf"))]
    if not isinstance(keyword, Mapping):
        if constant := _common_constant(branches):
            text = f"the branches are told apart by {constant!r}, and no discriminator says so"
            yield node.finding("undeclared-discriminator", text)
        return
    name = str(keyword.get("propertyName"))
    for verb, names in (
        ("declare", [b.get("properties") for b in branches]),
        ("require", [b.get("required") for b in branches]),
    ):
        lacking = [str(index) for index, known in enumerate(names) if name not in (known or ())]
        if lacking:
            which = f"branches {', '.join(lacking)} do" if len(lacking) > 1 else f"branch {lacking[0]} does"
            text = f"{which} not {verb} {name!r}, by which the branches are told apart"
            yield node.finding("undeclared-discriminator", text, "discriminator")


RULES: tuple[KeywordRule, ...] = (
    unknown,
    mistyped,
    rounded,
    impossible,
    moot_format,
    unknown_format,
    vacuous_if,
    discriminator,
)


def _is_shortest_text(value: int | float) -> bool:
    """Return whether a number stands as JavaScript prints a double: shortest digits, then zeros."""
    return not isinstance(value, int) or value == int(Decimal(repr(float(value)))) != int(float(value))


def _common_constant(branches: Sequence[Mapping[str, Any]]) -> str:
    """Return the first member that every branch requires with a constant of its own, or ""."""
    if len(branches) < 2:
        return ""
    for name in branches[0].get("properties", {}):
        members = [b.get("properties", {}).get(name) for b in branches if name in _list(b.get("required"))]
        values = [json.dumps(m["const"], sort_keys=True) for m in members if isinstance(m, Mapping) and "const" in m]
        if len(values) == len(branches) == len(set(values)):
            return str(name)
    return ""


def _has_type(value: object, types: Iterable[str]) -> bool:
    return jsonschema_rs.is_valid({"type": sorted(set(types) & set(TYPES))}, value)


def _article(*kinds: str) -> str:
    return " or ".join(TYPES.get(kind, kind) for kind in kinds)


def _list(value: object) -> list[Any]:
    """Return a list, or an empty one in place of anything else: what is malformed is another rule's finding."""
    return list(value) if isinstance(value, list) else []


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
