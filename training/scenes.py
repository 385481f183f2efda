"""What a training picture shows, as values: `Scene`, and how one is drawn by lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import things
from .vocabulary import COLOURS, LETTERS, PATTERNS, PLACES, SETTINGS, SHAPES

Kind = Literal["shape", "letter", "thing"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a picture. name: a shape, letter or thing; colour: "" for things, which have their own."""

    kind: Kind
    name: str
    colour: str
    size: str
    place: str


@dataclass(frozen=True, slots=True)
class Background:
    """What items stand on. kind: a pattern with its colours, or a setting, which has none to name."""

    kind: str
    colour: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture's content: a background and up to two items."""

    background: Background
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """How often what is drawn: shares of all scenes; shapes on patterns take the rest."""

    things: float = 0.45
    views: float = 0.03
    letters: float = 0.05
    pairs: float = 0.1  # of the scenes with shapes


SCENES_ONLY = Mix(things=0.0)


def draw_scene(rng: np.random.Generator, mix: Mix = SCENES_ONLY) -> Scene:
    """Return a scene drawn by lot."""
    lot = rng.random()
    if lot < mix.things:
        return Scene(_background(rng, settings=0.5), (_item(rng, "thing"),))
    if lot < mix.things + mix.views:
        return Scene(Background(_one(rng, SETTINGS)))
    kind: Kind = "letter" if lot < mix.things + mix.views + mix.letters else "shape"
    background = _background(rng, settings=0.06)
    if kind == "shape" and rng.random() < mix.pairs:
        return Scene(background, _pair(rng, background))
    return Scene(background, (_item(rng, kind, besides=_colours_of(background)),))


def single_on_plain(rng: np.random.Generator, kind: Kind = "shape") -> Scene:
    """Return a scene of one item on a plain background: what reports ask for and the judge can name."""
    background = Background("plain", _one(rng, COLOURS))
    return Scene(background, (_item(rng, kind, besides=(background.colour,)),))


def _background(rng: np.random.Generator, *, settings: float) -> Background:
    if rng.random() < settings:
        return Background(_one(rng, SETTINGS))
    colour = _one(rng, COLOURS)
    if rng.random() < 0.6:
        return Background("plain", colour)
    return Background(_one(rng, PATTERNS[1:]), colour, _other(rng, (colour,)))


def _item(rng: np.random.Generator, kind: Kind, besides: tuple[str, ...] = ()) -> Item:
    names = {"shape": SHAPES, "letter": tuple(LETTERS), "thing": tuple(things.THINGS)}[kind]
    colour = "" if kind == "thing" else _other(rng, besides)
    size = str(rng.choice(("small", "medium", "large")))
    place = "centre" if rng.random() < 0.25 else _one(rng, PLACES)
    return Item(kind, _one(rng, names), colour, size, place)


def _pair(rng: np.random.Generator, background: Background) -> tuple[Item, ...]:
    places = (("left", "right"), ("right", "left"), ("top", "bottom"), ("bottom", "top"))[int(rng.integers(4))]
    besides = _colours_of(background)
    return tuple(Item("shape", _one(rng, SHAPES), _other(rng, besides), "small", place) for place in places)


def _colours_of(background: Background) -> tuple[str, ...]:
    """Return the colours that an item would not be seen on."""
    own = {"snow": "white", "grass": "green", "sea": "blue", "night": "black", "underwater": "blue", "forest": "green"}
    return tuple(c for c in (background.colour, background.second, own.get(background.kind, "")) if c)


def _other(rng: np.random.Generator, besides: tuple[str, ...]) -> str:
    return _one(rng, [colour for colour in COLOURS if colour not in besides])


def _one(rng: np.random.Generator, names: Iterable[str]) -> str:
    choices = tuple(names)
    return choices[int(rng.integers(len(choices)))]
