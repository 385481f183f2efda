"""Errors in kiapi's words: one member, ``detail``, which is a text or the list of what is wrong with a body's shape.

Codes, statuses and texts are data (specs/kiapi/errors.toml). Source of the form: docs/providers/kiapi.md, "Replies".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genmock.specs import ErrorCatalog

from ...json_codec import dumps
from ...pipeline import Reply
from .details import is_writable

PLAIN_TEXT = "text/plain; charset=utf-8"
PLAIN = {422: "invalidRequest"}  # codes, for the journal, of errors whose texts are not the catalogue's


@dataclass
class Refused(Exception):
    """A request cannot be answered. detail: what the client is told. code: of the catalogue, or "" for none."""

    status: int
    detail: str | Sequence[Mapping[str, Any]]
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def reply(self) -> Reply:
        """The reply that says so; a detail that echoes what no JSON can say is a plain 500, as from Starlette."""
        if not is_writable(self.detail):
            return unwritable()
        return Reply(self.status, {"detail": self.detail}, self.headers, reason=f"{self.named}: {self.text}")

    @property
    def named(self) -> str:
        """The code, or what stands for one."""
        return self.code or PLAIN.get(self.status, f"status {self.status}")

    @property
    def text(self) -> str:
        """What is wrong, in one line."""
        if isinstance(self.detail, str):
            return self.detail
        first = self.detail[0]
        return f"{first['msg']} at {'.'.join(str(part) for part in first['loc'])}"


def refusal(errors: ErrorCatalog, code: str, /, **values: object) -> Refused:
    """Return the exception for a code of the catalogue, its text filled in."""
    entry = errors.get(code)
    return Refused(entry.status, entry.text(**values), code)


def unwritable() -> Reply:
    """Return the answer to what no JSON can say, NaN for example. Source: docs/providers/kiapi.md, "Replies"."""
    what = "a value that JSON does not have"
    return Reply(500, f"<{what}>", content=b"Internal Server Error", media_type=PLAIN_TEXT, reason=what)


def trouble(status: int, text: str) -> bytes:
    """Return the body of an error that no step could tell. status: 500 or 503."""
    return dumps({"detail": text})
