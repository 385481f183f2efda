"""What is noted while a body is read: what is wrong with it, and what only laxness takes."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, NamedTuple, Protocol

from .details import Detail, Loc, pointer_of


class Lax(NamedTuple):
    """A place where only laxness took what was sent. pointer: JSON pointer in the body. taken: what it counts as."""

    pointer: str
    sent: Any
    taken: Any


class Unread:
    """The class of UNREAD, the value of what could not be read."""


UNREAD: Final = Unread()


class Grade(IntEnum):
    """How well a value fits its schema, best first. A union takes the branch with the best."""

    EXACT = 0
    STRICT = 1
    LAX = 2


class Reader(Protocol):
    """What reads the values of one schema. label: how a union's errors name it as a branch."""

    @property
    def label(self) -> str:
        """The name in errors of a union, such as "int"."""
        ...

    def read(self, value: Any, loc: Loc, notes: "Notes") -> Any:  # noqa: ANN401 - any JSON value
        """Return the value as the schema holds it, or UNREAD with the reason in ``notes``."""
        ...


@dataclass(slots=True)
class Notes:
    """The notes of one reading, in the order of declaration. strict: whether laxness is an error."""

    strict: bool
    details: list[Detail] = field(default_factory=list)
    lax: list[Lax] = field(default_factory=list)
    grade: Grade = Grade.EXACT

    def fail(self, kind: str, loc: Loc, msg: str, value: object, /, **ctx: object) -> Unread:
        """Note an error. kind: pydantic's type of error."""
        self.details.append(Detail(kind, loc, msg, value, ctx or None))
        return UNREAD

    def lower(self, grade: Grade) -> None:
        """Let the whole fit no better than ``grade``."""
        self.grade = max(self.grade, grade)

    def loosen(self, loc: Loc, value: object, taken: object) -> None:
        """Note that ``value`` is only laxly ``taken``."""
        self.lower(Grade.LAX)
        self.lax.append(Lax(pointer_of(loc), value, taken))
