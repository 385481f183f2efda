"""One plain sentence per broken keyword."""

import math
from typing import Any

from .violations import shown

TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
}

# How the keywords that set a limit are worded, and what they count.
LIMITS = {
    "minimum": ("be at least", ""),
    "maximum": ("be at most", ""),
    "exclusiveMinimum": ("be above", ""),
    "exclusiveMaximum": ("be below", ""),
    "multipleOf": ("be a multiple of", ""),
    "minLength": ("have at least", "character"),
    "maxLength": ("have at most", "character"),
    "minItems": ("have at least", "item"),
    "maxItems": ("have at most", "item"),
    "minProperties": ("have at least", "member"),
    "maxProperties": ("have at most", "member"),
    "minContains": ("hold at least", "fitting item"),
    "maxContains": ("hold at most", "fitting item"),
}


def message(
    rule: str,
    name: str,
    sent: Any,  # noqa: ANN401 - any JSON value
    expected: Any,  # noqa: ANN401 - any JSON value
    *,
    because: str = "",
    near: str | None = None,
) -> str:
    """Return what is wrong, as a sentence.

    name: what stands at the place, as the sentence calls it: "'width'", "item 3", "the body".
    """
    match rule:
        case "required":
            return f"{expected!r} is missing"
        case "dependentRequired":
            return f"{expected!r} is missing: {because!r} requires it"
        case "additionalProperties" | "unevaluatedProperties":
            hint = f"; did you mean {near!r}?" if near else ""
            return f"{name} is not a known member{hint}"
        case "not-allowed":
            return f"{name} is not allowed here"
        case "not":
            return _excluded(name, expected)
        case "type":
            return f"{name} must be {_type(expected)}, not {_type_of(sent)}"
        case "const" | "enum":
            return f"{name} must be {_one_of(expected)}"
        case "anyOf":
            return f"{name} must be {_forms(expected)}, not {shown(sent)}"
        case "oneOf":
            return f"{name} must fit exactly one of {len(expected)} allowed forms"
        case _:
            return f"{name} {_bound(rule, sent, expected)}"


def constants(branches: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any JSON value
    """Return the constants of an anyOf/oneOf that only lists constants, else ()."""
    if all(isinstance(branch, dict) and "const" in branch for branch in branches):
        return tuple(branch["const"] for branch in branches)
    return ()


def _bound(rule: str, sent: Any, expected: Any) -> str:  # noqa: ANN401
    if rule in LIMITS:
        word, noun = LIMITS[rule]
        return f"must {word} {_count(expected, noun) if noun else _number(expected)}{_but(rule, noun, sent)}"
    match rule:
        case "pattern":
            return f"must match {expected}, not {shown(sent)}"
        case "format":
            return f"must be a valid {expected}, not {shown(sent)}"
        case "contains":
            return f"must hold an item that fits {shown(expected)}"
        case "uniqueItems":
            return "must not hold an item twice"
        case "unevaluatedItems":
            return "must not hold items beyond those described"
        case _:
            return f"breaks {rule}: {shown(expected)}"


def _but(rule: str, noun: str, sent: Any) -> str:  # noqa: ANN401
    """Return how a value differs from a limit: by itself, or by its length where the limit counts things."""
    if rule in ("minContains", "maxContains"):
        return ""
    return f", not {_length(sent) if noun else shown(sent)}"


def _excluded(name: str, expected: Any) -> str:  # noqa: ANN401
    if isinstance(expected, dict) and list(expected) == ["required"]:
        return f"{' and '.join(repr(n) for n in expected['required'])} exclude each other"
    return f"{name} must not fit {shown(expected)}"


def _one_of(expected: Any) -> str:  # noqa: ANN401
    values = expected if isinstance(expected, list | tuple) else (expected,)
    listed = ", ".join(shown(value) for value in values[:12])
    return (f"one of {listed}" if len(values) > 1 else listed) + (f", ... ({len(values)} values)" * (len(values) > 12))


def _forms(branches: Any) -> str:  # noqa: ANN401
    """Return the forms of an anyOf in words, where each is one keyword, else their number."""
    words = {"format": "a {}", "pattern": "a text like {}", "type": "{}"}
    texts = [
        words[key].format(TYPES.get(value, value))
        for branch in branches
        if isinstance(branch, dict) and len(branch) == 1
        for key, value in branch.items()
        if key in words and isinstance(value, str)
    ]
    return " or ".join(texts) if len(texts) == len(branches) else f"one of {len(branches)} allowed forms"


def _type(expected: Any) -> str:  # noqa: ANN401
    names = expected if isinstance(expected, list) else [expected]
    return " or ".join(TYPES.get(name, str(name)) for name in names)


def _type_of(sent: Any) -> str:  # noqa: ANN401
    if isinstance(sent, float) and not math.isfinite(sent):
        return shown(sent)
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return {"boolean": "a boolean"}.get(name := kinds.get(type(sent), "null"), TYPES[name])


def _number(bound: object) -> str:
    """Return a bound as people write it: 1 for the 1.0 that some generators emit."""
    return str(int(bound)) if isinstance(bound, float) and bound.is_integer() else str(bound)


def _count(number: object, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _length(sent: Any) -> str:  # noqa: ANN401
    return str(len(sent)) if isinstance(sent, str | list | dict) else shown(sent)
