"""The catalogue: which documents there are, and how they are found by id, by model or by path."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from .document import Document, Entry
from .errors import DocumentUnreadable, UnknownDocument
from .files import JSON_SUFFIXES, ROOT, YAML_SUFFIXES, parse, read_bytes, read_toml
from .form import check_form

OVERLAY_SUFFIX = ".overlay.yaml"


@dataclass(frozen=True, eq=False)
class Catalog:
    """An immutable set of documents. ``with_folder`` returns a larger one."""

    documents: tuple[Document, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the catalogue says of each document, in order."""
        return tuple(document.entry for document in self.documents)

    @cached_property
    def _by_id(self) -> Mapping[str, Document]:
        return {document.id: document for document in self.documents}

    @cached_property
    def _by_model(self) -> Mapping[str, Document]:
        return {document.model: document for document in self.documents if document.model}

    @cached_property
    def _by_task(self) -> Mapping[tuple[str, str | None], Document]:
        return {(task, document.model): document for document in self.documents for task in document.entry.task_types}

    @cached_property
    def _by_name(self) -> Mapping[str, Document]:
        pairs = ((name, document) for document in self.documents for name in (document.id, document.model) if name)
        return dict(reversed([*pairs]))  # the first of a name counts

    def named(self, reference: object) -> Document | None:
        """Return the first document with that id or model AIR, or None."""
        return self._by_name.get(reference) if isinstance(reference, str) else None

    def get(self, reference: str | Path) -> Document:
        """Return the document with that id, model AIR, or path. Raises UnknownDocument, or DocumentUnreadable."""
        name = str(reference)
        found = self._by_id.get(name) or self._by_model.get(name)
        if found is not None:
            return found
        path = Path(reference)
        if path.suffix in JSON_SUFFIXES + YAML_SUFFIXES and path.is_file():
            return read_document(path)
        raise UnknownDocument(_unknown(name, (*self._by_id, *self._by_model)))

    def find(self, task_type: str, model: str | None = None) -> Document | None:
        """Return the document that describes a task, or None. Utility tasks have no model."""
        return self._by_task.get((task_type, model)) or self._by_task.get((task_type, None))

    def models(self, task_type: str | None = None) -> tuple[str, ...]:
        """Return the AIRs of the models that are described, in catalogue order."""
        return tuple(
            document.model
            for document in self.documents
            if document.model and (task_type is None or task_type in document.entry.task_types)
        )

    def with_folder(self, folder: Path, provider: str = "") -> "Catalog":
        """Return this catalogue with every OpenAPI file of a folder added; a later model or id wins.

        provider: whose they are; else each says so itself. Raises DocumentUnreadable when the folder or a file of it
        cannot be read.
        """
        if not folder.is_dir():
            raise DocumentUnreadable(f"cannot read specs from {folder}: it is not a folder")
        files = sorted(folder.iterdir())
        overlaid = any(path.name.lower().endswith(OVERLAY_SUFFIX) for path in files)  # else none is looked for
        added = [_read(path, provider, _overlays_of(path) if overlaid else ()) for path in _documents_of(files)]
        ids = {document.id for document in added}
        models = {document.model for document in added if document.model}
        kept = [d for d in self.documents if d.id not in ids and (d.model is None or d.model not in models)]
        return Catalog((*kept, *added))


@cache
def load_catalog() -> Catalog:
    """Return the catalogue of the shipped documents. Nothing but catalog.toml is read yet."""
    return Catalog(tuple(Document(_entry(row)) for row in _table()["document"]))


@cache
def _table() -> Mapping[str, Any]:
    return read_toml(ROOT / "catalog.toml")


def read_document(path: Path, provider: str = "") -> Document:
    """Return a user's own document; its model, task types and status are read from it.

    The provider's default overlays are laid over it, or its own: files named ``<stem>*.overlay.yaml`` beside it.
    provider: whose it is; else it says so itself. Raises DocumentUnreadable.
    """
    return _read(path, provider, _overlays_of(path))


def _overlays_of(path: Path) -> tuple[Path, ...]:
    """Return the overlays that stand beside a document."""
    return tuple(sorted(path.parent.glob(f"{path.stem}*{OVERLAY_SUFFIX}")))


def _read(path: Path, provider: str, own: tuple[Path, ...]) -> Document:
    """Return a user's document as ``read_document`` does. own: the overlays that stand beside it."""
    data = read_bytes(path)
    content = parse(data, path)
    info = content.get("info")
    if not isinstance(info, dict) or "openapi" not in content:
        raise DocumentUnreadable(f"cannot use {path}: it is no OpenAPI document (`openapi` and `info` are expected)")
    check_form(content, path)
    tasks = tuple(_task_types(content))
    provider = provider or ("runware" if tasks else "kiapi" if "x-kiapi-capability" in content else "other")
    entry = Entry(
        id=str(info.get("x-model-id") or _id_of(content, path)),
        title=str(info.get("title", path.stem)),
        provider=provider,
        path=path,
        source=str(path),
        status=str(info.get("x-status", "live")),
        model=info.get("x-air-id"),
        task_types=tasks,
        overlays=_overlays(own, provider, tasks or (str(content.get("x-kiapi-capability")),)),
        lenient=not own,
    )
    return Document(entry, data)


def _id_of(content: Mapping[str, Any], path: Path) -> str:
    """Return the id of a document that names none: kiapi gives all of its own one file name."""
    family = content.get("x-kiapi-capability")
    return f"kiapi-{family}" if isinstance(family, str) and path.stem == "openapi" else path.stem


def _overlays(own: tuple[Path, ...], provider: str, kinds: Iterable[str]) -> tuple[Path, ...]:
    """Return what is laid over a user's document: its own instead of the defaults; for kiapi, after those of all.

    kinds: its task types; for kiapi, its family.
    """
    if provider == "kiapi" and own:
        return (*_default_overlays(provider, ()), *own)
    return own or tuple(_default_overlays(provider, kinds))


def _documents_of(files: Iterable[Path]) -> Iterable[Path]:
    for path in files:
        if path.suffix in JSON_SUFFIXES + YAML_SUFFIXES and ".overlay" not in path.suffixes:
            yield path


def _task_types(content: Mapping[str, Any]) -> Iterable[str]:
    """Yield the taskType constants of a Runware document's request items."""
    item = _member(content, "components", "schemas", "RequestBody", "items")
    branches = _member(item, "oneOf")
    for branch in (item, *(branches if isinstance(branches, list) else ())):
        constant = _member(branch, "properties", "taskType", "const")
        if isinstance(constant, str):
            yield constant


def _member(value: Any, *names: str) -> Any:  # noqa: ANN401 - any part of a user's document
    """Return the member at a path, or None where there is none: a user's document may have any shape."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _default_overlays(provider: str, kinds: Iterable[str]) -> Iterable[Path]:
    defaults = _table()["defaults"].get(provider, {})
    for key in ("any", *kinds):
        for name in defaults.get(key, ()):
            yield ROOT / name


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        title=row["title"],
        provider=row["provider"],
        path=ROOT / row["file"],
        source=row["source"],
        status=row["status"],
        model=row.get("model"),
        task_types=tuple(row["task_types"]),
        written=row["written"],
        sha256=row["sha256"],
        overlays=tuple(ROOT / name for name in row["overlays"]),
    )


def _unknown(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "it is no file either."
    return f"there is no document {name!r}; {hint}\n\n  known   {', '.join(known)}\n  next    see: genmock specs list"
