"""Which hosts a user allowed: one rule for what is fetched from outside and for what is delivered there."""

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # httpx takes a tenth of a second to import, and most servers neither fetch nor deliver
    from httpx import URL

PORTS = {"http": 80, "https": 443}  # of the schemes that there are, unless a URL says


def is_allowed(url: "URL", hosts: Collection[str]) -> bool:
    """Return whether a URL's host, with or without its port, is one of those allowed.

    url: in parts as the client that connects understands it: another parser might see another host. hosts: names or
    addresses in any case; an IPv6 address has brackets where a port follows.
    """
    if url.scheme not in PORTS or not url.host:
        return False
    names = {name.rstrip(".").lower() for name in (url.host, url.raw_host.decode("ascii"))}
    bracketed = {f"[{name}]" if ":" in name else name for name in names}
    spelled = names | bracketed | {f"{name}:{url.port or PORTS[url.scheme]}" for name in bracketed}
    return not spelled.isdisjoint(host.rstrip(".").lower() for host in hosts)
