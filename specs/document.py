"""One OpenAPI document: the published form, and the effective form that overlays make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from . import effective
from .errors import DocumentChanged, DocumentUnreadable
from .files import ROOT, fingerprint, parse, read_bytes


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of one document.

    sha256: the fingerprint that the file must have; empty for a user's own document.
    overlays: files laid over it, in order. lenient: skip the actions of those that match nothing in it.
    """

    id: str
    title: str
    provider: str
    path: Path
    source: str
    status: str
    model: str | None = None
    task_types: tuple[str, ...] = ()
    written: str = "published"
    sha256: str = ""
    overlays: tuple[Path, ...] = ()
    lenient: bool = False

    @property
    def borrowed(self) -> tuple[Path, ...]:
        """The overlays that were written for other documents too: an action of theirs may match nothing."""
        if self.lenient:
            return self.overlays
        return () if self.sha256 else tuple(path for path in self.overlays if path.is_relative_to(ROOT))


@dataclass(frozen=True, eq=False)
class Document:
    """A document and its catalogue entry; content is read when it is first asked for."""

    entry: Entry
    _bytes: bytes | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The catalogue id."""
        return self.entry.id

    @property
    def model(self) -> str | None:
        """The model's AIR, or None for a document that describes no single model."""
        return self.entry.model

    @cached_property
    def data(self) -> bytes:
        """The file's bytes, as published. Raises DocumentChanged when they are not the catalogued ones."""
        data = self._bytes if self._bytes is not None else read_bytes(self.entry.path)
        found = fingerprint(data)
        if self.entry.sha256 and found != self.entry.sha256:
            raise DocumentChanged(_changed(self.entry, found))
        return data

    @cached_property
    def published(self) -> Mapping[str, Any]:
        """The document as its provider publishes it. Raises SpecError when it cannot be used."""
        document = parse(self.data, self.entry.path)
        version = str(document.get("openapi", ""))
        if not version.startswith("3.1"):
            raise DocumentUnreadable(
                f"cannot use {self.entry.path}: `openapi` is {version!r}, and only 3.1 documents are served"
            )
        return document

    @cached_property
    def effective(self) -> Mapping[str, Any]:
        """The published document with every overlay applied. Raises SpecError."""
        entry = self.entry
        return effective.build(self.published, self.data, entry.path, entry.overlays, entry.borrowed)


def _changed(entry: Entry, found: str) -> str:
    return (
        f'cannot load document "{entry.id}": sha256 is {_short(found)}, catalog.toml says {_short(entry.sha256)}\n\n'
        f"  file    {entry.path.parent.name}/{entry.path.name} (changed after it was catalogued)\n"
        "  why     a bundled document must be exactly the one that its provenance entry describes\n"
        f'  next    undo the edit; to serve a document of your own, put it into a folder and use "--specs DIR"'
    )


def _short(digest: str) -> str:
    return f"{digest[:4]}..{digest[-2:]}"
