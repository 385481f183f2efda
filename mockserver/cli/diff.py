"""``genmock diff``: what a new document breaks, each difference proved by a request where one can be found."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from genmock.specs import Document
from genmock.validators import Broken, Difference, Example, Violation, compare_documents, would_break

from ..conversion import SettingsError
from ..log import clean, counted, discreet
from .check import read_body
from .console import console
from .documents import AsJson, Folders, catalog_with

EXAMPLES = """Examples:

\b
  genmock diff flux-1-dev-srpo ./flux-next.json
  genmock diff flux-1-dev-srpo ./flux-next.json --json | jq '.differences[] | select(.verdict == "breaking")'
  genmock diff runware:111@1 ./flux-next.json --journal .genmock/test-poster/journal.json

Exit status: 0 nothing breaks, 1 something breaks, 2 unusable input."""

MAX_TEXT = 150  # characters of a text inside an example; --json has it whole
MAX_SHOWN = 60  # characters that are left of a longer one, and elements of a long array
STYLES = {"breaking": "bold red", "unclear": "yellow", "compatible": "green"}


def command(
    old: Annotated[str, typer.Argument(help="catalogue id, model AIR or OpenAPI file", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="the same, of the document that comes", metavar="NEW")],
    journal: Annotated[
        str | None, typer.Option(help="JSON file with recorded requests: name those that would break", metavar="FILE")
    ] = None,
    specs: Folders = None,
    strict: Annotated[bool, typer.Option("--strict", help="what is unclear counts as breaking")] = False,
    published: Annotated[bool, typer.Option("--published", help="compare the published documents alone")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two documents: what breaks for a sender or a receiver, and what is compatible."""
    catalog = catalog_with(specs)
    pair = alike(catalog.get(old), catalog.get(new))
    form: Literal["published", "effective"] = "published" if published else "effective"
    exchanges = read_journal(journal) if journal else []
    found = compare_documents(*pair, form=form)
    broken = would_break(exchanges, *pair, form=form)
    if as_json:
        told = {"old": old, "new": new, **_counts(found), "differences": [_row(each) for each in found]}
        typer.echo(json.dumps(told | {"journal": [_told(each) for each in broken]}, ensure_ascii=False, indent=2))
    else:
        _print(f"{clean(old)} -> {clean(new)}", found)
        if journal:
            _print_journal(len(exchanges), broken)
    failing = {"breaking", "unclear"} if strict else {"breaking"}
    raise typer.Exit(1 if broken or any(each.verdict in failing for each in found) else 0)


def alike(old: Document, new: Document) -> tuple[Document, Document]:
    """Return two documents with the same overlays where one is a copy of the other's model without any of its own.

    A shipped document has overlays for itself alone; an edited copy lacks them, and would seem to have lost the rules.
    """
    if old.entry.sha256 and _is_copy(new, old):
        return old, _under_overlays_of(old, new)
    if new.entry.sha256 and _is_copy(old, new):
        return _under_overlays_of(new, old), new
    return old, new


def _is_copy(document: Document, shipped: Document) -> bool:
    """Return whether a user's document without overlays of its own describes what a shipped one does."""
    entry = document.entry
    if entry.sha256 or entry.provider != shipped.entry.provider:
        return False
    plain = entry.lenient or entry.provider == "kiapi"
    return plain and (document.id == shipped.id or (document.model is not None and document.model == shipped.model))


def _under_overlays_of(shipped: Document, document: Document) -> Document:
    overlays = dict.fromkeys((*shipped.entry.overlays, *document.entry.overlays))
    return Document(replace(document.entry, overlays=tuple(overlays), lenient=True), document.data)


