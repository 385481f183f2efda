"""What every store makes of keys, times and numbers, and how it words what it cannot do."""

from .base import StoreError

LEAST, MOST = -(2**63), 2**63 - 1


def store_error(what: str, *, where: str, expected: str, advice: str) -> StoreError:
    """Return the error of a store that cannot be used. advice: what to do next."""
    rows = (("where", where), ("expected", expected), ("next", advice))
    return StoreError("\n".join([what, "", *(f"  {label:<10}{text}" for label, text in rows)]))


def without_password(url: str) -> str:
    """Return a URL as a message shows it: without the user and the password. The path of a file has none."""
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite":
        return url
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def finite(time: float | None) -> float | None:
    """Return a time, or None for infinity: what never comes is as good as no time."""
    return None if time == float("inf") else time


def encoded(key: str) -> bytes:
    """Return the bytes of a key: any text at all, a lone surrogate too, since clients choose some of them."""
    return key.encode("utf-8", "surrogatepass")


def decoded(key: bytes) -> str:
    """Return the key that ``encoded`` wrote."""
    return key.decode("utf-8", "surrogatepass")


def check_number(number: int, *, table: str, key: str) -> int:
    """Return a number that a store can keep. Raises StoreError for one of more than 64 bits."""
    if LEAST <= number <= MOST:
        return number
    raise too_long(table, key)


def too_long(table: str, key: str) -> StoreError:
    """Return the error of a number of more than 64 bits."""
    return store_error(
        "a number in the store would have more than 64 bits",
        where=f"{key} in the table {table}",
        expected=f"a sum from {LEAST} to {MOST}",
        advice="add less to it; or start again with POST /__genmock__/reset",
    )
