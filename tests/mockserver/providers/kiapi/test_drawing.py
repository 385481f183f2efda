"""Pictures that jobs make: the same for the same request, and everything that is sent shows."""

import asyncio
import importlib
import io
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

drawing = importlib.import_module("genmock.mockserver.providers.kiapi.drawing")
PARAMS = {"prompt": "a fox", "model": "image", "seed": 1, "width": 64, "height": 64}


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures are apart: the mean of all differences, 0 to 255."""
    resized = other.convert("RGB").resize(one.size)
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), resized)).mean) / 3


def test_the_same_request_gives_the_same_pixels_in_every_server(kiapi: Callable[..., Any]) -> None:
    assert kiapi().pixels(seed=7) == kiapi(seed=9).pixels(seed=7)


@pytest.mark.parametrize(
    "members",
    [
        {"seed": 8},
        {"prompt": "a badger"},
        {"negative_prompt": "a fox"},
        {"steps": 12},
        {"guidance": 1.5},
        {"quantize": 4},
        {"scheduler": "other"},
        {"width": 80},
    ],
    ids=lambda members: next(iter(members)),
)
def test_whatever_is_sent_changes_the_picture(client: Any, members: dict[str, Any]) -> None:
    assert client.pixels(**{"seed": 7, **members}) != client.pixels(seed=7)


@pytest.mark.parametrize("members", [{"format": "webp", "quality": 100}, {"mode": "sync"}, {"model": "QWEN-IMAGE"}])
def test_what_is_no_part_of_a_picture_leaves_it(client: Any, members: dict[str, Any]) -> None:
    plain = client.picture(client.generate(seed=7))
    assert distance(plain, client.picture(client.generate(seed=7, **members))) < 4


def test_defaults_that_are_written_out_change_nothing(client: Any) -> None:
    assert client.pixels(seed=7, steps=30, guidance=4, quantize=8, scheduler="linear") == client.pixels(seed=7)


def test_the_farther_the_strength_the_farther_from_the_input(
    client: Any, draw_file: Callable[..., bytes], inline: Callable[[bytes], Any]
) -> None:
    source = draw_file(size=(64, 64))
    start = Image.open(io.BytesIO(source))
    told = [
        distance(start, client.picture(client.generate(seed=7, init_image=inline(source), image_strength=strength)))
        for strength in (0, 0.25, 0.5, 0.75, 1)
    ]
    assert told == sorted(told)
    assert (told[0], told[-1] > 20) == (0.0, True)


def test_a_strength_without_an_input_changes_nothing(client: Any) -> None:
    assert client.pixels(seed=7, image_strength=0.1) == client.pixels(seed=7)


@pytest.mark.parametrize("size", [(64, 64), (31, 77), (640, 8), (1, 1)])
def test_an_input_may_have_any_size(client: Any, draw_file: Callable[..., bytes], size: tuple[int, int]) -> None:
    reply = client.edit(draw_file(size=size), width=96, height=48)
    assert client.picture(reply).size == (96, 48)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_inputs_are_of_any_format_that_pillow_reads(
    client: Any, draw_file: Callable[..., bytes], inline: Callable[[bytes], Any], format: str
) -> None:
    assert client.generate(init_image=inline(draw_file(format))).status_code == 200


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_each_picture_of_an_edit_shows(client: Any, draw_file: Callable[..., bytes], count: int) -> None:
    colors = [(40 * number, 255 - 40 * number, 99) for number in range(count)]
    images = [draw_file(size=(32, 32), color=color) for color in colors]
    whole = client.picture(client.edit(*images, seed=7))
    for index in range(count):
        changed = [*images[:index], draw_file(size=(32, 32), color=(250, 250, 250)), *images[index + 1 :]]
        assert distance(whole, client.picture(client.edit(*changed, seed=7))) > 0.1


def test_the_order_of_the_pictures_of_an_edit_counts(client: Any, draw_file: Callable[..., bytes]) -> None:
    one, other = draw_file(color="white"), draw_file(color="black")
    first, second = (client.picture(client.edit(*images, seed=7)) for images in ((one, other), (other, one)))
    assert distance(first, second) > 1


def test_a_file_gives_what_its_bytes_inline_give(client: Any, draw_file: Callable[..., bytes]) -> None:
    held = client.upload(draw_file())
    assert client.picture(client.edit(held, seed=7)).tobytes() == (
        client.picture(client.edit(draw_file(), seed=7)).tobytes()
    )


def test_a_lora_changes_the_picture_by_its_bytes_and_its_scale(client: Any, inline: Callable[[bytes], Any]) -> None:
    seen = {client.pixels(seed=7)}
    for data, scale in ((b"one", 1.0), (b"two", 1.0), (b"one", 0.5), (b"one", -3)):
        seen.add(client.pixels(seed=7, loras=[{"file": inline(data), "scale": scale}]))
    assert len(seen) == 5


def test_a_lora_is_known_by_its_bytes_not_by_its_name(client: Any) -> None:
    files = [client.upload(b"lora", name) for name in ("a.safetensors", "b.safetensors")]
    one, other = (client.pixels(seed=7, loras=[{"file": file}]) for file in files)
    assert one == other


def test_what_a_job_made_can_be_changed_by_the_next(client: Any) -> None:
    made = client.job(seed=7)
    held = {"type": "file_id", "file_id": made["artifacts"][0]}
    kept = client.generate(init_image=held, image_strength=0)
    assert client.picture(kept).tobytes() == client.picture(client.generate(seed=7)).tobytes()


def test_what_was_made_of_a_file_outlives_it(client: Any, draw_file: Callable[..., bytes]) -> None:
    held = client.upload(draw_file())
    reply = client.generate(mode="async", init_image=held)
    client.send("DELETE", f"/v1/files/{held['file_id']}")
    client.clock.advance(9)
    job = client.poll(reply.json()["job_id"])
    assert client.send("GET", f"/v1/files/{job['artifacts'][0]}/download").content.startswith(b"\x89PNG")


def test_a_picture_whose_input_was_dropped_to_make_room_can_no_longer_be_had(
    kiapi: Callable[..., Any], draw_file: Callable[..., bytes], inline: Callable[[bytes], Any]
) -> None:
    client = kiapi(max_media=2000)
    job_id = client.queue(init_image=inline(draw_file()))
    client.upload(bytes(2000))
    client.clock.advance(9)
    job = client.poll(job_id)
    assert (job["status"], job["result"]["image_bytes"]) == ("succeeded", 0)
    reply = client.send("GET", f"/v1/files/{job['artifacts'][0]}/download")
    assert reply.json() == {"detail": f"unknown file '{job['artifacts'][0]}'"}


def test_a_file_that_is_no_picture_is_told_why() -> None:
    with pytest.raises(drawing.Unreadable):
        asyncio.run(drawing.read_picture(b"x", max_bytes=10, max_pixels=10))


@given(strength=st.one_of(st.none(), st.floats(), st.integers(-9, 9)), size=st.one_of(st.integers(), st.text()))
def test_a_recipe_can_always_be_drawn(strength: Any, size: Any) -> None:
    params = {**PARAMS, "image_strength": strength, "width": size, "height": size}
    made = drawing.drawing_of(params, (), (), edits=False, spoil=None)["recipe"]
    assert 0.0 <= made["strength"] <= 1.0
    assert not math.isnan(made["strength"])
    assert all(1 <= side <= 2048 for side in made["size"])
