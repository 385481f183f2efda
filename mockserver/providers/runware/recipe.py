"""How a produced image is drawn: what of a task shows in the picture, and nothing of what does not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
class ImageRecipe:
    """One produced image. inputs: the files it is made from, decoded again when it is drawn.

    shared_by: how many results of the task are made from the same files.
    size: (width, height) px before enlargement by ``scale``. salt: everything else that the task says.
    """

    prompt: str
    negative_prompt: str
    model: str
    seed: int
    size: tuple[int, int]
    scale: int
    salt: bytes
    strength: float
    mask_margin: int | None
    outpaint: tuple[int, int, int, int] | None
    transparent: bool
    inputs: tuple[InputImage, ...]
    shared_by: int = 1

    @property
    def identity(self) -> bytes:
        """Bytes that differ whenever the pixels may."""
        drawn = (self.prompt, self.negative_prompt, self.model, self.seed, self.size, self.scale, self.strength)
        edited = (self.mask_margin, self.outpaint, self.transparent, *((i.role, digest(i.data)) for i in self.inputs))
        return digest(self.salt, repr(drawn), repr(edited))

    @property
    def weight(self) -> int:
        """Bytes of input files that the recipe holds on to; its part of them where several results share them."""
        return sum(len(image.data) for image in self.inputs) // self.shared_by

    def render(self, format: str, quality: int) -> bytes:
        """Return the image file. format: "JPG", "PNG" or "WEBP"."""
        from ...pictures import draw, encode  # here: pictures load late, so that the first answer comes early

        return encode(draw(self._spec()), format=cast(Literal["JPG", "PNG", "WEBP"], format), quality=quality)

    def _spec(self) -> "PictureSpec":
        from ...pictures import PictureSpec  # here: as above

        pixels: dict[str, list[Any]] = {"seed": [], "mask": [], "guide": []}
        for image in self.inputs:
            pixels[image.role].append(opened(image))
        return PictureSpec(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            model=self.model,
            seed=self.seed,
            width=self.size[0],
            height=self.size[1],
            salt=self.salt,
            seed_image=next(iter(pixels["seed"]), None),
            mask_image=next(iter(pixels["mask"]), None),
            strength=self.strength,
            mask_margin=self.mask_margin,
            outpaint=self.outpaint,
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
    shared_by: int = 1,
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
            *(digest(image.data) for image in inputs if image.role == "guide"),
        ),
        strength=float(given.get("strength", task.get("strength", 0.8))),
        mask_margin=task.get("maskMargin"),
        outpaint=(margins and cast(tuple[int, int, int, int], tuple(int(margins.get(s, 0)) for s in sides))) or None,
        transparent=bool(task.get("layerDiffuse")),
        inputs=tuple(inputs),
        shared_by=shared_by,
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
