import re
import stat
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from genmock.mockserver.training import DatasetImage, DatasetRejected, DatasetRules, read_dataset

ANY = DatasetRules()
EXACTLY = DatasetRules(("JPEG", "PNG", "WEBP"), 50_000_000, 10, 50)
COUNT = "Dataset must contain between 10 and 50 images."
Maker = Callable[..., Any]


def reason(data: bytes, rules: DatasetRules = ANY) -> Any:
    with pytest.raises(DatasetRejected) as caught:
        read_dataset(data, rules)
    assert caught.value.reason == str(caught.value)
    return caught.value.reason


def test_pictures_are_found_in_the_order_of_the_file(pack: Maker, picture: Maker) -> None:
    dataset = read_dataset(pack(("b.png", picture()), ("a.jpg", picture(format="JPEG"))), ANY)
    assert dataset.images == (DatasetImage("b.png", (16, 12)), DatasetImage("a.jpg", (16, 12)))


def test_a_text_beside_a_picture_is_its_caption(pack: Maker, picture: Maker) -> None:
    files = (("set/a.png", picture()), ("set/a.txt", "\ufeffa cat, étude\n".encode()), ("set/b.png", picture()))
    assert [image.caption for image in read_dataset(pack(*files), ANY).images] == ["a cat, étude", ""]


def test_folders_and_what_operating_systems_leave_behind_do_not_count(pack: Maker, picture: Maker) -> None:
    files = [("set/", b""), ("__MACOSX/set/._a.png", b"?"), ("set/.DS_Store", b"?"), (".hidden/x.bin", b"?")]
    assert len(read_dataset(pack(*files, ("set/a.png", picture())), ANY).images) == 1


@pytest.mark.parametrize("count", [10, 12, 50])
def test_ten_to_fifty_pictures_are_taken(count: int, pack: Maker, pictures: Maker) -> None:
    assert len(read_dataset(pack(*pictures(count)), EXACTLY).images) == count


@pytest.mark.parametrize("count", [0, 9, 51])
def test_other_numbers_of_pictures_are_refused(count: int, pack: Maker, pictures: Maker) -> None:
    assert reason(pack(*pictures(count)), EXACTLY) == COUNT


@pytest.mark.parametrize("count", [1, 9, 51])
def test_any_number_is_taken_where_the_document_states_none(count: int, pack: Maker, pictures: Maker) -> None:
    assert len(read_dataset(pack(*pictures(count)), ANY).images) == count


def test_captions_do_not_count_as_pictures(pack: Maker, pictures: Maker) -> None:
    captions = [(f"{number:02}.txt", b"a thing") for number in range(9)]
    assert reason(pack(*pictures(9), *captions), EXACTLY) == COUNT


def test_a_dataset_without_pictures_is_refused(pack: Maker) -> None:
    assert reason(pack(("set/", b""))) == "Dataset must contain at least 1 image."


@pytest.mark.parametrize(("format", "said"), [("GIF", "GIF"), ("BMP", "BMP")])
def test_other_formats_are_refused_where_the_document_lists_some(
    format: str, said: str, pack: Maker, picture: Maker, pictures: Maker
) -> None:
    data = pack(*pictures(11), ("last.png", picture(format=format)))
    assert reason(data, EXACTLY) == f"Dataset must contain JPEG, PNG or WebP images only: 'last.png' is {said}."
    assert len(read_dataset(data, ANY).images) == 12


def test_the_listed_formats_are_taken_whatever_they_are_called(pack: Maker, picture: Maker, pictures: Maker) -> None:
    others = [("a.webp", picture(format="JPEG")), ("b.jpeg", picture(format="WEBP"))]
    assert len(read_dataset(pack(*pictures(8), *others), EXACTLY).images) == 10


def test_a_text_in_place_of_a_picture_is_refused(pack: Maker, pictures: Maker) -> None:
    data = pack(*pictures(11), ("notes.txt", b"my cat"))
    assert reason(data, EXACTLY) == "Dataset must contain images and their captions only: 'notes.txt' has no image."
    data = pack(*pictures(11), ("cat.jpg", b"my cat"))
    assert reason(data, EXACTLY) == (
        "Dataset must contain readable images only: 'cat.jpg'. "
        "The data is not an image in JPEG, PNG, WebP, BMP or GIF format."
    )


