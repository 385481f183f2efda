"""``genmock specs``: which documents there are, what they say, and what is odd about them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from genmock.specs import Catalog, load_catalog
from genmock.validators import lint

from ..configuration import SettingsError
from .console import console

app = typer.Typer(
    help="List, show and lint the documents that requests are checked against.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Folders = Annotated[list[Path] | None, typer.Option("--specs", help="folder with further documents (repeatable)")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.command("list", epilog="Example: genmock specs list --specs ./models")
def list_documents(specs: Folders = None, as_json: AsJson = False) -> None:
    """List the documents: id, provider, model, task types, status and source."""
    entries = _catalog(specs).entries
    if as_json:
        rows = [
            {
                "id": entry.id,
                "provider": entry.provider,
                "model": entry.model,
                "title": entry.title,
                "status": entry.status,
                "taskTypes": list(entry.task_types),
                "source": entry.source,
            }
            for entry in entries
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in ("id", "provider", "model", "title", "status", "task types"):
        table.add_column(name, no_wrap=name in ("id", "model"))
    for entry in entries:
        tasks = ", ".join(entry.task_types)
        row = (entry.id, entry.provider, entry.model or "", entry.title, entry.status, tasks)
        table.add_row(*(Text(cell) for cell in row))
    console(width=160).print(table)


@app.command("show", epilog="Example: genmock specs show runware:111@1 --form published > flux.json")
def show(
    document: Annotated[str, typer.Argument(help="catalogue id, model AIR or OpenAPI file")],
    form: Annotated[str, typer.Option(help="published, or effective: with its overlays", metavar="FORM")] = "effective",
    specs: Folders = None,
) -> None:
    """Print one document as JSON."""
    if form not in ("published", "effective"):
        raise SettingsError(f"cannot use {form!r} as form", where="--form", expected="published or effective")
    typer.echo(json.dumps(getattr(_catalog(specs).get(document), form), ensure_ascii=False, indent=2))


@app.command("lint", epilog="Example: genmock specs lint ./models/acme.json --fail")
def lint_documents(
    documents: Annotated[list[str] | None, typer.Argument(help="ids, AIRs or files; default: every document")] = None,
    specs: Folders = None,
    as_json: AsJson = False,
    fail: Annotated[bool, typer.Option(help="exit with status 1 when there are findings")] = False,
) -> None:
    """Report what is odd about documents: rules that cannot hold, examples that their own schema refuses, ..."""
    catalog = _catalog(specs)
    chosen = [catalog.get(name) for name in documents] if documents else list(catalog.documents)
    found = [(document, finding) for document in chosen for finding in lint(document)]
    if as_json:
        rows = [{"document": d.id, "rule": f.rule, "pointer": f.pointer, "message": f.message} for d, f in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        out = console()
        for document, finding in found:
            out.print(f"{document.id}#{finding.pointer}", style="bold", markup=False)
            out.print(f"  {finding.rule}: {finding.message}", markup=False)
        out.print(f"{len(found)} finding{'s' * (len(found) != 1)} in {len(chosen)} documents")
    raise typer.Exit(1 if fail and found else 0)


def _catalog(folders: list[Path] | None) -> Catalog:
    catalog = load_catalog()
    for folder in folders or ():
        catalog = catalog.with_folder(folder)
    return catalog
