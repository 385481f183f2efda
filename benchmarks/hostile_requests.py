"""Hostile requests to a Runware server, made from a seed: valid tasks of every served kind, mutated."""
# ruff: noqa: ANN401 - any JSON value

import copy
import json
import random
import uuid
import zipfile
from base64 import b64decode, b64encode
from collections import deque
from io import BytesIO
from typing import Any

from PIL import Image

KEYS = ("Bearer key-one-0123456789", "Bearer key-two-0123456789")


def _png(size: tuple[int, int]) -> str:
    buffer = BytesIO()
    Image.new("RGB", size, "teal").save(buffer, "PNG")
    return b64encode(buffer.getvalue()).decode()


def _zip(count: int) -> bytes:
    """Return a dataset of so many pictures, the first with a caption."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("0.txt", "a teal square")
        for number in range(count):
            file.writestr(f"{number}.png", b64decode(MASK))
    return buffer.getvalue()


IMAGE, MASK = _png((128, 128)), _png((64, 64))
DATASETS = (_zip(1), _zip(10), _zip(51))
ZIP_URI = "data:application/zip;base64,"
CLOSED = "http://127.0.0.1:9/hook?token=t"  # a port on which nothing listens
LATER = {"deliveryMethod": "async", "webhookURL": CLOSED}
IMAGE_TASK = {
    "taskType": "imageInference",
    "positivePrompt": 'a sign that says "open"',
    "width": 128,
    "height": 128,
    "seed": 7,
    "steps": 20,
    "CFGScale": 4.35,
    "numberResults": 2,
    "outputFormat": "PNG",
    "outputQuality": 90,
    "includeCost": True,
    "ttl": 60,
    "safety": {"checkContent": True, "mode": "fast"},
    "lora": [{"model": "civitai:1@2", "weight": 0.5, "transformer": "both"}],
    "acceleratorOptions": {"teaCache": True, "cacheStartStep": 1, "cacheEndStep": 9},
    "controlNet": [{"model": "runware:1@1", "guideImage": IMAGE, "weight": 1, "startStep": 0, "endStep": 5}],
}
SMALL = {"taskType": "imageInference", "positivePrompt": "xy", "width": 128, "height": 128}
BASES: tuple[dict[str, Any], ...] = (
    {**IMAGE_TASK, "model": "runware:108@1", "settings": {"trueCFGScale": 3.5}, "checkNSFW": True},
    {**IMAGE_TASK, "model": "runware:108@1", "inputs": {"seedImage": IMAGE, "maskImage": MASK, "strength": 0.5}},
    {**IMAGE_TASK, "model": "runware:111@1", "inputs": {"seedImage": IMAGE, "maskImage": MASK}, "maskMargin": 32},
    {**IMAGE_TASK, "model": "runware:111@1", "layerDiffuse": True, "pulid": {"images": [IMAGE], "CFGstartStep": 1}},
    {**SMALL, "model": "runware:108@1"},
    {"taskType": "imageInference", "model": "runware:111@1", "positivePrompt": "x", "outpaint": {"left": 16, "top": 8}},
    {**SMALL, "model": "runware:111@1", "height": 144},
    {**IMAGE_TASK, "model": "runware:108@1", **LATER, "outputType": "base64Data"},
    {**IMAGE_TASK, "model": "runware:111@1", **LATER, "uploadEndpoint": CLOSED, "numberResults": 3},
    {**SMALL, "model": "runware:111@1", **LATER},
    {**SMALL, "model": "runware:108@1", "uploadEndpoint": CLOSED},
    {"taskType": "training", "model": "runware:108@1"},
    {
        **{"taskType": "training", "model": "runware:qwen-image@style-lora-training", "inputs": {"dataset": ""}},
        **{"importModel": {"air": "acme:ink@1", "name": "Ink"}, "triggerWord": "inkstyle", "webhookURL": CLOSED},
    },
    {
        **{"taskType": "training", "model": "exactly:illustrative@training", "inputs": {"dataset": ""}},
        **{"importModel": {"air": "acme:pen@1", "name": "Pen", "private": True}, "includeCost": True},
    },
    {**SMALL, "model": "acme:ink@1"},
    {**SMALL, "model": "runware:108@1", "lora": [{"model": "acme:ink@1", "weight": 1}]},
    {"taskType": "mediaStorage", "operation": "upload", "media": b64encode(DATASETS[1]).decode()},
    {"taskType": "ping", "ping": True},
    {"taskType": "authentication", "apiKey": "key-one-0123456789"},
    {"taskType": "imageUpload", "image": IMAGE},
    {"taskType": "mediaStorage", "operation": "upload", "media": MASK},
    {"taskType": "mediaStorage", "operation": "delete", "media": "a0000000-0000-4000-8000-000000000000"},
    {"taskType": "modelSearch", "search": "flux", "limit": 5, "offset": 0, "tags": ["a"], "visibility": "all"},
    {"taskType": "accountManagement", "operation": "getDetails"},
    {"taskType": "getTaskDetails"},
    {"taskType": "getResponse"},
)
NUMBERS = (
    *(0, -1, 1, 0.5, -0.0, 1e-300, 1e308, 4.35, 128.0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**400, -(10**30)),
)
TEXTS = (
    *("", " ", "\0", "\r\n", "a" * 600, "a" * 40_000, "\U0001f600" * 50, "\ud800", "\uff41", "%s%n{0}{x}"),
    *("../../etc/passwd", "async", "runware:111@1", "a0000000-0000-4000-8000-000000000000"),
    *("urn:uuid:a0000000-0000-4000-8000-000000000000", "http://127.0.0.1:9/x.png", "http://[::1"),
    *("https://user@example.test:99999/", "file:///etc/passwd", "//", "ws://x", "http://a..b/", "http://xn--a/"),
    *("http://169.254.169.254/latest/", "http://127.0.0.1:0/", "http://2130706433:9/"),
    *("data:image/png;base64,AAAA", "data:image/png;base64,", "data:,", "iVBORw0KGgo=", "R0lGODlhAQABAAAAACw="),
    "/9j/4AAQ",
)
PREFERENCES = (
    *("code=429", "code=503", "code=timeoutProvider", "code=200", "code=999", "code=", "duration=0", "duration=1e308"),
    *("duration=nan", "duration=-1", 'code="4\\29"', "dynamic=true; example=x", "=;,,==", "\xb2=\xff", "a" * 5_000),
)
NAMES = (
    *(
        "",
        "a",
        "__proto__",
        "a/b~c",
        "Steps",
        "stepz",
        "taskType",
        "model",
        "0",
        "lora",
        "positivePrompt",
        "\U0001f600",
    ),
)
DEEP: Any = 1
for _ in range(230):
    DEEP = [DEEP]
CONTAINERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": {}}, [{}] * 3, DEEP, [1] * 300)


class Mutator:
    """Makes hostile requests from a seed: the same seed, the same requests."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.known: deque[str] = deque(maxlen=50)  # taskUUIDs that were sent
        self.media: deque[str] = deque(maxlen=50)  # UUIDs and URLs that replies told

    def learn(self, item: Any) -> None:
        """Take in what an item of a reply names, for later requests."""
        self.media += [item[name] for name in ("imageUUID", "mediaUUID", "imageURL") if name in item]

    def request(self) -> tuple[str, str, list[tuple[bytes, bytes]], bytes]:
        """Return (method, path, headers, body)."""
        some = self.random
        method = "POST" if some.random() < 0.98 else some.choice(("GET", "PUT", "DELETE", "OPTIONS", "X"))
        path = "/v1" if some.random() < 0.98 else some.choice(("/v1/", "/v2", "/", "/image/ws/2/ii/x", "/v1%00"))
        content_type = "application/json" if some.random() < 0.98 else some.choice(("", "text/plain", "a;b;c", "\xff"))
        key = some.choice(KEYS) if some.random() < 0.97 else some.choice(("", "Bearer", "Basic x", "Bearer \xff"))
        headers = [(b"host", b"mock.test"), (b"content-type", content_type.encode("latin-1"))]
        headers += [(b"authorization", key.encode("latin-1"))] if some.random() < 0.97 else []
        headers += [(b"x-runware-dry-run", b"1")] if some.random() < 0.05 else []
        headers += [(b"prefer", some.choice(PREFERENCES).encode("latin-1"))] if some.random() < 0.04 else []
        return method, path, headers, self.body()

    def body(self) -> bytes:
        """Return a request body, most often a JSON array of mutated tasks."""
        some = self.random
        items: Any = [self.task() for _ in range(some.choice((1, 1, 1, 1, 2, 2, 3, 5)))]
        if some.random() < 0.02:
            items = some.choice((items[0], [], [items], items * 3, self.value(), [self.value()] * 40))
        data = json.dumps(items).encode()
        if some.random() < 0.05:
            data = self.damaged(data)
        return data

    def task(self) -> Any:
        """Return a task with none to three mutations."""
        some = self.random
        task: Any = copy.deepcopy(some.choice(BASES))
        if some.random() < 0.97:
            task["taskUUID"] = self.task_uuid(again=0.9 if task["taskType"].startswith("get") else 0.1)
        if "dataset" in task.get("inputs", ()):
            task["inputs"]["dataset"] = self.dataset()
        if self.media and some.random() < 0.2 and ("image" in task or "seedImage" in task.get("inputs", ())):
            task["image" if "image" in task else "inputs"] = self.reference("image" in task)
        for _ in range(some.choice((0, 1, 1, 1, 2, 3))):
            task = self.mutated(task)
        return task

    def task_uuid(self, *, again: float) -> str:
        """Return a taskUUID: with that chance one that was sent, sometimes in capitals."""
        some = self.random
        if self.known and some.random() < again:
            name = some.choice(self.known)
            return name.upper() if some.random() < 0.1 else name
        self.known.append(str(uuid.UUID(int=some.getrandbits(128), version=4)))
        return self.known[-1]

    def reference(self, plain: bool) -> Any:
        """Return the image, or the inputs, of a task that names what an earlier one left."""
        name = self.random.choice(self.media)
        return name if plain else {"seedImage": name}

    def dataset(self) -> str:
        """Return a dataset, good, damaged or of another kind: a data URI, or what an earlier reply named."""
        some = self.random
        if self.media and some.random() < 0.2:
            return some.choice(self.media)
        data = bytearray(some.choice(DATASETS))
        match some.randrange(6):
            case 0:
                del data[some.randrange(len(data)) :]
            case 1 | 2:
                for _ in range(some.randrange(1, 9)):
                    data[some.randrange(len(data))] = some.randrange(256)
            case 3:
                place = data.rindex(b"PK\x01\x02")  # the directory: sizes, methods, offsets, names
                data[some.randrange(place, len(data))] = some.randrange(256)
            case 4:
                data = bytearray(some.choice((b"", b"PK\x05\x06" + bytes(18), some.randbytes(40), data * 2)))
        return ZIP_URI + b64encode(data).decode()

    def mutated(self, value: Any) -> Any:
        """Return a value with one change somewhere inside."""
        some = self.random
        if isinstance(value, dict) and value and some.random() < 0.9:
            name = some.choice(list(value))
            match some.randrange(8):
                case 0:
                    del value[name]
                case 1:
                    value[some.choice(NAMES)] = self.value()
                case 2:
                    value[name + some.choice(NAMES)] = value.pop(name)
                case _:
                    value[name] = self.mutated(value[name])
            return value
        if isinstance(value, list) and value and some.random() < 0.7:
            index = some.randrange(len(value))
            value[index] = self.mutated(value[index])
            # Arrays of arrays are not multiplied: a deep one would grow without end.
            return value if isinstance(value[index], list) else value * some.choice((0, 1, 1, 1, 2, 30))
        return self.value()

    def value(self) -> Any:
        """Return a hostile value."""
        return copy.deepcopy(self.random.choice(self.random.choice((NUMBERS, TEXTS, CONTAINERS))))

    def damaged(self, data: bytes) -> bytes:
        """Return bytes that may be JSON no more, or JSON that holds a member twice."""
        some = self.random
        place = some.randrange(len(data) + 1)
        match some.randrange(6):
            case 0:
                return data[:place]
            case 1:
                return data[:place] + some.randbytes(some.randrange(1, 5)) + data[place:]
            case 2:
                return data.replace(b"{", b'{"steps": 1, "steps" : 2,', 1)
            case 3:
                return data.replace(b"20", some.choice((b"NaN", b"-Infinity", b"1e999", b"00", b"9" * 5000)))
            case 4:
                return data.decode().encode("utf-16")
            case _:
                return b"\xef\xbb\xbf" + data
