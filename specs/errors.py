"""What can go wrong while documents and data files are loaded.

SpecError
├── UnknownDocument     no document of that id, model or path
├── DocumentChanged     a bundled file is not the one that catalog.toml describes
├── DocumentUnreadable  a file is missing, is not JSON or YAML, or is no OpenAPI 3.1 document
├── OverlayError        an overlay is malformed, or one of its targets matches nothing
└── DataError           a price table or an error catalogue is malformed
"""


class SpecError(Exception):
    """A document or data file cannot be used; the text says which, why, and what to do next."""


class UnknownDocument(SpecError):
    """No document answers to the name that was given."""


class DocumentChanged(SpecError):
    """A bundled document differs from what its catalogue entry describes."""


class DocumentUnreadable(SpecError):
    """A document cannot be read or is not OpenAPI 3.1."""


class OverlayError(SpecError):
    """An overlay is malformed, or a target of it matches nothing."""


class DataError(SpecError):
    """A price table or an error catalogue is malformed."""
