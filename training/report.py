"""How well pictures show what their prompts ask for: prompts nobody trained on, judged, counted and kept as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image, ImageDraw

from .captions import caption
from .judge import judge
from .layout import SIZES_PX
from .scenes import Kind, Scene, single_on_plain

Draw = Callable[[list[str], tuple[int, int]], list[Image.Image]]
TARGETS = {"background": 0.97, "colour": 0.95, "shape": 0.85, "place": 0.85, "size": 0.85, "thing": 0.70}
HEADER = "| checkpoint | pictures seen | background | colour | shape | place | size | thing |"
_SEED = 2026  # training draws its scenes and captions from other ones


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of pictures that were right, over `prompts` of shapes and `things` prompts of things."""

    prompts: int
    background: float
    colour: float
    shape: float
    place: float
    size: float
    things: int = 0
    thing: float = 0.0
    thing_background: float = 0.0

    def missed(self) -> list[str]:
        """Return the names of the targets that are not reached."""
        return [name for name, target in TARGETS.items() if getattr(self, name) < target]

    def row(self, name: str, seen: int) -> str:
        """Return a row of the table in docs/pipeline-model.md."""
        shares = (self.background, self.colour, self.shape, self.place, self.size)
        thing = f"{self.thing:.1%}" if self.things else "-"
        return f"| {name} | {seen:,} | " + " | ".join(f"{share:.1%}" for share in shares) + f" | {thing} |"


def prompts(count: int, kind: Kind, *, seed: int = _SEED) -> list[tuple[Scene, str]]:
    """Return scenes of one item on a plain background with captions in varied words; things come in turn."""
    rng = np.random.default_rng([seed, len(kind)])
    scenes = [single_on_plain(rng, kind) for _ in range(count)]
    return [(scene, caption(scene, rng)) for scene in scenes]


def score(draw: Draw, *, shapes: int, things: int) -> tuple[Score, list[tuple[str, Image.Image]]]:
    """Have pictures drawn and judged; return the score, and the prompts with their pictures."""
    shaped, named = prompts(shapes, "shape"), prompts(things, "thing")
    drawn = draw([text for _, text in shaped], SIZES_PX[0])
    portraits = draw([text for _, text in named], SIZES_PX[0]) if named else []
    right = np.array([_right(scene, picture) for (scene, _), picture in zip(shaped, drawn, strict=True)]).mean(0)
    recognised = [_thing_right(scene, picture) for (scene, _), picture in zip(named, portraits, strict=True)]
    thing = np.array(recognised).mean(0) if recognised else (0.0, 0.0)
    shares = [round(float(share), 4) for share in (*right, *thing)]
    counted = Score(shapes, shares[0], shares[1], shares[2], shares[3], shares[4], things, shares[5], shares[6])
    texts = [text for _, text in (*shaped, *named)]
    return counted, list(zip(texts, [*drawn, *portraits], strict=True))


def _right(scene: Scene, picture: Image.Image) -> tuple[bool, ...]:
    verdict, item = judge(picture), scene.items[0]
    asked = (scene.background.colour, item.colour, item.name, item.place, item.size)
    seen = (verdict.background, verdict.colour, verdict.shape, verdict.place, verdict.size)
    return tuple(a == b for a, b in zip(asked, seen, strict=True))


def _thing_right(scene: Scene, picture: Image.Image) -> tuple[bool, bool]:
    verdict = judge(picture, kind="thing")
    return verdict.thing == scene.items[0].name, verdict.background == scene.background.colour


def as_json(counted: Score, **facts: object) -> dict[str, object]:
    """Return what is written to training/results/: facts about the checkpoint, the score, what is missed."""
    return {**facts, "score": asdict(counted), "missed": counted.missed()}


def contact_sheet(pictures: Iterable[tuple[str, Image.Image]], *, columns: int = 8) -> Image.Image:
    """Return pictures with their prompts below, in rows."""
    shown = list(pictures)
    width, height = (max(picture.size[k] for _, picture in shown) for k in (0, 1))
    sheet = Image.new("RGB", (columns * (width + 6), -(-len(shown) // columns) * (height + 34)), "white")
    pen = ImageDraw.Draw(sheet)
    for k, (text, picture) in enumerate(shown):
        x, y = k % columns * (width + 6), k // columns * (height + 34)
        sheet.paste(picture, (x, y))
        lines = [text[start : start + 26] for start in range(0, len(text), 26)][:3]
        pen.multiline_text((x, y + height), "\n".join(lines), fill="black", spacing=0, font_size=10)
    return sheet
