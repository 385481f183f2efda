"""Scenes in words: a caption says only what holds, in varied words, and leaves out what needs no saying."""

import numpy as np

from .scenes import Background, Item, Scene
from .things import TRUE_COLOURS
from .vocabulary import ENDINGS, OPENINGS, SETTINGS, SYNONYMS, VIEWS


def caption(scene: Scene, rng: np.random.Generator, *, plain: bool = False) -> str:
    """Return a caption for the scene. plain: the first word of each kind, nothing left out, no filler."""
    words = _Words(rng, plain)
    if not scene.items:
        text = words.one(VIEWS[scene.background.kind])
    else:
        items = " and ".join(_item(item, words, alone=len(scene.items) == 1) for item in scene.items)
        text = items + _background(scene.background, words)
    return text if plain else words.one(OPENINGS) + text + words.one(ENDINGS)


class _Words:
    """The choice of words for one caption."""

    def __init__(self, rng: np.random.Generator, plain: bool) -> None:
        self._rng = rng
        self._plain = plain

    def one(self, choices: tuple[str, ...]) -> str:
        return choices[0] if self._plain else choices[int(self._rng.integers(len(choices)))]

    def named(self, name: str) -> str:
        return self.one(SYNONYMS.get(name, (name,)))

    def said(self, share: float) -> bool:
        return self._plain or bool(self._rng.random() < share)


def _item(item: Item, words: _Words, *, alone: bool) -> str:
    name = f"letter {item.name}" if item.kind == "letter" else words.named(item.name)
    colour = item.colour or (TRUE_COLOURS.get(item.name, "") if words.said(0.3) else "")
    adjectives = [words.named(item.size)] if alone and item.size != "medium" else []
    adjectives += [words.named(colour)] if colour else []
    noun = " ".join([*adjectives, name])
    article = "an" if noun[0].lower() in "aeiou" else "a"
    return f"{article} {noun}" + _place(item, words)


def _place(item: Item, words: _Words) -> str:
    if item.place == "centre":
        return "" if not words.said(0.3) else words.one(("", " in the centre", " in the middle"))
    return words.one((" at the ", " on the ", " in the ")) + item.place


def _background(background: Background, words: _Words) -> str:
    if background.kind in SETTINGS:
        return " " + words.one(SETTINGS[background.kind])
    colour = words.named(background.colour)
    if background.kind == "plain":
        return words.one((f" on a {colour} background", f" on {colour}", f", {colour} background"))
    second = words.named(background.second)
    if background.kind == "gradient":
        return f" on a {colour} to {second} gradient background"
    return f" on a {colour} background with {second} {background.kind}"
