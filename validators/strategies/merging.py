"""Schemas as alternatives: each a flat conjunction, with references, allOf, anyOf, oneOf and conditions worked out.

A value that fits one alternative fits the schema, provided that the branches of each ``oneOf`` exclude one another;
where they do not, the caller's guard notices.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import gcd, lcm
from typing import Any

from ..schema import ONE_SCHEMA, SCHEMA_LISTS, follow

Flat = dict[str, Any]  # a schema without the keywords of COMBINED, and with NOTS and OWN worked in
COMBINED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "not", "const"})
NOTS = "x-nots"  # the schemas that a value must not fit
TEXTS = "x-texts"  # patterns, formats and looks of a text, as pairs (keyword, value)
PRESENT = "x-present"  # members that must be there for a condition to hold, though no document requires them
DECIDING = "x-deciding"  # members by which a condition that holds is decided
CONST = "x-const"  # the one value listed comes from a const
OWN = "x-own"  # the rules that an overlay names for keywords, by keyword
TOLERATED = "x-genmock-tolerated"
LEFT_OUT = {"x-left-out": True}  # the schema of a member that a condition wants to be absent, though it is allowed
KIND = "x-kind"  # a look that a rule asks for: the name of a CEL function of ours

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
MAX_ALTERNATIVES = 64


def alternatives(root: Mapping[str, Any], schema: Any, *, tolerated: bool = True) -> list[Flat]:  # noqa: ANN401
    """Return the flat schemas that a schema allows, the first of each choice first; none for one that fits nothing.

    root: the document, for references. tolerated: with what an overlay only tolerates.
    """
    schema = follow(root, schema)
    if schema is True:
        return [{}]
    if not isinstance(schema, Mapping) or schema == LEFT_OUT or (not tolerated and TOLERATED in schema):
        return []
    found = [_own(schema)]
    for choices in _choices(root, schema, tolerated):
        merged = (merge(one, other) for one, other in product(found, choices))
        found = [each for each in merged if each is not None][:MAX_ALTERNATIVES]
    return found


def _choices(root: Mapping[str, Any], schema: Mapping[str, Any], tolerated: bool) -> Iterable[list[Flat]]:
    """Yield, for each keyword that combines schemas, the alternatives of which one must hold too."""
    for part in schema.get("allOf", ()):
        yield alternatives(root, part, tolerated=tolerated)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            yield [each for part in schema[keyword] for each in alternatives(root, part, tolerated=tolerated)]
    if "if" in schema:
        decided = {DECIDING: [*schema["if"].get("properties", ())] if isinstance(schema["if"], Mapping) else []}
        then = {"allOf": [schema["if"], schema.get("then", True), decided]}
        yield [
            *alternatives(root, then, tolerated=tolerated),
            *(
                each
                for condition in negations(schema["if"])
                for each in alternatives(root, {"allOf": [condition, schema.get("else", True)]}, tolerated=tolerated)
            ),
        ]
    for name, part in schema.get("dependentSchemas", {}).items():
        present = {"allOf": [{PRESENT: [name]}, part]}
        yield [{"properties": {name: LEFT_OUT}}, *alternatives(root, present, tolerated=tolerated)]


def negations(schema: Any) -> list[Any]:  # noqa: ANN401 - any schema
    """Return schemas one of which a value fits that does not fit this one; a condition of objects is taken apart."""
    if not isinstance(schema, Mapping) or not set(schema) <= {"required", "properties", "type"}:
        return [{"not": schema}]
    found: list[Any] = []
    for name, member in schema.get("properties", {}).items():
        found.append({PRESENT: [name], "properties": {name: {"not": member}}})
    found += [{"properties": {name: LEFT_OUT}} for name in schema.get("required", ())]
    return found or [{"not": schema}]


def _own(schema: Mapping[str, Any]) -> Flat:
    """Return what a schema says by itself, in the normal form of flat schemas."""
    flat = {key: value for key, value in schema.items() if key not in COMBINED and key not in ("pattern", "format")}
    if "const" in schema:
        flat["enum"] = [each for each in schema.get("enum", [schema["const"]]) if same(each, schema["const"])]
        flat[CONST] = True
    texts = [(keyword, schema[keyword]) for keyword in ("pattern", "format", KIND) if keyword in schema]
    flat |= {TEXTS: texts} if texts else {}
    flat |= {NOTS: [schema["not"]]} if "not" in schema else {}
    if "type" in schema:
        flat["type"] = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    own = schema.get("x-genmock-rule")
    flat |= {OWN: {own["keyword"]: own["id"]}} if isinstance(own, Mapping) else {}
    return flat


def merge(one: Flat, other: Flat) -> Flat | None:
    """Return the flat schema of what fits both, or None when nothing does."""
    result: Flat = {**one, **other}
    for keyword in one.keys() & other.keys():
        result[keyword] = _both(keyword, one[keyword], other[keyword])
    result |= _properties(one, other)
    impossible = result.get("type") == [] or result.get("enum") == []
    return None if impossible else result


def _both(keyword: str, one: Any, other: Any) -> Any:  # noqa: ANN401 - the values of any keyword
    if keyword in _LEAST:
        return max(one, other)
    if keyword in _MOST:
        return min(one, other)
    match keyword:
        case "type":
            return _types(one, other)
        case "enum":
            return [value for value in one if any(same(value, each) for each in other)]
        case "multipleOf":
            return _common_multiple(one, other)
        case "required" | "x-nots" | "x-texts" | "x-present" | "x-deciding":
            return [*one, *(each for each in other if each not in one)]
        case "dependentRequired":
            return {name: [*one.get(name, ()), *other.get(name, ())] for name in one | other}
        case "x-own":
            return one | other
        case "uniqueItems":
            return one or other
        case _ if keyword in ONE_SCHEMA:
            return {"allOf": [one, other]}
        case _ if keyword in SCHEMA_LISTS:
            return [*one, *other]
    return one


def _properties(one: Flat, other: Flat) -> Flat:
    """Return the properties of both; one that the other side, closed, does not list is forbidden."""
    if "properties" not in one and "properties" not in other:
        return {}
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    result = {name: member if name in theirs or not _closed(other) else False for name, member in mine.items()}
    for name, member in theirs.items():
        if name not in mine:
            result[name] = False if _closed(one) else member
        elif member is not mine[name]:
            result[name] = {"allOf": [mine[name], member]}
    return {"properties": result}


def _closed(side: Flat) -> bool:
    return side.get("additionalProperties") is False and "patternProperties" not in side


def _types(one: Sequence[str], other: Sequence[str]) -> list[str]:
    found = [kind for kind in one if kind in other or (kind == "integer" and "number" in other)]
    return found + [kind for kind in other if kind == "integer" and "number" in one and kind not in found]


def _common_multiple(one: float, other: float) -> float | int:
    a, b = Fraction(str(one)), Fraction(str(other))
    common = Fraction(lcm(a.numerator, b.numerator), gcd(a.denominator, b.denominator))
    return int(common) if common.denominator == 1 else float(common)


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON values
    """Return whether two JSON values are equal as JSON Schema has it: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list | dict) or isinstance(other, list | dict):
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    return bool(one == other)
