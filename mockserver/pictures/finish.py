"""What every picture gets last: grain, a transparent ground where asked, and the caption."""

from PIL import Image, ImageChops

from .noise import Stream, clouds, noise_image
from .palette import luma
from .resample import resized
from .shapes import glow
from .spec import PictureSpec
from .typography import fitted

_TILE_PX = 512
_LIGHT, _DARK = (248, 246, 240), (20, 20, 28)
# Peak-to-peak strength in 1/255.
_FINE, _BROAD = 9, 15
# The caption holds the beginning of a prompt; longer ones would shrink it out of sight.
_EXCERPT_CHARS = 90


def uneven(canvas: Image.Image, stream: Stream) -> Image.Image:
    """Return a canvas with broad, faint variations of brightness; their mean is 0, so that colours stay."""
    broad = clouds(stream, canvas.size, 4).point([value * _BROAD >> 8 for value in range(256)])
    return ImageChops.add(canvas, Image.merge("RGB", (broad,) * 3), 1, -_BROAD // 2)


def grain(picture: Image.Image, stream: Stream) -> None:
    """Give a picture fine grain, as on film, in place; its mean is 0 too. No two seeds share it."""
    tile = noise_image(stream, _TILE_PX, _TILE_PX).point([value * _FINE >> 8 for value in range(256)])
    colour = Image.merge("RGB", (tile,) * 3)
    # Tile by tile: pictures of this size stay in the processor's cache, and their memory is used again.
    for y in range(0, picture.height, _TILE_PX):
        for x in range(0, picture.width, _TILE_PX):
            part = picture.crop((x, y, min(x + _TILE_PX, picture.width), min(y + _TILE_PX, picture.height)))
            picture.paste(ImageChops.add(part, colour, 1, -_FINE // 2), (x, y))


def cut_out(picture: Image.Image, masks: list[Image.Image]) -> Image.Image:
    """Return the picture as RGBA, opaque where any mask is; without a mask a soft round piece of it is kept."""
    alpha = Image.new("L", picture.size)
    for mask in masks:
        alpha = ImageChops.lighter(alpha, mask)
    if not masks:
        width, height = picture.size
        patch = Image.new("RGB", picture.size)
        radius = min(picture.size) * 62 // 100
        glow(patch, (width // 2, height // 2), (radius, radius), (255, 255, 255))
        alpha = patch.getchannel(0).point([min(255, value * 9) for value in range(256)])
    cut = Image.new("RGBA", picture.size)
    whole = picture.convert("RGBA")
    whole.putalpha(alpha)
    # Pasted through a hard mask: half-transparent pixels keep their full colour, invisible ones hold none.
    cut.paste(whole, mask=alpha.point([0] + [255] * 255))
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
    """Write light on a dark ground and dark on a light one, with a faint halo of the opposite."""
    reach = 3
    edge = Image.new("L", (mask.width + 2 * reach, mask.height + 2 * reach))
    edge.paste(mask, (reach, reach))
    small = resized(edge, (edge.width // 3 + 1, edge.height // 3 + 1), Image.Resampling.BOX)
    halo = resized(small, edge.size, Image.Resampling.BILINEAR)
    ink, ground = (_LIGHT, _DARK) if _brightness(picture, mask.size, at) < 150 else (_DARK, _LIGHT)
    opaque = () if picture.mode == "RGB" else (255,)
    picture.paste((*ground, *opaque), (at[0] - reach, at[1] - reach), halo.point([value // 2 for value in range(256)]))
    picture.paste((*ink, *opaque), at, mask.point([value * 230 >> 8 for value in range(256)]))


def _brightness(picture: Image.Image, size: tuple[int, int], at: tuple[int, int]) -> int:
    """Return the mean brightness, 0 to 255, of the part of a picture that a text will cover."""
    under = picture.crop((at[0], max(0, at[1]), at[0] + size[0], max(1, at[1] + size[1]))).convert("RGB")
    red, green, blue = resized(under, (1, 1), Image.Resampling.BOX).tobytes()
    return luma((red, green, blue))
