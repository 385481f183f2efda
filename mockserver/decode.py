"""Bytes to a JSON value: exact where it matters, and a clear reason where it fails.

orjson does the work. What it would change silently is read again by the standard library: integers from 2^64 on, which
it turns into floats, and objects that hold a member twice.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from genmock.validators import Violation

MAX_DEPTH = 200  # of nested arrays and objects; no document comes near it
MAX_DIGITS = 4_000  # of one integer; Python itself refuses to write more than 4,300
FEW_COLONS = 10_000  # in a body: to look at each takes milliseconds
SHORT = 64 * 1024  # bytes of a body that is looked through in no time
LARGE = 2**63  # orjson reads integers from its double on as floats
SPACES, QUOTE = b" \t\n\r", ord('"')
ODD_COLONS = (b'\\":', b" :", b"\t:", b"\n:", b"\r:")  # they spoil the counting of members


class Undecodable(Exception):
    """A body is not the JSON that was asked for.

    code: of the error catalogue. reason: what is wrong with the bytes. value: the header that was wrong.
    """

    def __init__(self, code: str, *, reason: str = "", value: str = "") -> None:
        super().__init__(code, reason or value)
        self.code = code
        self.reason = reason
        self.value = value


class Decoded(NamedTuple):
    """A decoded body, and what is odd about it without being wrong."""

    value: Any
    warnings: tuple[Violation, ...] = ()


class _Doubled(dict[str, Any]):
    """An object one of whose members was written twice. name: the first such member."""

    name = ""


def check_media_type(content_type: str | None, content_encoding: str | None = None) -> None:
    """Raise Undecodable unless a Content-Type header says JSON in UTF-8, and Content-Encoding nothing else."""
    if content_type == "application/json" and content_encoding is None:
        return  # as nearly all clients have it
    if (content_encoding or "identity").strip().lower() != "identity":
        raise Undecodable("unsupportedContentType", value=f"Content-Encoding {content_encoding!r:.100}")
    if not content_type:
        raise Undecodable("unsupportedContentType", value="nothing at all")
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if media_type != "application/json" or charset not in ("utf-8", "utf8"):
        raise Undecodable("unsupportedContentType", value=repr(content_type[:100]))


def decode_json(data: bytes) -> Decoded:
    """Return the JSON value that UTF-8 bytes spell. Raises Undecodable."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _read_exactly(data)  # it says what is wrong; or nothing is, only too large for orjson
        return _finished(value)
    if len(data) < SHORT and data.count(b"{") + data.count(b"[") <= MAX_DEPTH and orjson.dumps(value) == data:
        return Decoded(value)  # as most programs write it: nothing was changed, and nothing can stand twice
    members, inexact = _survey(value)
    if inexact or _may_repeat(data, members):
        return _finished(_read_exactly(data))
    return Decoded(value)


def _may_repeat(data: bytes, members: int) -> bool:
    """Return whether JSON in which so many members were found may hold one twice: by its colons.

    Each member has a colon, and more of them stand in texts. Nearly every client writes it right behind the name, so
    that pairs are counted; in a long body, which is mostly an image, each colon is looked at instead where they are
    few, since finding single bytes is ten times faster than looking for pairs in megabytes.
    """
    if len(data) < SHORT or data.count(b":") > FEW_COLONS:
        return data.count(b'":') != members or any(odd in data for odd in ODD_COLONS)
    named, place = 0, data.find(b":")
    while place >= 0:
        if data[place - 1] in SPACES or data[place - 2 : place] == b'\\"':
            return True
        named += data[place - 1] == QUOTE
        place = data.find(b":", place + 1)
    return named != members


def _survey(value: Any, depth: int = 0) -> tuple[int, bool]:  # noqa: ANN401 - any JSON value
    """Return the number of object members in a value, and whether a float may have been a large integer."""
    members, inexact = 0, False
    children: Iterable[Any]
    if isinstance(value, dict):
        members, children = len(value), value.values()
    elif isinstance(value, list):
        children = value
    else:
        return 0, isinstance(value, float) and abs(value) >= LARGE
    if depth >= MAX_DEPTH:
        raise Undecodable("invalidJSON", reason=f"it is nested more than {MAX_DEPTH} deep")
    for child in children:
        kind = type(child)
        if kind is dict or kind is list:
            inner, odd = _survey(child, depth + 1)
            members += inner
            inexact = inexact or odd
        elif kind is float and not -LARGE < child < LARGE:
            inexact = True
    return members, inexact


def _read_exactly(data: bytes) -> Any:  # noqa: ANN401
    """Return the value with exact integers and doubled members marked. Raises Undecodable with line and column."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Undecodable("invalidEncoding", reason=f"{error.reason} at byte {error.start}") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        what = error.msg.partition(" (")[0]  # the rest is advice for Python programs
        raise Undecodable("invalidJSON", reason=f"{what} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise Undecodable("invalidJSON", reason=f"it is nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        raise Undecodable("invalidJSON", reason=str(error)) from None
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Undecodable("invalidEncoding", reason="a text holds half of a surrogate pair") from None
    except RecursionError:
        raise Undecodable("invalidJSON", reason=f"it is nested more than {MAX_DEPTH} deep") from None
    return value


def _finished(value: Any) -> Decoded:  # noqa: ANN401
    _survey(value)
    warnings: list[Violation] = []
    return Decoded(_plain(value, "", warnings), tuple(warnings))


def _plain(value: Any, pointer: str, warnings: list[Violation]) -> Any:  # noqa: ANN401
    """Return a value without marks, and note each marked object."""
    if isinstance(value, dict):
        if isinstance(value, _Doubled):
            warnings.append(_doubled(value.name, pointer))
        return {key: _plain(member, f"{pointer}/{_escaped(key)}", warnings) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member, f"{pointer}/{index}", warnings) for index, member in enumerate(value)]
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    doubled, seen = _Doubled(result), set[str]()
    for name, _ in pairs:
        if name in seen:
            doubled.name = name
            break
        seen.add(name)
    return doubled


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has {len(text):,} digits, and more than {MAX_DIGITS:,} are not taken")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _doubled(name: str, pointer: str) -> Violation:
    return Violation(
        "duplicate-member",
        f"{pointer}/{_escaped(name)}",
        f"{name!r} stands twice in one object; the last one counts",
        "warning",
        "each member once",
        name,
        "RFC 8259, section 4",
    )


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
