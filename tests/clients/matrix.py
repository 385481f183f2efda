"""The matrix of flows and clients, a table for each provider: as Markdown of docs/clients.md, and read back."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .flows import PROVIDERS, flows_of
from .registry import Column, clients, columns

PAGE = Path(__file__).resolve().parents[2] / "docs" / "clients.md"
BEGIN, END = "<!-- the matrix: written by python -m tests.clients -->", "<!-- end of the matrix -->"
FLOW = "flow of "  # how the first column of a provider's table begins
UNKNOWN = "?"  # a cell that nobody has run yet
Cells = dict[tuple[str, str], str]  # (title of the column, flow) -> ok, -, failed or ?


def chosen(client: str | None = None) -> Sequence[Column]:
    """Return the columns of one client, or of all."""
    return [column for column in columns() if client in (None, column.client.name)]


def read(page: Path = PAGE) -> Cells:
    """Return the cells of the matrix that a page has; none when it has no matrix."""
    cells: Cells = {}
    for table in _between(page.read_text(encoding="utf-8")).split("\n\n"):
        rows = [_cells(line) for line in table.splitlines()]
        if rows and rows[0][0].startswith(FLOW):
            titles = rows[0][1:]
            cells |= {(title, row[0]): cell for row in rows[2:] for title, cell in zip(titles, row[1:], strict=True)}
    return cells


def write(cells: Mapping[tuple[str, str], str], page: Path = PAGE) -> None:
    """Write a matrix between the marks of a page. Raises ValueError when it has no marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {BEGIN!r} and {END!r}")
    page.write_text(f"{before}{begin}\n{markdown(cells)}\n{end}{after}", encoding="utf-8")


def markdown(cells: Mapping[tuple[str, str], str]) -> str:
    """Return the tables, and below them where the clients' sources show what they do not offer."""
    tables = [_flows(provider, cells) for provider in PROVIDERS]
    return "\n\n".join("\n".join(table) for table in [*tables, _not_offered()])


def _flows(provider: str, cells: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield the lines of a provider's table."""
    titles = [column.title for column in columns() if column.client.provider == provider]
    yield _row([f"{FLOW}{provider}", *titles])
    yield _row(["---"] * (1 + len(titles)))
    for flow in flows_of(provider):
        yield _row([flow, *(cells.get((title, flow), UNKNOWN) for title in titles)])


def _not_offered() -> Iterator[str]:
    yield _row(["not offered", "by", "as its own source shows"])
    yield _row(["---"] * 3)
    for client in clients().values():
        for row in client.not_offered:
            who = " ".join([client.name, ", ".join(row.versions), ", ".join(row.transports)]).split()
            yield _row([", ".join(row.flows), " ".join(who), row.source])


def _between(text: str) -> str:
    """Return what is between the marks."""
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
