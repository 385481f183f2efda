"""Reading a form as FastAPI and Starlette do: the parts, the file among them, and what is wrong with it.

Source: docs/providers/kiapi.md, "Files".
"""

import logging
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anyio.lowlevel import checkpoint

from genmock.specs import ErrorCatalog

from .details import Detail
from .errors import Refused, refusal

if TYPE_CHECKING:
    from starlette.datastructures import Headers

FILE = "file"  # the part that counts
UNNAMED = "upload"  # the name of a file that was sent without one
CHUNK = 256 * 1024  # bytes that are parsed at once, between which other requests have their turn
NO_BOUNDARY = "Missing boundary in multipart."  # Starlette's text
MULTIPART, URLENCODED = b"multipart/form-data", b"application/x-www-form-urlencoded"
_reading = ContextVar("whether a form is read here", default=False)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a form. filename: verbatim. content_type: of its part, "" for none."""

    filename: str
    content_type: str
    data: bytes


Form = Mapping[str, str | SentFile]  # by the name of the part; of those with the same name the last


async def read_form(data: bytes, headers: "Headers", errors: ErrorCatalog) -> Form:
    """Return the parts of a body, none for one that is no form. Raises Refused for a form that cannot be read.

    Starlette's own bounds hold: 1,000 files, 1,000 other parts, 1 MiB for each of those.
    """
    from starlette.formparsers import MultiPartException  # here: few servers are sent a form

    logging.getLogger("python_multipart.multipart").addFilter(_is_of_others)  # the same one is added once
    reading = _reading.set(True)
    try:
        return await _parts(data, headers)
    except MultiPartException as error:
        if error.__cause__ is not None:  # what newer versions make of the parser's own errors
            raise refusal(errors, "invalidBody") from None
        if error.message == NO_BOUNDARY:
            raise refusal(errors, "missingBoundary") from None
        raise Refused(400, error.message) from None
    except Exception:  # whatever a parser raises, broken charsets included, FastAPI answers so
        raise refusal(errors, "invalidBody") from None
    finally:
        _reading.reset(reading)


def sent_file(form: Form) -> SentFile:
    """Return the file of a form. Raises Refused, in pydantic's words, when it has none."""
    value = form.get(FILE)
    if isinstance(value, SentFile):
        return value
    if not value:  # an empty text is as good as none
        raise _refused(Detail("missing", ("body", FILE), "Field required", None))
    text = f"Value error, Expected UploadFile, received: {str}"
    raise _refused(Detail("value_error", ("body", FILE), text, value, {"error": {}}))


def shown(form: Form) -> Mapping[str, Any]:
    """Return a form as the journal shows it: files by what they are called and how large they are."""
    return {
        name: {"filename": value.filename, "content_type": value.content_type, "size": len(value.data)}
        if isinstance(value, SentFile)
        else value
        for name, value in form.items()
    }


def _refused(detail: Detail) -> Refused:
    return Refused(422, [detail.as_json()])


async def _parts(data: bytes, headers: "Headers") -> Form:
    from python_multipart.multipart import parse_options_header
    from starlette.formparsers import FormParser, MultiPartParser

    kind, _ = parse_options_header(headers.get("content-type"))
    if kind == URLENCODED:
        return {name: str(value) for name, value in (await FormParser(headers, _chunks(data)).parse()).items()}
    if kind != MULTIPART:
        return {}
    parser = MultiPartParser(headers, _chunks(data))
    parser.spool_max_size = len(data) + 1  # the body is in memory already: no file on disk
    try:
        return {name: await _part(value) for name, value in (await parser.parse()).items()}
    finally:
        for file in getattr(parser, "_files_to_close_on_error", ()):  # the form lacks those of parts without an end
            file.close()


def _is_of_others(_: logging.LogRecord) -> bool:
    """Return whether a warning of the parser is worth a log: of ours the client is told."""
    return not _reading.get()


async def _chunks(data: bytes) -> AsyncGenerator[bytes, None]:
    """Yield a body as it might come from the network, with the empty chunk at its end that older parsers wait for."""
    for start in range(0, len(data), CHUNK):
        await checkpoint()
        yield data[start : start + CHUNK]
    yield b""


async def _part(value: Any) -> str | SentFile:  # noqa: ANN401 - a text, or Starlette's UploadFile
    if isinstance(value, str):
        return value
    return SentFile(value.filename or UNNAMED, value.content_type or "", await value.read())
