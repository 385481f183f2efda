"""Input images: every way to refer to one, and what is refused in which words."""

import base64
import io
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

A, B, C = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abc")
FLUX = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:111@1",
    "positivePrompt": "a fox",
    "seed": 7,
    "width": 128,
    "height": 128,
    "outputFormat": "PNG",
}
DAMAGED = "The image is truncated or damaged and cannot be decoded."
NO_IMAGE = "The data is not an image in JPEG, PNG, WebP, BMP or GIF format."
NO_MEMBER = "Invalid value for 'inputs.seedImage' parameter. "


class Files(BaseHTTPRequestHandler):
    """Serves a picture, a redirect to it, and what is no picture."""

    picture = b""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/picture")
            self.end_headers()
            return
        body = {"/picture": self.picture, "/text": b"hello", "/large": b"x" * 200_000}.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def files(draw_file: Callable[..., bytes]) -> Iterator[str]:
    """Serve files from another host and yield its URL."""
    Files.picture = draw_file()
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def based(data: bytes) -> str:
    return base64.b64encode(data).decode()


def seeded(reference: str, **members: Any) -> dict[str, Any]:
    return FLUX | {"inputs": {"seedImage": reference}} | members


def upload(mock: Any, data: bytes, task_uuid: str = B) -> dict[str, Any]:
    (item,) = mock.data({"taskType": "imageUpload", "taskUUID": task_uuid, "image": based(data)})
    return dict(item)


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a size that its data does not have."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_every_way_to_refer_to_an_image_gives_the_same_picture(
    serve: Callable[..., Any], draw_file: Callable[..., bytes], files: str
) -> None:
    mock, data = serve(allow_host=("127.0.0.1",)), draw_file()
    uploaded = upload(mock, data)
    references = [
        based(data),
        f"data:image/png;base64,{based(data)}",
        uploaded["imageUUID"],
        uploaded["imageUUID"].upper(),
        uploaded["imageURL"],
        f"{files}/picture",
    ]
    assert len({mock.pixels(seeded(reference)) for reference in references}) == 1


def test_another_image_gives_another_picture(mock: Any, draw_file: Callable[..., bytes]) -> None:
    assert mock.pixels(seeded(based(draw_file()))) != mock.pixels(seeded(based(draw_file(color=(0, 200, 0)))))


def test_a_produced_image_is_an_input_by_its_uuid_and_by_its_url(mock: Any) -> None:
    (item,) = mock.data(FLUX | {"taskUUID": B})
    same = [mock.pixels(seeded(item[name], strength=0)) for name in ("imageUUID", "imageURL")]
    assert same[0] == same[1] == mock.picture(item).convert("RGBA").tobytes()


def test_an_uploaded_image_feeds_a_later_task_of_the_same_request(mock: Any, draw_file: Callable[..., bytes]) -> None:
    first = {"taskType": "imageUpload", "taskUUID": B, "image": based(draw_file())}
    uuid = upload(mock, draw_file())["imageUUID"]
    mock.reset()
    assert len(mock.data(first, seeded(uuid))) == 2


@pytest.mark.parametrize(
    "place",
    [
        {"inputs": {"maskImage": "?"}},
        {"controlNet": [{"model": "a:1@1", "guideImage": "?"}]},
        {"ipAdapters": [{"model": "runware:55@1", "guideImages": ["?"]}]},
        {"acePlusPlus": {"type": "portrait", "images": ["?"]}},
        {"pulid": {"images": ["?"]}},
    ],
    ids=lambda place: next(iter(place)),
)
def test_every_member_that_holds_images_shows_in_the_picture(
    mock: Any, draw_file: Callable[..., bytes], place: dict[str, Any]
) -> None:
    def filled(value: Any, image: str) -> Any:
        if isinstance(value, dict):
            return {name: filled(member, image) for name, member in value.items()}
        return [filled(member, image) for member in value] if isinstance(value, list) else value.replace("?", image)

    base = seeded(based(draw_file(color=(9, 9, 9))))
    masks = [based(draw_file("PNG", (128, 128), mode="L", color=shade)) for shade in (0, 255)]
    inputs = [filled(place, mask) for mask in masks]
    pictures = {mock.pixels(base | change | {"inputs": base["inputs"] | change.get("inputs", {})}) for change in inputs}
    assert len(pictures) == 2


