"""What the caller of a client of Runware must see in each flow, and what the server must have been asked.

A driver prints what its caller gets: ``results``, the items as the client returns them (with the API's names), or
``error`` with ``type``, ``code`` and ``message``. Some flows add members; their functions say which.
"""

import base64
import io
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image

from .flows import PROMPT
from .runware_flows import LORA, TRAINED
from .seen import CLOSE, PIXELS, Seen, difference, expect, local_picture

FETCH_TIMEOUT_S = 20
SAFETENSORS_HEADER = 8  # bytes that hold the length of the JSON that follows


def file_of(item: Mapping[str, Any]) -> bytes:
    """Return the bytes of a result's picture, wherever it is: behind a URL, in base64 or in a data URI."""
    if item.get("imageURL"):
        expect(item["imageURL"].startswith("http://127.0.0.1:"), f"a URL of the server, and not {item['imageURL']}")
        with urllib.request.urlopen(item["imageURL"], timeout=FETCH_TIMEOUT_S) as reply:
            return bytes(reply.read())
    text = item.get("imageBase64Data") or str(item.get("imageDataURI", "")).partition(",")[2]
    expect(text, f"a picture in {item}")
    return base64.b64decode(text, validate=True)


def picture_of(item: Mapping[str, Any]) -> Image.Image:
    """Return a result's picture, which must have the size that was asked for."""
    picture = Image.open(io.BytesIO(file_of(item)))
    expect(picture.size == PIXELS, f"a picture of {PIXELS}, and not of {picture.size}")
    return picture.convert("RGB")


def _one_picture(seen: Seen) -> None:
    picture_of(seen.result)
    expect(_member(seen.result, "taskType", "imageInference"), f"an imageInference, and not {seen.result}")


def _synchronous(seen: Seen) -> None:
    _one_picture(seen)
    expect(seen.result.get("seed", 7) == 7, f"the seed 7, and not {seen.result}")
    expect(not seen.tasks("getResponse"), "no polls of a synchronous task")


def _asynchronous(seen: Seen) -> None:
    """Judge an order and its polls. accepted: what a caller sees of the acknowledgement, where the client shows it."""
    _one_picture(seen)
    expect(seen.tasks("imageInference")[0].get("deliveryMethod") == "async", "an asynchronous task")
    expect(seen.tasks("getResponse"), "polls of an asynchronous task")
    accepted = seen.printed.get("accepted", seen.result)
    expect(accepted.get("taskUUID") == seen.result.get("taskUUID"), f"the taskUUID of {accepted} in {seen.result}")


def _four(seen: Seen) -> None:
    expect(len(seen.results) == 4, f"4 results, and not {len(seen.results)}: {seen.printed}")
    files = {file_of(item) for item in seen.results}
    expect(len(files) == 4, f"4 different pictures, and not {len(files)}")
    uuids = {item["imageUUID"] for item in seen.results if "imageUUID" in item}
    expect(len(uuids) in (0, 4), f"an imageUUID for each result, and not {uuids}")


def _base64(seen: Seen) -> None:
    picture_of(seen.result)
    expect(seen.result.get("imageBase64Data"), f"imageBase64Data, and not {list(seen.result)}")


def _data_uri(seen: Seen) -> None:
    picture_of(seen.result)
    start = str(seen.result.get("imageDataURI"))[:22]
    expect(start == "data:image/png;base64,", f"a data URI of a PNG, and not {start!r}")


def _cost(seen: Seen) -> None:
    picture_of(seen.result)
    cost = seen.result.get("cost")
    expect(isinstance(cost, float) and 0 < cost < 1, f"a cost in USD, and not {cost!r}")


def _upload(seen: Seen) -> None:
    """Judge image-to-image. upload: what the caller got for its local picture."""
    uploaded = seen.tasks("imageUpload") or seen.tasks("mediaStorage")
    expect(len(uploaded) == 1, f"one upload, and not {len(uploaded)}")
    upload = seen.told("upload")
    uuid = upload.get("imageUUID") or upload.get("mediaUUID")
    expect(uuid, f"the UUID of the upload, and not {upload}")
    (task,) = seen.tasks("imageInference")
    expect(uuid in str(task), f"the upload {uuid} as input of {task}")
    changed = difference(picture_of(seen.result), local_picture(seen))
    expect(CLOSE < changed < 100, f"a picture that is near the uploaded one, and not one that differs by {changed:.1f}")


