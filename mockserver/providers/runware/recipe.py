"""How a produced image is drawn: what of a task shows in the picture, and nothing of what does not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from ...derive import canonical, digest
from .inputs import InputImage, opened

if TYPE_CHECKING:
    from ...pictures import PictureSpec

# What does not change a picture: identity, delivery, cost and encoding (design: same task, same picture).
UNSEEN = frozenset(
    "taskType taskUUID deliveryMethod webhookURL uploadEndpoint includeCost ttl numberResults outputType outputFormat "
    "outputQuality safety checkNSFW".split()
)
# What has a place of its own in the specification of a picture, and so is left out of the salt.
PLACED = frozenset(
    "model positivePrompt negativePrompt seed width height strength inputs outpaint layerDiffuse".split()
)


@dataclass(frozen=True, slots=True)
class Source:
    """An input image of a recipe. content: the name of its file in the store. size: (width, height) px."""

    role: str
    content: str
    size: Sequence[int]


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """One produced image. sources: what it is made from.

    size: (width, height) px before enlargement by ``scale``. salt: everything else that the task says, as hex digits.
    """

    prompt: str
    negative_prompt: str
    model: str
    seed: int
    size: Sequence[int]
    scale: int
    salt: str
    strength: float
    mask_margin: int | None
    outpaint: Sequence[int] | None
    transparent: bool
    sources: Sequence[Source]

    @property
    def identity(self) -> bytes:
        """Bytes that differ whenever the pixels may."""
        return digest(canonical(self.as_json()))

    def as_json(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values; by hand, since ``asdict`` takes ten times as long for each task."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return members | {"sources": [asdict(source) for source in self.sources]}

    @classmethod
    def of_json(cls, members: Mapping[str, Any], seed: int) -> "ImageRecipe":
        """Return the recipe that ``as_json`` wrote, with the seed of one result."""
        return cls(**{**members, "seed": seed, "sources": [Source(**source) for source in members["sources"]]})

    def render(self, format: str, quality: int, files: Mapping[str, bytes]) -> bytes:
        """Return the image file. format: "JPG", "PNG" or "WEBP". files: those of the sources, by content."""
        from ...pictures import draw, encode  # here: pictures load late, so that the first answer comes early

        return encode(draw(self._spec(files)), format=cast(Literal["JPG", "PNG", "WEBP"], format), quality=quality)

    def _spec(self, files: Mapping[str, bytes]) -> "PictureSpec":
        from ...pictures import PictureSpec  # here: as above

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
            salt=bytes.fromhex(self.salt),
            seed_image=next(iter(pixels["seed"]), None),
            mask_image=next(iter(pixels["mask"]), None),
            strength=self.strength,
            mask_margin=self.mask_margin,
            outpaint=cast(tuple[int, int, int, int], tuple(self.outpaint)) if self.outpaint else None,
            guides=tuple(pixels["guide"]),
            transparent=self.transparent,
            scale=self.scale,
        )


def recipe_of(
    task: Mapping[str, Any],
    inputs: Sequence[InputImage],
    *,
    seed: int,
    size: tuple[int, int],
    scale: int,
) -> ImageRecipe:
    """Return the recipe of one result of a task whose defaults are filled in."""
    given = task.get("inputs", {})
    margins = task.get("outpaint") if any(image.role == "seed" for image in inputs) else None
    sides = ("left", "top", "right", "bottom")
    return ImageRecipe(
        prompt=str(task.get("positivePrompt", "")),
        negative_prompt=str(task.get("negativePrompt", "")),
        model=str(task["model"]),
        seed=seed,
        size=size,
        scale=scale,
        salt=digest(
            canonical(_seen(task, placed=PLACED if margins else PLACED - {"outpaint"})),
            *(image.content for image in inputs if image.role == "guide"),
        ).hex(),
        strength=float(given.get("strength", task.get("strength", 0.8))),
        mask_margin=task.get("maskMargin"),
        outpaint=tuple(int(margins.get(side, 0)) for side in sides) if margins else None,
        transparent=bool(task.get("layerDiffuse")),
        sources=tuple(Source(image.role, image.content, image.size) for image in inputs),
    )


def _seen(task: Mapping[str, Any], placed: Collection[str]) -> dict[str, Any]:
    """Return what of a task shows in its picture and has no place of its own, image references left out."""
    references = ("guideImage", "guideImages", "images", "masks")
    return {
        name: _without(value, references) for name, value in task.items() if name not in UNSEEN and name not in placed
    }


def _without(value: Any, names: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {name: _without(member, names) for name, member in value.items() if name not in names}
    return [_without(member, names) for member in value] if isinstance(value, list) else value
