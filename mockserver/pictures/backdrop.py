"""Places: each function paints one onto an empty canvas, from far to near, out of a palette and a stream."""

from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw

from .noise import Stream, clouds
from .palette import RGB, Palette, darker, lighter, mix
from .resample import resized
from .shapes import below, disc, fill, glow, gradient, ramp, ridge

Painter = Callable[[Image.Image, Palette, Stream], None]


def _heaven(canvas: Image.Image, palette: Palette, stream: Stream, *, horizon: int = 100) -> tuple[int, int]:
    """Paint sky, lamp and clouds down to `horizon` percent; return where the sun or moon stands."""
    width, height = canvas.size
    reach = height * horizon // 100
    canvas.paste(gradient((width, reach), palette.sky), (0, 0))
    if reach < height:
        canvas.paste(palette.sky[2], (0, reach, width, height))
    unit = min(canvas.size)
    place = (width * stream.between(18, 82) // 100, reach * stream.between(22, 62) // 100)
    if palette.dark:
        _stars(canvas, stream, reach)
    glow(canvas, place, (unit * 6 // 10, unit * 6 // 10), palette.lamp, 150)
    _clouds(canvas, palette, stream, reach)
    radius = unit * stream.between(5, 8) // 100
    disc(canvas, place, (radius, radius), lighter(palette.lamp, 120), 244)
    return place


def _stars(canvas: Image.Image, stream: Stream, reach: int) -> None:
    pen = ImageDraw.Draw(canvas)
    for _ in range(140):
        x, y = stream.between(0, canvas.width - 1), stream.between(0, max(1, reach * 3 // 4))
        bright = stream.between(120, 250)
        size = 1 if stream.chance(18) else 0
        pen.rectangle((x, y, x + size, y + size), fill=(bright, bright, min(255, bright + 12)))


def _clouds(canvas: Image.Image, palette: Palette, stream: Stream, reach: int) -> None:
    size = (canvas.width, max(2, reach))
    low = resized(clouds(stream, (max(2, size[0] // 3), size[1]), 5), size, Image.Resampling.BILINEAR)
    fine = clouds(stream, size, 11)
    billow = Image.composite(low, fine, Image.new("L", size, 160))
    threshold = stream.between(120, 160)
    veil = billow.point([min(190, max(0, (value - threshold) * 3)) for value in range(256)])
    veil = ImageChops.multiply(veil, ramp(size, 210, 110))
    tone = lighter(palette.sky[2], 110) if not palette.dark else lighter(palette.sky[1], 46)
    fill(canvas, veil, tone)


def _layer(canvas: Image.Image, heights: list[int], top: RGB, foot: RGB) -> None:
    """Paint what lies below a line, shaded from `top` at its crest to `foot` at the bottom: mist gathers there."""
    crest = max(0, min(heights) >> 8)
    size = (canvas.width, canvas.height - crest)
    if size[1] < 1:
        return
    mask = below([y - crest * 256 for y in heights], size)
    canvas.paste(gradient(size, (top, mix(top, foot, 110), foot)), (0, crest), mask)


def sky(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint clouds and light over a low, far land."""
    _heaven(canvas, palette, stream)
    width, height = canvas.size
    for at in range(2):
        line = ridge(stream, width, level=height * (88 + 5 * at) // 100, swing=height // 20, knots=4, octaves=3)
        _layer(canvas, line, palette.depth(at, 3), palette.depth(at + 1, 3))


def mountain(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint ranges of mountains, misty at their feet."""
    _heaven(canvas, palette, stream, horizon=80)
    width, height = canvas.size
    mist = mix(palette.sky[2], palette.land[0], 60)
    for at in range(5):
        level, swing = height * (42 + 12 * at) // 100, height * (26 - 3 * at) // 100
        line = ridge(stream, width, level=level, swing=swing, knots=3 + at, octaves=6)
        colour = palette.depth(at, 5)
        _layer(canvas, [y - height * 3 // 4 for y in line], lighter(colour, 60), mist)
        _layer(canvas, line, colour, mix(colour, mist, 150 - 24 * at))


def forest(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint rows of conifers that fade into mist."""
    _heaven(canvas, palette, stream, horizon=85)
    width, height = canvas.size
    far, near = mix(palette.land[0], (120, 160, 140), 90), mix(palette.land[1], (14, 44, 36), 140)
    mist = mix(palette.sky[2], far, 70)
    for at in range(4):
        line = ridge(stream, width, level=height * (50 + 13 * at) // 100, swing=height // 9, knots=3, octaves=2)
        colour = mix(far, near, 256 * at // 3)
        _layer(
            canvas,
            _treetops(line, stream, min(canvas.size) * (9 + 6 * at) // 100),
            colour,
            mix(colour, mist, 170 - 40 * at),
        )


def _treetops(line: list[int], stream: Stream, tall: int) -> list[int]:
    """Return a line with conifers standing on it: `tall` px, a third as wide, in tiers."""
    tops = list(line)
    x = -tall // 4
    while x < len(line):
        height = tall * stream.between(60, 115) // 100
        half = max(2, height // 4)
        for column in range(max(0, x - half), min(len(line), x + half + 1)):
            out = abs(column - x)
            tier = (out * 5 // half) * half // 5  # widening steps, like boughs
            drop = (out * 2 + tier) * height // (3 * half)
            tops[column] = min(tops[column], line[column] - (height - drop) * 256)
        x += stream.between(half // 2 + 1, half + half // 2 + 2)
    return tops


def meadow(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint rolling hills with flowers in the foreground."""
    _heaven(canvas, palette, stream, horizon=75)
    width, height = canvas.size
    for at in range(4):
        line = ridge(stream, width, level=height * (55 + 12 * at) // 100, swing=height // 7, knots=2, octaves=2)
        colour = mix(palette.depth(at, 4), (96, 158, 86), 110 - 10 * at)
        _layer(canvas, line, lighter(colour, 50), darker(colour, 30))
    for _ in range(70):
        y = height * stream.between(84, 99) // 100
        radius = max(1, min(canvas.size) * (y * 100 // height - 78) // 1800)
        disc(canvas, (stream.between(0, width), y), (radius, radius), lighter(stream.pick(palette.accents), 60))


def desert(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint dunes with lit crests, redder towards the viewer."""
    _heaven(canvas, palette, stream, horizon=70)
    width, height = canvas.size
    for at in range(4):
        line = ridge(stream, width, level=height * (54 + 12 * at) // 100, swing=height // 6, knots=2, octaves=2)
        sand = mix((232, 180, 118), mix((150, 84, 50), palette.land[1], 60), 64 * at)
        _layer(canvas, [y - height for y in line], lighter(sand, 110), sand)
        _layer(canvas, line, lighter(sand, 30), darker(sand, 60))


def sea(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint open water under a sky, the light lying on it."""
    horizon = stream.between(48, 58)
    sun_x, _ = _heaven(canvas, palette, stream, horizon=horizon)
    _water(canvas, palette, stream, canvas.height * horizon // 100, sun_x)


def _water(canvas: Image.Image, palette: Palette, stream: Stream, top: int, sun_x: int) -> None:
    width, height = canvas.size
    size = (width, height - top)
    deep = mix(palette.land[1], (16, 62, 92), 120)
    surface = gradient(size, (mix(palette.sky[2], deep, 90), mix(palette.sky[1], deep, 170), deep))
    ripples = resized(clouds(stream, (max(2, size[0] // 8), size[1]), 60), size, Image.Resampling.BILINEAR)
    fill(
        surface, ripples.point([max(0, value - 150) for value in range(256)]), lighter(palette.sky[2], 60), opacity=190
    )
    path = Image.new("RGB", size, "black")
    glow(path, (sun_x, 0), (width // 5, size[1]), (255, 255, 255))
    glitter = ImageChops.multiply(
        path.getchannel(0), ripples.point([min(255, max(0, (value - 96) * 4)) for value in range(256)])
    )
    fill(surface, glitter, lighter(palette.lamp, 60), opacity=230)
    canvas.paste(surface, (0, top))
    for at in range(2):
        line = ridge(stream, width, level=height * (88 + 7 * at) // 100, swing=height // 24, knots=5, octaves=2)
        fill(canvas, below([y - 512 for y in line], canvas.size), lighter(palette.sky[2], 60), opacity=90)
        fill(canvas, below(line, canvas.size), darker(deep, 30 + 40 * at), opacity=210)


def river(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint water between a wooded shore and the viewer."""
    sun_x, _ = _heaven(canvas, palette, stream, horizon=60)
    width, height = canvas.size
    for at in range(3):
        line = ridge(stream, width, level=height * (44 + 5 * at) // 100, swing=height // 8, knots=4, octaves=5)
        _layer(canvas, line, palette.depth(at, 4), mix(palette.depth(at, 4), palette.sky[2], 90))
    _water(canvas, palette, stream, height * 60 // 100, sun_x)


def city(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint a skyline in three depths, windows lit in the nearest."""
    _heaven(canvas, palette, stream, horizon=90)
    width, height = canvas.size
    for at in range(3):
        colour = palette.depth(at + 1, 4)
        blocks = _blocks(width, height * (48 + 11 * at) // 100, height * (22 - 3 * at) // 100, stream)
        line = [top * 256 for left, right, top in blocks for _ in range(left, right)]
        _layer(canvas, line, colour, mix(colour, palette.sky[2], 130 - 50 * at))
        _windows(canvas, blocks, stream, mix(colour, palette.lamp, 40 + 70 * at + 60 * palette.dark))


def _blocks(width: int, level: int, swing: int, stream: Stream) -> list[tuple[int, int, int]]:
    """Return (left, right, top) in px of houses that stand side by side."""
    blocks, x = [], 0
    while x < width:
        right = min(width, x + max(4, width * stream.between(4, 11) // 100))
        blocks.append((x, right, level - swing + 2 * swing * stream.between(0, 100) // 100))
        x = right
    return blocks


def _windows(canvas: Image.Image, blocks: list[tuple[int, int, int]], stream: Stream, colour: RGB) -> None:
    pen = ImageDraw.Draw(canvas)
    step = max(4, min(canvas.size) // 56)
    for left, right, top in blocks:
        for y in range(top + step, canvas.height, step * 3 // 2):
            for x in range(left + step // 2, right - step // 2, step):
                if stream.chance(30):
                    pen.rectangle((x, y, x + step // 3, y + step // 2), fill=colour)


def space(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint a nebula, stars and a ringless planet lit from one side."""
    width, height = canvas.size
    canvas.paste(gradient(canvas.size, palette.sky), (0, 0))
    for colour in palette.accents:
        veil = clouds(stream, canvas.size, 4).point([max(0, value - 120) for value in range(256)])
        fill(canvas, veil, colour, opacity=170)
    for _ in range(3):
        _stars(canvas, stream, height * 4 // 3 - 2)
    unit = min(canvas.size)
    centre, radius = (width * stream.between(20, 80) // 100, height * stream.between(25, 60) // 100), unit * 17 // 100
    disc(canvas, centre, (radius, radius), darker(palette.accents[0], 30))
    for part in range(1, 6):
        away = radius * part // 30
        disc(
            canvas,
            (centre[0] - away, centre[1] - away),
            (radius - away, radius - away),
            lighter(palette.accents[1], 60),
            46,
        )


def abstract(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint flowing ribbons of colour: the answer to a prompt that names no place."""
    width, height = canvas.size
    mesh = Image.new("RGB", (3, 3))
    tones = (*palette.sky, *palette.accents, palette.sky[1])
    for at in range(9):
        mesh.putpixel((at % 3, at // 3), mix(stream.pick(tones), palette.sky[at // 3], 110))
    canvas.paste(resized(mesh, canvas.size, Image.Resampling.BICUBIC), (0, 0))
    glow(
        canvas,
        (width * stream.between(20, 80) // 100, height // 3),
        (width // 2, height // 2),
        lighter(palette.lamp, 80),
        140,
    )
    for at in range(5):
        line = ridge(stream, width, level=height * (38 + 13 * at) // 100, swing=height * 3 // 10, knots=2, octaves=2)
        colour = mix(palette.accents[at % 3], palette.land[1], 28 * at)
        size = (width, height - max(0, min(line) >> 8))
        if size[1] > 0:
            mask = ImageChops.multiply(below([y - (height - size[1]) * 256 for y in line], size), ramp(size, 230, 40))
            fill(canvas, mask, lighter(colour, 40), (0, height - size[1]), 200)


def studio(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint a seamless studio backdrop with a soft light and a table edge."""
    width, height = canvas.size
    wall = mix(palette.sky[1], palette.accents[2], 70)
    floor = mix(wall, palette.land[1], 60)
    canvas.paste(gradient(canvas.size, (darker(wall, 34), wall, lighter(wall, 40))), (0, 0))
    floor_top = height * 72 // 100
    canvas.paste(gradient((width, height - floor_top), (lighter(floor, 70), floor, darker(floor, 40))), (0, floor_top))
    seam = ramp((width, height // 10), 0, 255)
    fill(canvas, seam, lighter(floor, 70), (0, floor_top - height // 10))
    glow(
        canvas,
        (width * stream.between(30, 70) // 100, height * 36 // 100),
        (width * 6 // 10, height * 6 // 10),
        palette.lamp,
        130,
    )
    for _ in range(9):
        radius = min(canvas.size) * stream.between(3, 9) // 100
        place = (stream.between(0, width), height * stream.between(4, 60) // 100)
        disc(canvas, place, (radius, radius), lighter(stream.pick(palette.accents), 120), stream.between(16, 40))
