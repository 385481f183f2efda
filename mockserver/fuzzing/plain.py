"""How an API is spoken to whose operations take one JSON body each; providers with habits of their own build on it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genmock.specs import Document
from genmock.validators import check_request

from .findings import Broken, Case
from .laws import copied, fits, json_operations, unanswered
from .target import Reply, Target

PICTURES = ("image/png", "image/jpeg", "image/webp")


class Plain:
    """An API whose operations take one JSON body each.

    published: judge by the published document alone. receiver: the URL that takes deliveries, "" for none.
    """

    has_arrays = False

    def __init__(self, target: Target, document: Document, *, published: bool, receiver: str = "") -> None:
        self.target = target
        self.document = document
        self.published = published
        self.receiver = receiver

    @property
    def operations(self) -> Sequence[str]:
        """The operations as the strategies take them."""
        return json_operations(self.document)

    def prepare(self) -> None:
        """Put on the server what valid requests refer to."""

    def filled(self, operation: str, item: Any, spared: str = "") -> Any:  # noqa: ANN401 - any JSON value
        """Return a message whose references lead to what is there. spared: the pointer that is left alone."""
        return copied(item)

    def modest(self, operation: str, item: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a valid message that takes less time to answer, where it would take much."""
        return item

    def is_valid(self, operation: str, item: Any) -> bool:  # noqa: ANN401
        """Return whether a message keeps its contract, so that it must be accepted."""
        found = check_request(self.document, item, operation=operation, rules=not self.published)
        return not any(violation.severity == "error" for violation in found)

    def send(self, operation: str, item: Any) -> Reply:  # noqa: ANN401
        """Send a message."""
        method, _, path = operation.partition(" ")
        return self.target.send(method, path, item, {"accept": "application/json"})

    def refused(self, case: Case, reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the reply to a message that breaks its contract."""
        yield from unanswered(reply)
        if reply.is_success:
            yield accepted_wrongly(case, reply)
        elif 400 <= reply.status < 500:
            yield from fits(self.document, case.operation, reply, "error", published=self.published)
            yield from self.place(case, reply.json)

    def place(self, case: Case, body: Any) -> Iterator[Broken]:  # noqa: ANN401
        """Yield it when an error does not lead to where the contract is broken."""
        yield from ()

    def accepted(self, case: Case, reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the reply to a message that keeps its contract."""
        yield from unanswered(reply)
        if reply.is_success:
            yield from fits(self.document, case.operation, reply, "reply", published=self.published)
        elif 300 <= reply.status < 500:
            yield self.refused_wrongly(reply)

    def refused_wrongly(self, reply: Reply) -> Broken:
        """Return the finding of a valid message that was refused. Its pointer is what the error leads to."""
        return Broken("accepted", str(reply.status), "", f"it was refused with status {reply.status}")

    def repeatable(self, operation: str, item: Any) -> Any:  # noqa: ANN401
        """Return a message that must give the same picture each time, or None."""
        return None

    def picture(self, operation: str, item: Any, reply: Reply) -> bytes | None:  # noqa: ANN401
        """Return the first picture that a reply leads to, or None."""
        return None


def accepted_wrongly(case: Case, reply: Reply) -> Broken:
    """Return the finding of a broken message that was accepted."""
    missing = f"/{case.member}" if case.rule in ("required", "dependentRequired") and case.member else ""
    return Broken("refused", case.rule, case.pointer + missing, f"{case.name} was accepted with status {reply.status}")


def members(body: Any, name: str) -> list[Mapping[str, Any]]:  # noqa: ANN401 - any JSON value
    """Return the objects in an array that is a member of a body; none where it is anything else."""
    found = body.get(name) if isinstance(body, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
