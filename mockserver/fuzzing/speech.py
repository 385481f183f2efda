"""Which way a document's provider is spoken to."""

from genmock.specs import Document

from .kiapi import Kiapi
from .plain import Plain
from .runware import Runware


def speech_of(document: Document) -> type[Plain]:
    """Return how the document's provider is spoken to: in arrays of tasks, as kiapi is, or plainly."""
    if document.entry.task_types:
        return Runware
    return Kiapi if document.entry.provider == "kiapi" else Plain
