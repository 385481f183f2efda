"""What a task is answered with, where a test has said what that is."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer that was told. result: members that are laid over each result of the task.

    image: the bytes of a file that becomes the picture of each result, or b"" for none. verbatim: they are sent as they
    are, whatever format the task asks for.
    """

    result: Mapping[str, Any]
    image: bytes = b""
    verbatim: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Canned":
        """Return what the parameters of a fault of the kind ``reply`` say."""
        image = base64.b64decode(parameters.get("image", ""))
        return cls(parameters.get("result", {}), image, bool(parameters.get("verbatim")))


def laid_over(value: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with members laid over it: objects within objects too, all else in place of what was there."""
    return {**value, **{name: _laid(value.get(name), member) for name, member in members.items()}}


def _laid(old: Any, new: Any) -> Any:  # noqa: ANN401 - any JSON value
    return laid_over(old, new) if isinstance(old, Mapping) and isinstance(new, Mapping) else new
