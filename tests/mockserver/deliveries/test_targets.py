"""Which addresses a delivery may go to."""

import asyncio
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest

targets = importlib.import_module("genmock.mockserver.deliveries.targets")


def resolve(url: str, *allow_host: str) -> Any:
    return asyncio.run(targets.resolve(url, allow_host))


def blocked(url: str, *allow_host: str) -> str:
    with pytest.raises(targets.TargetBlocked) as caught:
        resolve(url, *allow_host)
    return str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.9.9.9:8080",
        "[::1]:8080",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "[fd12::1]",
        "[::ffff:127.0.0.1]",
    ],
)
def test_loopback_and_private_addresses_need_no_permission(host: str) -> None:
    assert resolve(f"http://{host}/hook").host == host


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1"])
def test_an_address_in_an_old_spelling_is_the_address_that_it_is(host: str) -> None:
    assert resolve(f"http://{host}/hook").urls == ["http://127.0.0.1/hook"]


@pytest.mark.parametrize("host", ["93.184.215.14", "[2606:2800:220::1]", "172.32.0.1", "100.64.0.1"])
def test_a_public_address_needs_permission(host: str) -> None:
    name = host.strip("[]")
    assert blocked(f"https://{host}/") == (
        f"{name} is a public address that nobody allowed: start the server with --allow-host {name} to deliver there"
    )
    assert resolve(f"https://{host}/", name).host == host


@pytest.mark.parametrize(
    ("host", "what"),
    [
        ("169.254.169.254", "a link-local"),
        ("[fe80::1]", "a link-local"),
        ("[::ffff:169.254.169.254]", "a link-local"),
        ("[fd00:ec2::254]", "a metadata"),
        ("224.0.0.1", "a multicast"),
        ("[ff02::1]", "a multicast"),
        ("0.0.0.0", "an unspecified"),
        ("[::]", "an unspecified"),
        ("0.1.2.3", "a reserved"),
        ("240.0.0.1", "a reserved"),
        ("255.255.255.255", "a reserved"),
        ("192.0.2.1", "a reserved"),
        ("[64:ff9b::a9fe:a9fe]", "a reserved"),
        ("[2002:7f00:1::]", "a reserved"),
        ("[fec0::1]", "a site-local"),
    ],
)
def test_no_permission_reaches_addresses_that_are_nobodys_receiver(host: str, what: str) -> None:
    name = host.strip("[]")
    assert blocked(f"http://{host}/", name) == (
        f"{name} is {what} address, where nothing is ever delivered: use a loopback or private one"
    )


def test_metadata_in_decimal_is_seen_through() -> None:
    assert blocked("http://2852039166/") == (
        "2852039166 leads to 169.254.169.254, a link-local address, where nothing is ever delivered: "
        "use a loopback or private one"
    )


def test_every_address_of_a_name_must_be_allowed(names: Callable[..., None]) -> None:
    names({"two.test": ["10.0.0.1", "93.184.215.14"]})
    assert blocked("http://two.test/") == (
        "two.test leads to 93.184.215.14, a public address that nobody allowed: "
        "start the server with --allow-host two.test to deliver there"
    )


def test_a_name_of_private_addresses_is_fine_and_tried_in_their_order(names: Callable[..., None]) -> None:
    names({"app.test": ["10.0.0.1", "fd00::2"]})
    target = resolve("https://app.test:8443/a?b=c")
    assert target.urls == ["https://10.0.0.1:8443/a?b=c", "https://[fd00::2]:8443/a?b=c"]
    assert (target.host, target.name) == ("app.test:8443", "app.test")


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://out.test/", ["out.test"]),
        ("http://OUT.test./", ["out.TEST"]),
        ("https://out.test/", ["out.test:443"]),
        ("http://out.test:81/", ["out.test:81"]),
        ("http://user:pass@out.test/", ["out.test"]),
        ("http://exämple.test/", ["exämple.test"]),
        ("http://exämple.test/", ["xn--exmple-cua.test"]),
    ],
)
def test_a_public_host_is_allowed_by_name_with_or_without_port(
    url: str, allow: Sequence[str], names: Callable[..., None]
) -> None:
    names({name: ["93.184.215.14"] for name in ("out.test", "out.test.", "xn--exmple-cua.test")})
    assert resolve(url, *allow).urls[0].endswith(("93.184.215.14/", "93.184.215.14:81/"))


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://sub.out.test/", "out.test"),
        ("http://out.test:82/", "out.test:81"),
        ("http://out.test@evil.test/", "out.test"),
        ("http://out.test\\@evil.test/", "out.test"),
        ("http://evil.test#@out.test", "out.test"),
        ("http://evil.test/out.test", "out.test"),
    ],
)
def test_what_only_looks_like_an_allowed_host_is_not(url: str, allow: str, names: Callable[..., None]) -> None:
    names({name: ["93.184.215.14"] for name in ("sub.out.test", "out.test", "evil.test")})
    assert "that nobody allowed" in blocked(url, allow)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "file:///etc/passwd", "//127.0.0.1/", "http:///x", "127.0.0.1", ""]
)
def test_only_absolute_http_urls_are_targets(url: str) -> None:
    assert blocked(url) == f'"{url}" is no URL to deliver to: send an absolute http:// or https:// one'


@pytest.mark.parametrize("url", ["http://[::1", "http://\x00/", "http://a:b/", "http://0177.0.0.1/"])
def test_what_is_no_url_is_told(url: str) -> None:
    assert " is no URL: " in blocked(url)


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_port_must_be_one(port: int) -> None:
    assert blocked(f"http://127.0.0.1:{port}/") == f'"http://127.0.0.1:{port}/" has no port from 1 to 65535'


def test_a_name_that_nobody_knows_is_an_os_error() -> None:
    with pytest.raises(OSError, match=r".+"):
        resolve("http://no-such-host.invalid/")
