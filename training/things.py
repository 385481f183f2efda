"""The nameable things of stage 2: code points whose pictures Debian's NotoColorEmoji.ttf (OFL 1.1) draws.

Names follow the short names of Unicode's CLDR, shortened to what people write. The font is installed by Debian's
package fonts-noto-color-emoji; where it is missing, `available` is false and data holds scenes only.
"""

import functools
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
_BITMAP_PX = 109  # the one size that the font's bitmaps have

_ANIMALS = """cat:1F408 dog:1F415 fox:1F98A bear:1F43B panda:1F43C tiger:1F405 lion:1F981 cow:1F404 pig:1F416 frog:1F438
monkey:1F412 chicken:1F414 penguin:1F427 eagle:1F985 duck:1F986 owl:1F989 bat:1F987 wolf:1F43A horse:1F40E
unicorn:1F984 bee:1F41D butterfly:1F98B snail:1F40C ladybug:1F41E spider:1F577 turtle:1F422 snake:1F40D
octopus:1F419 crab:1F980 fish:1F41F dolphin:1F42C whale:1F433 shark:1F988 crocodile:1F40A elephant:1F418
camel:1F42B giraffe:1F992 sheep:1F411 rooster:1F413 parrot:1F99C flamingo:1F9A9 rabbit:1F407 mouse:1F401
hedgehog:1F994"""
_FOOD = """apple:1F34E banana:1F34C grapes:1F347 watermelon:1F349 lemon:1F34B pineapple:1F34D strawberry:1F353
cherries:1F352 tomato:1F345 avocado:1F951 broccoli:1F966 corn:1F33D carrot:1F955 bread:1F35E cheese:1F9C0
pizza:1F355 hamburger:1F354 cake:1F370 doughnut:1F369"""
_PLANTS = "tree:1F333 palm~tree:1F334 cactus:1F335 sunflower:1F33B rose:1F339 tulip:1F337 mushroom:1F344"
_VEHICLES = """car:1F697 bus:1F68C truck:1F69A tractor:1F69C bicycle:1F6B2 airplane:2708 helicopter:1F681 rocket:1F680
sailboat:26F5 ship:1F6A2 train:1F682"""
_OBJECTS = """house:1F3E0 castle:1F3F0 guitar:1F3B8 violin:1F3BB drum:1F941 clock:23F0 key:1F511 umbrella:2602
crown:1F451 hat:1F3A9 book:1F4D5 camera:1F4F7 balloon:1F388 present:1F381 football:26BD basketball:1F3C0 bell:1F514
snowman:26C4 robot:1F916"""

THINGS: dict[str, str] = {
    name.replace("~", " "): chr(int(code, 16))
    for group in (_ANIMALS, _FOOD, _PLANTS, _VEHICLES, _OBJECTS)
    for name, code in (entry.split(":") for entry in group.split())
}

TRUE_COLOURS = {  # said of a thing only because its picture has it
    "fox": "red", "pig": "pink", "frog": "green", "whale": "blue", "apple": "red", "banana": "yellow", "lemon":
    "yellow", "strawberry": "red", "tomato": "red", "broccoli": "green", "carrot": "orange", "cheese": "yellow",
    "rose": "red", "cactus": "green", "car": "red", "tree": "green", "flamingo": "pink", "crab": "red", "bear":
    "brown", "horse": "brown", "monkey": "brown", "book": "red", "balloon": "red", "elephant": "gray", "shark":
    "gray", "snake": "green", "turtle": "green", "crocodile": "green", "hat": "black", "umbrella": "purple",
}  # fmt: skip


def available() -> bool:
    """Return whether the font is installed."""
    return FONT.is_file()


@functools.lru_cache(maxsize=len(THINGS))
def portrait(name: str) -> Image.Image:
    """Return a thing's picture, RGBA, cut to what is drawn.

    Raises KeyError for a name that is none of THINGS, OSError where the font is missing.
    """
    canvas = Image.new("RGBA", (_BITMAP_PX * 2, _BITMAP_PX * 2), (0, 0, 0, 0))
    font = ImageFont.truetype(FONT, _BITMAP_PX)
    ImageDraw.Draw(canvas).text((20, 20), THINGS[name], font=font, embedded_color=True)
    box = canvas.getchannel("A").getbbox()
    if box is None:
        raise OSError(f"{FONT} has no picture for {name!r}: install a newer fonts-noto-color-emoji")
    return canvas.crop(box)


def paste(
    picture: Image.Image, name: str, centre: tuple[float, float], radius: float, *, mirrored: bool = False
) -> None:
    """Draw a thing into an RGB picture. centre and radius: px; the thing's longer side is twice the radius."""
    portrait_ = portrait(name)
    scale = 2 * radius / max(portrait_.size)
    size = (max(1, round(portrait_.width * scale)), max(1, round(portrait_.height * scale)))
    small = portrait_.resize(size, Image.Resampling.LANCZOS)
    if mirrored:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    corner = (math.floor(centre[0] - size[0] / 2), math.floor(centre[1] - size[1] / 2))
    picture.paste(small, corner, small)
