"""The plain case in one verdict: a task that fits both forms of its document and meets no rule.

Judging a task takes up to three looks: does the effective schema allow it, does the published one too (else something
was tolerated), and does a prose rule read one of its members. One schema says all of that of most tasks.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .rules import Rule
from .schema import ANNOTATIONS, KEYWORDS, refers

JUDGING = KEYWORDS - ANNOTATIONS
# Keywords that judge a value whatever stands beside them.
ALONE = frozenset("type enum const format pattern minimum maximum minLength maxLength multipleOf".split())
COMPARISON = re.compile(r"(\w+) (>=|>|<=|<) (-?\d+(?:\.\d+)?)")  # of a member with a number, in CEL
BOUNDS = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}
JUDGED_BY_NAME = frozenset({"patternProperties", "unevaluatedProperties", "dependentSchemas"})


def agreed(published: Any, effective: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any schemas
    """Return the schema of what two forms of an object's schema both allow, or None where that takes a closer look.

    The forms must differ in their members alone, and refer to nothing: a reference may lead elsewhere in each form.
    """
    if not (isinstance(published, Mapping) and isinstance(effective, Mapping)):
        return None
    if _rest(published) != _rest(effective) or not JUDGED_BY_NAME.isdisjoint(published):
        return None
    if refers(published) or refers(effective):
        return None
    ours, theirs = effective.get("properties", {}), published.get("properties", {})
    others = published.get("additionalProperties", True)  # the same in both
    members = {name: _both(theirs.get(name, others), ours.get(name, others)) for name in (*ours, *theirs)}
    return {**effective, "properties": members}


def beside_rules(schema: Any, rules: Iterable[Rule], members: Iterable[str]) -> dict[str, Any]:  # noqa: ANN401
    """Return the schema of what another allows and no rule refuses, unless it has one of the members.

    A rule that only compares a number says the same as a keyword does; for any other its first member is left out.
    """
    compared = [(rule, _comparison(rule)) for rule in rules]
    members = {*members, *(rule.root for rule, found in compared if found is None)}
    given: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {"allOf": [schema]}
    judged = [*given.get("allOf", ()), *(found for _, found in compared if found is not None)]
    properties = {**given.get("properties", {}), **dict.fromkeys(members, False)}
    return {**given, "properties": properties, **({"allOf": judged} if judged else {})}


def _comparison(rule: Rule) -> dict[str, Any] | None:
    """Return the schema that says what a rule does, or None for one that does more than compare a number."""
    found = COMPARISON.fullmatch(rule.expr)
    if found is None or rule.when or rule.defaults or any(len(path) > 1 for path in rule.needs):
        return None
    name, operator, number = found.groups()
    if rule.kinds.get((name,)) not in ("integer", "number"):
        return None
    judged = {"properties": {name: {BOUNDS[operator]: json.loads(number)}}}
    return {"if": {"required": [path[0] for path in rule.needs]}, "then": judged}


def _both(published: Any, effective: Any) -> Any:  # noqa: ANN401 - any schemas
    if published == effective or _is_part(published, effective):
        return effective
    branches = effective.get("anyOf", ()) if isinstance(effective, Mapping) else ()
    if any(_is_part(branch, published) for branch in branches) and JUDGING.intersection(effective) == {"anyOf"}:
        return published  # the overlay allows more
    return {"allOf": [published, effective]}


def _is_part(schema: Any, whole: Any) -> bool:  # noqa: ANN401 - any schemas
    """Return whether a schema asks nothing that another does not, in keywords that stand alone."""
    if not (isinstance(schema, Mapping) and isinstance(whole, Mapping)):
        return False
    asked = JUDGING.intersection(schema)
    return ALONE.issuperset(asked) and all(name in whole and whole[name] == schema[name] for name in asked)


def _rest(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema says beside its members and its extensions, which judge nothing."""
    return {name: value for name, value in schema.items() if name != "properties" and not name.startswith("x-")}
