"""Which branch of an ``anyOf`` or ``oneOf`` the sender meant.

A value that fits no branch fails all of them, and a dump of every failure helps nobody. The branch is chosen by, in
order: not being null, the discriminator, the type, being published and not only tolerated, a constant member that
matches, the required members, the look of a text, and how far the value got.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    ValidationError = Any  # jsonschema's own, whose annotations make every attribute optional

Branches = Mapping[int, Sequence["ValidationError"]]

MAX_LOOK = 200  # characters; an inline image has millions

# How a text shows which form it was meant to have, tried in order.
LOOKS = (
    (re.compile(r"^data:", re.I), ("^data:", "data-uri")),
    (re.compile(r"^[0-9a-z]{4,}-[0-9a-z]{2,}-[0-9a-z-]+$", re.I), ("uuid",)),
    (re.compile(r"^[a-z][a-z0-9+.-]*:|//", re.I), ("uri", "uri-reference", "iri")),
)


def branches_of(error: "ValidationError") -> Branches:
    """Return the errors below an anyOf/oneOf error by branch number."""
    result: dict[int, list[ValidationError]] = defaultdict(list)
    for inner in error.context or ():
        result[int(inner.relative_schema_path[0])].append(inner)
    return result


def meant_branch(error: "ValidationError") -> int | None:
    """Return the number of the branch that was meant, or None when nothing tells."""
    branches = branches_of(error)
    candidates = sorted(branches)
    if tags(branches):
        return None
    for narrow in (_not_null, _by_discriminator, _by_type, _official, _by_constants, _by_members, _by_look):
        candidates = narrow(error, branches, candidates) or candidates
        if len(candidates) == 1:
            return candidates[0]
    return _by_progress(branches, candidates)


def tags(branches: Branches) -> frozenset[str | int]:
    """Return the members of which every branch wants another constant than was sent, so that no branch can be meant."""
    names = [
        frozenset(inner.path[0] for inner in errors if inner.validator == "const" and len(inner.path) == 1)
        for errors in branches.values()
    ]
    return frozenset.intersection(*names) if len(names) > 1 else frozenset()


def _not_null(error: "ValidationError", branches: Branches, candidates: list[int]) -> list[int]:
    """Drop the branches that only allow null: nobody who sends a value means those."""
    return [
        n for n in candidates if not any(e.validator == "type" and e.validator_value == "null" for e in branches[n])
    ]


def _official(error: "ValidationError", _: Branches, candidates: list[int]) -> list[int]:
    """Drop the branches that an overlay only tolerates: nobody should be led to those."""
    return [n for n in candidates if "x-genmock-tolerated" not in error.validator_value[n]]


def _by_members(error: "ValidationError", branches: Branches, candidates: list[int]) -> list[int]:
    """Keep the branches whose required members are all there."""
    return [n for n in candidates if not any(e.validator == "required" and not e.path for e in branches[n])]


def _by_discriminator(error: "ValidationError", branches: Branches, candidates: list[int]) -> list[int]:
    """Keep the branches that do not complain about the discriminating member."""
    keyword = error.schema.get("discriminator") if isinstance(error.schema, Mapping) else None
    name = keyword.get("propertyName") if isinstance(keyword, Mapping) else None
    if not isinstance(name, str) or not isinstance(error.instance, dict) or name not in error.instance:
        return []
    return [number for number in candidates if not _complains_of(branches[number], name)]


def _by_constants(error: "ValidationError", branches: Branches, candidates: list[int]) -> list[int]:
    """Keep the branches none of whose constant members differs from what was sent."""
    kept = [
        number
        for number in candidates
        if not any(inner.validator in ("const", "enum") and len(inner.path) == 1 for inner in branches[number])
    ]
    return kept if isinstance(error.instance, dict) else []


def _by_type(_: "ValidationError", branches: Branches, candidates: list[int]) -> list[int]:
    """Keep the branches that accept the value's own type."""
    return [
        number
        for number in candidates
        if not any(inner.validator == "type" and not inner.path for inner in branches[number])
    ]


def _by_look(error: "ValidationError", branches: Branches, candidates: list[int]) -> list[int]:
    """Keep the branch whose format or pattern a text resembles."""
    if not isinstance(error.instance, str):
        return []
    for look, words in LOOKS:
        if look.search(error.instance[:MAX_LOOK]):
            return [n for n in candidates if any(_names(inner, words) for inner in branches[n])]
    return []


def _by_progress(branches: Branches, candidates: list[int]) -> int | None:
    """Return the branch with the fewest failures, if it is the only one and the failures lie below the value."""
    ranked = sorted((len(branches[number]), number) for number in candidates)
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        return None
    best = ranked[0][1]
    return best if any(inner.path or inner.validator == "required" for inner in branches[best]) else None


def _complains_of(errors: Sequence["ValidationError"], name: str) -> bool:
    return any(inner.path and inner.path[0] == name for inner in errors)


def _names(error: "ValidationError", words: tuple[str, ...]) -> bool:
    value: Any = error.validator_value
    return isinstance(value, str) and any(value == word or value.startswith(word) for word in words)
