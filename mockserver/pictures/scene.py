"""The composition of a picture: place, subject, guides, lettering and finish, put together for a prompt."""

from PIL import Image

from . import backdrop, street
from .backdrop import Painter
from .boards import letter
from .finish import caption, cut_out, grain, uneven
from .noise import Stream
from .palette import palette_for
from .resample import resized
from .spec import PictureSpec, entropy
from .sprites import place_subject, subject_box
from .words import read

# Longest side, in px, of the canvas that places are painted on; larger pictures enlarge it and add what must be crisp.
CANVAS_PX = 512
LEAST_PX = 32  # of a side of that canvas: what is painted in parts needs room for them

_PLACES: dict[str | None, Painter] = {
    None: backdrop.abstract,
    "sky": backdrop.sky,
    "sea": backdrop.sea,
    "river": backdrop.river,
    "mountain": backdrop.mountain,
    "forest": backdrop.forest,
    "meadow": backdrop.meadow,
    "desert": backdrop.desert,
    "city": backdrop.city,
    "space": backdrop.space,
    "studio": backdrop.studio,
    "street": street.street,
    "shop": street.shop,
}
# Where a subject alone says where it is at home, when the prompt names no place.
_HOMES = {
    **dict.fromkeys(("tin", "bottle", "cup", "bowl"), "studio"),
    **dict.fromkeys(("balloon", "bird"), "sky"),
    **dict.fromkeys(("house", "tree"), "meadow"),
    **dict.fromkeys(("car", "lantern"), "street"),
    "boat": "sea",
    "fish": "river",
}

# And what a light alone is best seen over.
_OUTLOOKS = {
    "sunset": "sea",
    "dusk": "city",
    "night": "city",
    "dawn": "mountain",
    "storm": "sea",
    "fog": "forest",
    "winter": "mountain",
    "autumn": "forest",
    "spring": "meadow",
    "day": "meadow",
    "space": "space",
}


def compose(spec: PictureSpec, size: tuple[int, int]) -> Image.Image:
    """Return the picture that a spec describes, at a size of its own: RGB, or RGBA where it is transparent."""
    stream = Stream(entropy(spec))
    reading = read(spec.prompt)
    place = reading.place or _HOMES.get(reading.subject or "") or _OUTLOOKS.get(reading.light or "")
    light = reading.light or ("studio" if place == "studio" else None)
    palette = palette_for(light, reading.colours, stream.child("palette"))
    canvas = Image.new("RGB", _canvas_size(size))
    _PLACES[place](canvas, palette, stream.child("place"))
    masks = []
    at_home = place != "shop" or reading.subject in ("cat", "dog", "person")
    if reading.subject and at_home and (box := subject_box(canvas.size, reading, stream.child("subject"))):
        masks.append(place_subject(canvas, reading.subject, box, palette, named=bool(reading.colours)))
    if spec.guides:
        canvas = _guided(canvas, spec.guides)
    canvas = uneven(canvas, stream.child("light"))
    picture = canvas if canvas.size == size else resized(canvas, size, Image.Resampling.BICUBIC)
    subject = subject_box(size, reading, stream.child("subject"))
    boards = letter(picture, reading, place, subject, palette, stream.child("letters"))
    grain(picture, stream.child("grain"))
    if spec.transparent:
        picture = cut_out(picture, [resized(mask, size, Image.Resampling.BICUBIC) for mask in masks] + boards)
    caption(picture, spec)
    return picture


def _canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    longer = max(*size, CANVAS_PX)
    width, height = (max(LEAST_PX, side * CANVAS_PX // longer) for side in size)
    return (width, height)


def _guided(canvas: Image.Image, guides: tuple[Image.Image, ...]) -> Image.Image:
    """Let each guide show through in a share of the picture of its own, side by side, fading into the next."""
    size = canvas.size
    shown = Image.new("RGB", size)
    for at, guide in enumerate(guides):
        left = size[0] * at // len(guides)
        fade = Image.new("L", (2, 1), 255)
        if at:
            fade.putpixel((0, 0), 0)
        band = resized(fade, (max(1, size[0] // len(guides)), size[1]), Image.Resampling.BILINEAR)
        mask = Image.new("L", size)
        mask.paste(band, (left, 0))
        mask.paste(255, (min(size[0], left + band.width), 0, *size))
        shown.paste(resized(guide.convert("RGB"), size, Image.Resampling.BICUBIC), (0, 0), mask)
    return Image.composite(shown, canvas, Image.new("L", size, 110))
