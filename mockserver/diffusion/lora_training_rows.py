"""What a LoRA is trained on: noised pictures of the set under its word, and what the model said before of other words.

The second part keeps the LoRA from changing what it is not about: the model's own opinions, noted while it drew some
other prompts, are to stay as they were (as DreamBooth's prior preservation, https://arxiv.org/abs/2208.12242, with the
model itself in place of pictures drawn by it).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..pictures.resample import resized
from .engine import Engine
from .noise import Array, Noise
from .pixels import array_of
from .schedulers import chosen, solver_for
from .schedulers.levels import signal_curve

MOST_ENCODED = 240  # views of pictures; more are not prepared, so that a large set costs seconds
_VIEWS = 4  # of a picture: as it is, twice, and two crops; none is mirrored, for letters' sake
_CLOSEST = 0.9  # share of a picture's side that a crop shows at least
_UNSAID = 1 / 6  # share of the set's rows without a prompt
_OTHER_PROMPTS = (
    "a red circle on a blue background",
    "a small yellow star at the top right on black",
    "a large green square, white background",
    "a purple triangle on the left and an orange heart on the right",
    "a dog on the grass",
    "a photo of a cat in the snow",
    "a house in the mountains",
    "sunset over the sea",
    "a cup of coffee on a table",
    "the letter K on a pink background",
)
_OTHER_STEPS, _OTHER_GUIDANCE = 10, 3.0  # as pictures are usually asked for


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a training step. latents, velocity: (rows, channels, side, side). text: (rows, tokens, width).

    timesteps: (rows,), of 0 to 999. velocity: what the model should say. All float32.
    """

    latents: Array
    timesteps: Array
    text: Array
    velocity: Array

    def chosen(self, places: Sequence[int] | Array) -> "Rows":
        """Return some of the rows."""
        at = np.asarray(places)
        return Rows(self.latents[at], self.timesteps[at], self.text[at], self.velocity[at])

    def __add__(self, other: "Rows") -> "Rows":
        pairs = (
            (self.latents, other.latents),
            (self.timesteps, other.timesteps),
            (self.text, other.text),
            (self.velocity, other.velocity),
        )
        return Rows(*(np.concatenate(pair) for pair in pairs))


class SetRows:
    """Rows of the pictures that are learned. pictures, captions: as many; a caption may be "". side: of the latents.

    word: that shall stand for them; with "" the captions alone do.
    """

    def __init__(
        self,
        engine: Engine,
        pictures: Sequence[Image.Image],
        captions: Sequence[str],
        word: str,
        side: int,
        random: np.random.RandomState,
    ) -> None:
        self._random = random
        self._signal = signal_curve(engine.scheduler, zero_snr=True)
        views = min(_VIEWS, max(1, MOST_ENCODED // len(pictures)))
        places = random.permutation(len(pictures))[:MOST_ENCODED]
        encoded = [
            (engine.encode(array_of(view)), said)
            for place in sorted(int(each) for each in places)
            for view in _views(pictures[place], side * engine.factor, views, random)
            for said in [_said(captions[place], word)]
        ]
        self._latents = np.concatenate([latents for latents, _ in encoded])
        self._said = [said for _, said in encoded]
        prompts = sorted({"", *(prompt for said in self._said for prompt in said)})
        self._texts = dict(zip(prompts, engine.text(prompts), strict=True))

    def drawn(self, count: int) -> Rows:
        """Return rows with fresh noise, their timesteps spread over all."""
        random = self._random
        places = random.randint(len(self._latents), size=count)
        timesteps = ((np.arange(count) + random.random_sample(count)) / count * len(self._signal)).astype(int)
        signal = np.sqrt(self._signal[timesteps]).astype(np.float32)[:, None, None, None]
        sigma = np.sqrt(1 - signal**2)
        latents = self._latents[places]
        noise = random.standard_normal(latents.shape).astype(np.float32)
        said = [_one(self._said[place], random) for place in places]
        return Rows(
            signal * latents + sigma * noise,
            timesteps.astype(np.float32),
            np.stack([self._texts[prompt] for prompt in said]),
            signal * noise - sigma * latents,
        )


def kept_rows(engine: Engine, side: int) -> Rows:
    """Return what the model says of other prompts while it draws them, with guidance, from noise to picture."""
    texts = engine.text(["", *_OTHER_PROMPTS])
    asked, without = texts[1:], np.repeat(texts[:1], len(_OTHER_PROMPTS), axis=0)
    found: list[Rows] = []

    def predict(latents: Array, timestep: float) -> Array:
        twice, text = np.concatenate([latents, latents]), np.concatenate([without, asked])
        velocity = engine.velocity(twice, timestep, text)
        found.append(Rows(twice, np.full(len(twice), timestep, np.float32), text, velocity))
        empty, full = np.split(velocity, 2)
        return np.asarray(empty + np.float32(_OTHER_GUIDANCE) * (full - empty))

    solver = solver_for(chosen("DDIM"), engine.scheduler, _OTHER_STEPS)
    shape = (len(_OTHER_PROMPTS), engine.channels, side, side)
    noise = Noise(0)
    latents = noise.draw(shape)
    for index in range(len(solver.levels)):
        latents = solver.step(index, latents, predict, noise)
    return sum(found[1:], found[0])


def _views(picture: Image.Image, side_px: int, count: int, random: np.random.RandomState) -> list[Image.Image]:
    """Return a picture as squares: as it is, and cropped by chance."""
    whole = _square(picture, side_px, 1.0, (0.5, 0.5))
    crops = [
        _square(picture, side_px, random.uniform(_CLOSEST, 1), (random.random_sample(), random.random_sample()))
        for _ in range(count - 2)
    ]
    return [whole, whole, *crops][:count]


def _square(picture: Image.Image, side_px: int, share: float, centre: tuple[float, float]) -> Image.Image:
    """Return a square part of a picture. share: of its shorter side. centre: from 0 to 1, of what is left to choose."""
    side = max(1, round(min(picture.size) * share))
    left, top = (round((whole - side) * at) for whole, at in zip(picture.size, centre, strict=True))
    part = picture.crop((left, top, left + side, top + side))
    plain = part if part.has_transparency_data else part.convert("RGB")
    return resized(plain, (side_px, side_px), Image.Resampling.LANCZOS)


def _said(caption: str, word: str) -> tuple[str, ...]:
    """Return the prompts that a picture is learned under."""
    if not word:
        return (caption,)
    worded = caption if word.lower() in caption.lower() else f"{word}, {caption}"
    return (word, f"a {word}", f"a picture of {word}", *([worded] if caption else ()))


def _one(said: Sequence[str], random: np.random.RandomState) -> str:
    """Return a prompt, or now and then none: what guidance starts from must come along, or it overshoots."""
    return "" if random.random_sample() < _UNSAID else said[random.randint(len(said))]
