"""Which member a valid message is refused for, when the server does not say."""

import time
from collections.abc import Iterator
from typing import Any

from .laws import copied
from .plain import Plain

BLAME_S = 10.0


def blamed(speech: Plain, operation: str, item: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the pointer of the deepest member without which a refused message is accepted; "" when there is none."""
    ends = time.monotonic() + BLAME_S
    found = ""
    for pointer in sorted(pointers(item), key=len, reverse=True):
        if time.monotonic() > ends:
            break
        rest = without(item, pointer)
        if speech.is_valid(operation, rest) and speech.send(operation, rest).is_success:
            found = pointer
            break
    return found


def pointers(value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401
    """Yield the pointer of every member of an object, and of the objects in it."""
    if isinstance(value, dict):
        for name, member in value.items():
            here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            yield here
            yield from pointers(member, here)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from pointers(member, f"{path}/{index}")


def without(item: Any, pointer: str) -> Any:  # noqa: ANN401
    """Return a message without a member; "*" stands for any index. It stays as it is when it has no such member."""
    result = copied(item)
    names = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    _remove(result, names)
    return result


def _remove(value: Any, names: list[str]) -> None:  # noqa: ANN401
    name, *rest = names
    if isinstance(value, list):
        for index, member in enumerate(value):
            if rest and name in ("*", str(index)):
                _remove(member, rest)
    elif isinstance(value, dict) and name in value:
        if rest:
            _remove(value[name], rest)
        else:
            del value[name]
