"""How a produced picture is drawn, whichever provider it is for: a value that says what shows, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from .derive import canonical, digest

if TYPE_CHECKING:
    from PIL import Image

    from .makers import OnStep, PictureMaker
    from .makers import Sampling as MakerSampling
    from .pictures import PictureSpec


@dataclass(frozen=True, slots=True)
class Source:
    """An input image of a recipe. content: the name of its file in the store. size: (width, height) px."""

    role: str
    content: str
    size: Sequence[int]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA of a recipe. content: the name of its file in the store. weight: how strongly it is applied."""

    content: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a picture of the pipeline is sampled: as ``makers.Sampling``, its LoRAs by reference.

    maker: the engine, as the settings name it.
    """

    maker: str
    steps: int
    cfg_scale: float
    scheduler: str
    loras: Sequence[Adapter] = ()

    @classmethod
    def of_json(cls, members: Mapping[str, Any]) -> "Sampling":
        """Return the sampling that ``ImageRecipe.as_json`` wrote."""
        return cls(**{**members, "loras": [Adapter(**adapter) for adapter in members["loras"]]})


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """One produced image. sources: what it is made from.

    size: (width, height) px before enlargement by ``scale``. salt: everything else that the task says, as hex digits;
    or ``seen``: the same as it is, of which the salt is made when the picture is. sampling: how the pipeline makes it;
    None for a picture that is drawn.
    """

    prompt: str
    negative_prompt: str
    model: str
    seed: int
    size: Sequence[int]
    scale: int = 1
    salt: str = ""
    strength: float = 0.8
    mask_margin: int | None = None
    outpaint: Sequence[int] | None = None
    transparent: bool = False
    sources: Sequence[Source] = ()
    sampling: Sampling | None = None
    seen: Mapping[str, Any] | None = None

    @property
    def identity(self) -> bytes:
        """Bytes that differ whenever the pixels may."""
        return digest(canonical(self.as_json()))

    def as_json(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values; by hand, since ``asdict`` takes ten times as long for each task."""
        members: dict[str, Any] = {
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "model": self.model,
            "seed": self.seed,
            "size": self.size,
            "scale": self.scale,
            "salt": self.salt,
            "strength": self.strength,
            "mask_margin": self.mask_margin,
            "outpaint": self.outpaint,
            "transparent": self.transparent,
            "sources": [asdict(source) for source in self.sources],
        }
        if self.sampling is not None:
            members["sampling"] = asdict(self.sampling)
        if self.seen is not None:
            members["seen"] = self.seen
        return members

    @classmethod
    def of_json(cls, members: Mapping[str, Any], seed: int) -> "ImageRecipe":
        """Return the recipe that ``as_json`` wrote, with the seed of one result."""
        sampled = {"sampling": Sampling.of_json(members["sampling"])} if members.get("sampling") else {}
        sources = [Source(**source) for source in members["sources"]]
        return cls(**{**members, "seed": seed, "sources": sources, **sampled})

    @property
    def contents(self) -> Sequence[str]:
        """The names of all files in the store that the picture is made from."""
        loras = self.sampling.loras if self.sampling is not None else ()
        return [*(source.content for source in self.sources), *(adapter.content for adapter in loras)]

    def made_by(
        self, maker: "PictureMaker", format: str, quality: int, files: Mapping[str, bytes], on_step: "OnStep"
    ) -> bytes:
        """Return the image file. format: "JPG", "PNG" or "WEBP". files: what it is made from, by content."""
        from .pictures import encode  # here: pictures load late, so that the first answer comes early

        picture = maker.make(self._spec(files), self._sampling(files), on_step)
        return encode(picture, format=cast(Literal["JPG", "PNG", "WEBP"], format), quality=quality)

    def render(self, format: str, quality: int, files: Mapping[str, bytes]) -> bytes:
        """Return the image file as the fake mode draws it."""
        from .makers import FakeMaker, nobody  # here: as above

        return self.made_by(FakeMaker(), format, quality, files, nobody)

    def _sampling(self, files: Mapping[str, bytes]) -> "MakerSampling":
        from .makers import LoraWeights  # here: pictures that are drawn have no use for it
        from .makers import Sampling as MakerSampling

        if self.sampling is None:  # a drawing has no use for it
            return MakerSampling()
        loras = tuple(LoraWeights(files[adapter.content], adapter.weight) for adapter in self.sampling.loras)
        return MakerSampling(self.sampling.steps, self.sampling.cfg_scale, self.sampling.scheduler, loras)

    @property
    def _salt(self) -> bytes:
        if self.seen is None:
            return bytes.fromhex(self.salt)
        return digest(canonical(self.seen), *(source.content for source in self.sources if source.role == "guide"))

    def _spec(self, files: Mapping[str, bytes]) -> "PictureSpec":
        from .pictures import PictureSpec  # here: as above

        pixels: dict[str, list[Any]] = {"seed": [], "mask": [], "guide": []}
        for source in self.sources:
            pixels[source.role].append(opened(files[source.content], source.size))
        return PictureSpec(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            model=self.model,
            seed=self.seed,
            width=self.size[0],
            height=self.size[1],
            salt=self._salt,
            seed_image=next(iter(pixels["seed"]), None),
            mask_image=next(iter(pixels["mask"]), None),
            strength=self.strength,
            mask_margin=self.mask_margin,
            outpaint=cast(tuple[int, int, int, int], tuple(self.outpaint)) if self.outpaint else None,
            guides=tuple(pixels["guide"]),
            transparent=self.transparent,
            scale=self.scale,
        )


def opened(data: bytes, size: Sequence[int]) -> "Image.Image":
    """Return an input image's pixels; its file was found good, and to be of that size, when the task came."""
    from .pictures import decode  # here: as above

    return decode(data, max_bytes=len(data), max_pixels=size[0] * size[1])
