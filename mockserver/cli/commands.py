"""The commands, as typer has them: what each takes, and the help that teaches it."""

import inspect
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Annotated, Any

import typer

import genmock

from ..configuration import FILE_NAME, variable_name
from ..conversion import KINDS
from ..settings import Settings
from . import check, diff, fuzz, specs, trial
from . import worker as workers
from .options import default_text, is_repeatable, metavar
from .serve import serve_with

EPILOG = "More: docs/cli.md and docs/settings.md. Every option of serve is also a variable and a key of genmock.toml."
EXAMPLES = """Examples:

\b
  genmock serve                                          any key, port 8321
  genmock serve --port 0 --seed 7                        a free port, other pictures
  genmock serve --api-key test-key --contract strict     one key, no tolerance
  genmock serve --specs ./models --log-format json       further models, JSON log
  GENMOCK_BALANCE=0.01 genmock serve                     an account that soon is empty"""

app = typer.Typer(
    name="genmock",
    help="Stand in for generative-image APIs: check every request against the published contract, answer it "
    "deterministically, and never call production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def serve(**options: Any) -> None:  # noqa: ANN401 - one option for each setting
    """Serve the mock until it is stopped: Runware at /v1, the control API at /__genmock__/.

    An option wins over its variable, that over genmock.toml, that over the default.
    """
    serve_with(options)


def worker(**options: Any) -> None:  # noqa: ANN401 - as above
    """Make pictures for servers on other machines, until it is stopped: those that run with --pipeline-workers 0.

    Servers and workers share a Redis server. An order whose worker dies is given to another; docs/pipeline.md.
    """
    workers.work_with(options)


def _parameters(names: Sequence[str] = ()) -> list[inspect.Parameter]:
    """Return one option for each setting, or for those of some names, described by the setting itself."""
    config = typer.Option(help=f"settings file [default: {FILE_NAME} in this folder; GENMOCK_CONFIG]", metavar="FILE")
    described = [_parameter(field) for field in fields(Settings) if not names or field.name in names]
    return [_optional("config", Annotated[str | None, config]), *described]


def _parameter(field: "Field[Any]") -> inspect.Parameter:
    """Return a setting's option. Every one is optional: what is not given comes from another source."""
    default = default_text(field)
    notes = [f"default: {default}" if default else "", variable_name(field.name)]
    text = f"{field.metadata['help']} [{'; '.join(note for note in notes if note)}]"
    if example := field.metadata["example"]:
        text = f"{text}, for example {example}"
    named = None if KINDS[field.name] is bool else metavar(field.name)
    option = typer.Option(help=text, show_default=False, metavar=named)
    kind: Any = bool if KINDS[field.name] is bool else list[str] if is_repeatable(field.name) else str
    return _optional(field.name, Annotated[kind | None, option])


def _optional(name: str, annotation: Any) -> inspect.Parameter:  # noqa: ANN401 - a type
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


# typer reads a command's options from its signature: here they come from Settings, so that each is described once.
for _command, _names in ((serve, ()), (worker, workers.TAKEN)):
    _command.__signature__ = inspect.Signature(_parameters(_names))  # type: ignore[attr-defined]  # typeshed has it not
    _command.__annotations__ = {parameter.name: parameter.annotation for parameter in _parameters(_names)}

app.command("serve", epilog=EXAMPLES)(serve)
app.command("check", epilog=check.EXAMPLES)(check.command)
app.command("diff", epilog=diff.EXAMPLES)(diff.command)
app.command("try", epilog=trial.EXAMPLES)(trial.command)
app.add_typer(specs.app, name="specs")
app.command("worker", epilog=workers.EXAMPLES)(worker)
fuzz.add_commands()
app.add_typer(fuzz.app, name="fuzz")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"genmock {genmock.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
