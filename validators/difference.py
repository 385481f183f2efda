"""Two forms of a contract compared: what a sender, or a receiver, has to know before the new one comes.

This is the front: what a difference is, and the comparison as values. The work is done in the modules beside it, which
are loaded when a comparison is asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from genmock.specs import Document

from .contract import Form
from .violations import Violation

Verdict = Literal["breaking", "unclear", "compatible"]
VERDICTS: tuple[Verdict, ...] = ("breaking", "unclear", "compatible")


@dataclass(frozen=True, slots=True)
class Example:
    """A message that one document takes and the other refuses.

    message: the body, for Runware the whole array. taken_by: the document that takes it. violation: what the other has
    against it, with its pointer into the message.
    """

    message: Any
    taken_by: Literal["old", "new"]
    violation: Violation


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of two documents.

    part: "request" is judged for a sender, "reply" for a receiver. subject: the task type or operation, "" is the
    document as a whole. where: the members that lead to it, with dots, "[]" for the elements of an array. keyword: what
    changed there. text: how, in a few words. old, new: RFC 6901 pointers into the documents; where one lacks the
    keyword, to the schema that lacks it.
    """

    part: Literal["request", "reply"]
    subject: str
    where: str
    keyword: str
    verdict: Verdict
    text: str
    old: str
    new: str
    example: Example | None = None

    @property
    def is_proved(self) -> bool:
        """Whether an example shows that it breaks: a sender's request is refused, or a receiver gets what was new."""
        return self.example is not None and self.example.taken_by == ("old" if self.part == "request" else "new")

    @property
    def line(self) -> str:
        """The difference in one line: "width: maximum 2048 -> 1024"."""
        return f"{self.where}: {self.text}" if self.where else self.text


@dataclass(frozen=True, slots=True)
class Broken:
    """A recorded request that the old document takes and the new one refuses.

    exchange: its number in the journal. operation: its task type or operation.
    """

    exchange: int
    operation: str
    violation: Violation


def compare_documents(old: Document, new: Document, *, form: Form = "effective") -> tuple[Difference, ...]:
    """Return the differences of two documents: requests before replies, breaking ones first.

    form: "effective" counts prose rules and what is tolerated, "published" the documents as their providers wrote them.
    Raises SpecError when a document cannot be used.
    """
    from .difference_documents import differences  # here, as below: a server never compares

    return differences(old, new, form)


def would_break(
    exchanges: Iterable[Mapping[str, Any]], old: Document, new: Document, *, form: Form = "effective"
) -> tuple[Broken, ...]:
    """Return which recorded requests keep the old document and break the new one.

    exchanges: as the journal of the control API tells them. Requests that are not the old document's are passed over.
    Raises as ``compare_documents`` does.
    """
    from .difference_journal import broken

    return broken(exchanges, old, new, form)
