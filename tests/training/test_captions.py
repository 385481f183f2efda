import numpy as np

from training.captions import caption
from training.scenes import Background, Item, Mix, Scene, draw_scene
from training.vocabulary import COLOURS, PLACES, SYNONYMS

RNG = np.random.default_rng


def plain(scene: Scene) -> str:
    return caption(scene, RNG(0), plain=True)


def test_a_caption_says_size_colour_shape_place_and_background() -> None:
    scene = Scene(Background("plain", "blue"), (Item("shape", "star", "red", "large", "top left"),))
    assert plain(scene) == "a large red star at the top left on a blue background"


def test_a_medium_thing_in_the_centre_needs_no_saying() -> None:
    scene = Scene(Background("snow"), (Item("thing", "owl", "", "medium", "centre"),))
    assert plain(scene) == "an owl in the snow"


def test_two_items_are_told_apart_by_place() -> None:
    items = (Item("shape", "ring", "pink", "small", "left"), Item("shape", "heart", "red", "small", "right"))
    scene = Scene(Background("stripes", "white", "green"), items)
    said = "a pink ring at the left and a red heart at the right on a white background with green stripes"
    assert plain(scene) == said


def test_a_view_without_items_is_named_alone() -> None:
    assert plain(Scene(Background("sunset"))) == "a sunset over the sea"


def test_captions_name_every_colour_that_is_there() -> None:
    rng = RNG(1)
    for _ in range(200):
        scene = draw_scene(rng, Mix())
        text = caption(scene, rng)
        for item in scene.items:
            assert not item.colour or any(word in text for word in SYNONYMS.get(item.colour, (item.colour,)))
            assert item.place == "centre" or item.place in text


def test_no_item_has_the_colour_of_what_it_stands_on() -> None:
    rng = RNG(2)
    for scene in (draw_scene(rng) for _ in range(500)):
        for item in scene.items:
            assert item.colour in COLOURS and item.place in PLACES
            assert item.colour not in (scene.background.colour, scene.background.second)
