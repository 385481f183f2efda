"""Tables: markdown for the documentation, text for the terminal."""

from collections.abc import Sequence

from .rounds import Row

HEADER = ("load", "server", "req/s", "ratio", "p50 ms", "p99 ms", "floor / aim", "")


def cells(row: Row) -> tuple[str, ...]:
    """Return a line of the table as text."""
    target = "" if row.floor is None else f"{row.floor:.2f} / {row.aim:.2f}"
    ratio = f"{row.ratio:.2f}" if row.ratio else "-"
    return (
        *(row.load, row.server, f"{row.rate:,.0f}", ratio, f"{row.p50_ms:.2f}", f"{row.p99_ms:.1f}"),
        *(target, row.verdict),
    )


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table in markdown."""
    ruler = ["---"] * len(header)
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, ruler, *lines)) + "\n"


def aligned(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table with columns of one width: the first two to the left, the others to the right."""
    whole = [tuple(header), *map(tuple, lines)]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in whole
    )
