"""A ZIP file from a stranger: its files are named and read under limits, and nothing that its headers say is believed.

What the files must be is left to ``dataset``.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

ENTRY = b"PK\x01\x02"  # how the directory of a ZIP file begins each of its entries
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06")  # how a ZIP file begins, and one without files
LOCAL_HEADER = 30  # bytes before a member's name in the file itself
CHUNK = 1024 * 1024  # bytes read at once
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
UNSAFE = re.compile(r"^$|^/|^[A-Za-z]:|\\|[\x00-\x1f\x7f]|(^|/)\.\.(/|$)")
# What zipfile raises on files that are damaged or made to confuse it.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


class DatasetRejected(Exception):
    """A dataset that cannot be trained on; `reason` is one sentence for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DatasetLimits:
    """How much of a dataset is read, whatever its document allows. The provider documents none: these are ours.

    archive: bytes of the ZIP file. files: entries, folders included. unpacked: bytes of all files together.
    member, caption: bytes of one file, of one text. ratio: how many times its packed size a file of more than
    ``ratio_from`` bytes may have. pixels, all_pixels: of one image, of all together.
    """

    archive: int = 256 * 1024 * 1024
    files: int = 2_000
    unpacked: int = 1024 * 1024 * 1024
    member: int = 64 * 1024 * 1024
    caption: int = 64 * 1024
    ratio: int = 100
    ratio_from: int = 4 * 1024 * 1024
    pixels: int = 64_000_000
    all_pixels: int = 2_000_000_000


@dataclass
class Archive:
    """An opened ZIP file. members: its files, without folders and what operating systems leave behind."""

    file: zipfile.ZipFile
    limits: DatasetLimits
    members: Sequence[zipfile.ZipInfo]
    unpacked: int = field(default=0, init=False)

    def read(self, member: zipfile.ZipInfo, *, most: int) -> bytes:
        """Return a file's bytes, counted while they are unpacked. Raises DatasetRejected.

        most: bytes; a file that has more is not read to its end.
        """
        most = min(most, self.limits.member)
        self._check_size(member, member.file_size, most)  # what it states; then what is there
        data = bytearray()
        with self.file.open(member) as source:
            while chunk := source.read(CHUNK):
                data += chunk
                self.unpacked += len(chunk)
                self._check_size(member, len(data), most)
        if len(data) != member.file_size:
            raise DatasetRejected(f"Dataset must state the true size of its files: {shown(member)}.")
        if data.startswith(ARCHIVES):
            raise DatasetRejected(f"Dataset must not contain other archives: {shown(member)}.")
        return bytes(data)

    def _check_size(self, member: zipfile.ZipInfo, size: int, most: int) -> None:
        """Refuse a file of so many bytes, or with which the dataset has too many."""
        ratio = self.limits.ratio
        if size > max(self.limits.ratio_from, ratio * member.compress_size):
            raise DatasetRejected(f"Dataset must not contain files packed more than {ratio} times: {shown(member)}.")
        if size > most:
            raise DatasetRejected(f"Dataset must not contain files larger than {most:,} bytes: {shown(member)}.")
        if self.unpacked > self.limits.unpacked:
            raise DatasetRejected(f"Dataset must not be larger than {self.limits.unpacked:,} bytes when unpacked.")


@contextmanager
def opened(data: bytes, limits: DatasetLimits) -> Iterator[Archive]:
    """Open a ZIP file every entry of which can safely be read. Raises DatasetRejected, then and while it is read."""
    if len(data) > limits.archive:
        raise DatasetRejected(f"Dataset must not be larger than {limits.archive:,} bytes.")
    if data.count(ENTRY) > limits.files:  # before zipfile makes an object of each
        raise DatasetRejected(f"Dataset must not contain more than {limits.files:,} files.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            _check_places(file)
            yield Archive(file, limits, _members(file))
    except DAMAGE as error:
        raise DatasetRejected("Dataset must be a ZIP file that can be unpacked; it is none, or damaged.") from error


def shown(member: zipfile.ZipInfo) -> str:
    """Return how a message names a member."""
    name = member.orig_filename
    return repr(name if len(name) <= 100 else name[:99] + "…")


def _check_places(file: zipfile.ZipFile) -> None:
    """Refuse entries that share bytes: a small file can then unpack to any size."""
    end = file.start_dir
    for member in sorted(file.infolist(), key=lambda member: member.header_offset, reverse=True):
        if member.header_offset + LOCAL_HEADER + member.compress_size > end:
            raise DatasetRejected(f"Dataset must not contain files that overlap: {shown(member)}.")
        end = member.header_offset


def _members(file: zipfile.ZipFile) -> Sequence[zipfile.ZipInfo]:
    """Return the files that count, after a look at all of them."""
    seen: set[str] = set()
    for member in file.infolist():
        reason = _objection(member) or ("files of the same name" if member.filename in seen else "")
        if reason:
            raise DatasetRejected(f"Dataset must not contain {reason}: {shown(member)}.")
        seen.add(member.filename)
    return [member for member in file.infolist() if not member.is_dir() and not _is_left_behind(member.filename)]


def _objection(member: zipfile.ZipInfo) -> str:
    """Return what a member is that cannot be taken, or ""."""
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the system that packed it has no such thing
    if UNSAFE.search(member.orig_filename):
        return "paths that lead elsewhere"
    if member.flag_bits & 0x1:
        return "encrypted files"
    if kind == stat.S_IFLNK:
        return "symbolic links"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "special files"
    return "" if member.compress_type in METHODS else "files packed by other methods than deflate"


def _is_left_behind(name: str) -> bool:
    """Return whether a file is one that operating systems add by themselves (``.DS_Store``, ``__MACOSX/``)."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts)
