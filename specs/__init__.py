"""What the providers promise: published documents, overlays, prices and error catalogues. Data, and the loader."""

from .catalog import Catalog, load_catalog, read_document
from .document import Document, Entry
from .errors import DataError, DocumentChanged, DocumentUnreadable, OverlayError, SpecError, UnknownDocument

__all__ = [
    "Catalog",
    "DataError",
    "Document",
    "DocumentChanged",
    "DocumentUnreadable",
    "Entry",
    "OverlayError",
    "SpecError",
    "UnknownDocument",
    "load_catalog",
    "read_document",
]