def read_journal(file: str) -> list[Mapping[str, Any]]:
    """Return the exchanges of a file: the reply of the control API, or the ``journal.json`` of a failed test.

    Raises SettingsError when it holds something else.
    """
    value, _ = read_body(file)
    listed = value.get("exchanges") if isinstance(value, dict) else value
    if isinstance(listed, list) and all(isinstance(each, dict) and "request" in each for each in listed):
        return listed
    name = clean(Path(file).name)
    expected = 'the JSON of GET /__genmock__/journal ("exchanges"), or the journal.json of a failed test'
    raise SettingsError(
        f"cannot use {name} as a journal", where="--journal", expected=expected, advice="see docs/diff.md"
    )


def _counts(found: Sequence[Difference]) -> dict[str, int]:
    counts = Counter(each.verdict for each in found)
    unproved = sum(each.verdict == "breaking" and not each.is_proved for each in found)
    others = {"unclear": counts["unclear"], "compatible": counts["compatible"]}
    return {"breaking": counts["breaking"], "unproved": unproved, **others}


def _row(difference: Difference) -> dict[str, Any]:
    """Return a difference as JSON has it."""
    example = difference.example
    told = {name: getattr(difference, name) for name in difference.__slots__ if name != "example"}
    shown = (
        {"message": example.message, "takenBy": example.taken_by, "violation": asdict(example.violation)}
        if example
        else None
    )
    return told | {"line": difference.line, "proved": difference.is_proved, "example": shown}


def _told(broken: Broken) -> dict[str, Any]:
    violation = asdict(discreet(broken.violation))
    return {"exchange": broken.exchange, "operation": broken.operation, "violation": violation}


def _print(title: str, found: Sequence[Difference]) -> None:
    out = console()
    counts = _counts(found)
    unproved = f" ({counts['unproved']} unproved)" if counts["unproved"] else ""
    words = f"{counts['breaking']} breaking{unproved}, {counts['unclear']} unclear, {counts['compatible']} compatible"
    style = STYLES["breaking" if counts["breaking"] else "compatible"]
    out.print(f"{title}: {words if found else 'no difference'}", style=style)
    for (part, subject), rows in groupby(found, key=lambda each: (each.part, each.subject)):
        whole = "the document" if part == "request" else "replies"
        about = f"{'requests' if part == 'request' else 'replies'} of {subject}" if subject else whole
        out.print(f"\n{about}", style="bold")
        for difference in rows:
            out.print(f"\n  {difference.verdict:<12}{difference.line}", style=STYLES[difference.verdict])
            for label, text in _details(difference):
                out.print(f"    {label:<10}{text}")


def _details(difference: Difference) -> list[tuple[str, str]]:
    """Return what stands below a difference: where it is in both documents, and its example."""
    lines = [("old", f"#{difference.old}"), ("new", f"#{difference.new}")]
    example = difference.example
    if example is None:
        return [*lines, ("unproved", "no example was found")] if difference.verdict == "breaking" else lines
    return [*lines, *_example(example)]


def _example(example: Example) -> list[tuple[str, str]]:
    other = "new" if example.taken_by == "old" else "old"
    message = json.dumps(_shortened(example.message), ensure_ascii=False)
    return [(f"{example.taken_by} takes", message), (f"{other} says", _says(example.violation))]


def _says(violation: Violation) -> str:
    return f"{violation.pointer or '(the whole body)'}  {violation.rule}: {_cut(violation.message)}"


def _shortened(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, any out
    """Return a message with its long texts and arrays cut."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, list):
        more = [f"... ({len(value):,} in all)"] if len(value) > MAX_SHOWN else []
        return [_shortened(member) for member in value[: MAX_SHOWN - 1 if more else None]] + more
    return {key: _shortened(member) for key, member in value.items()} if isinstance(value, dict) else value


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_SHOWN]}... ({len(text):,} characters)"


def _print_journal(count: int, broken: Sequence[Broken]) -> None:
    out = console()
    numbers = {each.exchange for each in broken}
    words = f"{len(numbers)} of {counted(count, 'recorded request')} would break"
    out.print(f"\n{words}", style=STYLES["breaking" if broken else "compatible"])
    for each in broken:
        out.print(f"  #{each.exchange} {each.operation}  {_says(discreet(each.violation))}")
