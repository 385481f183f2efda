"""The effective documents: built from overlays, and kept beside the shipped ones so that starting is quick.

A kept file names the fingerprints of everything it was built from; when any of them differs (an overlay was edited),
it is ignored and the overlays are applied afresh. ``python -m genmock.specs`` writes the kept files.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from .files import fingerprint, parse, read_bytes
from .overlay import apply, read_overlay


def build(
    published: Mapping[str, Any], data: bytes, path: Path, overlays: Sequence[Path], lenient: Collection[Path]
) -> Mapping[str, Any]:
    """Return the effective form of a document.

    data: the published bytes. path: their file, beside which a kept effective form may stand. lenient: those overlays
    of which actions that match nothing are skipped.
    """
    if not overlays:
        return published
    kept = kept_path(path)
    if kept.exists():
        content = parse(read_bytes(kept), kept)
        if content["built_from"] == inputs(data, overlays):
            effective: Mapping[str, Any] = content["effective"]
            return effective
    return apply_all(published, overlays, lenient=lenient)


def apply_all(
    published: Mapping[str, Any], overlays: Sequence[Path], *, lenient: Collection[Path] = ()
) -> Mapping[str, Any]:
    """Return a document with overlay files applied in order. lenient: as in ``build``. Raises OverlayError."""
    document = published
    for path in overlays:
        document = apply(document, read_overlay(path), name=path.name, lenient=path in lenient)
    return document


def kept_path(path: Path) -> Path:
    """Return where the effective form of a shipped document is kept."""
    return path.parent / "effective" / f"{path.stem}.json"


def inputs(data: bytes, overlays: Sequence[Path]) -> dict[str, str]:
    """Return name -> sha256 of everything an effective document is built from."""
    return {"document": fingerprint(data)} | {path.name: fingerprint(read_bytes(path)) for path in overlays}
