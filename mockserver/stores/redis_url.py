"""Which server, database and prefix the URL of a Redis store names."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from .base import StoreError
from .values import store_error, without_password

PREFIX = "genmock:"
PORT = 6379
EXPECTED = "redis://HOST:PORT/DB or rediss://HOST:PORT/DB, with ?prefix=... to keep several worlds apart"
SERVER = "a server of Redis 7 or newer, or of Valkey, that answers there and lets itself be written"


@dataclass(frozen=True, slots=True)
class Server:
    """A server. url: with the password, for the client. name: without it, for messages. prefix: of every key."""

    url: str
    name: str
    prefix: str


def server_of(url: str) -> Server:
    """Return the server that a store's URL names. Raises StoreError for a URL that names none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError as error:
        raise _unreadable(url, str(error)) from None
    database = parts.path.strip("/") or "0"
    if not host or not database.isdecimal():
        raise _unreadable(url, "it has no host" if not host else f"{database!r} is no number of a database")
    query = dict(parse_qsl(parts.query))
    prefix = query.pop("prefix", PREFIX)
    shown = f"[{host}]" if ":" in host else host
    return Server(
        parts._replace(path=f"/{database}", query=urlencode(query)).geturl(),
        f"{parts.scheme}://{shown}:{port}/{database}",
        prefix,
    )


def unusable(server: Server, error: Exception) -> StoreError:
    """Return the error of a server that cannot be reached or used; the password is not told."""
    return store_error(
        f"cannot use the store: {error or type(error).__name__}",
        where=server.name,
        expected=SERVER,
        advice="start one; or see to the address, the user and the password in the setting store",
    )


def _unreadable(url: str, why: str) -> StoreError:
    return store_error(
        f"the store {without_password(url)!r} names no server: {why}",
        where="the setting store",
        expected=EXPECTED,
        advice="see docs/stores.md",
    )
