"""What the caller of a client of kiapi must see in each flow, and what the server must have been asked.

A driver prints what its caller gets: ``results``, pictures with ``mediaType`` and ``data`` (base64), in some flows
those of another request as ``second``; or ``error`` with the HTTP status as ``code``, and the reply's ``body``.
"""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image

from genmock.mockserver import Exchange

from .flows import PROMPT
from .seen import CLOSE, PIXELS, Seen, difference, expect, local_picture

GENERATE, EDIT, FILES = "/v1/image/qwen/generate", "/v1/image/qwen/edit", "/v1/files"
DEFAULT_PIXELS = (1024, 1024)


def picture_of(items: Sequence[Mapping[str, Any]], kind: str = "PNG", size: tuple[int, int] = PIXELS) -> Image.Image:
    """Return the only picture that a caller got, which must have a format and a size in pixels."""
    expect(len(items) == 1, f"one picture, and not {len(items)}")
    (item,) = items
    with Image.open(io.BytesIO(base64.b64decode(item["data"]))) as picture:
        expect(item["mediaType"] == f"image/{kind.lower()}", f"image/{kind.lower()}, and not {item['mediaType']}")
        expect(picture.format == kind, f"{kind}, and not {picture.format}")
        expect(picture.size == size, f"a picture of {size}, and not of {picture.size}")
        return picture.convert("RGB")


def posts(seen: Seen, path: str) -> list[Exchange]:
    """Return the requests to a path that came, which must all be of the provider and be well-formed."""
    asked = [exchange for exchange in seen.server.exchanges if exchange.path == path]
    expect({exchange.provider for exchange in asked} <= {"kiapi"}, f"requests to kiapi, and not {asked}")
    return asked


def _generated(seen: Seen, kind: str = "PNG", size: tuple[int, int] = PIXELS) -> Image.Image:
    """Judge a request that has one picture, and return it."""
    picture = picture_of(seen.results, kind, size)
    (asked,) = posts(seen, GENERATE)
    expect(asked.body["prompt"] == PROMPT and asked.body["mode"] == "sync", f"the prompt, and not {asked.body}")
    expect(not asked.violations, f"a request that keeps the contract, and not {asked.violations}")
    return picture


def _plain(seen: Seen) -> None:
    _generated(seen)


def _defaults(seen: Seen) -> None:
    _generated(seen, size=DEFAULT_PIXELS)


def _jpeg(seen: Seen) -> None:
    _generated(seen, "JPEG")


def _webp(seen: Seen) -> None:
    _generated(seen, "WEBP")


def _from_picture(seen: Seen) -> None:
    """Judge a picture that was drawn from another. second: the same with a greater strength, which keeps less."""
    given = local_picture(seen)
    near, far = (difference(picture_of(seen.told(name)), given) for name in ("results", "second"))
    expect(near < far, f"the weaker change to stay nearer: it differs by {near:.1f}, the stronger by {far:.1f}")


def _lora(seen: Seen) -> None:
    _generated(seen)
    (asked,) = posts(seen, GENERATE)
    (lora,) = asked.body["loras"]
    expect(lora["scale"] == 0.8 and lora["file"]["type"] == "data_url", f"the LoRA, and not {lora}")


def _edited(seen: Seen, kind: str = "PNG", inputs: int = 1) -> None:
    """Judge an edit of pictures that were uploaded before: the request names their files, in their order."""
    picture = picture_of(seen.results, kind)
    uploads = [exchange.reply["file_id"] for exchange in posts(seen, FILES)]
    expect(len(uploads) == len(set(uploads)) == inputs, f"{inputs} uploads, and not {uploads}")
    (asked,) = posts(seen, EDIT)
    files = [{"type": "file_id", "file_id": file_id} for file_id in uploads]
    expect(asked.body["images"] == files, f"the uploaded pictures {files}, and not {asked.body['images']}")
    expect(difference(picture, local_picture(seen)) > CLOSE, "a picture that was edited")


def _edited_webp(seen: Seen) -> None:
    _edited(seen, "WEBP")


def _edited_two(seen: Seen) -> None:
    _edited(seen, inputs=2)


def _two(seen: Seen) -> None:
    first, second = picture_of(seen.results), picture_of(seen.told("second"))
    expect(difference(first, second) > CLOSE, "two different pictures")
    prompts = {exchange.body["prompt"] for exchange in posts(seen, GENERATE)}
    expect(prompts == {PROMPT, seen.flow.second["prompt"]}, f"both prompts, and not {prompts}")


def _error(seen: Seen) -> None:
    """Judge an error: the caller has its status and its text, and the client asked once."""
    error = seen.told("error")
    wanted = seen.column.client.code(seen.flow.name, seen.column.version)
    expect(error.get("code") == wanted, f"an error of the code {wanted!r}, and not {error}")
    told = ERRORS[seen.flow.name]
    expect(told in error.get("body", ""), f"an error that tells {told!r}, and not {error}")
    asked = posts(seen, GENERATE)
    expect(len(asked) == 1, f"one try, and not {len(asked)}")


ERRORS: Mapping[str, str] = {
    "refused-shape": "greater_than_equal",
    "refused-meaning": "width and height must be multiples of 16",
    "refused-model": "unknown qwen model 'image-9'",
    "refused-file": "unknown init_image file_id",
    "refused-token": "unauthorized",
    "engine-fails": "qwen failed: ",
    "weights-missing": "model 'image' is not activated",
    "sync-timeout": "exceeded sync timeout (0.2s); it keeps running",
}
JUDGES: Mapping[str, Callable[[Seen], None]] = {
    "generate": _plain,
    "generate-defaults": _defaults,
    "generate-jpeg": _jpeg,
    "generate-webp": _webp,
    "generate-from-picture": _from_picture,
    "generate-with-lora": _lora,
    "edit-one": _edited,
    "edit-two": _edited_two,
    "edit-webp": _edited_webp,
    "two-at-once": _two,
    "asynchronous": _plain,
    **dict.fromkeys(ERRORS, _error),
}
