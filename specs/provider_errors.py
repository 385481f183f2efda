"""Error catalogues: codes, statuses and texts of a provider's errors, as data that a user can extend.

The file's form is described at the top of specs/runware/errors.toml. Which error a refusal gets is the server's
business.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from .data import NOTES, Section, merged, read_data
from .errors import DataError
from .files import ROOT

TABLES = ("codes", "cases", "phrases", "labels")
USUAL = "runware"  # the provider that a user's file is for when it does not say
EVIDENCE = ("seen live", "documented", "client source", "inferred")


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One error.

    code: what the client switches on; that of a case may hold {Field}. status: the HTTP status when a whole request
    fails with it. message: a pattern with {placeholders}. parameter: the member, or members, always at fault, if there
    is one. evidence: "seen live", "documented", "client source" or "inferred". source: where that can be read.
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
    """A provider's errors.

    codes: by code. cases: by the rule of the contract that was broken. phrases, labels: the words that fill messages.
    """

    codes: Mapping[str, ErrorEntry]
    cases: Mapping[str, ErrorEntry]
    phrases: Mapping[str, str]
    labels: Mapping[str, str]

    def find(self, code: str) -> ErrorEntry | None:
        """Return the error with that code, or None."""
        return self.codes.get(code)

    def get(self, code: str) -> ErrorEntry:
        """Return the error with that code. Raises DataError, with the closest code, when there is none."""
        entry = self.codes.get(code)
        if entry is None:
            near = difflib.get_close_matches(code, self.codes, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise DataError(f"the error catalogue has no code {code!r}{hint}")
        return entry

    def case(self, rule: str) -> ErrorEntry:
        """Return the error for a broken rule: its own, else the default."""
        return self.cases.get(rule) or self.cases["default"]


def catalogued() -> tuple[str, ...]:
    """Return the providers that have an error catalogue, sorted."""
    return tuple(sorted(path.parent.name for path in ROOT.glob("*/errors.toml")))


def load_errors(provider: str, extra: Path | None = None, folders: Mapping[str, Path] | None = None) -> ErrorCatalog:
    """Return a provider's catalogue, with a user's file laid over it.

    An entry of the user's is added, or replaces the members that it names. The file is for Runware, or for the provider
    that its first line names: ``provider = "kiapi"``. provider: a folder of specs/, like "runware", or one of
    ``folders``, which are the folders of providers elsewhere, by name. Raises DataError when a file cannot be read or
    has not the form that specs/runware/errors.toml describes.
    """
    own = dict(read_data(extra)) if extra is not None else {}
    meant, known = own.pop("provider", USUAL), (*catalogued(), *(folders or ()))
    if extra is not None and meant not in known:
        raise DataError(f"{extra}: provider must be one of {', '.join(known)}, not {meant!r}")
    path = (folders or {}).get(provider, ROOT / provider) / "errors.toml"
    if extra is None or meant != provider:
        return _shipped(path)
    shipped = read_data(path)
    table = merged({**{key: {} for key in TABLES}, **shipped}, own, extra)
    for name in ("codes", "cases"):
        for key, row in own.get(name, {}).items():
            if isinstance(row, Mapping):
                table[name][key] = {**shipped.get(name, {}).get(key, {}), **row}
    return _catalog(extra, table)


@cache
def _shipped(path: Path) -> ErrorCatalog:
    return _catalog(path, read_data(path))


def _catalog(file: Path, table: Mapping[str, Any]) -> ErrorCatalog:
    codes, cases, phrases, labels = (Section(file, name, table.get(name, {})) for name in TABLES)
    return ErrorCatalog(
        codes={name: _entry(codes.section(name).only("status", "message", "parameter"), name) for name in codes.rows},
        cases={name: _case(cases.section(name)) for name in cases.rows},
        phrases={name: _pattern(phrases, name) for name in phrases.rows},
        labels={name: labels.text(name) for name in labels.rows},
    )


def _case(section: Section) -> ErrorEntry:
    section.only("code", "status", "message", "parameter")
    return _entry(section, _pattern(section, "code", allowed=("Field",)))


def _entry(section: Section, code: str) -> ErrorEntry:
    notes = {name: section.text(name) for name in NOTES if name in section.rows}
    if notes.get("evidence", EVIDENCE[0]) not in EVIDENCE:
        raise DataError(f"{section.at('evidence')} must be one of {', '.join(EVIDENCE)}, not {notes['evidence']!r}")
    return ErrorEntry(
        code=code,
        status=section.integer("status", least=400, most=599),
        message=_pattern(section, "message"),
        parameter=_parameter(section),
        evidence=notes.get("evidence", "inferred"),
        source=notes.get("source", str(section.file)),
    )


def _parameter(section: Section) -> str | tuple[str, ...] | None:
    value = section.rows.get("parameter")
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return tuple(value)
    return None if value is None else section.text("parameter")


def _pattern(section: Section, key: str, *, allowed: Iterable[str] | None = None) -> str:
    """Return a text whose placeholders are plain names in braces, so that filling it in cannot fail."""
    pattern = section.text(key)
    try:
        fields = [field for field in Formatter().parse(pattern) if field[1] is not None]
    except ValueError as error:
        raise DataError(f"{section.at(key)}: {error} in {pattern!r}; a brace that is meant is written twice") from error
    names = {str(name) for _, name, _, _ in fields}
    plain = all(name.isidentifier() for name in names) and not any(spec or change for _, _, spec, change in fields)
    if not plain or not names <= set(allowed or names):
        expected = "{" + "}, {".join(allowed) + "}" if allowed else "plain names in braces"
        raise DataError(f"{section.at(key)} may only have {expected} as placeholders, not {pattern!r}")
    return pattern
