"""Built places seen from the pavement: a lane that leads into the distance, and the front of a shop."""

from PIL import Image, ImageDraw

from .noise import Stream
from .palette import RGB, Palette, darker, lighter, mix
from .resample import resized
from .shapes import below, disc, fill, glow, gradient, ramp, rounded, shadow

_PLASTER: tuple[RGB, ...] = ((206, 170, 132), (176, 120, 96), (150, 132, 118), (196, 150, 104), (122, 112, 120))


def street(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint a lane between old houses, bulbs strung across it, light lying on wet stones."""
    width, height = canvas.size
    canvas.paste(gradient(canvas.size, palette.sky), (0, 0))
    vanish = (width * stream.between(44, 56) // 100, height * 60 // 100)
    glow(canvas, vanish, (width // 2, height // 2), palette.lamp, 220)
    for depth in range(4):
        for side in (0, 1):
            _house(canvas, palette, stream, vanish, depth, side)
    _pavement(canvas, palette, stream, vanish)
    _bulbs(canvas, palette, stream)


def _house(
    canvas: Image.Image, palette: Palette, stream: Stream, vanish: tuple[int, int], depth: int, side: int
) -> None:
    """Paint the house at a depth, 0 the farthest, on the left (0) or right (1), its roof falling away."""
    width, height = canvas.size
    far, near = 10 + 24 * depth, 36 + 30 * depth  # percent of the way from the vanishing point to the picture's edge
    edge = 0 if side == 0 else width
    inner, outer = (vanish[0] + (edge - vanish[0]) * part // 100 for part in (far, near))
    left, right = max(0, min(inner, outer)), min(width, max(inner, outer))
    rise = height * stream.between(46, 62) // 100
    tone = mix(stream.pick(_PLASTER), stream.pick(palette.accents), 60)
    tone = darker(mix(tone, palette.land[1], 90 if palette.dark else 40), 90 - 20 * depth)
    if right - left < 4:
        return
    base, reach = (vanish[1] - height // 10) * 256, max(1, abs(edge - vanish[0]))
    heights = [base - rise * abs(x - vanish[0]) * 256 * 10 // (reach * 7) for x in range(left, right)]
    size = (right - left, height)
    wall = gradient(size, (darker(tone, 50), tone, mix(tone, palette.lamp, 70)))
    canvas.paste(wall, (left, 0), below(heights, size))
    _lit_windows(canvas, palette, stream, (left, right), heights, vanish)


def _lit_windows(
    canvas: Image.Image,
    palette: Palette,
    stream: Stream,
    span: tuple[int, int],
    heights: list[int],
    vanish: tuple[int, int],
) -> None:
    pen = ImageDraw.Draw(canvas)
    left, right = span
    step = max(6, (right - left) // 3)
    for x in range(left + step // 4, right - step // 2, step):
        roof = max(0, heights[x - left] >> 8)
        storey = max(8, (vanish[1] - roof) // 3)
        for y in range(roof + storey // 3, vanish[1] - storey // 3, storey):
            lit = mix(palette.lamp, (255, 170, 80), 110) if stream.chance(60) else darker(palette.land[1], 60)
            box = (x, y, x + step // 2, y + storey // 2)
            pen.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), fill=darker(palette.land[1], 120))
            pen.rectangle(box, fill=lit)
            pen.line(((box[0] + box[2]) // 2, box[1], (box[0] + box[2]) // 2, box[3]), fill=darker(lit, 130))


def _pavement(canvas: Image.Image, palette: Palette, stream: Stream, vanish: tuple[int, int]) -> None:
    """Paint the ground as a blurred reflection of what stands on it, with rows of stones."""
    width, height = canvas.size
    top = vanish[1] + height // 12
    size = (width, height - top)
    mirror = canvas.crop((0, max(0, top - size[1]), width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = resized(resized(mirror, (24, 12), Image.Resampling.BOX), size, Image.Resampling.BICUBIC)
    fill(mirror, Image.new("L", size, 130), darker(palette.land[1], 60))
    canvas.paste(mirror, (0, top))
    pen = ImageDraw.Draw(canvas)
    y, gap = top, 3
    while y < height:
        pen.line((0, y, width, y), fill=darker(palette.land[1], 90))
        for _ in range(6):
            x = stream.between(0, width)
            pen.line(
                (x, y, x + (x - vanish[0]) * gap // max(1, height // 3), y + gap), fill=darker(palette.land[1], 90)
            )
        y, gap = y + gap, gap + max(1, gap // 3)
    fill(canvas, ramp((width, height // 16), 0, 150), darker(palette.land[1], 40), (0, top - height // 16))


def _bulbs(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    width, height = canvas.size
    unit = min(canvas.size)
    pen = ImageDraw.Draw(canvas)
    for row in range(2):
        level, sag = height * (7 + 9 * row) // 100, height * stream.between(4, 8) // 100
        count = 11 + 2 * row
        points = [
            (width * at // count, level + sag * 4 * at * (count - at) // (count * count)) for at in range(count + 1)
        ]
        pen.line(points, fill=darker(palette.land[1], 60), width=max(1, unit // 400))
        for x, y in points:
            glow(canvas, (x, y + unit // 80), (unit // 22, unit // 22), (255, 204, 120), 210)
            disc(canvas, (x, y + unit // 80), (unit // 110, unit // 90), (255, 240, 204))


def shop(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    """Paint a shop front: facade, striped awning, a lit window and a door. The fascia is left for a sign."""
    width, height = canvas.size
    stone = mix((228, 212, 184), palette.sky[2], 70)
    canvas.paste(gradient(canvas.size, (stone, darker(stone, 20), darker(stone, 60))), (0, 0))
    pen = ImageDraw.Draw(canvas)
    course = max(8, height // 16)
    for row in range(0, height // course + 1):
        pen.line((0, row * course, width, row * course), fill=darker(stone, 34))
        for x in range((row % 2) * course, width, course * 2):
            pen.line((x, row * course, x, row * course + course), fill=darker(stone, 34))
    glow(canvas, (width * stream.between(10, 90) // 100, 0), (width, height), lighter(palette.lamp, 60), 120)
    frame = darker(palette.vivid, 120)
    _front(canvas, palette, stream, frame)
    _awning(canvas, palette, stream)
    ground = height * 91 // 100
    canvas.paste(gradient((width, height - ground), (darker(stone, 120), darker(stone, 80))), (0, ground))
    for at in range(3):
        _planter(canvas, palette, stream, (width * (12 + 27 * at) // 100, ground))


def _front(canvas: Image.Image, palette: Palette, stream: Stream, frame: RGB) -> None:
    width, height = canvas.size
    warm = mix(palette.lamp, (255, 190, 104), 120)
    for left, right, top in ((6, 62, 52), (66, 92, 50)):
        box = (width * left // 100, height * top // 100, width * right // 100, height * 91 // 100)
        shadow(canvas, box, max(2, width // 60), 130)
        canvas.paste(frame, box)
        rim = max(2, width // 90)
        pane = (box[2] - box[0] - 2 * rim, box[3] - box[1] - 2 * rim)
        glass = gradient(pane, (lighter(warm, 90), warm, darker(warm, 110)))
        for _ in range(14):  # shelves of goods, out of focus
            radius = max(2, width * stream.between(1, 3) // 100)
            place = (stream.between(0, pane[0]), pane[1] * stream.pick((45, 68, 90)) // 100)
            disc(
                glass,
                place,
                (radius * 3 // 2, radius),
                darker(mix(warm, (150, 84, 36), 150), stream.between(0, 60)),
                220,
            )
        gloss = Image.new("L", (8, 8))
        for at in range(8):
            gloss.putpixel((at, 7 - at), 90)
        fill(glass, resized(gloss, pane, Image.Resampling.BICUBIC), (255, 255, 255))
        canvas.paste(glass, (box[0] + rim, box[1] + rim))
        middle = (box[0] + box[2]) // 2
        canvas.paste(frame, (middle - rim // 2, box[1], middle + rim // 2, box[3]))


def _awning(canvas: Image.Image, palette: Palette, stream: Stream) -> None:
    width, height = canvas.size
    top, bottom = height * 42 // 100, height * 56 // 100
    stripes = 14
    drop = Image.new("RGB", (width * 94 // 100, bottom - top))
    mask = Image.new("L", drop.size)
    mask.paste(255, (0, 0, drop.width, drop.height * 3 // 4))
    for at in range(stripes):
        box = (drop.width * at // stripes, 0, drop.width * (at + 1) // stripes, drop.height)
        drop.paste(palette.vivid if at % 2 else (246, 238, 222), box)
        scallop = rounded((box[2] - box[0], drop.height // 2), drop.width // stripes // 2)
        mask.paste(255, (box[0], drop.height // 2), scallop)
    fill(drop, ramp(drop.size, 0, 110), (20, 16, 24))
    left = width * 3 // 100
    shadow(canvas, (left, top + height // 30, left + drop.width, bottom + height // 30), max(2, height // 40), 120)
    canvas.paste(drop, (left, top), mask)


def _planter(canvas: Image.Image, palette: Palette, stream: Stream, foot: tuple[int, int]) -> None:
    unit = min(canvas.size)
    wide, tall = unit // 9, unit // 18
    for _ in range(26):
        place = (
            foot[0] + stream.between(-wide // 2, wide // 2),
            foot[1] - tall - stream.between(-unit // 60, unit // 26),
        )
        leaf = stream.pick(((74, 112, 70), (96, 140, 84), (58, 92, 62), lighter(palette.accents[1], 60)))
        disc(canvas, place, (unit // 90, unit // 90), leaf)
    box = (foot[0] - wide // 2, foot[1] - tall, foot[0] + wide // 2, foot[1])
    canvas.paste(gradient((wide // 2 * 2, tall), ((176, 104, 70), (128, 70, 48))), box[:2])
