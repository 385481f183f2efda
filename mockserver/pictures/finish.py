"""What every picture gets last: grain, a transparent ground where asked, and the caption."""

from PIL import Image, ImageChops

from .noise import Stream, clouds, noise_image
from .resample import resized
from .shapes import glow
from .spec import PictureSpec
from .typography import fitted

_TILE_PX = 256
# Peak-to-peak strength in 1/255.
_FINE, _BROAD = 9, 15
# The caption holds the beginning of a prompt; longer ones would shrink it out of sight.
_EXCERPT_CHARS = 90


def uneven(canvas: Image.Image, stream: Stream) -> Image.Image:
    """Return a canvas with broad, faint variations of brightness; their mean is 0, so that colours stay."""
    broad = clouds(stream, canvas.size, 4).point([value * _BROAD >> 8 for value in range(256)])
    return ImageChops.add(canvas, Image.merge("RGB", (broad,) * 3), 1, -_BROAD // 2)


def grained(picture: Image.Image, stream: Stream) -> Image.Image:
    """Return a picture with fine grain, as on film; its mean is 0 too. No two seeds share it."""
    tile = noise_image(stream, _TILE_PX, _TILE_PX).point([value * _FINE >> 8 for value in range(256)])
    colour = Image.merge("RGB", (tile,) * 3)
    grain = Image.new("RGB", picture.size)
    for y in range(0, picture.height, _TILE_PX):
        for x in range(0, picture.width, _TILE_PX):
            grain.paste(colour, (x, y))
    return ImageChops.add(picture, grain, 1, -_FINE // 2)


def cut_out(picture: Image.Image, masks: list[Image.Image]) -> Image.Image:
    """Return the picture as RGBA, opaque where any mask is; without a mask a soft round piece of it is kept."""
    alpha = Image.new("L", picture.size)
    for mask in masks:
        alpha = ImageChops.lighter(alpha, mask)
    if not masks:
        width, height = picture.size
        patch = Image.new("RGB", picture.size)
        radius = min(picture.size) * 48 // 100
        glow(patch, (width // 2, height // 2), (radius, radius), (255, 255, 255))
        alpha = patch.getchannel(0).point([min(255, value * 6) for value in range(256)])
    cut = Image.new("RGBA", picture.size)
    cut.paste(picture, mask=alpha)
    cut.putalpha(alpha)
    return cut


def caption(picture: Image.Image, spec: PictureSpec) -> None:
    """Write the prompt's beginning, model, seed and final size small into the lower left corner, in place."""
    unit = min(picture.size)
    em = max(8, unit * 19 // 1000)
    size = f"{spec.width * spec.scale}\u00d7{spec.height * spec.scale}"
    rows = [f"{spec.model} \u00b7 seed {spec.seed} \u00b7 {size}"]
    excerpt = " ".join(spec.prompt.split())
    if excerpt:
        rows.insert(0, excerpt if len(excerpt) <= _EXCERPT_CHARS else excerpt[: _EXCERPT_CHARS - 1].rstrip() + "\u2026")
    room = picture.width - 2 * em
    masks = [fitted(row, max(1, room), em, serif=False) for row in rows]
    top = picture.height - em // 2 - sum(mask.height for mask in masks)
    for mask in masks:
        _write(picture, mask, (em, top))
        top += mask.height


def _write(picture: Image.Image, mask: Image.Image, at: tuple[int, int]) -> None:
    """Write in near white with a thin dark edge, legible on any ground."""
    edge = Image.new("L", (mask.width + 4, mask.height + 4))
    edge.paste(mask, (2, 2))
    halo = resized(
        resized(edge, (edge.width // 2 + 1, edge.height // 2 + 1), Image.Resampling.BOX),
        edge.size,
        Image.Resampling.BILINEAR,
    )
    opaque = () if picture.mode == "RGB" else (255,)
    picture.paste(
        (14, 14, 20, *opaque), (at[0] - 2, at[1] - 2), halo.point([min(170, value * 2) for value in range(256)])
    )
    picture.paste((246, 244, 238, *opaque), at, mask.point([value * 220 >> 8 for value in range(256)]))
