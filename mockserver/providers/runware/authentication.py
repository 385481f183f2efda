"""Keys: by header, or by an authentication task at the start of the array.

Source: docs/providers/runware.md, "Keys".
"""

from functools import lru_cache
from typing import Any, TypeGuard

from ...derive import derived_uuid
from ...exchange import redacted_key
from ...pipeline import Call
from ...settings import Settings
from .errors import TaskRefused, refusal

SCHEME = "bearer"


async def authenticate_header(call: Call) -> None:
    """Take the key from the Authorization header, if there is one; a bad one ends the request before its body is read.

    Where the key of a task counts more, the header waits for the body. Raises TaskRefused.
    """
    key = _header_key(call)
    if key is not None and call.runtime.settings.key_from == "header":
        await accept(call, key)


async def authenticate_body(call: Call) -> None:
    """Take the key from an authentication task, unless the header's was taken. Raises TaskRefused.

    The provider says to use one of the two and not what happens with both: the setting key_from decides.
    """
    if call.key:
        return
    first = call.body[0] if isinstance(call.body, list) and call.body else None
    key = first.get("apiKey") if is_authentication(first) else _header_key(call)
    await accept(call, key if isinstance(key, str) else "")


def _header_key(call: Call) -> str | None:
    """Return the bearer token, "" for a header without one, None without a header."""
    header = call.headers.get(b"authorization")
    return _token(header) if header is not None else None


@lru_cache(maxsize=256)
def _token(header: bytes) -> str:
    scheme, _, key = header.decode("latin-1").strip().partition(" ")
    return key.strip() if scheme.lower() == SCHEME else ""


async def accept(call: Call, key: str) -> None:
    """Make a key the call's account. Raises TaskRefused when the settings do not take it."""
    settings = call.runtime.settings
    if not key:
        raise named(refusal(call.errors, "missingApiKey"))
    if not is_accepted(settings, key):
        raise named(refusal(call.errors, "invalidApiKey"))
    call.key = key
    await call.world.accounts.count(key)
    call.exchange.key = redacted_key(key)


def is_accepted(settings: Settings, key: str) -> bool:
    """Return whether the settings take a key."""
    return key not in settings.bad_key and (not settings.api_key or key in settings.api_key)


def is_authentication(item: Any) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """Return whether an element of the array is an authentication task."""
    return isinstance(item, dict) and item.get("taskType") == "authentication"


def is_ping(item: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether an element of the array is a ping."""
    return isinstance(item, dict) and item.get("taskType") == "ping"


def session_uuid(call: Call) -> str:
    """Return the identifier of a connection: the same for the same key and server seed."""
    return derived_uuid(call.runtime.settings.seed, "session", call.key)


def named(refused: TaskRefused) -> TaskRefused:
    """Return an authentication error with its task type: those never carry a taskUUID."""
    return TaskRefused(refused.item.with_task("authentication", None))
