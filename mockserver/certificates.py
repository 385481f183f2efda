"""What servers that are asked, or delivered to, are checked against: loaded once, and only where TLS is spoken."""

import asyncio
import functools
import ssl


async def context_for(url: str) -> ssl.SSLContext:
    """Return the context for a request to a URL. Authorities are loaded in a thread: it takes longer than a request."""
    return await asyncio.to_thread(certificates) if url.lower().startswith("https:") else _no_certificates()


@functools.cache
def certificates() -> ssl.SSLContext:
    """Return what a receiver's certificate is checked against. SSL_CERT_FILE names other authorities."""
    import httpx  # here: few servers ever send anything

    return httpx.create_ssl_context()


@functools.cache
def _no_certificates() -> ssl.SSLContext:
    """Return a context without authorities, for plain HTTP."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
