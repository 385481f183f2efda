"""The values of settings: a text, or what a settings file holds, into the type that the field has.

Where values come from, and which source wins, is in ``configuration``.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from genmock.validators import shown

from .installed import entry_point
from .settings import DURATIONS, PROVIDERS, Mode, Settings

KINDS: Mapping[str, Any] = get_type_hints(Settings)  # setting -> type
BOUNDS: Mapping[str, tuple[float, float]] = {  # numbers; both ends are allowed
    "port": (0, 65535),
    "seed": (-math.inf, math.inf),
    "balance": (0, math.inf),
    "key_balance": (0, math.inf),
    "max_body": (1, math.inf),
    "max_image_pixels": (1, math.inf),
    "max_media": (1, math.inf),
    "max_pictures": (1, math.inf),
    "max_tasks": (1, math.inf),
    "journal_size": (1, math.inf),
    "retention": (0, math.inf),
    "tick_per_poll": (0, math.inf),
    "duration": (0, math.inf),
    "pipeline_workers": (0, 64),
    "pipeline_queue": (0, math.inf),
    "pipeline_timeout": (0, math.inf),
    "pipeline_steps": (1, 1000),
    "pipeline_training_steps": (1, math.inf),
    "webhook_timeout": (0, math.inf),
    "webhook_attempts": (1, 100),
    "webhook_backoff": (0, math.inf),
    "webhook_backoff_max": (0, math.inf),
    "deliveries_at_once": (1, 1000),
    "workers": (1, 256),
    "socket_idle": (0, math.inf),
    "socket_resume": (0, math.inf),
    "max_frame": (1, math.inf),
    "max_sockets": (0, math.inf),
    "max_in_flight": (1, math.inf),
    "kiapi_sync_timeout": (0, math.inf),
}
NAMES: Mapping[str, Collection[str]] = {"duration": DURATIONS}  # what a table may name
SECRETS = ("api_key", "bad_key", "key_balance", "kiapi_token")  # their values are shown nowhere
WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
ADVICE = "see genmock serve --help, or the table in docs/settings.md"


class SettingsError(Exception):
    """A setting cannot be used. The text says what, where it stands, what was expected, and what to do next."""

    def __init__(self, what: str, *, where: str, expected: str, advice: str = ADVICE) -> None:
        rows = (("where", where), ("expected", expected), ("next", advice))
        super().__init__("\n".join([what, "", *(f"  {label:<10}{text}" for label, text in rows)]))


@dataclass(frozen=True)
class Given:
    """A setting as a source has it.

    where: how a message names its place. folder: what a relative path in it is relative to. text: a string may
    stand for a number or a list (in arguments and variables), which it may not in TOML. many: commas separate.
    """

    name: str
    value: object
    where: str
    folder: Path
    text: bool = True
    many: bool = False

    def error(self) -> SettingsError:
        """Return the error that says that the value cannot be used."""
        value = "this value" if self.name in SECRETS else shown(self.value)
        what = f"cannot use {value} as {self.name}"
        return SettingsError(what, where=self.where, expected=expectation(self.name, toml=not self.text))


def expectation(setting: str, *, toml: bool = False) -> str:
    """Return in words what a setting may hold. toml: as the settings file writes it."""
    kind = KINDS[setting]
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    if kind in (int, float):
        return _bounded("an integer" if kind is int else "a number", *BOUNDS[setting])
    if kind is bool:
        return "true or false"
    if get_origin(kind) is tuple:
        one = _LISTED.get(setting, "a text that is not empty")
        return f"a list, each element {one}" if toml else one
    if kind == Path | None:
        return "the path of a file"
    if kind is str:
        return _TEXTS[setting][0]
    if kind == Mapping[str, Mode]:
        words = " or ".join(get_args(Mode))
        return f"a table of {words}, by model" if toml else f"model={' or model='.join(get_args(Mode))}"
    if setting in NAMES:
        named = " or ".join(f"{name}=SECONDS" for name in NAMES[setting])
        return f"a table of seconds, by {' or '.join(NAMES[setting])}" if toml else f"{named}, at least 0"
    return "a table of amounts of at least 0, by key" if toml else "name=amount, the amount at least 0"


def _bounded(noun: str, low: float, high: float) -> str:
    if high < math.inf:
        return f"{noun} from {low:.0f} to {high:.0f}"
    return f"{noun} of at least {low:.0f}" if low > -math.inf else noun


def converted(given: Given) -> object:
    """Return a setting's value in its field's type. Raises SettingsError."""
    kind = KINDS[given.name]
    try:
        if get_origin(kind) is Literal:
            return _one_of(get_args(kind), given.value)
        if get_origin(kind) is tuple:
            return _several(given)
        return _CONVERTERS[kind](given)
    except (TypeError, ValueError):
        raise given.error() from None


def check_settings(settings: Settings) -> None:
    """Raise SettingsError for a value that Python code gave and no other source could give."""
    for each in fields(Settings):
        value = getattr(settings, each.name)
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if value != default:
            converted(Given(each.name, value, f"Settings({each.name}=...)", Path(), text=False))


def _one_of(allowed: tuple[str, ...], value: object) -> object:
    if value not in allowed:
        raise ValueError(value)
    return value


def _integer(given: Given) -> int:
    value = int(given.value) if given.text and isinstance(given.value, str) else given.value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return int(_within(given.name, value))


def _number(given: Given) -> float:
    value = float(given.value) if given.text and isinstance(given.value, str) else given.value
    return _amount(given.name, value)


def _amount(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(value)
    return float(_within(name, value))


def _within(name: str, value: float) -> float:
    low, high = BOUNDS[name]
    if not low <= value <= high:
        raise ValueError(value)
    return value


def _yes_or_no(given: Given) -> bool:
    if isinstance(given.value, bool):
        return given.value
    if given.text and isinstance(given.value, str) and given.value.lower() in WORDS:
        return WORDS[given.value.lower()]
    raise TypeError(given.value)


def _text(given: Given) -> str:
    if not isinstance(given.value, str) or not _TEXTS[given.name][1](given.value):
        raise ValueError(given.value)
    if given.name == "pipeline_model" and given.value and (given.folder / given.value).is_dir():
        return str(given.folder / given.value)  # a hub id has no folder, and no source that it is relative to
    return given.value


def _path(given: Given) -> Path:
    return _located(given, given.value)


def _located(given: Given, value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise TypeError(value)
    return given.folder / Path(value).expanduser()


def _several(given: Given) -> tuple[object, ...]:
    """Return the elements of a list: paths, or texts."""
    values = _split(given)
    if not isinstance(values, list | tuple):
        raise TypeError(values)
    if get_args(KINDS[given.name])[0] is Path:
        return tuple(_located(given, value) for value in values)
    for value in values:
        if not isinstance(value, str) or not value or (given.name == "allow_host" and not _is_host(value)):
            raise ValueError(value)
        if given.name == "provider" and value not in PROVIDERS and entry_point(value) is None:
            raise ValueError(value)
    if given.name == "scenario":  # a file's path belongs to the folder of whoever names it; a shipped one has no file
        return tuple(str(path) if (path := given.folder / value).is_file() else value for value in values)
    return tuple(values)


def _split(given: Given) -> object:
    if not given.text or not isinstance(given.value, str):
        return given.value
    return [part.strip() for part in given.value.split(",")] if given.many else [given.value]


def _amounts(given: Given) -> dict[str, float]:
    """Return a table of amounts by name; in text, each is ``name=amount``."""
    values = _table(given, float)
    if not {*values} <= {*NAMES.get(given.name, values)}:
        raise ValueError(values)
    return {name: _amount(given.name, amount) for name, amount in values.items()}


def _modes(given: Given) -> dict[str, object]:
    """Return a table of modes by model; in text, each is ``model=mode``."""
    return {name: _one_of(get_args(Mode), mode) for name, mode in _table(given, str).items()}


def _table(given: Given, of_text: Callable[[str], object]) -> dict[str, object]:
    """Return a table of values by name; in text, each is ``name=value``."""
    values = given.value if isinstance(given.value, Mapping) else _split(given)
    if isinstance(values, list | tuple) and given.text:
        pairs = [str(value).rpartition("=") for value in values]
        values = {name: of_text(value) for name, _, value in pairs}
    if not isinstance(values, Mapping) or "" in values:
        raise TypeError(values)
    return {str(name): value for name, value in values.items()}


def _is_host(text: str) -> bool:
    return not any(character in "/?#@" or character.isspace() for character in text)


def _is_rate(text: str) -> bool:
    from .faults import RateError, parse_rate  # here: most servers set no limit

    try:
        return not text or bool(parse_rate(text))
    except RateError:
        return False


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    _ = parts.port  # raises ValueError for one that is no port
    return not text or (parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query)


_CONVERTERS: Mapping[Any, Callable[[Given], object]] = {
    int: _integer,
    float: _number,
    bool: _yes_or_no,
    str: _text,
    Path | None: _path,
    Mapping[str, float]: _amounts,
    Mapping[str, Mode]: _modes,
}
_TEXTS: Mapping[str, tuple[str, Callable[[str], bool]]] = {  # setting -> (in words, what a text must be)
    "host": ("a host name or address", lambda text: bool(text) and _is_host(text)),
    "store": ("memory, sqlite:///FILE or redis://HOST:PORT/NUMBER", lambda text: text == "memory" or "://" in text),
    "rate_limit": ("a number and a time, like 10/s, 600/min or 1000/h", _is_rate),
    "pipeline_model": ("the path of a folder, or a hub id like owner/name", lambda text: text.isprintable()),
    "kiapi_token": ("a text", lambda text: text.isprintable()),
    "public_url": ("a URL like https://mock.example:8443", _is_url),
}
_LISTED = {
    "provider": f"one of {', '.join(PROVIDERS)}, or the name of one that is installed",
    "specs": "the path of a folder",
    "allow_host": "a host name like images.example.com, without https://",
}
