"""What a run prints and writes: tables, the comparison with other mock servers, JSON, and the page of the docs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import figures, peers, table
from .figures import Figure
from .processes import ROOT
from .rounds import Row

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- results: written by python -m benchmarks --write-docs -->", "<!-- end of results -->"
VALIDATED, REFUSED = "one item", "invalid item"
TWICE = 2.0


@dataclass(frozen=True)
class Report:
    """Everything that was found in a run. machine: versions and facts. run: how it was driven."""

    machine: Mapping[str, object]
    run: Mapping[str, object]
    rows: Sequence[Row]
    figures: Sequence[Figure]

    def as_text(self) -> str:
        """Return the tables for a terminal."""
        return "\n\n".join(table.aligned(header, lines) for header, lines in self._tables())

    def as_markdown(self) -> str:
        """Return the tables for the documentation, with what they were measured on."""
        facts = "; ".join(f"{name} {value}" for name, value in {**self.machine, **self.run}.items())
        return "\n".join([facts + ".", "", *(table.markdown(header, lines) for header, lines in self._tables())])

    def as_json(self) -> str:
        """Return everything as JSON."""
        found = {
            "machine": dict(self.machine),
            "run": dict(self.run),
            "loads": [asdict(row) for row in self.rows],
            "peers": [asdict(figure) | {"verdict": figure.verdict} for figure in against_peers(self.rows)],
            "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in self.figures],
        }
        return json.dumps(found, indent=2) + "\n"

    def _tables(self) -> list[tuple[Sequence[str], list[tuple[str, ...]]]]:
        found: list[tuple[Sequence[str], list[tuple[str, ...]]]] = []
        if self.rows:
            found.append((table.HEADER, [table.cells(row) for row in self.rows]))
        if numbers := [*against_peers(self.rows), *self.figures]:
            found.append((figures.HEADER, [figures.cells(figure) for figure in numbers]))
        return found


def against_peers(rows: Sequence[Row]) -> list[Figure]:
    """Return genmock's rate beside the fastest other mock server, for each load that one was driven with.

    On a valid item it should be twice that of the fastest that also refuses the invalid one; on no load should another
    be faster.
    """
    found = []
    lenient = {row.server for row in rows if row.load == REFUSED and not row.refused}
    for ours in (row for row in rows if row.server == "genmock"):
        others = [row for row in rows if row.load == ours.load and row.server.startswith(peers.NAMES)]
        found += _beside(ours, others, 1.0)
        if ours.load == VALIDATED:
            found += _beside(ours, [row for row in others if row.server not in lenient], TWICE)
    return found


def _beside(ours: Row, others: Sequence[Row], bound: float) -> list[Figure]:
    if not others:
        return []
    fastest = max(others, key=lambda row: row.rate)
    ratio = ours.rate / max(fastest.rate, 1.0)
    return [Figure(f"genmock, {ours.load}", ours.rate, "req/s", fastest.server, ratio, at_least=bound)]


def write_page(report: Report, page: Path = PAGE) -> None:
    """Put the tables between the two marks of the page. Raises SystemExit when the page has no marks."""
    text = page.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} has no place for the results: put {BEGIN} and {END} where they belong")
    page.write_text(f"{before}{BEGIN}\n\n{report.as_markdown()}\n{END}{after}", "utf-8")
