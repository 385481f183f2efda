"""Prose rules: what a document only says in words, as CEL expressions in its overlay.

A rule names the members it reads, runs only when they are present, and receives only those, so that a request without
them pays nothing. A member that is null counts as absent. They have the types that the document gives them: an integer
member is an int, a number member a double, however the client wrote them. The form is described in docs/rules.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from genmock.specs import OverlayError

from .references import is_image_reference, is_media_reference
from .violations import Severity, Violation, pointer_of

KEY = "x-genmock-rules"
FUNCTIONS = {"is_image_reference": is_image_reference, "is_media_reference": is_media_reference}
ABSENT = object()
PLACEHOLDER = re.compile(r"\{(\w+)\}")
STEP = 720_720  # divisible by every number up to 16
MAX_INTEGER = 2**60 // STEP * STEP  # beyond every bound of the documents, with room to add in CEL's 64 bits
Path = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One rule of an overlay, its paths split: ``controlNet[].endStep`` is ("controlNet", "[]", "endStep")."""

    id: str
    expr: str
    message: str
    needs: tuple[Path, ...]
    at: Path
    kinds: Mapping[Path, str] = field(default_factory=dict)
    defaults: Mapping[Path, Any] = field(default_factory=dict)
    also: tuple[Path, ...] = ()
    when: str = ""
    source: str = ""
    severity: Severity = "error"
    strict: Severity | None = None
    code: str = ""

    @property
    def root(self) -> str:
        """The top-level member without which the rule never runs."""
        return self.needs[0][0]

    @cached_property
    def _programs(self) -> Sequence[Any]:
        import cel  # here: it loads for half a second, and few requests meet a rule

        try:
            return tuple(cel.compile(text) for text in (self.when, self.expr) if text)
        except ValueError as error:
            raise OverlayError(f"rule {self.id}: {self.expr!r} is no CEL expression: {error}") from error

    def violations(self, item: Mapping[str, Any], *, strict: bool = False) -> Iterator[Violation]:
        """Yield a violation for each place of a task where the rule does not hold."""
        for index, sent_as in self._bindings(item):
            variables = {name: _variable(value) for name, value in sent_as.items()}
            if not self._holds(variables):
                severity = self.strict or self.severity if strict else self.severity
                path = tuple(index if part == "[]" else part for part in self.at)
                sent = _lookup(item, path)
                message = _filled(self.message, sent_as)
                yield Violation(self.id, pointer_of(path), message, severity, self.expr, _or_none(sent), self.source)

    def _bindings(self, item: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (array index, values by name): once, or for each element of the array that the rule looks into."""
        elements = next((p[: p.index("[]")] for p in (*self.needs, *self.defaults) if "[]" in p), None)
        if elements is None:
            indexes: Sequence[int] = (0,)
        else:
            array = _lookup(item, elements)
            indexes = range(len(array)) if isinstance(array, list) else ()
        for index in indexes:
            values = self._values(item, index)
            if values is not None:
                yield index, values

    def _values(self, item: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        result: dict[str, Any] = {}
        for path in (*self.needs, *self.defaults):
            value = _lookup(item, tuple(index if part == "[]" else part for part in path))
            if value is ABSENT or value is None:
                value = self.defaults.get(path, ABSENT)
            if value is ABSENT:
                return None
            result[next(part for part in reversed(path) if part != "[]")] = _typed(value, self.kinds.get(path, ""))
        return result

    def _holds(self, variables: Mapping[str, Any]) -> bool:
        import cel

        if any(value != value for value in variables.values()):  # NaN, which CEL does not compare: no comparison holds
            return False
        context = cel.Context(variables=dict(variables), functions=dict(FUNCTIONS))
        try:
            *guard, main = self._programs
            return (bool(guard) and not guard[0].execute(context)) or bool(main.execute(context))
        except (ValueError, TypeError, RuntimeError, OverflowError) as error:
            raise OverlayError(f"rule {self.id} cannot be evaluated on {variables!r}: {error}") from error


@dataclass(frozen=True)
class RuleSet:
    """The rules of one task schema."""

    rules: tuple[Rule, ...]

    @cached_property
    def roots(self) -> frozenset[str]:
        """The top-level members without which none of the rules runs."""
        return frozenset(rule.root for rule in self.rules)

    def compile(self) -> None:
        """Compile every expression now. Raises OverlayError for one that is no CEL."""
        for rule in self.rules:
            _ = rule._programs

    def violations(self, item: Mapping[str, Any], *, strict: bool = False) -> Iterator[Violation]:
        """Yield the violations of a task that its schema allows."""
        if self.roots.isdisjoint(item):
            return
        for rule in self.rules:
            if rule.root in item:
                yield from rule.violations(item, strict=strict)

    def get(self, rule_id: str) -> Rule | None:
        """Return the rule with that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def read_rules(schema: Mapping[str, Any], *, lenient: bool = False) -> RuleSet:
    """Return the rules that stand in a task's schema.

    lenient: leave out rules about members that the schema does not have, which were written for another document.
    Raises OverlayError for a malformed rule, and for one about an unknown member when not lenient.
    """
    rules = []
    for row in schema.get(KEY, ()):
        rule = _rule(row, schema)
        unknown = [p for p in (*rule.needs, *rule.defaults) if subschema(schema, p) is None]
        if not unknown:
            rules.append(rule)
        elif not lenient:
            raise OverlayError(f"rule {rule.id} reads {'.'.join(unknown[0])!r}, which its document does not have")
    return RuleSet(tuple(rules))


def subschema(schema: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    """Return the schema of a member, or None when the schema has no such member."""
    for part in path:
        found = schema.get("items") if part == "[]" else schema.get("properties", {}).get(part)
        if not isinstance(found, Mapping):
            return None
        schema = found
    return schema


def _rule(row: Mapping[str, Any], schema: Mapping[str, Any]) -> Rule:
    known = {"id", "expr", "message", "needs", "at", "defaults", "also", "when", "source", "severity", "strict", "code"}
    missing, extra = {"id", "expr", "message", "needs"} - set(row), set(row) - known
    if missing or extra:
        problem = f"lacks {sorted(missing)}" if missing else f"has unknown members {sorted(extra)}"
        raise OverlayError(f"rule {row.get('id', '?')} {problem}; see docs/rules.md")
    needs = tuple(_split(text) for text in row["needs"])
    defaults = dict(_defaults(row.get("defaults", {}), schema))
    return Rule(
        id=row["id"],
        expr=row["expr"],
        message=row["message"],
        needs=needs,
        at=_split(row.get("at", row["needs"][0])),
        kinds={path: _kind(subschema(schema, path) or {}) for path in (*needs, *defaults)},
        defaults=defaults,
        also=tuple(_split(text) for text in row.get("also", ())),
        when=row.get("when", ""),
        source=row.get("source", ""),
        severity=_severity(row, "severity") or "error",
        strict=_severity(row, "strict"),
        code=row.get("code", ""),
    )


def _severity(row: Mapping[str, Any], key: Literal["severity", "strict"]) -> Severity | None:
    match row.get(key):
        case None:
            return None
        case "error":
            return "error"
        case "warning":
            return "warning"
        case other:
            raise OverlayError(f"rule {row['id']}: {key} is {other!r}, not error or warning")


def _defaults(row: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield (path, value); null stands for the document's own default, and leaves the member needed without one."""
    for text, value in row.items():
        path = _split(text)
        own = (subschema(schema, path) or {}).get("default", ABSENT)
        yield path, own if value is None else value


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the one type beside null that a schema names, itself or in an anyOf; "" when there is none."""
    listed = [branch.get("type", "") for branch in (schema, *schema.get("anyOf", ()))]
    kinds = {kind for item in listed for kind in (item if isinstance(item, list) else [item])} - {"null", ""}
    return str(*kinds) if len(kinds) == 1 else ""


def _typed(value: Any, kind: str) -> Any:  # noqa: ANN401 - any JSON value in, any out
    """Return a value as its document's type has it: 512.0 is 512 for an integer, 7 is 7.0 for a number."""
    if kind == "integer" and isinstance(value, float):
        return int(value)
    if kind == "number" and type(value) is int:
        return float(_bounded(value))
    return value


def _bounded(value: int) -> int:
    """Return an integer that CEL can hold: beyond the bound another one, with the same remainders of small divisors."""
    if abs(value) <= MAX_INTEGER:
        return value
    return (MAX_INTEGER if value > 0 else -MAX_INTEGER) + value % STEP


def _filled(message: str, values: Mapping[str, Any]) -> str:
    """Return a message with values for its placeholders; one that names no variable stays."""
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), message)


def _variable(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, any out
    """Return a value as CEL takes it, which reads UTF-8 and 64 bits: no integer is too large to add."""
    if type(value) is int:
        return _bounded(value)
    if isinstance(value, str) and not value.isascii():  # an unpaired surrogate has no UTF-8: it becomes U+FFFD
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_variable(member) for member in value]
    if isinstance(value, dict):
        return {_variable(key): _variable(member) for key, member in value.items()}
    return value


def _split(text: str) -> Path:
    return tuple(part for part in text.replace("[]", ".[]").split(".") if part)


def _lookup(value: Any, path: Sequence[str | int]) -> Any:  # noqa: ANN401 - any JSON value, or ABSENT
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part, ABSENT)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return ABSENT
    return value


def _or_none(value: Any) -> Any:  # noqa: ANN401
    return None if value is ABSENT else value
