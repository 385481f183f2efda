"""The matrix of flows and clients: as text, as the Markdown of docs/clients.md, and read back from there."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .flows import FLOWS
from .registry import Column, clients, columns

PAGE = Path(__file__).resolve().parents[2] / "docs" / "clients.md"
BEGIN, END = "<!-- the matrix: written by python -m tests.clients -->", "<!-- end of the matrix -->"
UNKNOWN = "?"  # a cell that nobody has run yet
Cells = dict[tuple[str, str], str]  # (title of the column, flow) -> ok, -, failed or ?


def chosen(client: str | None = None) -> Sequence[Column]:
    """Return the columns of one client, or of all."""
    return [column for column in columns() if client in (None, column.client.name)]


def read(page: Path = PAGE) -> Cells:
    """Return the cells of the matrix that a page has; none when it has no matrix."""
    rows = [_cells(line) for line in _between(page.read_text(encoding="utf-8")).splitlines() if line.startswith("| ")]
    if not rows:
        return {}
    titles = [" ".join(title.split()) for title in rows[0][1:]]
    return {(title, row[0]): cell for row in rows[2:] for title, cell in zip(titles, row[1:], strict=True)}


def write(cells: Mapping[tuple[str, str], str], page: Path = PAGE) -> None:
    """Write a matrix between the marks of a page. Raises ValueError when it has no marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {BEGIN!r} and {END!r}")
    page.write_text(f"{before}{begin}\n{markdown(cells)}\n{end}{after}", encoding="utf-8")


def markdown(cells: Mapping[tuple[str, str], str]) -> str:
    """Return the matrix, and below it where the clients' sources show what they do not offer."""
    titles = [column.title for column in columns()]
    lines = [_row(["flow", *titles]), _row(["---"] * (1 + len(titles)))]
    lines += [_row([flow, *(cells.get((title, flow), UNKNOWN) for title in titles)]) for flow in FLOWS]
    return "\n".join([*lines, "", *_not_offered()])


def _not_offered() -> Iterator[str]:
    yield _row(["not offered", "by", "as its own source shows"])
    yield _row(["---"] * 3)
    for client in clients().values():
        for row in client.not_offered:
            who = " ".join([client.name, ", ".join(row.versions), ", ".join(row.transports)]).split()
            yield _row([", ".join(row.flows), " ".join(who), row.source])


def _between(text: str) -> str:
    """Return the first table between the marks."""
    return text.partition(BEGIN)[2].partition(END)[0].strip().partition("\n\n")[0]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
