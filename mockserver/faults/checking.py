"""Faults as JSON: held to the schema of the control API's document, and to what no schema can say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from genmock.specs import load_catalog
from genmock.validators import Violation, check_request, closest, shown

from .model import KINDS, Fault, named
from .predicate import PredicateError, predicate

DOCUMENT, OPERATION = "genmock-control", "POST /faults"
SOURCE = "docs/faults.md"


class FaultsRefused(ValueError):
    """Faults cannot be set. violations: every mistake, with its place in what was given."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{each.pointer or 'the body'}: {each.message}" for each in violations))
        self.violations = tuple(violations)


def read_faults(
    value: Any,  # noqa: ANN401 - whatever was sent
    *,
    codes: Collection[str],
    taken: Sequence[str] = (),
    prefix: str = "",
) -> list[Fault]:
    """Return the faults that a JSON value says: one object, or an array of them.

    codes: the error codes that there are. taken: the ids of the faults that are set. A fault without an id gets one;
    prefix: what that begins with.
    Raises FaultsRefused with every mistake; the rules are fault-code, fault-predicate and fault-id, and JSON Schema's.
    """
    if not isinstance(value, list | dict):
        raise FaultsRefused([Violation("type", "", f"a fault, or an array of faults, is expected, not {shown(value)}")])
    found = check_request(load_catalog().get(DOCUMENT), value, operation=OPERATION)
    if found:
        raise FaultsRefused([_hinted(violation) for violation in found])
    listed = [(f"/{index}", each) for index, each in enumerate(value)] if isinstance(value, list) else [("", value)]
    wrong = [*(each for pointer, fault in listed for each in _mistakes(fault, pointer, codes)), *_repeated(listed)]
    if wrong:
        raise FaultsRefused(wrong)
    return named([fault for _, fault in listed], taken, prefix)


def _hinted(violation: Violation) -> Violation:
    """Return a violation about an unknown kind with the closest one; others as they are."""
    near = closest(violation.sent, KINDS) if isinstance(violation.sent, str) else None
    if not violation.pointer.endswith("/kind") or near is None:
        return violation
    return replace(violation, message=f"{shown(violation.sent)} is no kind of fault; did you mean {near!r}?")


def _mistakes(fault: Mapping[str, Any], pointer: str, codes: Collection[str]) -> Iterator[Violation]:
    code, expression = fault.get("code"), fault.get("match", {}).get("when")
    if code is not None and code not in codes:
        near = closest(code, codes)
        hint = f"did you mean {near!r}?" if near else "docs/errors.md lists them."
        text = f"{shown(code)} is no code of the error catalogue; {hint}"
        yield Violation("fault-code", f"{pointer}/code", text, sent=code, source="docs/errors.md")
    if expression is not None:
        try:
            predicate(expression).check()
        except PredicateError as error:
            yield Violation("fault-predicate", f"{pointer}/match/when", str(error), sent=expression, source=SOURCE)


def _repeated(listed: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Violation]:
    seen: set[str] = set()
    for pointer, fault in listed:
        name = fault.get("id", "")
        if name in seen:
            text = f"{shown(name)} is the id of an earlier fault too; each needs its own"
            yield Violation("fault-id", f"{pointer}/id", text, sent=name, source=SOURCE)
        seen |= {name} - {""}
