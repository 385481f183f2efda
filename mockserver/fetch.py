"""Fetching input images: from this server itself always, from elsewhere only where a user allowed the host."""

from collections.abc import Collection
from dataclasses import dataclass

from .certificates import context_for
from .hosts import is_allowed

TIMEOUT_S = 10.0


class HostNotAllowed(Exception):
    """A URL points to a host that nobody allowed."""


class FetchFailed(Exception):
    """An allowed URL could not be read; the text says why."""


class Unreachable(FetchFailed):
    """Nobody answered at a URL, or not in HTTP."""


class BadStatus(FetchFailed):
    """The answer at a URL is no success. status, phrase: of its status line."""

    def __init__(self, status: int, phrase: str) -> None:
        super().__init__(f"status {status}")
        self.status, self.phrase = status, phrase


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is at a URL. content_type: the header, or None."""

    data: bytes
    content_type: str | None


async def fetch(url: str, *, hosts: Collection[str], max_bytes: int) -> Fetched:
    """Return what is at a URL of an allowed host; redirects are not followed, so that none leads elsewhere.

    Raises HostNotAllowed, or FetchFailed, of which BadStatus and Unreachable say more.
    """
    if not hosts:
        raise HostNotAllowed(url)
    import httpx  # here: few servers ever fetch anything

    try:
        if not is_allowed(httpx.URL(url), hosts):
            raise HostNotAllowed(url)
        transport = httpx.AsyncHTTPTransport(verify=await context_for(url), trust_env=False)
        async with (
            httpx.AsyncClient(
                transport=transport, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
            ) as client,
            client.stream("GET", url) as response,
        ):
            if not response.is_success:
                raise BadStatus(response.status_code, response.reason_phrase)
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > max_bytes:
                    raise FetchFailed(f"more than {max_bytes} bytes")
                chunks.append(chunk)
            return Fetched(b"".join(chunks), response.headers.get("content-type"))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # OSError: SSL_CERT_FILE names no file
        raise Unreachable(str(error) or type(error).__name__) from error
