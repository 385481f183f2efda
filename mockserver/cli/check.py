"""``genmock check``: a request body against its document, without a server."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from genmock.specs import Catalog
from genmock.validators import Violation, check_request, closest

from ..conversion import SettingsError
from ..decode import Undecodable, decode_json
from ..log import block, clean, counted, discreet
from .console import console
from .documents import AsJson, Folders, catalog_with

EXAMPLES = """Examples:

\b
  genmock check request.json
  genmock check - < request.json
  genmock check body.json --document runware:111@1 --strict
  genmock check body.json --document kiapi-qwen --operation 'POST /v1/image/qwen/generate'
  genmock check request.json --json

Exit status: 0 valid (warnings allowed), 1 violations, 2 unusable input."""


def command(
    file: Annotated[str, typer.Argument(help="file with the request body, or - for standard input", metavar="FILE")],
    document: Annotated[
        str | None,
        typer.Option(
            help="catalogue id, model AIR or OpenAPI file; default: by each task's taskType and model", metavar="ID"
        ),
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="such as 'POST /v1/image/qwen/generate'", metavar="OPERATION")
    ] = None,
    specs: Folders = None,
    strict: Annotated[bool, typer.Option("--strict", help="refuse what is only tolerated")] = False,
    published: Annotated[bool, typer.Option("--published", help="judge by the published schema alone")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a request body against the contract, without a server."""
    if strict and published:
        what = "--strict and --published exclude each other"
        raise SettingsError(what, where="the arguments", expected="one of them", advice="see genmock check --help")
    catalog = catalog_with(specs)
    body, found = read_body(file)
    unserved = {} if document else dict(_unserved(body, catalog))
    for violation in check_request(
        document or _document_of(body, catalog),
        body,
        operation=operation,
        rules=not published,
        strict=strict,
        catalog=catalog,
    ):
        if violation.pointer.split("/")[1:2] not in [[index] for index in unserved]:
            found.append(violation)
    found += unserved.values()
    print_as = _print_json if as_json else _print_text
    print_as(file, body, found)
    raise typer.Exit(1 if _errors(found) else 0)


def read_body(file: str) -> tuple[Any, list[Violation]]:
    """Return the decoded body of a file ("-" is standard input), and what is odd about it.

    Raises SettingsError when there is no JSON to be had from it.
    """
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        decoded = decode_json(data)
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error
    except Undecodable as error:
        raise _unusable(file, error.reason) from error
    return decoded.value, list(decoded.warnings)


def _unusable(file: str, why: str) -> SettingsError:
    expected = "a file, or - for standard input, with a request body as JSON in UTF-8"
    return SettingsError(
        f"cannot read {_name(file)}: {why}", where=_name(file), expected=expected, advice="see genmock check --help"
    )


def _document_of(body: Any, catalog: Catalog) -> str:  # noqa: ANN401 - any JSON value
    """Return the document for what no task's own document judges: by the first known model, else by the task type."""
    items = [item for item in body if isinstance(item, dict)] if isinstance(body, list) else []
    for item in items:
        if item.get("model") in catalog.models():
            return str(item["model"])
    kinds = [str(item.get("taskType")) for item in items]
    return next((model for kind in kinds for model in catalog.models(kind)), "runware-utilities")


def _unserved(body: Any, catalog: Catalog) -> Iterator[tuple[str, Violation]]:  # noqa: ANN401
    """Yield (index, violation) for each task of a type or model that no document describes."""
    types = [name for entry in catalog.entries for name in entry.task_types]
    for index, item in enumerate(body if isinstance(body, list) else ()):
        task_type, model = (
            (item.get(name) for name in ("taskType", "model")) if isinstance(item, dict) else (None, None)
        )
        if not isinstance(task_type, str):
            continue
        if task_type not in types:
            yield str(index), _no_document(f"/{index}/taskType", "task type", task_type, types)
        elif isinstance(model, str) and catalog.find(task_type, model) is None:
            yield str(index), _no_document(f"/{index}/model", "model", model, catalog.models(task_type))


def _no_document(pointer: str, noun: str, sent: str, known: Sequence[str]) -> Violation:
    near = closest(sent, known)
    message = f"no document describes the {noun} {sent!r}{f'; did you mean {near!r}?' if near else ''}"
    return Violation(
        "unserved-task", pointer, message, "error", tuple(dict.fromkeys(known)), sent, "genmock specs list"
    )


def _print_json(file: str, body: object, found: Sequence[Violation]) -> None:
    """Print the verdict as one JSON object."""
    wrong = _errors(found)
    verdict = {
        "file": file,
        "valid": not wrong,
        "errors": wrong,
        "warnings": len(found) - wrong,
        "violations": [asdict(discreet(violation)) for violation in found],
    }
    typer.echo(json.dumps(verdict, ensure_ascii=False, indent=2, default=str))


def _print_text(file: str, body: object, found: Sequence[Violation]) -> None:
    """Print the verdict, and each violation as a block."""
    out = console()
    wrong = _errors(found)
    notes = counted(len(found) - wrong, "warning") if len(found) > wrong else ""
    if wrong:
        counts = ", ".join(part for part in (counted(wrong, "violation"), notes) if part)
        out.print(f"{_name(file)} breaks its contract ({counts})", style="bold red")
    else:
        tasks = counted(len(body), "task") if isinstance(body, list) else ""
        inside = ", ".join(part for part in (tasks, notes) if part)
        out.print(f"{_name(file)} keeps its contract{f' ({inside})' if inside else ''}", style="bold green")
    for violation in found:
        style = "yellow" if violation.severity == "warning" else None
        out.print(f"\n{block(violation, serving=False)}", style=style)


def _errors(found: Sequence[Violation]) -> int:
    return sum(violation.severity == "error" for violation in found)


def _name(file: str) -> str:
    return "standard input" if file == "-" else clean(file)
