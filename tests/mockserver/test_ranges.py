"""Ranges and validators of files, by RFC 9110."""

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

ranges = importlib.import_module("genmock.mockserver.ranges")
DATA = bytes(range(100))
ETAG = '"abc"'


def ranged(data: bytes = DATA, **headers: str) -> tuple[int, bytes]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = ranges.ranged(data, sent, media_type="image/png", etag=ETAG, cache_control="no-store")
    return reply.status_code, bytes(reply.body)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-0", DATA[:1]),
        ("bytes=99-", DATA[99:]),
        ("bytes=-1", DATA[99:]),
        ("bytes=-1000", DATA),
        ("bytes=50-1000", DATA[50:]),
        ("bytes= 1 - 2", DATA[1:3]),
        ("bytes=0-" + "9" * 5000, DATA),
    ],
)
def test_a_range_gets_its_bytes(asked: str, expected: bytes) -> None:
    assert ranged(range=asked) == (206, expected)


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=-0", "bytes=5-4", "bytes=" + "9" * 5000 + "-"])
def test_a_range_outside_gets_416(asked: str) -> None:
    assert ranged(range=asked) == (416, b"")


def test_no_range_of_an_empty_file_can_be_had() -> None:
    assert ranged(b"", range="bytes=0-") == (416, b"")
    assert ranged(b"") == (200, b"")


@pytest.mark.parametrize("asked", ["", "bytes=", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,2-3", "bytes=--1"])
def test_anything_else_gets_the_whole(asked: str) -> None:
    assert ranged(range=asked) == (200, DATA)


def test_if_range_with_another_etag_gets_the_whole() -> None:
    assert ranged(range="bytes=0-0", if_range='"other"') == (200, DATA)
    assert ranged(range="bytes=0-0", if_range=ETAG) == (206, DATA[:1])


def test_only_get_has_ranges() -> None:
    reply = ranges.ranged(
        DATA, {"range": "bytes=0-0"}, media_type="image/png", etag=ETAG, cache_control="no-store", method="HEAD"
    )
    assert reply.status_code == 200


@given(first=st.integers(0, 120), last=st.integers(0, 120))
def test_a_range_is_the_slice_it_names(first: int, last: int) -> None:
    status, body = ranged(range=f"bytes={first}-{last}")
    assert body == (DATA[first : last + 1] if status == 206 else b"")
    assert (status == 206) == (first <= last and first < 100)


@pytest.mark.parametrize(
    ("given_etags", "fresh"),
    [
        (ETAG, True),
        ("W/" + ETAG, True),
        (f'"x", {ETAG}', True),
        ("*", True),
        ('"x"', False),
        ("", False),
        ("abc", False),
    ],
)
def test_if_none_match_knows_the_etag(given_etags: str, fresh: bool) -> None:
    assert ranges.is_fresh({"if-none-match": given_etags}, ETAG) is fresh


def test_without_the_header_nothing_is_fresh() -> None:
    assert not ranges.is_fresh({}, ETAG)
