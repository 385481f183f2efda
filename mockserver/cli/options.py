"""The options of ``genmock serve``: one for each setting, read without typer.

How its help looks is in ``commands``; both are made from the fields of ``Settings``, so that each is described once.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any, Literal, NoReturn, get_args, get_origin

from genmock.validators import closest

from ..configuration import option_name
from ..conversion import KINDS, SettingsError
from ..settings import Settings

CONFIG = "config"
METAVARS = {int: "INTEGER", float: "NUMBER"}


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are settings errors."""

    def error(self, message: str) -> NoReturn:
        """Raise SettingsError."""
        expected = "options with their values, as in --port 8000"
        raise SettingsError(message, where="the arguments of genmock serve", expected=expected)


def read_options(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the options that stand in the arguments, by setting name, as texts; ``config`` is the settings file.

    Raises SettingsError for what is no option, or an option that lacks its value.
    """
    parser = _Parser(prog="genmock serve", add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    parser.add_argument(option_name(CONFIG))
    for name in KINDS:
        parser.add_argument(option_name(name), dest=name, action=_action(name))
    found, rest = parser.parse_known_args(arguments)
    if rest:
        raise _unknown(rest[0].partition("=")[0])
    return vars(found)


def is_repeatable(setting: str) -> bool:
    """Return whether an option may be given several times."""
    return get_origin(KINDS[setting]) in (tuple, Mapping)


def metavar(setting: str) -> str:
    """Return what stands for the option's value in the help."""
    kind = KINDS[setting]
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if get_origin(kind) is Mapping:
        return "NAME=AMOUNT" if kind == Mapping[str, float] else "MODEL=MODE"
    return METAVARS.get(kind, "TEXT" if kind is str or kind == tuple[str, ...] else "PATH")


def default_text(field: "Field[Any]") -> str:
    """Return a setting's default as the help and the documentation show it; empty where there is none."""
    value = field.default if field.default is not MISSING else None
    if value is None or value == () or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return str(value)


def _action(setting: str) -> Any:  # noqa: ANN401 - argparse takes a name or a class
    if KINDS[setting] is bool:
        return argparse.BooleanOptionalAction
    return "append" if is_repeatable(setting) else "store"


def _unknown(name: str) -> SettingsError:
    if not name.startswith("-"):
        return SettingsError(f"genmock serve takes no argument {name!r}", where="the arguments", expected="options")
    near = closest(name, map(option_name, (*(field.name for field in fields(Settings)), CONFIG)))
    expected = f"an option of the settings{f'; did you mean {near}?' if near else ''}"
    return SettingsError(f"there is no setting {name}", where="the arguments", expected=expected)
