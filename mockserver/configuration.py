"""Where settings come from: arguments, then the environment, then genmock.toml, then defaults. The first wins.

It is generic over the fields of ``Settings``: a field ``max_body`` is the option ``--max-body``, the variable
``GENMOCK_MAX_BODY`` and the key ``max_body``. What a setting means is said there; users read docs/settings.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from genmock.validators import closest, shown

from .conversion import KINDS, Given, converted
from .conversion import SettingsError as SettingsError
from .settings import Settings

FILE_NAME = "genmock.toml"
PREFIX = "GENMOCK_"
CONFIG_VARIABLE = "GENMOCK_CONFIG"
RESERVED = {  # variables of ours that are no settings; documented in docs/settings.md
    CONFIG_VARIABLE: "the settings file, as --config",
    "GENMOCK_SCALE": "how many examples the project's own tests take",
    "GENMOCK_URL": "where a server is, for programs that ask one; replay.sh reads it",
    "GENMOCK_CLIENTS": "where the project's own tests keep the official clients",
    "GENMOCK_BROWSER": "the browser in which the project's own tests open pages",
}


def load_settings(
    arguments: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    file: Path | None = None,
    folder: Path,
) -> Settings:
    """Return the settings that arguments, environment, settings file and defaults add up to.

    arguments: by setting name; a string is read as on the command line, None counts as absent.
    environ: its GENMOCK_* variables; an empty one counts as absent. Lists are separated by commas.
    file: the settings file; else the one that GENMOCK_CONFIG names, else genmock.toml in ``folder``, when there is one.
    folder: the working folder, to which relative paths belong; those in the settings file belong to its own folder.

    Raises SettingsError for a setting that is not known, or whose value cannot be used, in any of the sources.
    """
    found: dict[str, object] = {}
    for given in _all_given(arguments, environ, _file_of(file, environ, folder), folder):
        found[given.name] = converted(given)  # every source is checked, also where a stronger one wins
    return Settings(**found)  # type: ignore[arg-type]  # each value was made by its field's own type


def option_name(setting: str) -> str:
    """Return a setting's command-line option."""
    return "--" + setting.replace("_", "-")


def variable_name(setting: str) -> str:
    """Return a setting's environment variable."""
    return PREFIX + setting.upper()


def _file_of(file: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """Return the settings file to read, or None. Raises SettingsError when one is named that is not there."""
    where = "--config"
    if file is None and environ.get(CONFIG_VARIABLE):
        file, where = Path(environ[CONFIG_VARIABLE]), CONFIG_VARIABLE
    if file is None:
        default = folder / FILE_NAME
        return default if default.is_file() else None
    if not (folder / file).is_file():
        what = f"there is no settings file {shown(str(file))}"
        raise SettingsError(what, where=where, expected="the path of a TOML file", advice="name one that is there")
    return folder / file


def _all_given(
    arguments: Mapping[str, object], environ: Mapping[str, str], file: Path | None, folder: Path
) -> Iterator[Given]:
    """Yield every setting of every source, the weakest source first."""
    if file is not None:
        yield from _from_file(file)
    variables = {variable_name(name): name for name in KINDS}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in RESERVED:
            continue
        if variable not in variables:
            raise _unknown(variable, (*variables, *RESERVED), "the environment", "a GENMOCK_ variable")
        if text:
            yield Given(variables[variable], text, variable, folder, many=True)
    for name, value in arguments.items():
        if name not in KINDS:
            raise _unknown(option_name(name), map(option_name, KINDS), "the arguments", "an option")
        if value is not None:
            yield Given(name, value, option_name(name), folder)


def _from_file(file: Path) -> Iterator[Given]:
    import tomllib  # most starts have no settings file

    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError("cannot read the settings file", where=str(file), expected=f"TOML; {error}") from None
    for name, value in table.items():
        if name not in KINDS:
            raise _unknown(name, KINDS, str(file), "a key")
        yield Given(name, value, f"{name} in {file}", file.parent, text=False)


def _unknown(name: str, known: Iterable[str], where: str, noun: str) -> SettingsError:
    near = closest(name, known)
    expected = f"{noun} of the settings{f'; did you mean {near}?' if near else ''}"
    return SettingsError(f"there is no setting {name}", where=where, expected=expected)
