"""Trainings: what a training document's prose says of its dataset and of the model that comes out.

It stands in the effective document under ``x-genmock-training``, put there by an overlay: docs/training.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .data import Section
from .document import Document
from .errors import DataError

KEY = "x-genmock-training"
MEMBERS = (
    "formats", "max_image_bytes", "min_images", "max_images", "base_document", "base_model", "usable_as",
)  # fmt: skip
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
USES = ("lora", "model")  # as an element of `lora`, and as `model`


@dataclass(frozen=True)
class Training:
    """One training.

    formats: of the pictures in its dataset; none: any. max_image_bytes, max_images: None: any. base_document: the id
    of the document that judges the tasks of the trained model. base_model: what it adapts, as the file of weights names
    it. usable_as: of "lora" and "model".
    """

    formats: Sequence[str] = ()
    max_image_bytes: int | None = None
    min_images: int = 1
    max_images: int | None = None
    base_document: str = "qwen-image"
    base_model: str = "Qwen/Qwen-Image"
    usable_as: Sequence[str] = USES


def training_of(document: Document) -> Training:
    """Return what a training document says beyond its schema; a document without the key takes any dataset.

    Raises DataError when the key does not have the form that docs/training.md describes.
    """
    rows = _schema(document).get(KEY, {})
    if not isinstance(rows, Mapping):
        raise DataError(f"{document.entry.path}: {KEY} must be a table, not {rows!r}")
    section, default = Section(document.entry.path, KEY, rows).only(*MEMBERS), Training()
    return Training(
        formats=_listed(section, "formats", FORMATS, ()),
        max_image_bytes=section.integer("max_image_bytes") if "max_image_bytes" in rows else None,
        min_images=section.integer("min_images") if "min_images" in rows else default.min_images,
        max_images=section.integer("max_images") if "max_images" in rows else None,
        base_document=section.text("base_document") if "base_document" in rows else default.base_document,
        base_model=section.text("base_model") if "base_model" in rows else default.base_model,
        usable_as=_listed(section, "usable_as", USES, USES),
    )


def _schema(document: Document) -> Mapping[str, Any]:
    """Return the schema of the document's tasks."""
    schema: Any = document.effective
    for name in ("components", "schemas", "RequestBody", "items"):
        schema = schema.get(name, {}) if isinstance(schema, Mapping) else {}
    return schema if isinstance(schema, Mapping) else {}


def _listed(section: Section, key: str, known: Sequence[str], default: Sequence[str]) -> Sequence[str]:
    value = section.rows.get(key, list(default))
    if not isinstance(value, list) or not all(name in known for name in value):
        raise DataError(f"{section.at(key)} must be a list of {', '.join(known)}, not {value!r}")
    return tuple(value)
