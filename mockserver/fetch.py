"""Fetching input images: from this server itself always, from elsewhere only where a user allowed the host."""

from collections.abc import Collection

from .hosts import is_allowed

TIMEOUT_S = 10.0


class HostNotAllowed(Exception):
    """A URL points to a host that nobody allowed."""


class FetchFailed(Exception):
    """An allowed URL could not be read; the text says why."""


async def fetch(url: str, *, hosts: Collection[str], max_bytes: int) -> bytes:
    """Return the bytes at a URL of an allowed host; redirects are not followed, so that none leads elsewhere.

    Raises HostNotAllowed, or FetchFailed.
    """
    if not hosts:
        raise HostNotAllowed(url)
    import httpx  # here: few servers ever fetch anything

    try:
        if not is_allowed(httpx.URL(url), hosts):
            raise HostNotAllowed(url)
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise FetchFailed(f"status {response.status_code}")
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > max_bytes:
                    raise FetchFailed(f"more than {max_bytes} bytes")
                chunks.append(chunk)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchFailed(str(error) or type(error).__name__) from error
    return b"".join(chunks)
