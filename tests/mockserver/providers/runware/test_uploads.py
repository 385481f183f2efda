"""imageUpload and mediaStorage: what is stored, under which names, and how it goes."""

import base64
import uuid
from collections.abc import Callable
from typing import Any

import pytest

A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")


def based(data: bytes) -> str:
    return base64.b64encode(data).decode()


def image(data: bytes, task_uuid: str = A) -> dict[str, Any]:
    return {"taskType": "imageUpload", "taskUUID": task_uuid, "image": based(data)}


def media(reference: str, operation: str = "upload", task_uuid: str = A) -> dict[str, Any]:
    return {"taskType": "mediaStorage", "taskUUID": task_uuid, "operation": operation, "media": reference}


@pytest.mark.parametrize(
    ("format", "media_type", "ending"),
    [
        ("PNG", "image/png", "png"),
        ("JPEG", "image/jpeg", "jpg"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
        ("BMP", "image/bmp", "bmp"),
    ],
)
def test_an_uploaded_image_is_served_as_it_came(
    mock: Any, draw_file: Callable[..., bytes], format: str, media_type: str, ending: str
) -> None:
    data = draw_file(format)
    (item,) = mock.data(image(data))
    served = mock.send("GET", item["imageURL"])
    assert list(item) == ["taskType", "taskUUID", "imageUUID", "imageURL"]
    assert item["imageURL"] == f"http://mock.test/image/ws/2/ii/{item['imageUUID']}.{ending}"
    assert (served.headers["content-type"], served.content) == (media_type, data)
    assert uuid.UUID(item["imageUUID"]).version == 4


def test_a_data_uri_is_taken_too(mock: Any, draw_file: Callable[..., bytes]) -> None:
    task = image(b"") | {"image": f"data:image/png;base64,{based(draw_file())}"}
    assert mock.send("GET", mock.data(task)[0]["imageURL"]).content == draw_file()


def test_an_image_of_more_than_2048_pixels_a_side_is_kept_smaller(mock: Any, draw_file: Callable[..., bytes]) -> None:
    (item,) = mock.data(image(draw_file("PNG", (4096, 1024))))
    assert (mock.picture(item).size, mock.picture(item).format) == ((2048, 512), "PNG")


def test_what_is_no_image_is_refused(mock: Any) -> None:
    assert mock.error(image(b"\x89PNG\r\n\x1a\n"))["message"] == (
        "Invalid value for 'image' parameter. The image could not be decoded: The data is not an image in JPEG, PNG, "
        "WebP, BMP or GIF format."
    )


def test_a_dry_run_stores_nothing(mock: Any, draw_file: Callable[..., bytes]) -> None:
    (item,) = mock.data(image(draw_file()), x_runware_dry_run="1")
    assert mock.send("GET", item["imageURL"]).status_code == 404
    assert (mock.held("uploads"), mock.held("contents")) == (0, 0)


def test_uploads_cost_nothing_and_work_without_a_balance(
    serve: Callable[..., Any], draw_file: Callable[..., bytes]
) -> None:
    assert len(serve(balance=0.0).data(image(draw_file()))) == 1


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"PK\x03\x04dataset", "application/zip"), (b"anything", "application/octet-stream")],
)
def test_a_file_of_any_kind_is_stored(mock: Any, data: bytes, media_type: str) -> None:
    (item,) = mock.data(media(based(data)))
    served = mock.send("GET", item["mediaURL"])
    assert list(item) == ["taskType", "taskUUID", "operation", "mediaUUID", "mediaURL"]
    assert (served.headers["content-type"], served.content) == (media_type, data)


def test_a_stored_file_can_be_deleted_once(mock: Any) -> None:
    (item,) = mock.data(media("AAAA"))
    (deleted,) = mock.data(media(item["mediaUUID"], "delete", B))
    assert deleted == {"taskType": "mediaStorage", "taskUUID": B, "operation": "delete", "mediaUUID": item["mediaUUID"]}
    assert mock.send("GET", item["mediaURL"]).status_code == 404
    assert mock.error(media(item["mediaUUID"], "delete", C))["code"] == "mediaNotFound"


def test_a_dry_run_deletes_nothing_and_finds_what_is_missing(mock: Any) -> None:
    (item,) = mock.data(media("AAAA"))
    assert len(mock.data(media(item["mediaUUID"], "delete", B), x_runware_dry_run="1")) == 1
    assert mock.send("GET", item["mediaURL"]).status_code == 200
    assert mock.error(media(C, "delete", B), x_runware_dry_run="1")["code"] == "mediaNotFound"


def test_deleting_what_never_was(mock: Any) -> None:
    reply = mock.post(media(C, "delete"))
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["code"], error["parameter"]) == (404, "mediaNotFound", "media")
    assert error["message"] == f"The media '{C}' was not found."


def test_the_least_recently_used_uploads_go_first(serve: Callable[..., Any]) -> None:
    mock = serve(max_media=20_000)
    items = [mock.data(media(based(bytes([n]) * 8_000), task_uuid=t))[0] for n, t in enumerate((A, B, C))]
    assert [mock.send("GET", item["mediaURL"]).status_code for item in items] == [404, 200, 200]
