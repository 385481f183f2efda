"""``genmock check``: a request body against its document, without a server."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from genmock.specs import load_catalog
from genmock.validators import Violation, check_request

from ..configuration import SettingsError
from ..decode import Undecodable, decode_json
from .console import console

EXAMPLES = (
    "Examples: genmock check request.json | genmock check - --document runware:111@1 < body.json | "
    "genmock check body.json --document kiapi-qwen --operation 'POST /v1/image/qwen/generate' --json. "
    "Exit status: 0 valid (warnings allowed), 1 violations, 2 unusable input."
)


def command(
    file: Annotated[str, typer.Argument(help="file with the request body, or - for standard input")],
    document: Annotated[
        str | None,
        typer.Option(help="catalogue id, model AIR or OpenAPI file; default: by each task's taskType and model"),
    ] = None,
    operation: Annotated[str | None, typer.Option(help="such as 'POST /v1/image/qwen/generate'")] = None,
    specs: Annotated[list[Path] | None, typer.Option(help="folder with further documents (repeatable)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the violations as JSON")] = False,
    strict: Annotated[bool, typer.Option(help="refuse what is only tolerated")] = False,
    published: Annotated[bool, typer.Option(help="judge by the published schema alone")] = False,
) -> None:
    """Check a request body against the contract."""
    body, warnings = _read(file)
    catalog = load_catalog()
    for folder in specs or ():
        catalog = catalog.with_folder(folder)
    found = (
        *warnings,
        *check_request(
            document or _document_of(body),
            body,
            operation=operation,
            rules=not published,
            strict=strict,
            catalog=catalog,
        ),
    )
    wrong = sum(violation.severity == "error" for violation in found)
    if as_json:
        typer.echo(json.dumps({"valid": not wrong, "violations": [asdict(v) for v in found]}, ensure_ascii=False))
    else:
        _report(file, found, wrong)
    raise typer.Exit(1 if wrong else 0)


def _read(file: str) -> tuple[Any, tuple[Violation, ...]]:
    """Return the decoded body of a file, and what is odd about it. Raises SettingsError when it cannot be used."""
    name = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        decoded = decode_json(data)
    except OSError as error:
        raise _unusable(f"cannot read {name}: {error.strerror}") from error
    except Undecodable as error:
        raise _unusable(f"cannot read {name}: {error.reason}") from error
    return decoded.value, decoded.warnings


def _unusable(what: str) -> SettingsError:
    expected = "a file, or - for standard input, with a request body as JSON in UTF-8"
    return SettingsError(what, where="FILE", expected=expected, advice="see genmock check --help")


def _document_of(body: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the document for what no task's own document judges: by the first known model, else by the task type."""
    catalog = load_catalog()
    items = [item for item in body if isinstance(item, dict)] if isinstance(body, list) else []
    for item in items:
        if item.get("model") in catalog.models():
            return str(item["model"])
    kinds = [str(item.get("taskType")) for item in items]
    return next((model for kind in kinds for model in catalog.models(kind)), "runware-utilities")


def _report(file: str, found: tuple[Violation, ...], wrong: int) -> None:
    out = console()
    name = "standard input" if file == "-" else file
    if not found:
        out.print(f"[green]{name} keeps its contract[/green]")
        return
    verb = (
        f"breaks its contract ({wrong} violation{'s' * (wrong != 1)})" if wrong else "keeps its contract, with warnings"
    )
    out.print(f"{name} {verb}", style="red" if wrong else "yellow", markup=False)
    for violation in found:
        out.print()
        out.print(violation.severity, style="bold red" if violation.severity == "error" else "bold yellow")
        out.print(violation.render(), markup=False)
