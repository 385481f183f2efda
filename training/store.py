"""What training reads: pictures rendered once, and their latents, in memory-mapped files by size.

Picture i of a size shows `scene_of(size, i)`: scenes are drawn again from their number, so only pixels are stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import things
from .drawing import draw
from .layout import LATENT_CHANNELS, PX_PER_LATENT, SIZE_SHARES, SIZES_PX
from .scenes import SCENES_ONLY, Mix, Scene, draw_scene

if TYPE_CHECKING:
    from pathlib import Path

Tell = Callable[[int, int], None]
_SEED = 11


@dataclass(frozen=True, slots=True)
class Shelf:
    """The pictures of one size. size: width and height, px; count: how many there are."""

    folder: Path
    size: tuple[int, int]
    count: int

    def scene(self, index: int) -> Scene:
        """Return what a picture shows."""
        return draw_scene(_lots(self.size, index, 0), Mix() if things.available() else SCENES_ONLY)

    def pictures(self, mode: str = "r") -> np.ndarray:
        """Return the pictures, (count, height, width, 3) uint8."""
        width, height = self.size
        return _map(self.folder / f"pictures-{width}x{height}.u8", (self.count, height, width, 3), np.uint8, mode)

    def latents(self, mode: str = "r") -> np.ndarray:
        """Return the scaled latents, (count, channels, height / 8, width / 8) float16."""
        width, height = (side // PX_PER_LATENT for side in self.size)
        path = self.folder / "latents-{}x{}.f16".format(*self.size)
        return _map(path, (self.count, LATENT_CHANNELS, height, width), np.float16, mode)


def shelves(folder: Path) -> list[Shelf]:
    """Return what a folder holds. Raises FileNotFoundError before `render` has finished."""
    counts = json.loads((folder / "pictures.json").read_text())
    return [Shelf(folder, size, count) for size, count in zip(SIZES_PX, counts, strict=True)]


def render(folder: Path, pictures: int, tell: Tell = lambda _done, _of: None) -> list[Shelf]:
    """Draw that many pictures of all sizes. Ones that are there already are kept, if their number is the same."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = [max(1, round(pictures * share)) for share in SIZE_SHARES]
    marker = folder / "pictures.json"
    if marker.exists() and json.loads(marker.read_text()) == counts:
        return shelves(folder)
    marker.unlink(missing_ok=True)
    done, found = 0, [Shelf(folder, size, count) for size, count in zip(SIZES_PX, counts, strict=True)]
    for shelf in found:
        pixels = shelf.pictures("w+")
        for index in range(shelf.count):
            pixels[index] = np.asarray(draw(shelf.scene(index), shelf.size, _lots(shelf.size, index, 1)))
            done += 1
            tell(done, sum(counts))
    marker.write_text(json.dumps(counts))
    return found


def _lots(size: tuple[int, int], index: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, *size, index, purpose])


def _map(path: Path, shape: tuple[int, ...], dtype: type[np.generic], mode: str) -> np.ndarray:
    mapped: np.ndarray = np.memmap(path, dtype, mode, shape=shape)  # type: ignore[call-overload]  # mode: a plain str
    return mapped
