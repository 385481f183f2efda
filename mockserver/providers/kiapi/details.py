"""What is wrong with a body's shape: the entries of the list under ``detail`` of a 422.

Their form is pydantic's, as FastAPI replies with it. Source: docs/providers/kiapi.md, "Document and server".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Branch(str):
    """A part of a location that names a union's branch and stands nowhere in the body itself."""

    __slots__ = ()


Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong. loc: where, from "body" on. input: what was sent there. ctx: the limits it broke."""

    type: str
    loc: Loc
    msg: str
    input: Any
    ctx: Mapping[str, Any] | None = None

    @property
    def pointer(self) -> str:
        """The JSON pointer of the place in the body."""
        return pointer_of(self.loc)

    def as_json(self) -> dict[str, Any]:
        """Return the entry as it is replied, its members in pydantic's order."""
        entry = {"type": self.type, "loc": list(self.loc), "msg": self.msg, "input": self.input}
        return entry if self.ctx is None else {**entry, "ctx": dict(self.ctx)}


def pointer_of(loc: Loc) -> str:
    """Return the JSON pointer of a location, without its first part ("body") and the names of branches."""
    parts = [str(part) for part in loc[1:] if not isinstance(part, Branch)]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def is_writable(value: object) -> bool:
    """Tell whether the real server can put a value into a reply.

    It cannot write NaN, infinities, halves of surrogate pairs, bytes that are no text, or what is nested too deeply.
    Where it tries, its client gets a 500 "Internal Server Error" in plain text instead (observed with FastAPI 0.136).
    """
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return True
