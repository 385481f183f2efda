"""What goes into a task: pictures that show in the result, datasets that hold the same pictures, files that stay."""

import base64
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

FEW = settings.get_profile("few")
UUID = "a0000000-0000-4000-8000-00000000000{}".format
TASK = {"taskType": "imageInference", "model": "runware:111@1", "positivePrompt": "a fox", "seed": 5, "steps": 20}
TASK |= {"width": 128, "height": 128, "outputFormat": "PNG", "outputType": "base64Data"}
TRAINING: dict[str, Any] = {
    "taskType": "training",
    "taskUUID": UUID(2),
    "model": "runware:qwen-image@style-lora-training",
}
TRAINING |= {"triggerWord": "ink", "importModel": {"air": "acme:ink@1", "name": "Ink"}}
STORED = {"taskType": "mediaStorage", "operation": "upload", "taskUUID": UUID(1)}
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)
LEFT_BEHIND = ("__MACOSX/0.png", ".DS_Store", "folder/", "folder/.hidden")


def plain(colour: tuple[int, ...]) -> bytes:
    """Return a picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (128, 128), colour).save(buffer, "PNG")
    return buffer.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def drawn(world: Any, **inputs: Any) -> Image.Image:
    """Return the picture of a task with inputs."""
    task = {**TASK, "taskUUID": UUID(0), **inputs}
    return Image.open(io.BytesIO(base64.b64decode(world.data(task)[0]["imageBase64Data"])))


def test_without_strength_a_seed_image_comes_back_and_with_it_it_still_shows(world: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(COLOURS, COLOURS.filter(lambda colour: colour != (0, 0, 0)))
    def law(colour: tuple[int, ...], other: tuple[int, ...]) -> None:
        seed = {"seedImage": encoded(plain(colour))}
        same = drawn(world(), inputs=seed, strength=0)
        assert same.convert("RGB").getcolors() == [(128 * 128, colour)]
        half, otherwise = (
            drawn(world(), inputs={"seedImage": encoded(plain(each))}, strength=0.5).tobytes()
            for each in (colour, other)
        )
        assert (half == otherwise) == (colour == other)
        black = Image.new("L", (128, 128), 0)
        buffer = io.BytesIO()
        black.save(buffer, "PNG")
        masked = drawn(world(), inputs={**seed, "maskImage": encoded(buffer.getvalue())}, strength=0.9)
        assert masked.convert("RGB").getcolors() == [(128 * 128, colour)]

    law()


def test_an_upload_and_its_url_are_what_they_hold(world: Callable[..., Any], picture: bytes) -> None:
    here = world()
    (sent,) = here.data({"taskType": "imageUpload", "taskUUID": UUID(1), "image": encoded(picture)})
    named, linked, inline = (
        drawn(world_, inputs={"seedImage": reference})
        for world_, reference in (
            (here, sent["imageUUID"]),
            (world(), f"data:image/png;base64,{encoded(picture)}"),
            (world(), encoded(picture)),
        )
    )
    assert named.tobytes() == linked.tobytes() == inline.tobytes()
    again = here.data({**TASK, "taskUUID": UUID(3), "inputs": {"seedImage": sent["imageURL"]}})
    assert Image.open(io.BytesIO(base64.b64decode(again[0]["imageBase64Data"]))).tobytes() == named.tobytes()


def trained(world: Any, files: Mapping[str, bytes]) -> bytes:
    """Return the file of weights that a dataset leads to."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in files.items():
            file.writestr(zipfile.ZipInfo(name), data)
    (stored,) = world.data({**STORED, "media": encoded(buffer.getvalue())})
    world.data({**TRAINING, "inputs": {"dataset": stored["mediaUUID"]}})
    world.clock.advance(10)
    (item,) = world.poll(TRAINING["taskUUID"])
    found: bytes = world.file(item["outputs"]["files"][0]["url"])
    return found


def test_what_systems_leave_behind_in_a_dataset_does_not_count(world: Callable[..., Any]) -> None:
    @settings(FEW)
    @given(st.lists(COLOURS, min_size=1, max_size=4), st.sets(st.sampled_from(LEFT_BEHIND), min_size=1))
    def law(colours: list[tuple[int, ...]], left: set[str]) -> None:
        files = {f"{n}.png": plain(colour) for n, colour in enumerate(colours)}
        littered = {**dict.fromkeys(sorted(left), b""), **files}
        assert trained(world(), files) == trained(world(), littered)

    law()


def test_a_store_that_was_put_away_can_be_gone_on_with(world: Callable[..., Any], new_store: Callable[[], str]) -> None:
    store = new_store()
    here = world(store=store)
    here.data({**TASK, "taskUUID": UUID(0)})
    told = here.post({"taskType": "getTaskDetails", "taskUUID": UUID(0)})
    if store != "memory":
        for _ in range(2):
            here.run(here.runtime.stop())
            assert here.post({"taskType": "getTaskDetails", "taskUUID": UUID(0)}) == told
        here.close()
    else:
        assert told[0] == 200
