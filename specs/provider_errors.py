"""Error catalogues: codes, statuses and texts of a provider's errors, as data that a user can extend."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .errors import DataError, DocumentUnreadable
from .files import ROOT, read_toml


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One error. message: a pattern with {placeholders}. parameter: the member always at fault, if there is one.

    evidence: "seen live", "documented", "client source" or "inferred". source: where that can be read.
    """

    code: str
    status: int
    message: str
    parameter: str | tuple[str, ...] | None = None
    evidence: str = "inferred"
    source: str = ""

    def text(self, **values: object) -> str:
        """Return the message with its placeholders filled; one that has no value stands as its name."""
        return self.message.format_map(_Values(values))


class _Values(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return name


@dataclass(frozen=True)
class ErrorCatalog:
    """A provider's errors: by code, and by the rule of the contract that was broken."""

    codes: Mapping[str, ErrorEntry]
    cases: Mapping[str, ErrorEntry]
    phrases: Mapping[str, str]
    labels: Mapping[str, str]

    def find(self, code: str) -> ErrorEntry | None:
        """Return the error with that code, or None."""
        return self.codes.get(code)

    def get(self, code: str) -> ErrorEntry:
        """Return the error with that code. Raises DataError when there is none."""
        entry = self.codes.get(code)
        if entry is None:
            near = difflib.get_close_matches(code, self.codes, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise DataError(f"the error catalogue has no code {code!r}{hint}")
        return entry

    def case(self, rule: str) -> ErrorEntry:
        """Return the error for a broken rule; its code may hold {Field}."""
        return self.cases.get(rule) or self.cases["default"]


@cache
def load_errors(provider: str, extra: Path | None = None) -> ErrorCatalog:
    """Return a provider's catalogue, with a user's file laid over it. Raises DataError when that is malformed."""
    path = ROOT / provider / "errors.toml"
    tables = [(path, read_toml(path)), *([(extra, _user_table(extra))] if extra else [])]
    merged: dict[str, dict[str, Any]] = {"codes": {}, "cases": {}, "phrases": {}, "labels": {}}
    for file, table in tables:
        for section, rows in table.items():
            if section not in merged or not isinstance(rows, Mapping):
                raise DataError(f"{file}: unknown section {section!r}; expected one of {', '.join(merged)}")
            for name, row in rows.items():
                merged[section][name] = _entry(file, section, name, row) if section in ("codes", "cases") else str(row)
    return ErrorCatalog(**merged)


def _user_table(path: Path) -> Mapping[str, Any]:
    try:
        return read_toml(path)
    except DocumentUnreadable as error:
        raise DataError(str(error)) from error


def _entry(file: Path, section: str, name: str, row: Any) -> ErrorEntry:  # noqa: ANN401 - anything in a user's file
    where = f"{file}: [{section}.{name}]"
    if not isinstance(row, Mapping):
        raise DataError(f"{where} must be a table with status and message")
    status, message, code = row.get("status"), row.get("message"), row.get("code", name)
    if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:
        raise DataError(f"{where}: status must be a number from 400 to 599, not {status!r}")
    if not isinstance(message, str) or not message:
        raise DataError(f"{where}: message must be a text that is not empty, not {message!r}")
    parameter = row.get("parameter")
    named = tuple(parameter) if isinstance(parameter, list) else parameter
    return ErrorEntry(code, status, message, named, row.get("evidence", "inferred"), row.get("source", str(file)))
