"""``genmock fuzz``: servers fuzzed by their documents, and what other rooms and packages add beside that.

A command of another room or package stands in the entry point group ``genmock.fuzz``, as a function that typer takes;
its module may have ``HELP`` and ``EXAMPLES``.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..conversion import SettingsError
from .console import console
from .documents import Folders, catalog_with

if TYPE_CHECKING:
    from ..fuzzing import Report

EXAMPLES = """Examples:

\b
  genmock fuzz server --url http://127.0.0.1:8321/v1 --document flux-1-dev-srpo
  genmock fuzz server --url http://127.0.0.1:8321 --document kiapi-qwen --max-examples 50 --html fuzz.html
  genmock fuzz server --url http://127.0.0.1:4010 --document flux-1-dev-srpo --published --part invalid
  FUZZ_KEY=... genmock fuzz server --url https://api.example.com/v1 --document ID --i-accept-costs

Exit status: 0 nothing is wrong, 1 findings, 2 the server cannot be reached, or unusable options."""
GROUP = "genmock.fuzz"
PARTS = ("invalid", "edges", "valid", "arrays", "same", "schemathesis")
KEPT = Path(".genmock/fuzz/server")

app = typer.Typer(
    help="Fuzz what speaks a contract: a server, by one of the documents.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def group() -> None:
    """Fuzz what speaks a contract."""  # and keep a group of one command a group


@app.command("server", epilog=EXAMPLES)
def server(
    url: Annotated[str, typer.Option(help="the API, as an app is told it: Runware's with /v1", metavar="URL")],
    document: Annotated[str, typer.Option(help="catalogue id, model AIR or OpenAPI file", metavar="ID")],
    key: Annotated[
        str, typer.Option(help="key of the account", metavar="KEY", envvar="FUZZ_KEY", show_envvar=True)
    ] = "genmock-fuzz",
    seed: Annotated[int, typer.Option(help="what the messages derive from", metavar="N")] = 0,
    max_examples: Annotated[
        int,
        typer.Option(help="messages of each part; each way to break one is tried at least once", metavar="N", min=1),
    ] = 200,
    max_time: Annotated[float, typer.Option(help="seconds for everything", metavar="S", min=1)] = 600,
    part: Annotated[
        list[str] | None,
        typer.Option(help=f"what to do: {', '.join(PARTS)} (repeatable); default: all", metavar="PART"),
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="judge by the published document alone")] = False,
    accept_costs: Annotated[
        bool, typer.Option("--i-accept-costs", help="send requests to another machine, where they may be charged")
    ] = False,
    keep: Annotated[Path, typer.Option(help="folder of failures, tried first the next time", metavar="DIR")] = KEPT,
    junit: Annotated[Path | None, typer.Option(help="file for a JUnit report", metavar="FILE")] = None,
    html: Annotated[Path | None, typer.Option(help="file for a page", metavar="FILE")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="file for everything as JSON", metavar="FILE")
    ] = None,
    specs: Folders = None,
) -> None:
    """Send a server valid and broken requests of a document, and judge every reply."""
    for name in ("hypothesis", "schemathesis"):
        if find_spec(name) is None:
            expected, advice = "the extra fuzz", 'pip install "genmock[fuzz]"'
            raise SettingsError(f"{name} is not installed", where="genmock fuzz", expected=expected, advice=advice)
    if wrong := [name for name in part or () if name not in PARTS]:
        what = f"there is no part {wrong[0]!r}"
        raise SettingsError(what, where="--part", expected=", ".join(PARTS), advice="see genmock fuzz server --help")
    from ..fuzzing import Plan, checked_url, fuzz_server

    plan = Plan(
        url=checked_url(url, accept_costs=accept_costs),
        document=catalog_with(specs).get(document),
        key=key,
        seed=seed,
        max_examples=max_examples,
        max_time_s=max_time,
        published=published,
        parts=tuple(name for name in PARTS if not part or name in part),
        folder=keep,
    )
    with _bar() as advance:
        report = fuzz_server(plan, advance)
    _tell(report, junit, html, json_file)
    raise typer.Exit(1 if report.findings else 0)


@contextmanager
def _bar() -> Iterator[Any]:
    """Yield what is to be called for each message: on a terminal it moves a bar."""
    screen = console(sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        bar = progress.add_task("starting", total=None)

        def advance(part: str, count: int) -> None:
            progress.update(bar, description=part, advance=count)

        yield advance


def _tell(report: "Report", junit: Path | None, html: Path | None, json_file: Path | None) -> None:
    """Print the report, and write the files that were asked for."""
    from ..fuzzing import reports

    lines = reports.text(report).splitlines()
    out = console()
    out.print(lines[0], style="bold red" if report.findings else "bold green")
    for line in lines[1:]:
        out.print(line)
    if junit is not None:
        _write(junit, reports.junit(report), "--junit")
    if html is not None:
        _write(html, reports.page(report).encode("utf-8", "replace"), "--html")
    if json_file is not None:
        told = json.dumps(report.as_json, ensure_ascii=False, indent=2)
        _write(json_file, told.encode("utf-8", "replace"), "--json")


def _write(file: Path, data: bytes, option: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        what = f"cannot write {file}: {error.strerror or os.strerror(error.errno or 0)}"
        raise SettingsError(what, where=option, expected="a file that can be written", advice="name another") from error


def add_commands() -> None:
    """Add the commands that other rooms and packages declare."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        command = entry.load()
        about = vars(sys.modules[command.__module__])
        app.command(entry.name, help=about.get("HELP"), epilog=about.get("EXAMPLES"))(command)
