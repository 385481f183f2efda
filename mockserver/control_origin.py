"""Which pages of a browser may change something over the control API: none of other sites.

A browser lets any page send a plain POST to this machine, and only keeps the reply from it. It tells who asks, though:
in ``Sec-Fetch-Site`` (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/), or an older one in ``Origin`` (RFC 6454).
Clients that are no browsers send neither.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from genmock.validators import shown

from .control_requests import Problem

READING = frozenset({"GET", "HEAD"})  # they change nothing, and their replies are kept from pages of other sites
CROSS_SITE = "cross-site"


def check_origin(request: Request) -> None:
    """Raise Problem with status 403 for a request by which a page of another site would change something."""
    if request.method in READING:
        return
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    is_foreign = site == CROSS_SITE if site else origin is not None and _host(origin) != request.url.hostname
    if is_foreign:
        page = f"a page of {shown(origin)}" if origin else "a page of another site"
        raise Problem(
            403,
            f"{page} may not change anything here: the control API takes that from programs, and from pages of "
            f"{request.url.hostname} alone. Send it from the test itself.",
        )


def _host(origin: str) -> str | None:
    """Return the host of an origin, or None: for "null", which a page without one sends, and for what is no URL."""
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None
