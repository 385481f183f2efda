"""openapi-core as the referee of everything around a body, through small adapters of our own.

Imported only when the first exchange is judged, since openapi-core loads for half a second.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.media_types.util import data_form_loads
from openapi_core.templating.paths.exceptions import OperationNotFound, PathError
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.validation.request.validators import (
    V31RequestBodyValidator,
    V31RequestParametersValidator,
    V31RequestSecurityValidator,
)
from openapi_core.validation.response.validators import V31ResponseValidator
from werkzeug.datastructures import Headers as HeaderDict
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.http import parse_options_header

from .contract import Contract
from .http_document import FORMS, base_paths, media_types, refereed
from .http_messages import Headers, HttpReply, HttpRequest, header
from .http_words import violations_of
from .violations import Violation, pointer_of

REQUEST_VALIDATORS = (V31RequestSecurityValidator, V31RequestParametersValidator, V31RequestBodyValidator)
Verdict = tuple[str | None, list[Violation]]


@dataclass
class RequestAdapter:
    """A request as openapi-core's protocol has it."""

    method: str
    path: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None
    host_url: str = ""


@dataclass
class ReplyAdapter:
    """A reply as openapi-core's protocol has it."""

    status_code: int
    headers: HeaderDict
    content_type: str
    data: bytes | None


class Referee:
    """Judges exchanges by one form of a document."""

    def __init__(self, contract: Contract) -> None:
        content = refereed(contract.root)
        spec = SchemaPath.from_dict(content)
        loaders = dict.fromkeys(media_types(content), _untouched) | {FORMS[0]: _form}
        loaders.pop(FORMS[1], None)
        self._id = contract.document.id
        self._bases = base_paths(content)
        self._finder = APICallPathFinder(spec)
        self._requests = [each(spec, extra_media_type_deserializers=loaders) for each in REQUEST_VALIDATORS]
        self._replies = V31ResponseValidator(spec, extra_media_type_deserializers=loaders)

    def judge_request(self, request: HttpRequest) -> Verdict:
        """Return the operation that a request means ("POST /"), or None, and what the referee objects to."""
        adapter = self._adapter(request)
        operation, found = self._operation(adapter, urlsplit(request.url).path or request.url)
        if operation is None:
            return operation, found
        errors = (error for judge in self._requests for error in judge.iter_errors(adapter))
        return operation, list(self._told(errors, adapter.content_type, operation, "http-body"))

    def judge_reply(self, request: HttpRequest, reply: HttpReply) -> Verdict:
        """Return the operation of the request that a reply answers, or None, and what the referee objects to."""
        adapter = self._adapter(request)
        operation, found = self._operation(adapter, urlsplit(request.url).path or request.url)
        if operation is None:
            return operation, found
        media_type = _media_type(header(reply.headers, "content-type"))
        answer = ReplyAdapter(reply.status, HeaderDict(_pairs(reply.headers)), media_type, reply.body)
        errors = self._replies.iter_errors(adapter, answer)
        return operation, list(self._told(errors, media_type, operation, "http-reply"))

    def _told(
        self, errors: Iterable[Exception], media_type: str, operation: str, body_rule: str
    ) -> Iterator[Violation]:
        method, _, path = operation.partition(" ")
        source = f"{self._id}#{pointer_of(('paths', path, method.lower()))}"
        for error in errors:
            yield from violations_of(error, media_type, source, body_rule=body_rule)

    def _operation(self, request: RequestAdapter, path: str) -> Verdict:
        """Return the operation of a request, whose path parameters are then known. path: as it was sent."""
        method, source = request.method.upper(), f"{self._id}#/paths"
        try:
            found = self._finder.find(request.method, request.path)
        except OperationNotFound:
            text = f"{method} is not declared for {path}"
            return None, [Violation("http-method", "", text, sent=method, source=source)]
        except PathError:
            text = f"no operation is declared at {path}"
            return None, [Violation("http-path", "", text, sent=path, source=source)]
        result = found.path_result
        request.parameters.path = {name: unquote(value) for name, value in (result.variables or {}).items()}
        return f"{method} {result.pattern}", []

    def _adapter(self, request: HttpRequest) -> RequestAdapter:
        parts = urlsplit(request.url)
        return RequestAdapter(
            method=request.method.lower(),
            path=f"{parts.path}/" if parts.path in self._bases else parts.path or "/",
            parameters=RequestParameters(
                query=ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True)),
                header=HeaderDict(_pairs(request.headers)),
                cookie=ImmutableMultiDict(_cookies(header(request.headers, "cookie"))),
            ),
            content_type=_media_type(request.content_type),
            body=request.body or None,
        )


@cache
def referee_of(contract: Contract) -> Referee:
    """Return the referee for one form of a document."""
    return Referee(contract)


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _cookies(text: str) -> list[tuple[str, str]]:
    try:
        return [(name, morsel.value) for name, morsel in SimpleCookie(text).items()]
    except CookieError:
        return []


def _media_type(text: str) -> str:
    """Return a media type with no parameter but the boundary: openapi-core trips over malformed ones."""
    name, options = parse_options_header(text)
    return f"{name.lower()};boundary={options['boundary']}" if "boundary" in options else name.lower()


def _untouched(value: bytes, **_: str) -> bytes:
    return value


def _form(value: bytes, **parameters: str) -> Any:  # noqa: ANN401 - a multi-dict
    """Return the parts of a multipart body as texts: openapi-core would refuse bytes where a document says string.

    Raises ValueError where it would fail an assertion.
    """
    try:
        parts: ImmutableMultiDict[str, bytes] = ImmutableMultiDict(data_form_loads(value, **parameters))
    except AssertionError:
        raise ValueError("no parts") from None
    return ImmutableMultiDict([(name, part.decode("utf-8", "replace")) for name, part in parts.items(multi=True)])