@pytest.mark.parametrize(
    ("reference", "code", "status", "message"),
    [
        (C, "imageNotFound", 404, f"The image '{C}' given as 'inputs.seedImage' was not found."),
        (
            f"http://mock.test/image/ws/2/ii/{C}.jpg",
            "imageNotFound",
            404,
            f"The image 'http://mock.test/image/ws/2/ii/{C}.jpg' given as 'inputs.seedImage' was not found.",
        ),
        (
            "https://example.test/a.png",
            "inputHostNotAllowed",
            403,
            "The host of 'https://example.test/a.png', given as 'inputs.seedImage', is not one that this server may "
            "fetch from.",
        ),
        ("iVBORw0KGgo=", "invalidImage", 400, NO_MEMBER + "The image could not be decoded: " + NO_IMAGE),
        ("R0lGODlhAQABAAAAACw=", "invalidImage", 400, NO_MEMBER + "The image could not be decoded: " + NO_IMAGE),
    ],
)
def test_an_image_that_cannot_be_had(mock: Any, reference: str, code: str, status: int, message: str) -> None:
    reply = mock.post(seeded(reference))
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["code"], error["parameter"]) == (status, code, "inputs.seedImage")
    assert error["message"] == message


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/moved", "could not be downloaded: status 302"),
        ("/missing", "could not be downloaded: status 404"),
        ("/large", "could not be downloaded: more than 100000 bytes"),
        ("/text", f"The image could not be decoded: {NO_IMAGE}"),
    ],
)
def test_an_allowed_host_that_gives_no_image(serve: Callable[..., Any], files: str, path: str, why: str) -> None:
    mock = serve(allow_host=(files.removeprefix("http://"),), max_body=100_000)
    error = mock.error(seeded(files + path))
    assert error["message"].endswith(why)
    assert error["parameter"] == "inputs.seedImage"


def test_a_host_that_does_not_answer(serve: Callable[..., Any]) -> None:
    error = serve(allow_host=("127.0.0.1",)).error(seeded("http://127.0.0.1:9/a.png"))
    assert error["code"] == "imageDownloadFailed"


def test_a_truncated_image(mock: Any, draw_file: Callable[..., bytes]) -> None:
    data = draw_file("JPEG", (256, 256))
    assert mock.error(seeded(based(data[: len(data) // 2])))["message"].endswith(DAMAGED)


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(mock: Any, size: tuple[int, int]) -> None:
    error = mock.error(seeded(based(huge_png(*size))))
    assert error["code"] == "imageTooLarge"
    assert error["message"].startswith(NO_MEMBER + "The image ")


def test_the_bound_on_pixels_is_a_setting(serve: Callable[..., Any], draw_file: Callable[..., bytes]) -> None:
    message = serve(max_image_pixels=128 * 128 - 1).error(seeded(based(draw_file())))["message"]
    assert message.endswith("The image is 128x128 pixels, more than the 16,383 pixels allowed.")


def files_of_many_kinds() -> dict[str, bytes]:
    red = Image.new("RGB", (128, 128), (250, 10, 10))
    turned = Image.Exif()
    turned[0x0112] = 6
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "animated GIF": (
            red.quantize(4),
            {"format": "GIF", "save_all": True, "append_images": [Image.new("P", (128, 128), 1)]},
        ),
        "CMYK JPEG": (red.convert("CMYK"), {"format": "JPEG"}),
        "grey JPEG": (red.convert("L"), {"format": "JPEG"}),
        "16-bit PNG": (Image.new("I;16", (128, 128), 40_000), {"format": "PNG"}),
        "palette PNG": (red.quantize(8), {"format": "PNG"}),
        "PNG with alpha": (Image.new("RGBA", (128, 128), (250, 10, 10, 128)), {"format": "PNG"}),
        "1-bit PNG": (Image.new("1", (128, 128), 1), {"format": "PNG"}),
        "WebP": (red, {"format": "WEBP"}),
        "BMP": (red, {"format": "BMP"}),
        "EXIF": (red, {"format": "JPEG", "exif": turned}),
    }
    result = {}
    for name, (image, options) in kinds.items():
        buffer = io.BytesIO()
        image.save(buffer, **options)
        result[name] = buffer.getvalue()
    return result


KINDS = files_of_many_kinds()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_image_file_can_be_an_input(mock: Any, kind: str) -> None:
    (item,) = mock.data(seeded(based(KINDS[kind]), strength=0))
    assert mock.picture(item).size == (128, 128)


def test_a_picture_turned_by_exif_is_taken_upright(mock: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (256, 128)).save(buffer, "JPEG", exif=exif)
    task = {name: value for name, value in seeded(based(buffer.getvalue())).items() if name not in ("width", "height")}
    assert mock.picture(mock.data(task)[0]).size == (128, 256)
