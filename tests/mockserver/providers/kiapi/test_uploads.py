"""Forms, held to a small FastAPI application with the same endpoint."""

import asyncio
import gc
import importlib
import json
import os
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, File, UploadFile
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from genmock.specs import load_errors

uploads = importlib.import_module("genmock.mockserver.providers.kiapi.uploads")
errors = importlib.import_module("genmock.mockserver.providers.kiapi.errors")

ERRORS = load_errors("kiapi")
FORM = "multipart/form-data; boundary=b"
COUNT = 2_000 if os.environ.get("GENMOCK_SCALE") == "full" else 200
MISSING = [{"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None}]
BROKEN = (400, "There was an error parsing the body")
Outcome = tuple[int, Any]

judge = FastAPI()


def _file(file: Annotated[UploadFile, File()]) -> UploadFile:
    return file


@judge.post("/")
async def answer(file: Annotated[UploadFile, Depends(_file)]) -> Any:
    return {"name": file.filename or "upload", "type": file.content_type or "", "hex": (await file.read()).hex()}


def ours(body: bytes, kind: str | None = FORM) -> Outcome:
    """Return (200, the file) or (status, detail)."""
    headers = Headers({} if kind is None else {"content-type": kind})
    try:
        sent = uploads.sent_file(asyncio.run(uploads.read_form(body, headers, ERRORS)))
    except errors.Refused as refused:
        return refused.status, refused.detail
    return 200, {"name": sent.filename, "type": sent.content_type, "hex": sent.data.hex()}


def fastapis(body: bytes, kind: str | None = FORM) -> Outcome:
    async def exchange() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(judge), base_url="http://judge") as client:
            return await client.post("/", content=body, headers={} if kind is None else {"content-type": kind})

    reply = asyncio.run(exchange())
    told = reply.json()
    if told == {"detail": "Invalid multipart data."}:  # how newer versions of Starlette than kiapi's say it
        return BROKEN
    return reply.status_code, told if reply.status_code == 200 else told["detail"]


def part(headers: str, data: bytes = b"abc") -> bytes:
    return b"--b\r\n" + headers.encode() + b"\r\n\r\n" + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


def named(rest: str = '; filename="a.png"', name: str = "file") -> str:
    return f'Content-Disposition: form-data; name="{name}"{rest}'


ONE = form(part(named() + "\r\nContent-Type: x/y"))


def test_a_file_has_its_name_its_kind_and_its_bytes() -> None:
    assert ours(ONE) == (200, {"name": "a.png", "type": "x/y", "hex": "616263"})


@pytest.mark.parametrize("name", ["a b.png", "../x", "é.png", "a;b", "€"])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    assert ours(form(part(named(f'; filename="{name}"'))))[1]["name"] == name


def test_a_file_without_name_or_bytes_is_a_file() -> None:
    assert ours(form(part(named('; filename=""'), b""))) == (200, {"name": "upload", "type": "", "hex": ""})


def test_the_last_file_counts_and_other_parts_do_not() -> None:
    body = form(part(named(), b"1"), part(named('; filename="b"'), b"2"), part(named(name="more"), b"3"))
    assert ours(body)[1] == {"name": "b", "type": "", "hex": "32"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (form(part(named(name="other"))), FORM),
        (form(part(named(""), b"")), FORM),
        (ONE, "application/json"),
        (ONE, "multipart/mixed; boundary=b"),
        (ONE, None),
        (b"", None),
        (b"file=", "application/x-www-form-urlencoded"),
    ],
)
def test_no_file_is_missing(body: bytes, kind: str | None) -> None:
    assert ours(body, kind) == fastapis(body, kind) == (422, MISSING)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(form(part(named(""), b"hi")), FORM), (b"file=hi", "application/x-www-form-urlencoded")],
)
def test_a_text_is_no_file(body: bytes, kind: str) -> None:
    wrong = {
        "type": "value_error",
        "loc": ["body", "file"],
        "msg": "Value error, Expected UploadFile, received: <class 'str'>",
        "input": "hi",
        "ctx": {"error": {}},
    }
    assert ours(body, kind) == fastapis(body, kind) == (422, [wrong])


