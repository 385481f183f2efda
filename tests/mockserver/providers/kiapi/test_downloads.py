"""A file as it is sent, held to Starlette's own FileResponse."""

import asyncio
import importlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from starlette.responses import FileResponse

downloads = importlib.import_module("genmock.mockserver.providers.kiapi.downloads")
files = importlib.import_module("genmock.mockserver.providers.kiapi.files")

AT = 1_767_225_600.25
DATA = bytes(range(100))
COUNT = 3_000 if os.environ.get("GENMOCK_SCALE") == "full" else 300
Sent = tuple[int, Mapping[str, str], bytes]


def ours(data: bytes, headers: Mapping[str, str], *, name: str = "a.png", kind: str = "image/png") -> Sent:
    record = files.FileRecord("file_1", name, kind, AT)
    reply = downloads.file_reply(data, record, headers, extra={"X-Kiapi-File-Id": "file_1"})
    return reply.status, reply.headers, reply.content


def starlettes(path: Path, data: bytes, headers: Mapping[str, str], *, name: str, kind: str) -> Sent:
    path.write_bytes(data)
    os.utime(path, (AT, AT))
    response = FileResponse(path, media_type=kind, filename=name, headers={"X-Kiapi-File-Id": "file_1"})
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
    asyncio.run(response({"type": "http", "method": "GET", "headers": raw}, receive, send))
    head = {key.decode(): value.decode("latin-1") for key, value in sent[0]["headers"]}
    return sent[0]["status"], head, b"".join(message["body"] for message in sent[1:])


def comparable(sent: Sent) -> Sent:
    """Return what was sent with the boundary, random there, replaced by one of the same length."""
    status, headers, content = sent
    found = re.search("boundary=(.+)", headers["content-type"])
    if found is None:
        return status, dict(headers), content
    same = "b" * len(found[1])
    content = content.replace(found[1].encode(), same.encode())
    return status, {**headers, "content-type": f"multipart/byteranges; boundary={same}"}, content


NUMBER = st.sampled_from(["", "0", "1", "5", "99", "100", "9" * 30, "-1", "1_0", " 7", "x", "٣"]) | st.integers(
    0, 110
).map(str)
PART = st.builds("{}{}{}".format, NUMBER, st.sampled_from(["-", "-", "-", " - ", "", "--"]), NUMBER)
PARTS = st.lists(PART, min_size=1, max_size=5).map(",".join)
UNIT = st.sampled_from(["bytes="] * 9 + ["Bytes =", "items=", "bytes ", ""])
RANGE = st.builds("{}{}".format, UNIT, PARTS).map(lambda text: text.encode().decode("latin-1"))
NAME = st.sampled_from(["a.png", "a b.png", "é.txt", "../x", 'q".png']) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1
)
KIND = st.sampled_from(["image/png", "text/plain", "text/html; charset=x", "text/x; CHARSET=y", "Text/plain", "a/b"])


@given(st.binary(max_size=120) | st.just(DATA), RANGE | st.none(), NAME, KIND)
@settings(max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_range_is_answered_as_by_starlette(
    tmp_path: Path, data: bytes, asked: str | None, name: str, kind: str
) -> None:
    headers = {} if asked is None else {"range": asked}
    judge = comparable(starlettes(tmp_path / "file", data, headers, name=name, kind=kind))
    sent = comparable(ours(data, headers, name=name, kind=kind))
    assume(not (judge[0] == 400 and sent[0] == 206))  # an empty range: the next test
    assert sent == judge


@pytest.mark.parametrize("asked", ["bytes=5-4", "bytes=1-0"])
def test_a_range_that_ends_just_before_it_begins_is_empty(asked: str) -> None:
    """As with Starlette 1.3.1, which kiapi locks; later versions refuse it."""
    status, headers, content = ours(DATA, {"range": asked})
    assert (status, headers["content-range"], content) == (206, f"bytes {asked[6:]}/100", b"")


def test_only_such_a_range_is_answered_otherwise_than_by_the_newest_starlette(tmp_path: Path) -> None:
    judge = starlettes(tmp_path / "file", DATA, {"range": "bytes=6-4"}, name="a.png", kind="image/png")
    assert judge == ours(DATA, {"range": "bytes=6-4"})
    assert judge[2] == b"Range header: start must be less than end"


@pytest.mark.parametrize("condition", ["etag", "last-modified", "weak", '"other"', ""])
def test_if_range_is_answered_as_by_starlette(tmp_path: Path, condition: str) -> None:
    _, known, _ = ours(DATA, {})
    value = {**known, "weak": f"W/{known['etag']}"}.get(condition, condition)
    headers = {"range": "bytes=0-0", "if-range": value}
    judge = starlettes(tmp_path / "file", DATA, headers, name="a.png", kind="image/png")
    assert ours(DATA, headers) == judge
    assert judge[0] == (206 if condition in known else 200)


def test_a_client_that_has_the_file_is_sent_it_again() -> None:
    _, known, _ = ours(DATA, {})
    assert ours(DATA, {"if-none-match": known["etag"], "if-modified-since": known["last-modified"]})[0] == 200


def test_touching_ranges_are_sent_as_one_and_many_are_sent() -> None:
    assert ours(DATA, {"range": "bytes=2-3,0-1"})[2] == DATA[:4]
    many = ",".join(f"{first}-{first}" for first in range(0, 100, 2)) + ",0-0" * 100
    assert ours(DATA, {"range": f"bytes={many}"})[2].count(b"Content-Range") == 50


def test_the_boundary_depends_on_the_file_and_the_ranges() -> None:
    asked = [(DATA, "bytes=0-0,5-5"), (DATA, "bytes=0-0,6-6"), (DATA + b"x", "bytes=0-0,5-5")]
    kinds = [ours(data, {"range": text})[1]["content-type"] for data, text in asked]
    assert len(set(kinds)) == 3
    assert ours(DATA, {"range": asked[0][1]})[1]["content-type"] == kinds[0]


@pytest.mark.parametrize("kind", ["image/png\r\nx: y", "image/\u20ac", "a\x00b", "a\x7f"])
def test_a_kind_that_no_header_can_carry_is_unknown(kind: str) -> None:
    assert ours(DATA, {}, kind=kind)[1]["content-type"] == "application/octet-stream"


def test_a_name_never_breaks_its_header() -> None:
    assert ours(b"", {}, name='a"\r\nb')[1]["content-disposition"] == "attachment; filename*=utf-8''a%22%0D%0Ab"


def test_the_journal_shows_kind_and_length_and_why_a_range_was_refused() -> None:
    record = files.FileRecord("file_1", "a", "image/png", AT)
    replies = [
        downloads.file_reply(DATA, record, headers).reply
        for headers in ({}, {"range": "bytes=200-"}, {"range": "bytes"})
    ]
    assert [(reply.status, reply.body, reply.reason) for reply in replies] == [
        (200, "<image/png, 100 bytes>", ""),
        (416, "<text/plain; charset=utf-8, 0 bytes>", "the range lies outside the file"),
        (400, "<text/plain; charset=utf-8, 23 bytes>", "Malformed range header."),
    ]
    assert replies[1].headers == {"content-range": "bytes */100"}
