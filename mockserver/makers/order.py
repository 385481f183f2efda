"""What a worker process is asked for: an order, a value that travels there with all that it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..derive import digest
from ..recipe import ImageRecipe
from .base import OnStep, PictureMaker


class Order(Protocol):
    """Something to be made. It is pickled on its way, and fulfilled in a worker process."""

    @property
    def key(self) -> str:
        """The name under which the store keeps the file: another one whenever its bytes may differ."""
        ...

    @property
    def steps(self) -> int:
        """How many steps it takes, as far as that is known before."""
        ...

    @property
    def what(self) -> str:
        """What it is, in a few words, for the log."""
        ...

    @property
    def patience(self) -> float:
        """How many times as long as a picture it may take."""
        ...

    def fulfil(self, maker: Callable[[], PictureMaker], on_step: OnStep) -> bytes:
        """Return the file. maker: opens the maker of pictures of this process, or returns the one that is open."""
        ...


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """A picture. format: "JPG", "PNG" or "WEBP". quality: 1 to 100. files: what it is made from, by content."""

    recipe: ImageRecipe
    format: str
    quality: int
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def key(self) -> str:
        """The name under which the store keeps the picture."""
        return picture_key(self.recipe, self.format, self.quality)

    @property
    def steps(self) -> int:
        """The steps of its denoising."""
        return self.recipe.sampling.steps if self.recipe.sampling is not None else 1

    @property
    def what(self) -> str:
        """Its kind and size."""
        return f"picture {self.recipe.size[0]}x{self.recipe.size[1]}"

    @property
    def patience(self) -> float:
        """A picture's own."""
        return 1.0

    def fulfil(self, maker: Callable[[], PictureMaker], on_step: OnStep) -> bytes:
        """Return the image file."""
        return self.recipe.made_by(maker(), self.format, self.quality, self.files, on_step)


def picture_key(recipe: ImageRecipe, format: str, quality: int) -> str:
    """Return the name under which the store keeps a picture of the pipeline."""
    return digest("made", recipe.identity, format, quality).hex()
