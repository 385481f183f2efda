"""One attempt: connect, send, read the status, and say in words what went wrong."""

import asyncio
import importlib
import socket
import ssl
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import genmock

from ..certificates import context_for
from .model import Attempt, Parcel
from .targets import Target, resolve

if TYPE_CHECKING:
    import httpx

MAX_REPLY = 4096  # bytes of the receiver's reply that are read, and thrown away: only its status counts


class _Unsent(Exception):
    """Why an attempt failed, in words."""


async def send(parcel: Parcel, url: str, *, at: float, allow_host: Collection[str], timeout_s: float) -> Attempt:
    """Return what came of sending a parcel to a URL. Redirects are not followed; proxies are not used.

    at: the server's time, for the record. timeout_s: for the whole exchange, from the look-up of the name to the end
    of the reply. Raises TargetBlocked when nothing may be delivered there.
    """
    await asyncio.to_thread(importlib.import_module, "httpx")  # a tenth of a second, once, in which others are served
    started = time.perf_counter()
    status, error = 0, ""
    try:
        async with asyncio.timeout(timeout_s):
            status = await _exchange(parcel, await resolve(url, allow_host))
    except TimeoutError:
        error = f"the receiver did not finish its reply within {timeout_s:g} s"
    except socket.gaierror as failure:
        error = f"the host's name cannot be looked up: {failure.strerror or failure}"
    except (_Unsent, OSError) as failure:
        error = str(failure)
    else:
        error = _judged(status)
    return Attempt(at, status, error, round(time.perf_counter() - started, 6))


def _judged(status: int) -> str:
    """Return why a status is no success, or ""."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"the receiver answered {status}, and redirects are not followed"
    return f"the receiver answered {status}, not 2xx"


async def _exchange(parcel: Parcel, target: Target) -> int:
    """Return the receiver's status. Its addresses are tried in order until one takes the connection. Raises _Unsent."""
    import httpx

    failure = _Unsent("the host has no address")
    for url in target.urls:
        try:
            return await _post(parcel, target, url)
        except httpx.ConnectError as error:
            failure = _Unsent(_connection_words(error))
        except httpx.HTTPError as error:
            raise _Unsent(f"the connection broke off: {str(error) or type(error).__name__}") from error
    raise failure


async def _post(parcel: Parcel, target: Target, url: str) -> int:
    import httpx

    headers = {
        "host": target.host,
        "content-type": parcel.media_type,
        "user-agent": f"genmock/{genmock.__version__}",
        "accept-encoding": "identity",
    }
    extensions: dict[str, Any] = {"sni_hostname": target.name} if target.name else {}
    transport = httpx.AsyncHTTPTransport(verify=await context_for(url), trust_env=False)
    async with (
        httpx.AsyncClient(transport=transport, timeout=None, follow_redirects=False, trust_env=False) as client,
        client.stream(parcel.method, url, content=parcel.content, headers=headers, extensions=extensions) as response,
    ):
        await _discard(response)
        return response.status_code


async def _discard(response: "httpx.Response") -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read >= MAX_REPLY:
            return


def _connection_words(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            words = "the receiver's certificate is not trusted"
            return f"{words}: {cause.verify_message}; SSL_CERT_FILE may name its authority"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS connection with the receiver: {cause.reason or cause}"
        if isinstance(cause, ConnectionRefusedError):
            return "the receiver refused the connection: nothing listens there"
        cause = cause.__cause__ or cause.__context__
    return f"no connection to the receiver: {str(error) or type(error).__name__}"
