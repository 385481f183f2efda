"""Damage to what a reply holds: bytes, base64 text, members of JSON. Pure functions, the same damage each time."""

from typing import Any, Literal

HEAD = 64  # bytes of a file that damage leaves alone, so that it still looks like what it is

ABSENT = object()


def spoiled_bytes(data: bytes, how: Literal["truncate", "corrupt"]) -> bytes:
    """Return a file's bytes cut to their half, or with every eighth byte after the first 64 turned around."""
    if how == "truncate":
        return data[: len(data) // 2]
    changed = bytearray(data)
    start = min(HEAD, len(data) // 2)
    changed[start::8] = bytes(byte ^ 0xFF for byte in changed[start::8])
    return bytes(changed)


def spoiled_base64(text: str, how: Literal["truncate", "corrupt"]) -> str:
    """Return base64 text that does not decode: cut to a length that base64 never has, or with a ``!`` in its middle.

    A data URI keeps what stands before its comma.
    """
    head, comma, data = text.rpartition(",")
    half = len(data) // 2
    cut = half - half % 4 + 1
    return head + comma + (data[:cut] if how == "truncate" else f"{data[:half]}!{data[half + 1 :]}")


def broken(body: Any, pointer: str | None, change: Literal["missing", "type"]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON body with one member left out, or of another type.

    pointer: RFC 6901; None: the first member of the first item that the body holds. A body that has no such place is
    returned as it is.
    """
    path = _first(body) if pointer is None else [_unescaped(part) for part in pointer.split("/")[1:]]
    return _changed(body, path, change) if path else body


def _first(body: Any) -> list[str]:  # noqa: ANN401
    """Return the path of the first plain member: {"data": [{"taskType": ...}]} has it at data, 0, taskType."""
    path: list[str] = []
    while True:
        items = list(enumerate(body) if isinstance(body, list) else body.items() if isinstance(body, dict) else ())
        filled = [(name, value) for name, value in items if not isinstance(value, list | dict) or value]
        if not filled:
            return path
        name, body = filled[0]
        path.append(str(name))


def _changed(value: Any, path: list[str], change: str) -> Any:  # noqa: ANN401
    name, *rest = path
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        members: list[tuple[Any, Any]] = list(enumerate(value))
        return [new for key, old in members if (new := _member(old, key == int(name), rest, change)) is not ABSENT]
    if isinstance(value, dict):
        pairs = [(key, _member(old, key == name, rest, change)) for key, old in value.items()]
        return {key: new for key, new in pairs if new is not ABSENT}
    return value


def _member(value: Any, meant: bool, rest: list[str], change: str) -> Any:  # noqa: ANN401
    if not meant:
        return value
    if rest:
        return _changed(value, rest, change)
    return ABSENT if change == "missing" else _of_another_type(value)


def _of_another_type(value: Any) -> Any:  # noqa: ANN401
    return 0 if isinstance(value, str | list | dict) else "0"


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
