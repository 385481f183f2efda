"""A bar in a terminal, a line for every twentieth elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from .pace import say
from .store import Tell


@contextmanager
def following(what: str) -> Iterator[Tell]:
    """Yield what to tell of how much is done."""
    console = Console()
    if not console.is_terminal:
        yield lambda done, of: None if done * 20 // of == (done - 1) * 20 // of else say(f"{what}: {done} of {of}")
        return
    with Progress(console=console) as progress:
        task = progress.add_task(what)
        yield lambda done, of: progress.update(task, completed=done, total=of)
