import io
import os
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.mockserver.training import DatasetLimits, DatasetRejected, DatasetRules, read_dataset

MB = 1_000_000
UNREADABLE = "Dataset must contain readable images only:"
EXAMPLES = 3000 if os.environ.get("GENMOCK_SCALE") == "full" else 300
Maker = Callable[..., Any]


def reason(data: bytes, **limits: int) -> Any:
    with pytest.raises(DatasetRejected) as caught:
        read_dataset(data, DatasetRules(), DatasetLimits(**limits))
    return caught.value.reason


@pytest.fixture
def little() -> Iterator[None]:
    """Fail when what a test does takes long, or much memory."""
    read_dataset(_zip(("warm.bmp", _BITMAP)), DatasetRules())  # so that loading the decoder does not count
    tracemalloc.start()
    start = time.monotonic()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * MB
    assert time.monotonic() - start < 20


def _zip(*files: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, data in files:
            file.writestr(name, data)
    return buffer.getvalue()


def _bitmap(side: int) -> bytes:
    head = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 54 + 3 * side * side, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    return head + b"\x80" * (3 * side * side)


_BITMAP = _bitmap(16)


def _zeros(size: int) -> tuple[bytes, int]:
    """Return ``size`` zeros, deflated without ever being there, and their checksum."""
    packer, block, crc, packed = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(MB), 0, bytearray()
    for _ in range(size // MB):
        packed += packer.compress(block)
        crc = zlib.crc32(block, crc)
    return bytes(packed + packer.flush()), crc


def _entries(*entries: tuple[bytes, int, int, int, int], body: bytes) -> bytes:
    """Return a ZIP file whose directory says whatever is wanted: (name, crc, packed, unpacked, offset) each."""
    directory = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, packed, size, len(name), *(0,) * 5, offset)
        + name
        for name, crc, packed, size, offset in entries
    )
    count = min(len(entries), 0xFFFF)
    return body + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def _local(name: bytes, crc: int, packed: bytes, size: int) -> bytes:
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), size, len(name), 0) + name + packed


def test_a_file_that_unpacks_to_a_thousand_times_its_size_is_refused(little: None) -> None:
    packed, crc = _zeros(400 * MB)
    data = _entries((b"a.png", crc, len(packed), 400 * MB, 0), body=_local(b"a.png", crc, packed, 400 * MB))
    assert reason(data) == "Dataset must not contain files packed more than 100 times: 'a.png'."


def test_a_file_that_states_less_than_it_unpacks_to_is_refused(little: None) -> None:
    packed, crc = _zeros(400 * MB)
    data = _entries((b"a.png", crc, len(packed), 100, 0), body=_local(b"a.png", crc, packed, 100))
    assert reason(data) == "Dataset must be a ZIP file that can be unpacked; it is none, or damaged."


def test_a_file_that_states_more_than_it_unpacks_to_is_refused(little: None) -> None:
    packed, crc = _zeros(MB)
    data = _entries((b"a.png", crc, len(packed), 2 * MB, 0), body=_local(b"a.png", crc, packed, 2 * MB))
    assert reason(data) == "Dataset must state the true size of its files: 'a.png'."


def test_a_hundred_thousand_files_are_refused(little: None) -> None:
    entries = [(f"{number}.png".encode(), 0, 0, 0, 0) for number in range(100_000)]
    assert reason(_entries(*entries, body=b"")) == "Dataset must not contain more than 2,000 files."


def test_files_that_share_their_bytes_are_refused(little: None) -> None:
    packed, crc = _zeros(100 * MB)
    inner = _local(b"b.png", crc, packed, 100 * MB)
    body = _local(b"a.png", 0, inner, len(inner))
    entries = [(name, crc, len(packed), 100 * MB, body.index(b"PK\x03\x04", 1)) for name in (b"b.png", b"c.png")]
    said = "Dataset must not contain files that overlap: "
    assert reason(_entries((b"a.png", 0, len(inner), len(inner), 0), *entries, body=body)).startswith(said)


def test_a_file_that_reaches_into_the_directory_is_refused() -> None:
    data = _entries((b"a.png", 0, 10_000, 10_000, 0), body=_local(b"a.png", 0, b"", 0))
    assert reason(data) == "Dataset must not contain files that overlap: 'a.png'."


def test_a_file_of_more_bytes_than_are_read_is_refused_by_what_it_states(little: None) -> None:
    body = _local(b"a.png", 0, bytes(MB), 70 * MB)
    said = "Dataset must not contain files larger than 67,108,864 bytes: 'a.png'."
    assert reason(_entries((b"a.png", 0, MB, 70 * MB, 0), body=body)) == said


def test_a_file_without_a_name_is_refused() -> None:
    data = _entries((b"", 0, 0, 0, 0), body=_local(b"", 0, b"", 0))
    assert reason(data) == "Dataset must not contain paths that lead elsewhere: ''."


def test_a_picture_may_be_packed_well() -> None:
    dataset = read_dataset(_zip(("a.bmp", _bitmap(1000))), DatasetRules())  # 3 MB of one colour
    assert dataset.images[0].size == (1000, 1000)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"archive": 100}, "Dataset must not be larger than 100 bytes."),
        ({"files": 2}, "Dataset must not contain more than 2 files."),
        ({"unpacked": 2000}, "Dataset must not be larger than 2,000 bytes when unpacked."),
        ({"member": 500}, "Dataset must not contain files larger than 500 bytes: 'a.bmp'."),
        ({"ratio_from": 500, "ratio": 4}, "Dataset must not contain files packed more than 4 times: 'a.bmp'."),
        (
            {"pixels": 255},
            f"{UNREADABLE} 'a.bmp'. The image is 16x16 pixels, more than the 255 pixels allowed.",
        ),
        (
            {"all_pixels": 600},
            f"{UNREADABLE} 'c.bmp'. The image is 16x16 pixels, more than the 88 pixels allowed.",
        ),
    ],
)
def test_every_limit_is_told(limits: dict[str, int], said: str) -> None:
    assert reason(_zip(*((f"{name}.bmp", _BITMAP) for name in "abc")), **limits) == said


def test_a_caption_has_a_limit_of_its_own() -> None:
    data = _zip(("a.bmp", _BITMAP), ("a.txt", os.urandom(70_000)))
    assert reason(data) == "Dataset must not contain files larger than 65,536 bytes: 'a.txt'."


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8), st.integers(0, 10_000))
def test_damage_of_any_kind_is_refused_or_harmless(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(_zip(("a.bmp", _BITMAP), ("a.txt", b"a cat"), ("set/b.bmp", _BITMAP)))
    for place, value in changes:
        data[place % len(data)] = value
    try:
        read_dataset(bytes(data[: len(data) - cut % 3 * cut % len(data)]), DatasetRules())
    except DatasetRejected as error:
        assert error.reason.startswith("Dataset must ")
