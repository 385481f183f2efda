"""A task, the unit of Runware's requests: one element of the array, with all that answering it needs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from genmock.specs import Document
from genmock.validators import Violation

from ...faults.plan import UNTOUCHED, Effects
from ...pipeline import Call
from .errors import ErrorItem, refusal

NAME = "runware"  # the provider's


@dataclass(slots=True)
class Task:
    """One task on its way.

    index: its place in the array. item: as sent, or mended in report mode. document: what it is judged by.
    effects: what faults do to it. emit: takes each result as soon as it is there, where the transport can send it then.
    """

    call: Call
    index: int
    item: Mapping[str, Any]
    document: Document
    violations: Sequence[Violation] = ()
    effects: Effects = UNTOUCHED
    emit: Callable[[Mapping[str, Any]], Awaitable[None]] | None = None

    @property
    def uuid(self) -> str:
        """The task's own UUID, as it was sent."""
        return str(self.item.get("taskUUID", ""))

    @property
    def type(self) -> str:
        """The taskType."""
        return str(self.item.get("taskType", ""))

    async def charge(self, cost: Decimal) -> None:
        """Take the price of a task from its account; a dry run takes nothing. Raises TaskRefused."""
        if not self.call.dry_run and not await self.call.world.accounts.charge(self.call.key, cost):
            raise refusal(self.call.errors, "insufficientCredits")


@dataclass(slots=True)
class Answer:
    """What a task came to: items of ``data``, and what was charged for them in all, in USD.

    errors: of single results, beside those that came to be. archived: whether the task is in the archive already.
    accepted: whether the item only acknowledges the task, whose results are to come.
    """

    data: list[dict[str, Any]] = field(default_factory=list)
    cost: Decimal = Decimal(0)
    errors: list[ErrorItem] = field(default_factory=list)
    archived: bool = False
    accepted: bool = False


Handler = Callable[[Task], Awaitable[Answer]]
