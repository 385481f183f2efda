"""What the providers promise: published documents, overlays, prices and error catalogues. Data, and the loader."""

from .catalog import Catalog, load_catalog, read_document
from .document import Document, Entry
from .errors import DataError, DocumentChanged, DocumentUnreadable, OverlayError, SpecError, UnknownDocument
from .price_table import load_prices
from .prices import PriceTable
from .provider_errors import ErrorCatalog, ErrorEntry, catalogued, load_errors
from .trainings import Training, training_of

__all__ = [
    "Catalog",
    "DataError",
    "Document",
    "DocumentChanged",
    "DocumentUnreadable",
    "Entry",
    "ErrorCatalog",
    "ErrorEntry",
    "OverlayError",
    "PriceTable",
    "SpecError",
    "Training",
    "UnknownDocument",
    "catalogued",
    "load_catalog",
    "load_errors",
    "load_prices",
    "read_document",
    "training_of",
]
