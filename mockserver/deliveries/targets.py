"""Which address a delivery is sent to, and whether it may be: a test's receiver yes, the outside world by permission.

Names are looked up once, here, and the sender connects to the addresses found: a name that changes its answer
afterwards (DNS rebinding) leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from genmock.validators import shown

from ..hosts import PORTS, is_allowed

if TYPE_CHECKING:  # httpx takes a tenth of a second to import, and most servers deliver nothing
    from httpx import URL

Address = IPv4Address | IPv6Address
LOCAL = tuple(  # where a test's receiver lives: loopback, RFC 1918, RFC 4193
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
SHARED = ip_network("100.64.0.0/10")  # RFC 6598: neither private nor public, so whoever means it says so
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
CONTROL = "/__genmock__"  # a delivery that asks for its own replay would never end
METADATA = ip_address("fd00:ec2::254")  # of AWS: the one such service that is not link-local


class TargetBlocked(Exception):
    """A URL to which nothing may be delivered. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to, and what to say there.

    urls: the URL with each address in place of its host, in the order in which they are tried.
    host: the Host header. name: the name that a TLS certificate must have; "" for an address.
    """

    urls: Sequence[str]
    host: str
    name: str


async def resolve(url: str, allow_host: Collection[str]) -> Target:
    """Return where a URL leads. Every address of its host must be one that is allowed.

    Loopback and private addresses are; public ones when ``allow_host`` has the host, or host:port. Link-local,
    multicast, unspecified and reserved ones never are: clouds hand out credentials there.
    Raises TargetBlocked, and OSError when the host's name cannot be looked up.
    """
    parsed = parse(url)
    host = parsed.raw_host.decode("ascii")
    try:
        addresses = await _addresses(host, parsed.port or PORTS[parsed.scheme])
    except UnicodeError as error:  # an empty or overlong label: Python raises it before anybody is asked
        raise TargetBlocked(_nameless(url)) from error
    allowed = is_allowed(parsed, allow_host)
    for address in addresses:
        reason = _blocked(address, allowed)
        if reason:
            raise TargetBlocked(_told(parsed.host, address, reason))
    name = "" if _literal(host) else host
    return Target(
        [str(parsed.copy_with(host=str(address))) for address in addresses], parsed.netloc.decode("ascii"), name
    )


def parse(url: str) -> "URL":
    """Return a URL in parts, as the client that sends will understand it. Raises TargetBlocked for what is none."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise TargetBlocked(f"{shown(url)} is no URL: {error}") from error
    try:
        host = parsed.host
    except UnicodeError as error:  # what stands after xn-- is no name
        raise TargetBlocked(_nameless(url)) from error
    if parsed.scheme not in PORTS or not host:
        raise TargetBlocked(f"{shown(url)} is no URL to deliver to: send an absolute http:// or https:// one")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise TargetBlocked(f"{shown(url)} has no port from 1 to 65535")
    if parsed.path.startswith(CONTROL):
        raise TargetBlocked(f"{shown(url)} is a control API, which takes no deliveries: name a receiver of your own")
    return parsed


def _nameless(url: str) -> str:
    return f"{shown(url)} is no URL to deliver to: its host is no name that can be looked up"


async def lookup(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as the machine resolves it. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _addresses(host: str, port: int) -> Sequence[Address]:
    literal = _literal(host)
    if literal:
        return (literal,)
    return [ip_address(address) for address in await lookup(host, port)]


def _literal(host: str) -> Address | None:
    """Return the address that a host is, or None for a name; and for old spellings like 0x7f.1, which are looked up."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _blocked(address: Address, allowed: bool) -> str:
    """Return why nothing goes to an address: "public" when permission would do, "" when it is fine."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return _blocked(address.ipv4_mapped, allowed)
        embedded = address.sixtofour or (IPv4Address(address.packed[-4:]) if address in NAT64 else None)
        if embedded and not embedded.is_global:
            return "reserved"
    if address == METADATA:
        return "metadata"
    if any(address in network for network in LOCAL):
        return ""
    for kind in ("link_local", "multicast", "unspecified", "reserved", "site_local"):
        if getattr(address, f"is_{kind}", False):
            return kind.replace("_", "-")
    if not address.is_global and address not in SHARED:
        return "reserved"
    return "" if allowed else "public"


def _told(host: str, address: Address, reason: str) -> str:
    where = f"{host} is" if _literal(host) else f"{host} leads to {address},"
    article = "an" if reason[0] in "aeiou" else "a"
    if reason == "public":
        return (
            f"{where} a public address that nobody allowed: start the server with --allow-host {host} to deliver there"
        )
    return f"{where} {article} {reason} address, where nothing is ever delivered: use a loopback or private one"
