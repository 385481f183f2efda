"""URLs that differ in one part: permissions, targets and a store's name depend on the parts that they name alone."""

import importlib
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LAWS = settings.get_profile("laws")
PORTS = {"http": 80, "https": 443}
HOSTS = ("a.test", "b.a.test", "10.0.0.1", "xn--exmple-cua.test", "::1", "2606:2800:220::1")
SCHEMES = st.sampled_from(("http", "https"))
NUMBERS = st.sampled_from((None, 1, 80, 81, 443, 8080, 65535))
PATHS = st.sampled_from(("", "/", "/a", "/b.a.test:80", "/?u=http://a.test", "/#@a.test"))
hosts = importlib.import_module("genmock.mockserver.hosts")
redis_url = importlib.import_module("genmock.mockserver.stores.redis_url")
targets = importlib.import_module("genmock.mockserver.deliveries.targets")


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def written(scheme: str, host: str, port: int | None, path: str) -> str:
    return f"{scheme}://{bracketed(host)}{'' if port is None else f':{port}'}{path}"


@settings(LAWS, max_examples=10 * LAWS.max_examples)
@given(SCHEMES, st.sampled_from(HOSTS), NUMBERS, PATHS, st.sampled_from(HOSTS), NUMBERS)
def test_a_host_is_allowed_by_its_name_and_by_its_name_with_its_port(
    scheme: str, host: str, port: int | None, path: str, allowed: str, at: int | None
) -> None:
    url = httpx.URL(written(scheme, host.upper(), port, path))
    permission = bracketed(allowed) + (f":{at}" if at else "")
    expected = host == allowed and at in (None, port or PORTS[scheme])
    assert hosts.is_allowed(url, [permission]) is expected
    assert hosts.is_allowed(url, ["c.test", permission.upper() + ("." if not at else "")]) is expected


@settings(LAWS)
@given(st.sampled_from(("ftp", "ws", "file", "")), st.sampled_from(HOSTS), NUMBERS)
def test_no_other_scheme_is_ever_allowed(scheme: str, host: str, port: int | None) -> None:
    address = written(scheme, host, port, "/")
    url = httpx.URL(address if scheme else address.removeprefix(":"))
    assert not hosts.is_allowed(url, [host, bracketed(host), f"{bracketed(host)}:{port}", ""])


@settings(LAWS, max_examples=5 * LAWS.max_examples)
@given(SCHEMES, st.sampled_from(HOSTS), st.sampled_from((None, 0, 1, 80, 65535, 65536, 65537, 10**6)), PATHS)
def test_a_target_has_a_port_that_there_is(scheme: str, host: str, port: int | None, path: str) -> None:
    url = written(scheme, host, port, path)
    if port is None or 1 <= port <= 65535:
        assert targets.parse(url).host == host.replace("xn--exmple-cua", "exämple")
        with pytest.raises(targets.TargetBlocked, match="control API"):
            targets.parse(written(scheme, host, port, "/__genmock__/deliveries"))
    else:
        with pytest.raises(targets.TargetBlocked, match=" port"):
            targets.parse(url)


@settings(LAWS, max_examples=5 * LAWS.max_examples)
@given(
    st.sampled_from(("redis", "rediss")),
    st.sampled_from(HOSTS),
    NUMBERS,
    st.none() | st.integers(0, 15),
    st.none() | st.sampled_from(("a:", "b&c", "%")),
    st.none() | st.sampled_from(("secret", "p%40ss")),
)
def test_a_store_is_named_by_its_parts_less_its_password(
    scheme: str, host: str, port: int | None, database: int | None, prefix: str | None, password: str | None
) -> None:
    path = "" if database is None else f"/{database}"
    query = "" if prefix is None else f"?prefix={quote(prefix)}"
    secret = "" if password is None else f":{password}@"
    place = written(scheme, host, port, "").replace("://", f"://{secret}")
    server = redis_url.server_of(place + path + query)
    assert server.name == f"{scheme}://{bracketed(host)}:{port or 6379}/{database or 0}"
    assert server.prefix == ("genmock:" if prefix is None else prefix)
    assert server.url == f"{place}/{database or 0}"
