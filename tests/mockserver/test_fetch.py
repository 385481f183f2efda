"""Fetching input images: only from hosts that were allowed, and with bounds."""

import asyncio
import importlib

import pytest

fetch = importlib.import_module("genmock.mockserver.fetch")


def test_a_host_that_is_not_allowed_is_not_even_looked_up() -> None:
    with pytest.raises(fetch.HostNotAllowed):
        asyncio.run(fetch.fetch("http://example.test/a", hosts=(), max_bytes=10))


@pytest.mark.parametrize("url", ["http://other.test/a", "http://example.test@other.test/a", "file:///etc/passwd"])
def test_nor_is_one_beside_those_that_are(url: str) -> None:
    with pytest.raises(fetch.HostNotAllowed):
        asyncio.run(fetch.fetch(url, hosts=("example.test",), max_bytes=10))


@pytest.mark.parametrize("url", ["http://[::1", "http://example.test:x/"])
def test_what_is_no_url_is_a_failure(url: str) -> None:
    with pytest.raises(fetch.FetchFailed):
        asyncio.run(fetch.fetch(url, hosts=("example.test",), max_bytes=10))


def test_a_host_that_does_not_answer_is_a_failure_with_a_reason() -> None:
    with pytest.raises(fetch.FetchFailed, match=r".+"):
        asyncio.run(fetch.fetch("http://127.0.0.1:9/a", hosts=("127.0.0.1",), max_bytes=10))


@pytest.mark.parametrize("path", ["\x00", "a b", "é", "%zz", "\\@x"])
def test_odd_paths_are_failures_at_most(path: str) -> None:
    with pytest.raises(fetch.FetchFailed):
        asyncio.run(fetch.fetch("http://127.0.0.1:9/" + path, hosts=("127.0.0.1",), max_bytes=10))


def test_authorities_that_are_not_there_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = importlib.import_module("genmock.mockserver.certificates").certificates
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    certificates.cache_clear()
    with pytest.raises(fetch.Unreachable):
        asyncio.run(fetch.fetch("https://127.0.0.1:9/a.png", hosts=("127.0.0.1",), max_bytes=10))
    certificates.cache_clear()
