"""Failures as files: each message that broke a law is kept, and tried first the next time."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path

from ..conversion import SettingsError
from .findings import Case, Finding

MOST = 12  # of one law; a server that breaks one everywhere need not be told each place again


def keep(folder: Path, document: str, url: str, findings: Sequence[Finding]) -> None:
    """Write each finding's message to a file of its own. Raises SettingsError where it cannot be written."""
    counts = Counter[str]()
    for finding in findings:
        counts[finding.broken.law] += 1
        if finding.case is None or counts[finding.broken.law] > MOST:
            continue
        told = {"document": document, "url": url, "law": finding.broken.law, "message": finding.broken.message}
        text = json.dumps({**told, "case": asdict(finding.case)}, ensure_ascii=False, indent=2)
        name = blake2b(f"{document} {url} {finding.broken.key}".encode(), digest_size=6).hexdigest()
        file = folder / f"{finding.broken.law}-{name}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            what = f"cannot keep failures in {folder}: {error.strerror}"
            raise SettingsError(what, where="--keep", expected="a folder", advice="name another") from error


def kept(folder: Path, document: str) -> Iterator[tuple[Path, str, Case]]:
    """Yield (file, URL of the server, case) for each failure of a document.

    Raises SettingsError for a file that is none of ours.
    """
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            case = Case(**told["case"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"cannot read {file} as a failure that was kept"
            raise SettingsError(
                what, where="--keep", expected="files that genmock fuzz server wrote", advice="remove it"
            ) from error
        if told["document"] == document:
            yield file, str(told.get("url", "")), case


def mended(file: Path) -> None:
    """Forget a failure that is none any more."""
    file.unlink(missing_ok=True)
