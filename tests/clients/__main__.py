"""Take every official client through every flow, and write the matrix into docs/clients.md.

python -m tests.clients [--client NAME] [--flow NAME] [--no-write], from the root of a checkout
"""

import argparse
import sys
import time
from collections.abc import Sequence

from .environments import Unavailable, folder_of_environments
from .flows import FLOWS
from .matrix import PAGE, Cells, chosen, markdown, read, write
from .registry import Column, clients
from .running import outcome_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status: 1 when a flow failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--client", choices=clients(), help="one client only")
    parser.add_argument("--flow", choices=FLOWS, help="one flow only")
    parser.add_argument("--no-write", action="store_true", help="leave docs/clients.md as it is")
    options = parser.parse_args(arguments)
    say(f"environments are kept in {folder_of_environments()}")
    cells = read()
    new: Cells = {}
    for column in chosen(options.client):
        flows = [flow for flow in column.client.flows if options.flow in (None, flow)]
        new |= {(column.title, flow): cell for flow, cell in _run(column, flows)}
    cells |= new
    say(f"\n{markdown(cells)}\n")
    if not options.no_write:
        write(cells)
        say(f"written to {PAGE}")
    counts = {kind: sum(cell == kind for cell in new.values()) for kind in ("ok", "-", "failed")}
    say(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return 1 if counts["failed"] else 0


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run(column: Column, flows: Sequence[str]) -> list[tuple[str, str]]:
    """Run flows of a column and return their cells, with a line for each; none when the client is not to be had."""
    cells: list[tuple[str, str]] = []
    for flow in flows:
        began = time.perf_counter()
        try:
            outcome, why = outcome_of(column, flow)
        except Unavailable as reason:
            say(f"SKIPPED {column.title}: {reason}")
            return cells
        say(f"{outcome:6} {time.perf_counter() - began:5.1f} s  {column.title}  {flow}")
        if outcome == "failed":
            say(f"       {why}")
        cells.append((flow, outcome))
    return cells


if __name__ == "__main__":
    sys.exit(main())
