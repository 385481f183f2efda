"""Writing for people: colours where there is a terminal that takes them, plain text elsewhere."""

import os
import sys
from typing import TextIO

from rich.console import Console

from genmock.specs import SpecError
from genmock.validators import OperationNeeded

from ..conversion import SettingsError

MISTAKES = (SettingsError, SpecError, OperationNeeded)  # a user's, each with a text that says what to do


def console(stream: TextIO | None = None, *, width: int = 120) -> Console:
    """Return a console for a stream, stdout when absent. NO_COLOR, FORCE_COLOR and TERM=dumb are respected.

    width: columns where there is no terminal to tell.
    """
    stream = stream or sys.stdout
    plain = not stream.isatty() and not os.environ.get("FORCE_COLOR")
    columns = None if stream.isatty() else width
    return Console(file=stream, no_color=plain or None, highlight=False, soft_wrap=plain, width=columns)


def complain(text: str) -> None:
    """Write an error for the user to stderr."""
    from rich.text import Text

    first, _, rest = text.partition("\n")
    out = console(sys.stderr)
    out.print(Text.assemble(("genmock: ", "bold red"), (first, "bold"), f"\n{rest}" if rest else ""))
