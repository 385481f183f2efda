"""The composition of a picture: what is drawn where, for a prompt."""

from PIL import Image, ImageChops

from .noise import Stream, clouds, noise_image
from .spec import PictureSpec, entropy


def compose(spec: PictureSpec, size: tuple[int, int]) -> Image.Image:
    """Return the picture that a spec describes, at a size of its own: RGB, or RGBA where it is transparent."""
    stream = Stream(entropy(spec))
    mesh = Image.merge("RGB", [noise_image(stream.child(band), 4, 4) for band in "RGB"])
    picture = mesh.resize(size, Image.Resampling.BICUBIC)
    grain = noise_image(stream.child("grain"), 128, 128).resize(size, Image.Resampling.BICUBIC)
    picture = ImageChops.soft_light(picture, Image.merge("RGB", (grain,) * 3))
    for guide in spec.guides:
        weight = Image.new("L", size, 128 // len(spec.guides))
        picture = Image.composite(guide.convert("RGB").resize(size), picture, weight)
    if spec.transparent:
        picture.putalpha(clouds(stream.child("alpha"), size, 4).point(lambda value: 255 if value > 127 else 0))
    return picture