def _inpainting(seen: Seen) -> None:
    drawn, given = picture_of(seen.result), local_picture(seen)
    half = PIXELS[0] // 2
    kept, new = (0, 0, half - 32, PIXELS[1]), (half + 32, 0, *PIXELS)  # the edge of a mask may be soft
    stayed = difference(drawn.crop(kept), given.crop(kept))
    expect(stayed < CLOSE, f"what the mask leaves out to stay, and not to differ by {stayed:.1f}")
    changed = difference(drawn.crop(new), given.crop(new))
    expect(changed > CLOSE, f"what the mask covers to change, and not to differ by {changed:.1f} only")


def _lora(seen: Seen) -> None:
    _one_picture(seen)
    (task,) = seen.tasks("imageInference")
    expect(task.get("lora") == [{"model": LORA, "weight": 0.8}], f"the LoRA, and not {task.get('lora')}")


def _training(seen: Seen) -> None:
    (file,) = seen.result["outputs"]["files"]
    with urllib.request.urlopen(file["url"], timeout=FETCH_TIMEOUT_S) as reply:
        start = reply.read(SAFETENSORS_HEADER + 1)
    expect(start[SAFETENSORS_HEADER:] == b"{", f"a .safetensors file, and not one that begins with {start!r}")
    expect(_member(seen.result, "air", TRAINED), f"the trained model {TRAINED}, and not {seen.result}")
    expect(seen.tasks("getResponse"), "polls of the training")


def _get_response(seen: Seen) -> None:
    """Judge a request for results. ordered: the taskUUID that was ordered before."""
    picture_of(seen.result)
    asked = [task.get("taskUUID") for task in seen.tasks("getResponse")]
    ordered = seen.told("ordered")
    expect(ordered in asked and _member(seen.result, "taskUUID", ordered), f"{ordered} asked for, and not {asked}")


def _two(seen: Seen) -> None:
    """Judge two orders. results: those of the first; second: those of the other."""
    first, second = seen.result, seen.told("second")[0]
    expect(first.get("taskUUID", "1") != second.get("taskUUID", "2"), f"two tasks, and not {first} and {second}")
    expect(first.get("seed", 7) == 7 and second.get("seed", 8) == 8, f"each its own seed, not {first} and {second}")
    expect(difference(picture_of(first), picture_of(second)) > CLOSE, "two different pictures")
    prompts = {task["positivePrompt"] for task in seen.tasks("imageInference")}
    expect(prompts == {PROMPT, seen.flow.second["positivePrompt"]}, f"both prompts, and not {prompts}")


def _error(seen: Seen) -> None:
    """Judge an error: its code is the one that the registry has for the client, and its message is the server's."""
    error = seen.printed.get("error")
    expect(isinstance(error, dict), f"an error, and not {seen.printed}")
    wanted = seen.column.client.code(seen.flow.name, seen.column.version)
    expect(error is not None and error.get("code", "") == wanted, f"an error of the code {wanted!r}, and not {error}")
    told = ERRORS[seen.flow.name]
    expect(told in str(error), f"an error that tells {told!r}, and not {error}")


def _retried(seen: Seen) -> None:
    _one_picture(seen)
    orders = seen.tasks("imageInference")
    expect(len(orders) == 2, f"the order and one more try, and not {len(orders)}")


def _resumed(seen: Seen) -> None:
    _one_picture(seen)
    struck = [exchange for exchange in seen.server.exchanges if "drop" in exchange.note]
    expect(len(struck) == 1, f"one connection to be lost, and not {len(struck)}")
    again = seen.tasks("getResponse" if seen.column.transport == "rest" else "authentication")
    expect(len(again) > 1, "the client to come back after its connection was lost")


def _member(item: Mapping[str, Any], name: str, value: object) -> bool:
    """Return whether a member has a value, or is not shown by the client at all."""
    return item.get(name) in (value, None)


ERRORS: Mapping[str, str] = {
    "invalid-parameter": "width",
    "bad-key": "Invalid API key",
    "insufficient-credits": "credits",
}
JUDGES: Mapping[str, Callable[[Seen], None]] = {
    "text-to-image-sync": _synchronous,
    "text-to-image-async": _asynchronous,
    "number-results-4": _four,
    "base64": _base64,
    "data-uri": _data_uri,
    "include-cost": _cost,
    "upload-image-to-image": _upload,
    "inpainting": _inpainting,
    "lora": _lora,
    "training": _training,
    "get-response": _get_response,
    "two-tasks-at-once": _two,
    "invalid-parameter": _error,
    "bad-key": _error,
    "insufficient-credits": _error,
    "rate-limit-retry": _retried,
    "drop-and-resume": _resumed,
    "503-then-success": _retried,
}
