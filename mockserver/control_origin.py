"""Which pages of a browser may change something over the control API: none of other sites.

A browser lets any page send a plain POST to this machine, and only keeps the reply from it. It tells who asks, though:
in ``Sec-Fetch-Site`` (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/), or an older one in ``Origin`` (RFC 6454).
Clients that are no browsers send neither.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request

from genmock.validators import shown

from .control_requests import Problem

READING = frozenset({"GET", "HEAD"})  # they change nothing, and their replies are kept from pages of other sites
OWN = frozenset({"same-origin", "none"})  # "none": whoever sits before the browser
CROSS_SITE = "cross-site"


def check_origin(request: Request) -> None:
    """Raise Problem with status 403 for a request by which a page of another site would change something."""
    if request.method in READING:
        return
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    is_other = origin is not None and _host(origin) not in _own_hosts(request)
    if site == CROSS_SITE or (site not in OWN and is_other):
        page = f"a page of {shown(origin)}" if origin else "a page of another site"
        raise Problem(
            403,
            f"{page} may not change anything here: the control API takes that from programs, and from pages of "
            f"{request.url.hostname} alone. Send it from the test itself.",
        )


def _own_hosts(request: Request) -> Sequence[str]:
    """Return the hosts of this server: the one that was asked, and that of the setting public_url."""
    public = _host(request.app.state.runtime.settings.public_url)
    return [host for host in (request.url.hostname, public) if host]


def _host(origin: str) -> str | None:
    """Return the host of an origin, or None: for "null", which a page without one sends, and for what is no URL."""
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None
