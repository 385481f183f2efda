"""Writing for people: colours where there is a terminal that takes them, plain text elsewhere."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from genmock.specs import SpecError
from genmock.validators import OperationNeeded

from ..conversion import SettingsError
from ..faults import ScenarioError
from ..log_writers import has_colours
from ..stores import StoreError
from ..workers import WorkerFailed

# What a user can mend, each with a text that says how.
MISTAKES = (SettingsError, SpecError, OperationNeeded, StoreError, ScenarioError, WorkerFailed)
NO_TERMINAL = 10_000  # columns, so that nothing wraps that a program may read


def console(stream: TextIO | None = None) -> Console:
    """Return a console for a stream, stdout when absent. NO_COLOR, FORCE_COLOR and TERM=dumb are respected."""
    out: TextIO = stream or sys.stdout
    colours = has_colours(out, os.environ)
    return Console(
        file=out,
        force_terminal=colours,
        no_color=not colours,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        width=None if out.isatty() else NO_TERMINAL,
    )


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Write a table to stdout: a line for each row where there is no terminal, without blanks at its end."""
    out = console()
    table = Table(*columns, box=None, pad_edge=False, title=title or None, title_justify="left")
    for row in rows:
        table.add_row(*map(Text, row))
    if out.is_terminal:
        out.print(table, soft_wrap=False)
        return
    with out.capture() as captured:
        out.print(table)
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def complain(text: str) -> None:
    """Write an error for the user to stderr."""
    first, _, rest = text.partition("\n")
    out = console(sys.stderr)
    out.print(Text.assemble(("genmock: ", "bold red"), (first, "bold"), f"\n{rest}" if rest else ""))
