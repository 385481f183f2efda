"""``genmock serve``: the standalone mock server. Nothing here loads typer, and rich only where there are colours."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import genmock

from ..app import create_app
from ..configuration import load_settings
from ..conversion import SettingsError
from ..log import logger_for
from ..log_deliveries import delivery_logger_for
from ..log_pipeline import pipeline_logger_for
from ..log_writers import Line, writer_for
from ..makers.choice import uses_pipeline
from ..providers import served
from ..runtime import Runtime
from ..server import bind, ease_collection, serve, url_of
from ..settings import Settings
from ..stores import without_password
from .options import CONFIG, read_options

MOST_LINTED = 20  # documents: to look through one takes up to a tenth of a second


def run(arguments: Sequence[str]) -> None:
    """Serve as the command line's arguments say, until SIGINT or SIGTERM. Raises SettingsError, or SpecError."""
    serve_with(read_options(arguments))


def serve_with(options: Mapping[str, Any]) -> None:
    """Serve with options, by setting name, until SIGINT or SIGTERM. Raises SettingsError, or SpecError."""
    given = dict(options)
    file = given.pop(CONFIG, None)
    folder = Path.cwd()
    settings = load_settings(given, environ=os.environ, file=Path(file) if file else None, folder=folder)
    check_together(settings)
    app = create_app(
        settings,
        on_exchange=logger_for(settings, sys.stdout),
        on_attempt=delivery_logger_for(settings, sys.stdout),
        on_made=pipeline_logger_for(settings, sys.stdout),
    )
    runtime: Runtime = app.state.runtime
    if settings.store != "memory" or settings.scenario:
        asyncio.run(check_start(runtime))
    listening = bind(settings.host, settings.port)
    announce(runtime, url_of(listening))
    threading.Thread(target=tell_findings, args=(runtime,), daemon=True).start()
    if settings.workers > 1:
        from ..workers import serve_together  # here: most servers are one process

        serve_together(settings, listening)
        return
    ease_collection()
    serve(app, listening)


def tell_findings(runtime: Runtime) -> None:
    """Say what is odd about the user's own documents; for a thread, so that nobody waits for it."""
    for finding in findings(runtime):
        print(finding, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line


def check_together(settings: Settings) -> None:
    """Raise SettingsError for settings of which each is fine and that do not go together."""
    if settings.workers == 1:
        return
    if settings.store == "memory":
        raise SettingsError(
            f"{settings.workers} workers cannot share what one process has in memory",
            where="--workers and --store",
            expected="a store that processes share, with more than one worker",
            advice="add --store sqlite:///genmock.db, or leave --workers out; docs/stores.md",
        )
    if settings.clock == "virtual":
        raise SettingsError(
            "a virtual clock is one process's own",
            where="--workers and --clock",
            expected="--clock real with more than one worker",
            advice="leave one of the two out",
        )


async def check_start(runtime: Runtime) -> None:
    """Open the store and read the scenarios now: a mistake shows at the start. Raises StoreError, or ScenarioError."""
    try:
        await runtime.start()
    finally:
        await runtime.stop()


def announce(runtime: Runtime, url: str) -> None:
    """Say where the server is: the banner; one line when quiet; one JSON object where the log is JSON."""
    settings = runtime.settings
    if settings.log_format == "json":
        lines: list[Line] = [[(json.dumps({"event": "started", "version": genmock.__version__, "url": url}), "")]]
        write = writer_for("plain", sys.stdout)
    else:
        write = writer_for(settings.log_format, sys.stdout)
        lines = banner(runtime, url)
    for line in lines[:1] if settings.quiet else lines:
        write(line)


def banner(runtime: Runtime, url: str) -> list[Line]:
    """Return what a user needs to see first: where the server is, what it serves, and lines to try it with."""
    settings, providers = runtime.settings, served(runtime.settings.provider)
    examples = [line for provider in providers[:1] for line in provider.example(runtime, url)]
    credentials = "; ".join(dict.fromkeys(provider.credentials(runtime) for provider in providers))
    faults = ", ".join(settings.scenario) or "none"
    rows = (
        *(row for provider in providers for row in provider.about(runtime, url)),
        ("contract", f"{settings.contract}; errors {settings.errors}; seed {settings.seed}; {credentials}"),
        ("state", f"{without_password(settings.store)}; clock {settings.clock}; faults {faults}"),
        *([("pictures", _pipeline(settings))] if uses_pipeline(settings) else []),
        ("control", f"{url}/__genmock__/openapi.json"),
        ("docs", "genmock serve --help, docs/cli.md, docs/settings.md"),
    )
    return [
        [("genmock ", "bold"), (f"{genmock.__version__}  ", ""), (url, "bold cyan")],
        *([(f"  {label:<10}", "dim"), (text, "")] for label, text in rows),
        [("", "")],
        [("  try it, as often as you like, and open the picture:", "dim")],
        [("", "")],
        *([(line, "green")] for line in examples),
        [("", "")],
        [("  stop with Ctrl+C", "dim")],
    ]


def _pipeline(settings: Settings) -> str:
    """Return what the banner says of the pipeline."""
    modes = [settings.mode, *(f"{model} {mode}" for model, mode in settings.model_mode.items())]
    model = settings.pipeline_model or "the shipped model"
    return f"mode {', '.join(modes)}; engine {settings.pipeline_engine}, {model}; docs/pipeline.md"


def findings(runtime: Runtime) -> Iterator[str]:
    """Yield what a reader of the user's own documents should know, one line each."""
    if not runtime.settings.specs:
        return
    own = [document for document in runtime.catalog.documents if not document.entry.sha256]
    if len(own) > MOST_LINTED:
        yield f"note: {len(own)} documents are not looked through at the start; genmock specs lint FILE does"
    else:
        from genmock.validators import lint

        for document in own:
            for each in lint(document):
                yield f"warning: {document.id}#{each.pointer}: {each.rule}: {each.message}"
    for provider in served(runtime.settings.provider):
        yield from (f"note: {finding}" for finding in provider.findings(runtime))
