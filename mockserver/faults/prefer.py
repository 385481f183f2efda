"""The request header ``Prefer``, as users of Prism know it: ``Prefer: code=429``.

Form: RFC 7240. ``dynamic`` and ``example`` are Prism's and mean nothing here, since answers are always made and never
copied from examples. Source: https://docs.stoplight.io/docs/prism, "Response generation".
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from genmock.specs import ErrorEntry
from genmock.validators import closest, shown

from .plan import Refusal

_PREFERENCE = re.compile(r'\s*([^\s=,;"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?\s*(?:[,;]|\Z)')
_ESCAPED = re.compile(r"\\(.)")


Making = Literal["", "fake", "pipeline"]


class PreferenceError(ValueError):
    """A preference cannot be met. The text says which, and what can be asked for."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a request prefers. code: a status or an error code, or "". duration_s: how long its tasks take.

    mode: who makes its pictures, "" for whoever the settings say. ignored: the names of the preferences that mean
    nothing here.
    """

    code: str = ""
    duration_s: float | None = None
    mode: Making = ""
    ignored: Sequence[str] = ()


def preferences(header: str) -> Preferences:
    """Return what a header ``Prefer`` says; of several such headers, their values joined with commas.

    Names are in any case, values may be quoted, and of a name that stands twice the first counts. Raises
    PreferenceError for a duration that is no number of seconds, and a mode that there is not.
    """
    if not header:
        return Preferences()
    found: dict[str, str] = {}
    for name, quoted, plain in _PREFERENCE.findall(header):
        found.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or plain)
    return Preferences(
        code=found.pop("code", ""),
        duration_s=_seconds(found.pop("duration")) if "duration" in found else None,
        mode=_mode(found.pop("mode", "")),
        ignored=tuple(found),
    )


def preferred(code: str, errors: Mapping[str, ErrorEntry], by_status: Mapping[int, str]) -> Refusal | None:
    """Return the error that a preference asks for, or None when it asks for a success (2xx).

    code: a status, or an error code in any case. errors: the provider's, by code. by_status: the error that stands for
    a status; for others it is the first of the catalogue. Raises PreferenceError when there is none.
    """
    if not code.isdecimal():
        known = {name.lower(): name for name in errors}
        if code.lower() in known:
            return Refusal(known[code.lower()])
        near = closest(code, errors)
        hint = f"did you mean {near}?" if near else "docs/errors.md lists the codes."
        raise PreferenceError(f"Prefer: code={code} names no error of the catalogue; {hint}")
    status = int(code[:4])
    if 200 <= status <= 299:
        return None
    first = next((name for name, entry in errors.items() if entry.status == status), "")
    name = by_status.get(status, first)
    if not name:
        statuses = ", ".join(str(each) for each in sorted({entry.status for entry in errors.values()}))
        raise PreferenceError(f"Prefer: code={code[:20]} is a status of no error; there are 200, {statuses}.")
    return Refusal(name, status=status)


def _mode(text: str) -> Making:
    if text not in get_args(Making):
        raise PreferenceError(f"Prefer: mode={shown(text)} is neither fake nor pipeline.")
    return cast(Making, text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise PreferenceError(f"Prefer: duration={shown(text)} is no number of seconds of at least 0, like 2.5.")
    return seconds
