"""Datasets: the pictures in a ZIP file, checked by what a training document says of them.

Source of the texts: "Dataset must contain between 10 and 50 images." is the provider's own
(github.com/Runware/runware-skills, train-style-model); the others are ours, in its voice.
"""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .archive import Archive, DatasetLimits, DatasetRejected, opened, shown

__all__ = ["Dataset", "DatasetImage", "DatasetLimits", "DatasetRejected", "DatasetRules", "read_dataset"]

CAPTION = ".txt"
NAMES = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "GIF": "GIF", "BMP": "BMP"}
SIGNATURES = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF8", "GIF"), (b"BM", "BMP"))
ARCHIVE_ENDINGS = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")


@dataclass(frozen=True, slots=True)
class DatasetRules:
    """What a training document's prose says of its dataset.

    formats: of JPEG, PNG, WEBP, GIF, BMP; none: all that can be read. max_image_bytes, max_images: None: any.
    """

    formats: Sequence[str] = ()
    max_image_bytes: int | None = None
    min_images: int = 1
    max_images: int | None = None


@dataclass(frozen=True, slots=True)
class DatasetImage:
    """One picture. name: its path in the ZIP file. size: (width, height) px. caption: the text beside it, or ""."""

    name: str
    size: tuple[int, int]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is trained on. identity: depends on names and bytes of its files, and on nothing else."""

    images: Sequence[DatasetImage]
    identity: bytes


def read_dataset(data: bytes, rules: DatasetRules, limits: DatasetLimits = DatasetLimits()) -> Dataset:  # noqa: B008 - frozen
    """Return the pictures of a ZIP file and their captions. Raises DatasetRejected.

    Folders, ``__MACOSX``, and names that begin with a dot do not count. Texts (``a.txt`` beside ``a.png``, UTF-8) are
    captions. Pictures are decoded one after the other and let go.
    """
    with opened(data, limits) as archive:
        texts = [member for member in archive.members if _ending(member) == CAPTION]
        images = [member for member in archive.members if _ending(member) != CAPTION]
        _check_names(texts, images, rules)
        contents: dict[str, bytes] = {}
        captions = {_stem(member): _caption(archive, member, contents) for member in texts}
        found = _images(archive, images, rules, captions, contents)
        return Dataset(found, _identity(contents))


def _check_names(texts: Sequence[zipfile.ZipInfo], images: Sequence[zipfile.ZipInfo], rules: DatasetRules) -> None:
    """Refuse by names alone what needs no decoding."""
    stems = {_stem(member) for member in images}
    for member in texts:
        if _stem(member) not in stems:
            raise DatasetRejected(f"Dataset must contain images and their captions only: {shown(member)} has no image.")
    for member in images:
        if _ending(member) in ARCHIVE_ENDINGS:
            raise DatasetRejected(f"Dataset must not contain other archives: {shown(member)}.")
    if not rules.min_images <= len(images) <= (rules.max_images or len(images)):
        raise DatasetRejected(f"Dataset must contain {_count(rules)}.")


def _count(rules: DatasetRules) -> str:
    if rules.max_images is not None:
        return f"between {rules.min_images} and {rules.max_images} images"
    return f"at least {rules.min_images} image{'s' if rules.min_images > 1 else ''}"


def _images(
    archive: Archive,
    members: Sequence[zipfile.ZipInfo],
    rules: DatasetRules,
    captions: Mapping[str, str],
    contents: dict[str, bytes],
) -> Sequence[DatasetImage]:
    """Return the pictures in the order of the file; ``contents`` gets their fingerprints."""
    left, found = archive.limits.all_pixels, []
    for member in members:
        data = archive.read(member, most=rules.max_image_bytes or archive.limits.member)
        contents[member.filename] = hashlib.sha256(data).digest()
        size = _decoded(member, data, rules, min(left, archive.limits.pixels))
        left -= size[0] * size[1]
        found.append(DatasetImage(member.filename, size, captions.get(_stem(member), "")))
    return tuple(found)


def _decoded(member: zipfile.ZipInfo, data: bytes, rules: DatasetRules, max_pixels: int) -> tuple[int, int]:
    """Return a picture's (width, height) in px once its every pixel was read."""
    from ..pictures import ImageRejected, decode  # here: loaded late, for an early first answer

    made = _format(data)
    if made and rules.formats and made not in rules.formats:
        allowed = [NAMES[name] for name in rules.formats]
        listed = f"{', '.join(allowed[:-1])} or {allowed[-1]}" if len(allowed) > 1 else allowed[0]
        raise DatasetRejected(f"Dataset must contain {listed} images only: {shown(member)} is {NAMES[made]}.")
    try:
        return decode(data, max_bytes=len(data), max_pixels=max_pixels).size
    except ImageRejected as error:
        raise DatasetRejected(f"Dataset must contain readable images only: {shown(member)}. {error.reason}") from None


def _caption(archive: Archive, member: zipfile.ZipInfo, contents: dict[str, bytes]) -> str:
    """Return the text of a caption; ``contents`` gets its fingerprint."""
    data = archive.read(member, most=archive.limits.caption)
    contents[member.filename] = hashlib.sha256(data).digest()
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise DatasetRejected(f"Dataset must contain captions in UTF-8 only: {shown(member)}.") from None


def _format(data: bytes) -> str | None:
    """Return a picture's format by its first bytes, or None."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((name for head, name in SIGNATURES if data.startswith(head)), None)


def _stem(member: zipfile.ZipInfo) -> str:
    return str(PurePosixPath(member.filename).with_suffix(""))


def _ending(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).suffix.lower()


def _identity(contents: Mapping[str, bytes]) -> bytes:
    """Return 32 bytes for what the files are; when and in which order they were packed does not count."""
    state = hashlib.sha256()
    for name, content in sorted(contents.items()):
        state.update(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest() + content)
    return state.digest()
