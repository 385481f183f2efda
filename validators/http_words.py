"""From openapi-core's errors to violations."""

from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError
from openapi_core.casting.schemas.exceptions import CastError
from openapi_core.deserializing.media_types.exceptions import MediaTypeDeserializeError
from openapi_core.deserializing.styles.exceptions import EmptyQueryParameterValue
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import (
    MissingRequestBody,
    MissingRequiredParameter,
    MissingRequiredRequestBody,
    ParameterValidationError,
    SecurityValidationError,
)
from openapi_core.validation.response.exceptions import HeaderValidationError, MissingData, MissingRequiredHeader
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

from .messages import message
from .violations import Violation, pointer_of, shown


def violations_of(error: Any, media_type: str, source: str, *, body_rule: str) -> Iterator[Violation]:  # noqa: ANN401
    """Yield the violations that an error of openapi-core stands for.

    media_type: that of the message. source: of the violations. body_rule: the rule for a body itself.
    """
    match error:
        case SecurityValidationError():
            yield Violation(
                "http-security",
                "",
                "the request carries no credentials of the kind that the document asks for",
                source=source,
            )
        case ParameterValidationError(name=name, location=location):
            missing = isinstance(error, MissingRequiredParameter)
            for text in _reasons(error, f"the {location} parameter {name!r}", missing=missing):
                yield Violation("http-parameter", "", text, expected=name, source=source)
        case HeaderValidationError(name=name):
            missing = isinstance(error, MissingRequiredHeader)
            for text in _reasons(error, f"the header {name!r}", missing=missing):
                yield Violation("http-header", "", text, expected=name, source=source)
        case ResponseNotFound(http_status=status, availableresponses=known):
            text = f"status {status} is not declared; {', '.join(known)} are"
            yield Violation("http-status", "", text, expected=tuple(known), sent=int(status), source=source)
        case MissingRequestBody():
            return  # it need not be there
        case MissingData() if media_type.startswith("text/"):
            return  # an empty text is a text
        case MissingRequiredRequestBody() | MissingData():
            yield Violation(body_rule, "", "the body is missing", source=source)
        case _:
            yield from _of_body(error, media_type, source, body_rule)


def _of_body(error: Any, media_type: str, source: str, rule: str) -> Iterator[Violation]:  # noqa: ANN401
    match error.__cause__:
        case MediaTypeNotFound(availableMimetypes=known):
            text = f"the body must be {' or '.join(known)}, not {media_type or 'of an unnamed type'}"
            yield Violation("http-media-type", "", text, expected=tuple(known), sent=media_type or None, source=source)
        case MediaTypeDeserializeError(mimetype=named):
            yield Violation(rule, "", f"the body is no {named}", expected=named, source=source)
        case InvalidSchemaValue(schema_errors=errors):
            for inner in _schema_errors(errors):
                path = tuple(inner.absolute_path)
                yield Violation(
                    rule, pointer_of(path), _sentence(inner, repr(path[-1]) if path else "the body"), source=source
                )
        case other:
            yield Violation(rule, "", f"{other or error}", source=source)


def _reasons(error: Any, name: str, *, missing: bool) -> Iterator[str]:  # noqa: ANN401
    """Yield what is wrong with a parameter or header, each reason as a sentence."""
    match error.__cause__:
        case _ if missing:
            yield f"{name} is missing"
        case InvalidSchemaValue(schema_errors=errors):
            for inner in _schema_errors(errors):
                yield _sentence(inner, name)
        case CastError(value=value, type=kind):
            yield f"{name} must be of type {kind}, not {shown(value)}"
        case EmptyQueryParameterValue():
            yield f"{name} must not be empty"
        case other:
            yield f"{name}: {other}"


def _schema_errors(errors: Iterable[Exception]) -> Iterator[ValidationError]:
    return (error for error in errors if isinstance(error, ValidationError))


def _sentence(error: ValidationError, name: str) -> str:
    if error.validator == "required":
        return str(error.message).replace("is a required property", "is missing")
    return message(str(error.validator), name, error.instance, error.validator_value)
