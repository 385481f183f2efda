"""The command's entry point: its parts, and what a user's mistake looks like."""

import sys
from typing import Annotated

import typer

import genmock
from genmock.specs import SpecError
from genmock.validators import OperationNeeded

from ..configuration import SettingsError
from . import check, serve, specs, trial
from .console import complain

EPILOG = "More: docs/cli.md and docs/settings.md. Every option of serve is also a variable and a key of genmock.toml."

app = typer.Typer(
    name="genmock",
    help="Stand in for generative-image APIs: check every request against the published contract, answer it "
    "deterministically, and never call production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve", epilog=serve.EXAMPLES)(serve.command)
app.command("check", epilog=check.EXAMPLES)(check.command)
app.command("try", epilog=trial.EXAMPLES)(trial.command)
app.add_typer(specs.app, name="specs")


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


def main() -> None:
    """Run the command line. A user's mistake ends with one clear block on stderr and status 2, never a traceback."""
    try:
        app()
    except (SettingsError, SpecError, OperationNeeded) as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