def test_a_damaged_picture_is_refused(pack: Maker, picture: Maker) -> None:
    assert reason(pack(("a.png", picture(size=(400, 400))[:200]))) == (
        "Dataset must contain readable images only: 'a.png'. The image is truncated or damaged and cannot be decoded."
    )


def test_a_caption_that_is_no_utf8_is_refused(pack: Maker, picture: Maker) -> None:
    data = pack(("a.png", picture()), ("a.txt", b"\xff\xfe"))
    assert reason(data) == "Dataset must contain captions in UTF-8 only: 'a.txt'."


def test_a_picture_of_more_bytes_than_the_document_allows_is_refused(pack: Maker, picture: Maker) -> None:
    rules = DatasetRules(max_image_bytes=1000)
    data = pack(("a.png", picture()), ("b.bmp", picture(format="BMP", size=(40, 40))))
    assert reason(data, rules) == "Dataset must not contain files larger than 1,000 bytes: 'b.bmp'."


@pytest.mark.parametrize("data", [b"", b"a text", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_zip_file_is_refused(data: bytes) -> None:
    assert reason(data) == "Dataset must be a ZIP file that can be unpacked; it is none, or damaged."


NAMES = ["../a.png", "a/../../b.png", "/a.png", "C:/a.png", "c:a.png", "a\\b.png", "..\\a.png", "a\x07b.png", ".."]


@pytest.mark.parametrize("name", NAMES)
def test_a_path_that_leads_elsewhere_is_refused(name: str, pack: Maker, picture: Maker) -> None:
    said = f"Dataset must not contain paths that lead elsewhere: {name!r}."
    assert reason(pack(("good.png", picture()), (name, picture()))) == said


def test_two_files_of_one_name_are_refused(pack: Maker, picture: Maker) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = pack(("a.png", picture(1)), ("a.png", picture(2)))
    assert reason(data) == "Dataset must not contain files of the same name: 'a.png'."


@pytest.mark.parametrize(
    ("kind", "said"),
    [(stat.S_IFLNK, "symbolic links"), (stat.S_IFIFO, "special files"), (stat.S_IFCHR, "special files")],
)
def test_what_is_no_file_is_refused(kind: int, said: str, pack: Maker) -> None:
    link = zipfile.ZipInfo("a.png")
    link.external_attr = (kind | 0o777) << 16
    assert reason(pack((link, b"/etc/passwd"))) == f"Dataset must not contain {said}: 'a.png'."


def test_an_encrypted_file_is_refused(pack: Maker, picture: Maker) -> None:
    data = bytearray(pack(("a.png", picture())))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert reason(bytes(data)) == "Dataset must not contain encrypted files: 'a.png'."


def test_other_ways_of_packing_are_refused(pack: Maker, picture: Maker) -> None:
    info = zipfile.ZipInfo("a.png")
    info.compress_type = zipfile.ZIP_BZIP2
    said = "Dataset must not contain files packed by other methods than deflate: 'a.png'."
    assert reason(pack((info, picture()))) == said


@pytest.mark.parametrize("name", ["more.zip", "more.tar.gz", "more.png"])
def test_an_archive_in_the_archive_is_refused(name: str, pack: Maker, picture: Maker) -> None:
    data = pack(("a.png", picture()), (name, pack(("b.png", picture()))))
    assert reason(data) == f"Dataset must not contain other archives: {name!r}."


def test_a_long_name_is_cut_in_the_message(pack: Maker) -> None:
    assert re.fullmatch(r"Dataset must [^:]+: 'x{99}…'\. The data is .+", reason(pack(("x" * 5000, b"?"))))


def test_when_and_in_which_order_it_was_packed_does_not_count(pack: Maker, pictures: Maker) -> None:
    files = [(zipfile.ZipInfo(name, (1999, 1, 1, 0, 0, 0)), data) for name, data in pictures(3)]
    assert read_dataset(pack(*files), ANY).identity == read_dataset(pack(*reversed(pictures(3))), ANY).identity


def test_another_picture_name_or_caption_is_another_dataset(pack: Maker, picture: Maker) -> None:
    sets = (
        [("a.png", picture(1))],
        [("a.png", picture(2))],
        [("b.png", picture(1))],
        [("a.png", picture(1)), ("a.txt", b"cat")],
        [("a.png", picture(1)), ("a.txt", b"dog")],
    )
    assert len({read_dataset(pack(*files), ANY).identity for files in sets}) == len(sets)
