"""What a client may do with tasks over time: submit, poll, fetch, wait."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from hypothesis import strategies as st

from genmock.specs import Document

from ..contract import OperationNeeded, find_document
from .items import makers
from .making import Maker
from .nodes import Draw

Kind = Literal["submit", "poll", "fetch", "cancel", "advance"]
ASYNC = ("deliveryMethod", "mode")  # the members that ask for a task that goes on, by "async"
AFTER: Sequence[Kind] = ("poll", "advance", "fetch", "cancel", "submit")
PAUSES = (0.0, 0.5, 1.0, 2.0, 60.0, 3600.0, 30 * 86400.0)  # seconds; the last is beyond every retention


@dataclass(frozen=True)
class Step:
    """One thing that a client does, or that time does.

    kind: "submit" a message that asks for an asynchronous task, "poll" it, "fetch" what it made, "cancel" it, or
    "advance" the clock. item: what is submitted. task: the number of the task that is meant, in the order of
    submission, from 0. seconds: how far the clock goes.
    """

    kind: Kind
    item: Any = None
    task: int = 0
    seconds: float = 0.0


def task_histories(
    document: str | Path | Document, *, operation: str | None = None, max_steps: int = 12
) -> st.SearchStrategy[list[Step]]:
    """Return a strategy of histories: they begin with a submission, and steps name only tasks that were submitted.

    document, operation: as for ``valid_items``; for Runware without an operation, tasks that go on. max_steps: at most,
    at least one. Raises as ``valid_items`` does, and OperationNeeded for a document none of whose tasks goes on.
    """
    found = find_document(document)
    going = [_going_on(maker) for maker in makers(found, operation) if _member(maker)]
    if not going:
        raise OperationNeeded(f"{found.id}: {operation or 'no operation'} has a member that asks for asynchronous work")

    @st.composite
    def histories(draw: Draw) -> list[Step]:
        count = draw(st.integers(0, max_steps - 1))
        steps = [Step("submit", item=draw(st.sampled_from(going)).draw(draw))]
        while len(steps) <= count:
            tasks = sum(step.kind == "submit" for step in steps)
            steps.append(_step(draw, draw(st.sampled_from(AFTER)), tasks, going))
        return steps

    return histories()


def _step(draw: Draw, kind: Kind, tasks: int, going: Sequence[Maker]) -> Step:
    match kind:
        case "submit":
            return Step(kind, item=draw(st.sampled_from(going)).draw(draw), task=tasks)
        case "advance":
            return Step(kind, seconds=draw(st.sampled_from(PAUSES)))
    return Step(kind, task=draw(st.integers(0, tasks - 1)))


def _member(maker: Maker) -> str:
    return next((name for name in ASYNC if maker.place((name,)) is not None), "")


def _going_on(maker: Maker) -> Maker:
    """Return what makes the messages that ask for a task that goes on."""
    name = _member(maker)
    asking = {"required": [name], "properties": {name: {"const": "async"}}}
    return replace(maker, schema={"allOf": [maker.schema, asking]})
