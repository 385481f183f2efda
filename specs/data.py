"""Data files that a user may extend: tables read with errors that name the file, the key and what was expected."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from .errors import DataError, DocumentUnreadable
from .files import read_toml

NOTES = ("evidence", "source")  # every entry may say how sure it is, and where it comes from


def read_data(path: Path) -> Mapping[str, Any]:
    """Return the tables of a TOML file. Raises DataError when it cannot be read."""
    try:
        return read_toml(path)
    except DocumentUnreadable as error:
        raise DataError(str(error)) from error


def merged(shipped: Mapping[str, Any], own: Mapping[str, Any], file: Path) -> dict[str, dict[str, Any]]:
    """Return the shipped tables with a user's laid over them, entry by entry.

    file: the user's, for messages. Raises DataError for a table that the shipped file does not have.
    """
    for name, rows in own.items():
        if name not in shipped:
            raise DataError(f"{file}: [{name}] is not known; expected {', '.join(shipped)}")
        if not isinstance(rows, Mapping):
            raise DataError(f"{file}: {name} must be a table, not {rows!r}")
    return {name: {**rows, **own.get(name, {})} for name, rows in shipped.items()}


@dataclass(frozen=True)
class Section:
    """A table of a data file, with its place for error messages."""

    file: Path
    name: str
    rows: Mapping[str, Any]

    def at(self, key: str) -> str:
        """Return how a message names an entry."""
        return f"{self.file}: {self.name}.{key}"

    def number(self, key: str) -> Decimal:
        """Return an entry that must be a number of at least 0, as the decimal that its text spells."""
        value = self.rows.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise DataError(f"{self.at(key)} must be a number of at least 0, not {value!r}")
        return Decimal(str(value))

    def integer(self, key: str, *, least: int = 1, most: int | None = None) -> int:
        """Return an entry that must be an integer within bounds."""
        value = self.rows.get(key)
        if (
            not isinstance(value, int)
            or isinstance(value, bool)
            or not least <= value <= (value if most is None else most)
        ):
            bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise DataError(f"{self.at(key)} must be an integer {bounds}, not {value!r}")
        return value

    def text(self, key: str) -> str:
        """Return an entry that must be a text with at least one character."""
        value = self.rows.get(key)
        if not isinstance(value, str) or not value:
            raise DataError(f"{self.at(key)} must be a text that is not empty, not {value!r}")
        return value

    def section(self, key: str) -> "Section":
        """Return an entry that must be a table."""
        value = self.rows.get(key)
        if not isinstance(value, Mapping):
            raise DataError(f"{self.at(key)} must be a table, not {value!r}")
        return Section(self.file, f"{self.name}.{key}", value)

    def only(self, *keys: str) -> "Section":
        """Return the section itself. Raises DataError for an entry other than these and the notes."""
        unknown = sorted(set(self.rows) - {*keys, *NOTES})
        if unknown:
            raise DataError(f"{self.at(unknown[0])} is not known; expected {', '.join((*keys, *NOTES))}")
        return self