@pytest.mark.parametrize(
    "body",
    [b"xx", b"--b\r\nbad header\r\n\r\nx\r\n--b--", b"--bX", form(b"--b\r\n: x\r\n\r\n\r\n")],
)
def test_a_broken_form_cannot_be_parsed(body: bytes) -> None:
    assert ours(body) == fastapis(body) == BROKEN


@pytest.mark.parametrize("kind", [f"{FORM}; charset=undefined", f"{FORM[:-1]}{'b' * 300}"])
def test_nor_can_one_of_an_odd_charset_or_boundary(kind: str) -> None:
    assert ours(ONE, kind) == fastapis(ONE, kind) == BROKEN


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (ONE, "multipart/form-data", "Missing boundary in multipart."),
        (form(part("X: y")), FORM, 'The Content-Disposition header field "name" must be provided.'),
        (form(part(named(""), b"x" * 1_048_577)), FORM, "Part exceeded maximum size of 1024KB."),
        (form(*[part(named())] * 1001), FORM, "Too many files. Maximum number of files is 1000."),
        (b"a=1&" * 1001, "application/x-www-form-urlencoded", "Too many fields. Maximum number of fields is 1000."),
    ],
)
def test_other_faults_are_told_as_starlette_does(body: bytes, kind: str, text: str) -> None:
    assert ours(body, kind) == fastapis(body, kind) == (400, text)


def test_a_large_file_comes_whole() -> None:
    data = bytes(range(256)) * 4_000 * 3
    assert ours(form(part(named(), data)))[1]["hex"] == data.hex()


def test_no_file_stays_open() -> None:
    """Not even that of a part without an end; of one that is open a warning would fail this."""
    assert ours(ONE[:-7]) == (422, MISSING)
    gc.collect()


def test_of_broken_forms_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    ours(b"xx")
    assert caplog.records == []
    fastapis(b"xx")
    assert caplog.records != []


def test_the_journal_shows_files_by_their_size() -> None:
    body = form(part(named()), part(named("", name="note"), b"hi"))
    read = asyncio.run(uploads.read_form(body, Headers({"content-type": FORM}), ERRORS))
    assert json.loads(json.dumps(uploads.shown(read))) == {
        "file": {"filename": "a.png", "content_type": "", "size": 3},
        "note": "hi",
    }


FILENAMES = [
    "",
    '; filename="a.png"',
    '; filename=""',
    "; filename=../x.py",
    '; filename="é',
    "; filename*=utf-8''%e2x",
]
DISPOSITIONS = st.builds(named, st.sampled_from(FILENAMES), st.sampled_from(["file", "file", "other", "é", ""]))
FURTHER = st.sampled_from(["", "\r\nContent-Type: image/png", "\r\nContent-Type: ", "\r\nX: y", "\r\n: y"])
BODIES = st.sampled_from([b"", b"abc", b"\r\n", b"--b", b"\r\n--b", b"\x00\xff"]) | st.binary(max_size=20)
PARTS = st.builds(part, st.builds("{}{}".format, DISPOSITIONS, FURTHER), BODIES)
FORMS = st.lists(PARTS, max_size=3).map(lambda parts: form(*parts))
KINDS = st.sampled_from(
    [FORM] * 6 + [f"{FORM}; charset=latin-1", f"{FORM}; charset=nope", 'Multipart/Form-Data; boundary="b"']
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    body = draw(FORMS)
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 6)) :]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the judge leaves files of parts open
@given(FORMS | mutated() | st.binary(max_size=40), KINDS)
@settings(max_examples=COUNT, deadline=None)
def test_every_form_is_read_as_by_fastapi(body: bytes, kind: str) -> None:
    assert ours(body, kind) == fastapis(body, kind)
