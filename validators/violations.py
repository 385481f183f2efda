"""A violation: one way in which a message breaks its contract."""

import json
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
MAX_SHOWN = 200  # characters of a value that a report shows
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)
MAX_WRITTEN = 10_000  # characters of a text beyond which it is cut before it is written, quotes counted as two


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise, with everything that a reader needs to mend it.

    rule: a JSON Schema keyword ("maximum", "required", "not-allowed" for a ``false`` schema) or a prose rule's id.
    pointer: RFC 6901 pointer into the body; "" is the body itself. A missing member points to its parent, an extra
        one to itself, a pair that excludes itself or depends on another to the object that holds it.
    message: one sentence without the pointer. expected, sent: what the rule asks for, and what stood there.
    source: the document and the place in it that says so, as ``<document id>#<JSON pointer>``, or its sentence.
    """

    rule: str
    pointer: str
    message: str
    severity: Severity = "error"
    expected: object = None
    sent: object = None
    source: str = ""

    def moved(self, prefix: str) -> "Violation":
        """Return the same violation with its pointer below ``prefix``."""
        if not prefix:
            return self
        return Violation(
            self.rule, prefix + self.pointer, self.message, self.severity, self.expected, self.sent, self.source
        )

    def render(self) -> str:
        """Return the violation as a small block of text for people."""
        lines = [
            ("at", self.pointer or "(the whole body)"),
            ("sent", shown(self.sent)),
            ("rule", f"{self.rule}: {self.message}"),
            ("source", self.source),
        ]
        return "\n".join(f"  {label:<8}{text}" for label, text in lines if text)


def shown(value: object) -> str:
    """Return a value as JSON text, cut at 200 characters with its full length."""
    if isinstance(value, str) and len(value) > MAX_WRITTEN:
        return f"{shown(value[:MAX_SHOWN])[:MAX_SHOWN]}... ({len(value) + 2:,} characters)"
    text = _ENCODER.encode(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}... ({len(text):,} characters)"


def pointer_of(path: tuple[str | int, ...]) -> str:
    """Return the RFC 6901 pointer of a path of member names and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
