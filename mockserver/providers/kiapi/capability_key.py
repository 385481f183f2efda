"""The form of the key ``x-genmock-capability``, which an overlay adds: docs/kiapi.md, "Documents of your own"."""

from collections.abc import Mapping
from typing import Any

from genmock.specs import Document, OverlayError

KEY = "x-genmock-capability"
TEXT, TEXTS, VALUES = {"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "object"}


def _object(required: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:  # noqa: ANN401 - schemas
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


MODEL = _object(
    ("name",),
    name=TEXT,
    family=TEXT,
    domain=TEXT,
    aliases=TEXTS,
    default={"type": "boolean"},
    features=TEXTS,
    repo=TEXT,
    weight_gb={"type": "number"},
    headroom_gb={"type": "number"},
)
OPERATION = _object(
    job=TEXT,
    model=TEXT,
    defaults=VALUES,
    inputs={"type": "array", "items": _object(("member", "kind"), member=TEXT, kind=TEXT)},
    kinds={"type": "object", "additionalProperties": TEXT},
    params=TEXTS,
    result_params=TEXTS,
    fixed=VALUES,
    result=VALUES,
)
SCHEMA = _object(
    models={"type": "array", "items": MODEL}, operations={"type": "object", "additionalProperties": OPERATION}
)


def key_of(document: Document) -> Mapping[str, Any]:
    """Return what a document's overlay says of its capability, empty for nothing. Raises OverlayError for nonsense."""
    told: Mapping[str, Any] = document.effective.get(KEY, {})
    if KEY in document.effective and not document.entry.sha256:
        _check(document, told)
    return told


def _check(document: Document, told: Any) -> None:  # noqa: ANN401 - any JSON value
    import jsonschema_rs  # here: only for documents of a user's own

    found = next(iter(jsonschema_rs.Draft202012Validator(SCHEMA).iter_errors(told)), None)
    if found is not None:
        place = "".join(f"/{part}" for part in (KEY, *found.instance_path))
        raise OverlayError(
            f"overlay of {document.entry.path}: #{place}: {found.message}\n\n"
            '  next    correct the overlay; its keys are in docs/kiapi.md, "Documents of your own"'
        )
