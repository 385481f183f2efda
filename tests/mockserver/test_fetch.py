"""Fetching input images: only from hosts that were allowed, and with bounds."""

import asyncio
import importlib
from collections.abc import Collection

import pytest

fetch = importlib.import_module("genmock.mockserver.fetch")


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://example.test/a", ["example.test"]),
        ("https://EXAMPLE.test:8443/a", ["example.TEST"]),
        ("http://example.test:81/a", ["example.test:81"]),
        ("http://user:pass@example.test/a", ["example.test"]),
        ("http://[::1]:80/a", ["::1"]),
    ],
)
def test_a_named_host_is_allowed(url: str, hosts: Collection[str]) -> None:
    assert fetch.is_allowed(url, hosts)


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
        ("ftp://example.test/a", ["example.test"]),
        ("file:///etc/passwd", [""]),
        ("http://[::1", ["::1"]),
        ("http://example.test:x/", ["example.test"]),
        ("//example.test/a", ["example.test"]),
        ("", [""]),
    ],
)
def test_any_other_is_not(url: str, hosts: Collection[str]) -> None:
    assert not fetch.is_allowed(url, hosts)


def test_a_host_that_is_not_allowed_is_not_even_looked_up() -> None:
    with pytest.raises(fetch.HostNotAllowed):
        asyncio.run(fetch.fetch("http://example.test/a", hosts=(), max_bytes=10))


def test_a_host_that_does_not_answer_is_a_failure_with_a_reason() -> None:
    with pytest.raises(fetch.FetchFailed, match=r".+"):
        asyncio.run(fetch.fetch("http://127.0.0.1:9/a", hosts=("127.0.0.1",), max_bytes=10))


@pytest.mark.parametrize("path", ["\x00", "a b", "é", "%zz", "\\@x"])
def test_odd_paths_are_failures_at_most(path: str) -> None:
    with pytest.raises(fetch.FetchFailed):
        asyncio.run(fetch.fetch("http://127.0.0.1:9/" + path, hosts=("127.0.0.1",), max_bytes=10))
