"""``genmock specs``: which documents there are, what they say, and what is odd about them."""

import json
from typing import Annotated

import typer

from genmock.validators import lint

from ..conversion import SettingsError
from ..log import counted
from .console import console, show_table
from .documents import AsJson, Folders, catalog_with
from .summary import parameters

FORMS = ("published", "effective")
WIDE = 200  # columns of a terminal in which every cell of the list stays whole
COLUMNS = ("id", "provider", "model", "title", "status", "task types", "source")

app = typer.Typer(
    help="List, show and lint the documents that requests are checked against.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(
    "list", epilog="Examples:\n\n\b\n  genmock specs list\n  genmock specs list --specs ./models --json | jq '.[].id'"
)
def list_documents(specs: Folders = None, as_json: AsJson = False) -> None:
    """List the documents: id, provider, model, title, status, task types and source."""
    entries = catalog_with(specs).entries
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
    table = [
        (e.id, e.provider, e.model or "-", e.title, e.status, ", ".join(e.task_types) or "-", e.source) for e in entries
    ]
    out = console()
    if not out.is_terminal or out.width >= WIDE:
        show_table(COLUMNS, table)
        return
    for name, *others in table:  # a narrow terminal would cut what is typed next: ids and models
        out.print(name, style="bold")
        out.print("  " + "  ".join(others[:-1]), soft_wrap=True)


@app.command(
    "show",
    epilog="Examples:\n\n\b\n  genmock specs show qwen-image --summary\n"
    "  genmock specs show runware:111@1 --form published > flux.json",
)
def show(
    document: Annotated[str, typer.Argument(help="catalogue id, model AIR or OpenAPI file", metavar="ID")],
    form: Annotated[
        str, typer.Option(help="published, or effective: with its overlays", metavar="|".join(FORMS))
    ] = "effective",
    summary: Annotated[bool, typer.Option("--summary", help="a table of the parameters instead of JSON")] = False,
    specs: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Print a document as JSON, or its parameters as a table; with --summary --json, those as JSON."""
    if form not in FORMS:
        expected = f"one of {', '.join(FORMS)}"
        raise SettingsError(
            f"cannot use {form!r} as form", where="--form", expected=expected, advice="see genmock specs show --help"
        )
    content = getattr(catalog_with(specs).get(document), form)
    if not summary:
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    rows = parameters(content)
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2))
        return
    show_table(
        ("operation", "parameter", "type", "needed", "allowed", "default"),
        ((r.operation, r.name, r.type, "yes" if r.required else "", r.allowed, r.default) for r in rows),
    )


@app.command(
    "lint", epilog="Examples:\n\n\b\n  genmock specs lint qwen-image\n  genmock specs lint ./models/acme.json --fail"
)
def lint_documents(
    documents: Annotated[
        list[str] | None, typer.Argument(help="ids, AIRs or files; default: every document", metavar="ID")
    ] = None,
    specs: Folders = None,
    as_json: AsJson = False,
    fail: Annotated[bool, typer.Option("--fail", help="exit with status 1 when there are findings")] = False,
) -> None:
    """Report what is odd about documents: rules that cannot hold, examples that their own schema refuses, ..."""
    catalog = catalog_with(specs)
    chosen = [catalog.get(name) for name in documents] if documents else list(catalog.documents)
    found = [(document, finding) for document in chosen for finding in lint(document)]
    if as_json:
        rows = [
            {"document": d.id, "rule": f.rule, "pointer": f.pointer, "message": f.message, "severity": f.severity}
            for d, f in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        out = console()
        for document, finding in found:
            out.print(f"{document.id}#{finding.pointer}", style="bold")
            out.print(f"  {finding.rule}: {finding.message}")
        out.print(f"{counted(len(found), 'finding')} in {counted(len(chosen), 'document')}")
    raise typer.Exit(1 if fail and found else 0)
