"""Errors in Runware's words: what a client under test gets to see.

Codes, statuses and texts are data (specs/runware/errors.toml); here they are chosen and filled in.
Source of the form: docs/providers/runware.md, "Errors".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from genmock.specs import Document, ErrorCatalog, ErrorEntry
from genmock.validators import Rule, Violation, find_rule, is_keyword, member_schema, shown

from ...faults import Refusal
from ...json_codec import dumps
from ...settings import Settings

_INDEX = re.compile(r"\.(\d+)(?=\.|\Z)")
ECHOED = 200  # characters of a value that an error repeats
DOCUMENTATION = "https://runware.ai/docs/models/{slug}#request-{parameter}"


@dataclass(frozen=True)
class ErrorItem:
    """One element of ``errors``. members: what stands beside code and message, in order.

    retry_after_s: for the header Retry-After of the reply; None: no header.
    """

    code: str
    message: str
    status: int
    members: Mapping[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None

    def with_task(self, task_type: object, task_uuid: object) -> "ErrorItem":
        """Return the error with its task named; a task without a usable taskUUID goes unnamed."""
        named = {"taskType": task_type, "taskUUID": task_uuid}
        present = {name: value for name, value in named.items() if isinstance(value, str) and 0 < len(value) <= ECHOED}
        return replace(self, members={**self.members, **present})

    def as_json(self, *, published: bool = False, brackets: bool = False) -> dict[str, Any]:
        """Return the element.

        published: exactly as the documents declare it, with several parameters as one text. brackets: array elements
        as ``lora[0].weight`` instead of ``lora.0.weight``.
        """
        members = dict(self.members)
        named = members.get("parameter")
        if named is not None:
            names = [named] if isinstance(named, str) else list(named)
            names = [_INDEX.sub(r"[\1]", name) for name in names] if brackets else names
            members["parameter"] = names[0] if isinstance(named, str) else "/".join(names) if published else names
        return {"code": self.code, "message": self.message, **members}

    def told(self, settings: Settings) -> dict[str, Any]:
        """Return the element as the settings want errors to be."""
        return self.as_json(published=settings.errors == "published", brackets=settings.array_path == "brackets")


class TaskRefused(Exception):
    """A task, or the whole request, cannot be answered. item: what the client is told."""

    def __init__(self, item: ErrorItem) -> None:
        super().__init__(item.code, item.message)
        self.item = item


def trouble(status: int, text: str) -> bytes:
    """Return the body of an error that no step could tell. status: 500 or 503."""
    code = "serviceUnavailable" if status == 503 else "internalServerError"
    return dumps({"data": [], "errors": [{"code": code, "message": text}]})


def refusal(
    errors: ErrorCatalog, code: str, /, *, parameter: str | Sequence[str] | None = None, **values: object
) -> TaskRefused:
    """Return the exception for an error code, its message filled in.

    parameter: the member at fault, dotted; the catalogue's own when absent.
    """
    entry = errors.get(code)
    if "value" in values:
        values["value"] = echoed(values["value"])
    named = parameter if parameter is not None else entry.parameter
    members = {"parameter": named if isinstance(named, str) else list(named)} if named else {}
    return TaskRefused(ErrorItem(code, entry.text(**({"parameter": _words(named)} | values)), entry.status, members))


def item_of(error: Mapping[str, Any], status: int) -> ErrorItem:
    """Return the error that ``as_json`` wrote. status: of a reply that has nothing but it."""
    members = {name: value for name, value in error.items() if name not in ("code", "message")}
    return ErrorItem(error["code"], error["message"], status, members)


def fault_error(errors: ErrorCatalog, refused: Refusal) -> ErrorItem:
    """Return the provider's error for what a fault, a preference or a limit refuses."""
    item = refusal(errors, refused.code, reason="a fault was set on purpose.").item
    return replace(
        item,
        message=refused.message or item.message,
        status=refused.status or item.status,
        retry_after_s=refused.retry_after_s,
    )


def refused_by(errors: ErrorCatalog, violation: Violation, document: Document, item: Mapping[str, Any]) -> ErrorItem:
    """Return the provider's error for a broken contract. The violation's pointer starts at the task."""
    rule = find_rule(document, item, violation.rule)
    names = _names(violation, rule)
    schema = member_schema(document, item, names[0]) or {}
    names = [echoed(name) for name in names]
    entry = _entry(errors, violation, names[0])
    code = (rule.code if rule is not None else "") or entry.code.format(Field=_field(names[0]))
    members: dict[str, Any] = {"parameter": names[0] if len(names) == 1 else names}
    if len(names) == 1 and rule is None:
        members |= _facts(violation, schema)
    if document.model:
        anchor = quote(names[0].replace(".", "-").lower())
        members["documentation"] = DOCUMENTATION.format(slug=document.id, parameter=anchor)
    values = _values(errors, violation, names, schema)
    if violation.rule == "additionalProperties" and isinstance(violation.expected, list | tuple):
        # What is merely tolerated is nothing that the provider would offer.
        siblings = [(name, ".".join([*_path(violation.pointer)[:-1], str(name)])) for name in violation.expected]
        values["allowed"] = _listed([name for name, path in siblings if member_schema(document, item, path)], "'")
    text = entry.text(**values)
    return ErrorItem(code, text, entry.status, members)


def _entry(errors: ErrorCatalog, violation: Violation, name: str) -> ErrorEntry:
    """Return the catalogue's entry for a broken rule; a missing member may have a code of its own."""
    own = errors.find(f"missing{_field(name)}") if violation.rule == "required" and "." not in name else None
    if own is not None:
        return own
    if violation.pointer == "/taskUUID" and violation.rule in ("type", "format", "pattern"):
        return errors.case("task-uuid-v4")  # one text for all of them was seen live
    branches = violation.expected if isinstance(violation.expected, list | tuple) else ()
    lists_forms = violation.rule == "oneOf" and any(isinstance(branch, Mapping) for branch in branches)
    return errors.case("anyOf" if lists_forms else violation.rule)


