"""``genmock serve``: the standalone mock server."""

import inspect
import os
import shlex
import sys
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

import genmock

from ..app import create_app
from ..configuration import load_settings
from ..log import logger_for
from ..runtime import Runtime
from ..server import bind, serve, url_of
from ..settings import Settings

EXAMPLES = (
    "Examples: genmock serve | genmock serve --port 0 --seed 7 | genmock serve --api-key test-key --contract strict | "
    "genmock serve --specs ./models --log-format json"
)
CURL = (
    """curl -s {url}/v1 -H {authorization} -H 'Content-Type: application/json' -d """
    """'[{{"taskType":"imageInference","taskUUID":"'$(python3 -c 'import uuid; print(uuid.uuid4())')'","""
    """"model":"{model}","positivePrompt":"a lighthouse at sunset, \\"HELLO\\"","""
    """"width":768,"height":512,"includeCost":true}}]'"""
)


def command(**arguments: Any) -> None:  # noqa: ANN401 - one argument for each setting
    """Serve the mock until it is stopped: Runware at /v1, the control API at /__genmock__/."""
    file = arguments.pop("config", None)
    settings = load_settings(arguments, environ=os.environ, file=file, folder=Path.cwd())
    app = create_app(settings, on_exchange=logger_for(settings.log_format, sys.stdout, quiet=settings.quiet))
    listening = bind(settings.host, settings.port)
    if not settings.quiet:
        typer.echo(banner(app.state.runtime, url_of(listening)))
        sys.stdout.flush()
    for line in findings(app.state.runtime):
        typer.echo(line, err=True)
    serve(app, listening)


def banner(runtime: Runtime, url: str) -> str:
    """Return what a user needs to see first: where the server is, what it serves, and a line to try it with."""
    settings, models = runtime.settings, runtime.catalog.models("imageInference")
    key = settings.api_key[0] if settings.api_key else "any-key"
    authorization = shlex.quote(f"Authorization: Bearer {key}")
    curl = CURL.format(url=url, authorization=authorization, model=models[0])
    return "\n".join(
        [
            f"genmock {genmock.__version__}  {url}",
            f"  runware   POST {url}/v1   models {', '.join(models)}",
            f"  control   {url}/__genmock__/health   journal {url}/__genmock__/journal",
            f"  settings  contract {settings.contract}, errors {settings.errors}, seed {settings.seed}",
            "  try it, as often as you like:",
            "",
            f"  {curl}",
            "",
            "  stop with Ctrl+C",
        ]
    )


def findings(runtime: Runtime) -> list[str]:
    """Return what a reader of the user's own documents should know, one line each."""
    if not runtime.settings.specs:
        return []
    from genmock.validators import lint

    own = [document for document in runtime.catalog.documents if not document.entry.sha256]
    return [f"warning: {d.id}#{f.pointer}: {f.rule}: {f.message}" for d in own for f in lint(d)]


def _parameters() -> list[inspect.Parameter]:
    """Return one option for each setting, described by the setting itself."""
    kinds = typing.get_type_hints(Settings)
    options = [_parameter(field.name, kinds[field.name], field.metadata, _default(field)) for field in fields(Settings)]
    config = Annotated[Path | None, typer.Option(help="configuration file; default: genmock.toml in this folder")]
    return [*options, inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=config)]


def _parameter(name: str, kind: Any, metadata: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401
    """Return a setting's option. Every one is optional: what is not given comes from file or environment."""
    shown = "" if default in (None, (), {}, "", False) else f" [default: {default}]"
    variable = f"GENMOCK_{name.upper()}"
    option = typer.Option(help=f"{metadata['help']}{shown} [{variable}]", show_default=False, metavar=_metavar(kind))
    annotation: Any
    if kind is bool:
        annotation = bool | None
    elif get_origin(kind) is tuple or _is_mapping(kind):
        annotation = list[str] | None
    else:
        annotation = str | None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, option]
    )


def _metavar(kind: Any) -> str | None:  # noqa: ANN401
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if _is_mapping(kind):
        return "KEY=AMOUNT"
    names = {int: "INTEGER", float: "NUMBER", str: "TEXT", bool: None}
    return names.get(kind, "PATH" if Path in (kind, *get_args(kind)) else "TEXT")


def _is_mapping(kind: Any) -> bool:  # noqa: ANN401
    return get_origin(kind) is Mapping


def _default(field: Any) -> Any:  # noqa: ANN401 - a dataclass field
    return field.default if field.default is not MISSING else field.default_factory()


# typer reads a command's options from its signature: here they come from Settings, so that each is described once.
command.__signature__ = inspect.Signature(_parameters())  # type: ignore[attr-defined]
command.__annotations__ = {parameter.name: parameter.annotation for parameter in _parameters()}
