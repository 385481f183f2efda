"""Which hosts are allowed, however a URL spells them."""

from collections.abc import Collection

import httpx
import pytest

from genmock.mockserver.hosts import is_allowed


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://example.test/a", ["example.test"]),
        ("https://EXAMPLE.test:8443/a", ["example.TEST"]),
        ("http://example.test:81/a", ["example.test:81"]),
        ("https://example.test/a", ["example.test:443"]),
        ("http://example.test./a", ["example.test"]),
        ("http://user:pass@example.test/a", ["example.test"]),
        ("http://[::1]:80/a", ["::1"]),
        ("http://[::1]:81/a", ["[::1]:81"]),
    ],
)
def test_a_named_host_is_allowed(url: str, hosts: Collection[str]) -> None:
    assert is_allowed(httpx.URL(url), hosts)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://example.test/a", []),
        ("http://sub.example.test/a", ["example.test"]),
        ("http://example.test.evil.test/a", ["example.test"]),
        ("http://example.test@evil.test/a", ["example.test"]),
        ("http://evil.test/example.test", ["example.test"]),
        ("http://evil.test#@example.test", ["example.test"]),
        ("http://example.test:82/a", ["example.test:81"]),
        ("http://example.test/a", ["example.test:443"]),
        ("ftp://example.test/a", ["example.test"]),
        ("file:///etc/passwd", [""]),
        ("//example.test/a", ["example.test"]),
        ("", [""]),
    ],
)
def test_any_other_is_not(url: str, hosts: Collection[str]) -> None:
    assert not is_allowed(httpx.URL(url), hosts)