def echoed(value: object) -> str:
    """Return a value that was sent as an error's text quotes it: a text as it is, anything else as JSON, both cut."""
    text = value if isinstance(value, str) else shown(value)
    return text if len(text) <= ECHOED else f"{text[:ECHOED]}..."


def rank(violation: Violation) -> int:
    """Return when the provider would notice a violation: names, presence, prompts, values, pairs; warnings last.

    Source: docs/providers/runware.md, "Tasks".
    """
    if violation.severity == "warning":
        return 10
    pointer = violation.pointer
    first = next((n for n, name in enumerate(("/taskType", "/taskUUID", "/model")) if pointer == name), None)
    if first is not None:
        return first
    order = {"additionalProperties": 3, "not-allowed": 3, "required": 4, "dependentRequired": 4, "not": 8}
    if violation.rule in order:
        return order[violation.rule]
    if pointer in ("/positivePrompt", "/negativePrompt"):
        return 5
    return 6 if is_keyword(violation.rule) else 9


def _path(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _names(violation: Violation, rule: Rule | None) -> list[str]:
    """Return the dotted names of the members at fault: one, or several for a rule between them."""
    path = _path(violation.pointer)
    match violation.rule, violation.expected:
        case "dependentRequired", str(name) if {name} <= {"width", "height"}:
            return ["width", "height"]
        case "required" | "dependentRequired", str(name):
            return [".".join([*path, name])]
        case "not", {"required": list(pair)}:
            return [".".join([*path, str(name)]) for name in pair]
    index = next((part for part in path if part.isdecimal()), "0")
    others = [".".join(index if part == "[]" else part for part in other) for other in (rule.also if rule else ())]
    return [".".join(path) or "task", *others]


def _values(
    errors: ErrorCatalog, violation: Violation, names: list[str], schema: Mapping[str, Any]
) -> dict[str, object]:
    allowed = schema.get("enum") or violation.expected
    last = names[0].rpartition(".")[2]
    low, high = schema.get("minimum", schema.get("minLength")), schema.get("maximum", schema.get("maxLength"))
    return {
        "parameter": names[0],
        "names": "/".join(names) if violation.rule == "dependentRequired" else " and ".join(f"'{n}'" for n in names),
        "label": errors.labels.get(last) or schema.get("title") or last,
        "kind": errors.phrases.get(_type(schema), "valid"),
        "bounds": _bounds(errors, low, high),
        "step": errors.phrases["step"].format(multiplier=schema["multipleOf"]) if "multipleOf" in schema else "",
        "min": low if low is not None else schema.get("minItems"),
        "max": high if high is not None else schema.get("maxItems"),
        "allowed": _listed(allowed, quote="'" if violation.rule == "additionalProperties" else '"'),
        "expected": _expected(errors, violation),
        "reason": violation.message,
        "value": echoed(violation.sent),
    }


def _expected(errors: ErrorCatalog, violation: Violation) -> str:
    """Return what a value must be, in words."""
    if violation.rule == "pattern":
        return f"a text that matches {violation.expected}"
    if violation.rule in ("anyOf", "oneOf") and isinstance(violation.expected, list | tuple):
        kinds = [errors.phrases.get(_type(branch)) for branch in violation.expected if isinstance(branch, Mapping)]
        if kinds and all(kinds):
            return " or ".join(dict.fromkeys(str(kind) for kind in kinds))
    return violation.message.partition(" must be ")[2].partition(", not ")[0] or "valid"


def _bounds(errors: ErrorCatalog, low: object, high: object) -> str:
    if low is not None and high is not None:
        return errors.phrases["between"].format(min=low, max=high)
    if low is not None:
        return errors.phrases["at_least"].format(min=low)
    return errors.phrases["at_most"].format(max=high) if high is not None else ""


def _facts(violation: Violation, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the machine-readable members of an error: type, min, max, multiplier, allowedValues."""
    if violation.rule in ("additionalProperties", "not-allowed", "not"):
        return {}
    found = {"type": _declared(schema) or None, "allowedValues": schema.get("enum")}
    found |= {"min": schema.get("minimum"), "max": schema.get("maximum"), "multiplier": schema.get("multipleOf")}
    if violation.rule in ("enum", "const"):
        allowed = violation.expected
        found["allowedValues"] = list(allowed) if isinstance(allowed, list | tuple) else [allowed]
    order = ("type", "min", "max", "multiplier", "allowedValues")
    return {name: found[name] for name in order if found[name] is not None}


def _declared(schema: Mapping[str, Any]) -> str:
    """Return a schema's type as errors name it: string, integer, float, ``string[]``."""
    kind = _type(schema)
    items = schema.get("items")
    if kind == "array" and isinstance(items, Mapping) and _type(items):
        return f"{_declared(items)}[]"
    return {"number": "float"}.get(kind, kind)


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    return kind if isinstance(kind, str) else "|".join(kind)


def _field(name: str) -> str:
    """Return a member's name as the codes have it: ``lora.0.weight`` is Weight, ``CFGScale`` stays."""
    last = next((part for part in reversed(name.split(".")) if not part.isdecimal()), name)
    return last[:1].upper() + last[1:]


def _listed(values: object, quote: str) -> str:
    if not isinstance(values, list | tuple):
        values = (values,)
    return ", ".join(f"{quote}{value}{quote}" if isinstance(value, str) else shown(value) for value in values)


def _words(named: str | Sequence[str] | None) -> str:
    return named if isinstance(named, str) else "/".join(named or ())
