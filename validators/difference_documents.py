"""The comparison of two documents: every subject's changes, their verdicts, and an example for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from genmock.specs import Document

from .contract import Contract, Form, contract_of
from .difference import VERDICTS, Difference, Example, Verdict
from .difference_changes import Change, Effect
from .difference_operations import about_documents, about_operations
from .difference_places import Found, Place
from .difference_proofs import Search, Witness, is_at, parts_of
from .difference_schemas import Trail, compare
from .difference_subjects import Subject, bodies, replies, tasks
from .rules import KEY
from .violations import pointer_of

FOR_SENDERS: Mapping[Effect, Verdict] = {
    "narrower": "breaking",
    "mixed": "breaking",
    "unclear": "unclear",
    "settled": "unclear",
    "wider": "compatible",
    "none": "compatible",
}
RULE_PARTS = ("expr", "when", "needs", "defaults")
IN_REPLIES = {
    "must be sent now": "is always there now",
    "need no longer be sent": "is no longer always there",
    "is taken now": "may be there now",
    "no longer taken": "is never there now",
}


def differences(old: Document, new: Document, form: Form) -> tuple[Difference, ...]:
    """Return the differences of two documents, as ``difference.compare_documents`` says."""
    contracts = contract_of(old, form), contract_of(new, form)
    trail = Trail()
    found = [each for subject in subjects(*contracts) for each in of_subject(subject, trail)]
    found += about_operations(*contracts)
    found += about_documents(*contracts, tuple(found))
    return tuple(sorted(found, key=_rank))


def _rank(difference: Difference) -> tuple[bool, bool, int]:
    """Return where a difference is listed."""
    return difference.part == "reply", difference.subject != "", VERDICTS.index(difference.verdict)


def subjects(old: Contract, new: Contract) -> Iterator[Subject]:
    """Yield what both documents have: task types, bodies, parameters, replies."""
    by_task = bool(old.task_paths and new.task_paths)
    if by_task:
        yield from tasks(old, new)
    for operation in old.operations:
        if operation in new.operations:
            if not by_task:
                yield from bodies(old, new, operation)
            yield from replies(old, new, operation)


def of_subject(subject: Subject, trail: Trail) -> Iterator[Difference]:
    """Yield the differences of one subject, with examples. trail: what was compared for the others."""
    for side in (subject.old, subject.new):
        side.refusals({})  # a schema that is malformed is told here, and not stumbled over below
    changes = [*compare(subject.pair, trail), *(_rules(subject) if subject.part == "request" else ())]
    if not changes:
        return
    forward = Search(subject.old, subject.new, lambda change: change.new)
    backward = Search(subject.new, subject.old, lambda change: change.old)
    judged = _for_receiver if subject.part == "reply" else _for_sender
    found: dict[tuple[str, ...], Difference] = {}
    for change in changes:
        difference = judged(subject, change, forward, backward)
        found.setdefault((difference.old, difference.new, difference.line), difference)
    yield from found.values()
    if subject.part == "request":
        yield from _unforeseen(subject, changes, forward.seen)


def _for_sender(subject: Subject, change: Change, forward: Search, backward: Search) -> Difference:
    verdict = FOR_SENDERS[change.effect]
    broken = forward.witness(change) if verdict != "compatible" else None
    if broken is not None and change.effect == "unclear":
        verdict = "breaking"
    if broken is not None:
        return _difference(subject, change, verdict, _example(subject, broken, "old"))
    gained = backward.witness(change) if change.effect in ("wider", "unclear", "settled") else None
    return _difference(subject, change, verdict, _example(subject, gained, "new") if gained else None)


def _for_receiver(subject: Subject, change: Change, forward: Search, backward: Search) -> Difference:
    verdict = receiver_verdict(change)
    new = backward.witness(change) if verdict == "breaking" else None
    return _difference(subject, change, verdict, _example(subject, new, "new") if new else None)


def receiver_verdict(change: Change) -> Verdict:
    """Return what a change of a reply means to who reads it.

    Breaking is what takes away something to rely on: a member that was always there, a type, a constant. A further
    value of an enum, a wider bound or another format may or may not matter.
    """
    if change.effect in ("wider", "mixed") and change.keyword in ("required", "type", "const"):
        return "breaking"
    if change.keyword == "properties":
        was_there = bool(change.places[0].parts) and not change.places[0].is_forbidden
        gone = change.effect == "narrower" or (change.effect == "settled" and was_there)
        return "unclear" if gone else "compatible"
    return "unclear" if change.effect in ("wider", "mixed", "unclear") else "compatible"


def _difference(subject: Subject, change: Change, verdict: Verdict, example: Example | None) -> Difference:
    named = change.names[:1] if change.keyword in ("required", "dependentRequired") else ()
    dotted = ".".join((*change.where, *named)).replace(".[]", "[]")
    where = " ".join(part for part in (subject.label, dotted) if part)
    text = IN_REPLIES.get(change.text, change.text) if subject.part == "reply" else change.text
    pointers = pointer_of(change.old), pointer_of(change.new)
    return Difference(subject.part, subject.name, where, change.keyword, verdict, text, *pointers, example)


def _example(subject: Subject, witness: Witness, side: Literal["old", "new"]) -> Example:
    if subject.is_task:
        return Example([witness.value], side, witness.violation.moved("/0"))
    return Example(witness.value, side, witness.violation)


def _unforeseen(subject: Subject, changes: Sequence[Change], seen: Sequence[Witness]) -> Iterator[Difference]:
    """Yield a breaking difference for each refusal of an example that no change but a compatible one explains."""
    told = [change for change in changes if FOR_SENDERS[change.effect] != "compatible"]
    found: dict[tuple[str, str], Witness] = {}
    for witness in seen:
        if not any(_explains(change, witness) for change in told):
            found.setdefault((witness.violation.rule, witness.violation.pointer), witness)
    for witness in found.values():
        violation = witness.violation
        where = violation.pointer.strip("/").replace("/", ".")
        text = f"{violation.message} (found by an example)"
        place = violation.source.partition("#")[2]
        example = _example(subject, witness, "old")
        yield Difference("request", subject.name, where, violation.rule, "breaking", text, "", place, example)


def _explains(change: Change, witness: Witness) -> bool:
    """Return whether a refusal is at a change, below it, or at what holds it."""
    if witness.violation.rule in change.names:
        return True
    parts = parts_of(witness.violation.pointer)
    common = zip(change.where, parts, strict=False)
    above = len(parts) < len(change.where) and all(named in (part, "[]") for named, part in common)
    return above or is_at(change.where, witness.violation.pointer)


def _rules(subject: Subject) -> Iterator[Change]:
    """Yield how the prose rules of two schemas differ."""
    old, new = _rows(subject.old.place), _rows(subject.new.place)
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        effect, text = _rule_effect(before and before[1], after and after[1])
        if text:
            yield _rule_change(subject, name, effect, text, before, after)


def _rows(place: Place) -> dict[str, Found]:
    """Return the prose rules that stand at a place, by id."""
    return {str(row["id"]): ((*path, n), row) for path, rows in place.found(KEY) for n, row in enumerate(rows)}


def _rule_effect(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[Effect, str]:
    strict_before, strict_after = (row is not None and row.get("severity", "error") == "error" for row in (old, new))
    if old is None or new is None:
        row = new or old or {}
        effect: Effect = "none" if not (strict_before or strict_after) else "narrower" if new else "wider"
        return effect, f"rule {'added' if new else 'removed'}: {row.get('message')}"
    if strict_before != strict_after:
        return ("narrower", "rule warning -> error") if strict_after else ("wider", "rule error -> warning")
    changed = [f"{key} {old.get(key)} -> {new.get(key)}" for key in RULE_PARTS if old.get(key) != new.get(key)]
    return ("unclear" if strict_after else "none"), f"rule changed: {'; '.join(changed)}" if changed else ""


def _rule_change(
    subject: Subject, name: str, effect: Effect, text: str, before: Found | None, after: Found | None
) -> Change:
    rows = [each[1] for each in (before, after) if each]
    read = dict.fromkeys(path for row in rows for path in (*row["needs"], *row.get("defaults", {})))
    change = subject.pair.change(
        KEY,
        effect,
        f"{name}: {text}",
        old=before[0] if before else subject.old.place.home,
        new=after[0] if after else subject.new.place.home,
        names=(name, *read),
    )
    return replace(change, where=())
