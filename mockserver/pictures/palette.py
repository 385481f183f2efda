"""Colours: the names that prompts use, the light of a time of day, and the palette that a picture is painted in."""

from dataclasses import dataclass

from .noise import Stream

RGB = tuple[int, int, int]

# Every name a prompt may use -> the colour a painter would reach for. East Asian names are matched inside words.
COLOURS: dict[str, RGB] = {
    name: (code >> 16, code >> 8 & 255, code & 255)
    for code, names in {
        0xC8322B: "red crimson scarlet ruby 红 紅 赤 빨간 빨강",
        0xD8452E: "cinnabar vermilion vermillion 朱",
        0x7A1F2B: "burgundy maroon wine bordeaux 酒红",
        0xE8833A: "orange tangerine 橙 オレンジ 주황",
        0xE9A33B: "amber ochre saffron honey 琥珀",
        0xF0C93F: "yellow lemon 黄 黃 노란 노랑",
        0xD9A441: "gold golden brass 金 금색",
        0x4E9A51: "green emerald 绿 綠 緑 초록 녹색",
        0x2F7D68: "jade malachite 翡翠 玉",
        0x8A9A5B: "olive sage moss khaki 橄榄",
        0x9CCB5A: "lime chartreuse",
        0x8ED1B2: "mint 薄荷",
        0x1F7F86: "teal petrol 青",
        0x3CBFC4: "turquoise cyan aqua 水色",
        0x3F74C4: "blue sapphire 蓝 藍 青色 파란 파랑",
        0x8FC1E8: "azure babyblue 天蓝",
        0x1F2F5C: "navy indigo midnight 藏青 紺",
        0x7A4FA8: "purple violet 紫 보라",
        0xB9A0DC: "lavender lilac mauve 薰衣草",
        0xC13F8C: "magenta fuchsia 洋红",
        0xEE9DB4: "pink rose blush 粉 桃色 ピンク 분홍",
        0xF3B39A: "peach salmon coral apricot 珊瑚",
        0x8A5A3B: "brown chocolate coffee chestnut 棕 褐 茶色 갈색",
        0xC08A5E: "caramel copper bronze terracotta 铜",
        0xD9C2A0: "beige sand tan 米色 ベージュ",
        0xF2E8D2: "cream ivory pearl 象牙 奶油",
        0xF4F2EC: "white snowy 白 하얀 흰",
        0xC3C7CC: "silver platinum 银 銀 은색",
        0x858A90: "grey gray slate 灰 회색",
        0x23252B: "black ebony charcoal obsidian 黑 黒 검은 검정",
    }.items()
    for name in names.split()
}


# Accents that go together, for prompts that name no colour.
_TRIADS = (
    ("vermilion", "gold", "teal"),
    ("coral", "navy", "cream"),
    ("teal", "amber", "ruby"),
    ("indigo", "peach", "gold"),
    ("jade", "ivory", "copper"),
    ("violet", "rose", "saffron"),
)


@dataclass(frozen=True, slots=True)
class Light:
    """How a time of day looks: sky from top to horizon, land from far to near, the lamp or sun in it."""

    sky: tuple[RGB, RGB, RGB]
    land: tuple[RGB, RGB]
    lamp: RGB
    dark: bool = False


LIGHTS: dict[str, Light] = {
    "day": Light(((74, 139, 200), (140, 190, 224), (228, 238, 236)), ((146, 176, 184), (44, 84, 88)), (255, 246, 214)),
    "dawn": Light(
        ((112, 140, 186), (232, 186, 178), (252, 228, 188)), ((188, 160, 168), (72, 74, 96)), (255, 236, 190)
    ),
    "sunset": Light(((60, 50, 104), (206, 98, 96), (252, 196, 116)), ((168, 96, 108), (42, 30, 58)), (255, 222, 150)),
    "dusk": Light(
        ((34, 38, 82), (110, 86, 138), (232, 158, 132)), ((96, 84, 126), (26, 26, 50)), (255, 206, 138), True
    ),
    "night": Light(((12, 18, 44), (26, 40, 84), (70, 92, 138)), ((44, 60, 98), (10, 14, 32)), (250, 232, 176), True),
    "storm": Light(((56, 66, 82), (104, 118, 132), (168, 178, 182)), ((110, 124, 132), (38, 48, 56)), (226, 232, 230)),
    "fog": Light(
        ((150, 164, 174), (190, 200, 204), (226, 230, 228)), ((176, 188, 192), (88, 104, 110)), (250, 246, 234)
    ),
    "autumn": Light(
        ((120, 160, 188), (226, 206, 170), (250, 226, 176)), ((206, 148, 88), (98, 50, 34)), (255, 234, 176)
    ),
    "spring": Light(
        ((126, 182, 214), (206, 224, 224), (250, 232, 224)), ((162, 196, 150), (58, 108, 82)), (255, 244, 222)
    ),
    "winter": Light(
        ((120, 158, 196), (186, 208, 226), (240, 238, 240)), ((128, 154, 188), (222, 232, 242)), (255, 248, 232)
    ),
    "studio": Light(
        ((206, 198, 186), (228, 222, 212), (242, 238, 230)), ((214, 204, 190), (168, 156, 142)), (255, 252, 244)
    ),
    "space": Light(((6, 8, 22), (20, 16, 48), (52, 32, 84)), ((60, 44, 96), (14, 12, 30)), (232, 226, 255), True),
}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours one picture is painted in; `accents` are the prompt's own colours, or fitting ones."""

    sky: tuple[RGB, RGB, RGB]
    land: tuple[RGB, RGB]
    lamp: RGB
    accents: tuple[RGB, RGB, RGB]
    dark: bool

    @property
    def vivid(self) -> RGB:
        """The accent farthest from grey, bright enough to be seen, or a brick red when all are pale."""
        best = max(self.accents, key=lambda colour: max(colour) - min(colour))
        if max(best) - min(best) < 60:
            return (176, 62, 50)
        return best if luma(best) > 70 else lighter(best, 70)

    @property
    def ink(self) -> RGB:
        """The darkest colour."""
        return mix(self.land[1], (12, 12, 20), 150)

    def depth(self, at: int, of: int) -> RGB:
        """Return the colour of layer `at` of `of`, 0 being the farthest."""
        return mix(self.land[0], self.land[1], 256 * at // max(1, of - 1))


def mix(one: RGB, other: RGB, weight: int) -> RGB:
    """Return a colour between two: weight 0 is `one`, 256 is `other`."""
    return (
        one[0] + ((other[0] - one[0]) * weight >> 8),
        one[1] + ((other[1] - one[1]) * weight >> 8),
        one[2] + ((other[2] - one[2]) * weight >> 8),
    )


def lighter(colour: RGB, weight: int) -> RGB:
    """Return a colour moved towards warm white."""
    return mix(colour, (255, 251, 242), weight)


def darker(colour: RGB, weight: int) -> RGB:
    """Return a colour moved towards blue black."""
    return mix(colour, (10, 10, 18), weight)


def luma(colour: RGB) -> int:
    """Return the brightness of a colour, 0 to 255."""
    return (colour[0] * 77 + colour[1] * 150 + colour[2] * 29) >> 8


def palette_for(light: str | None, colours: tuple[RGB, ...], stream: Stream) -> Palette:
    """Return the palette for a light (a key of LIGHTS, or any when None) and the colours named, first one foremost."""
    base = LIGHTS[light or stream.pick(("day", "dawn", "sunset", "dusk", "spring", "autumn"))]
    sky, land = base.sky, base.land
    accents = tuple(_jitter(COLOURS[name], stream) for name in stream.pick(_TRIADS))
    if colours:
        first, second, third = (colours[at % len(colours)] for at in range(3))
        pull = 120 if light else 190
        sky = (mix(sky[0], darker(first, 60), pull), mix(sky[1], first, pull), mix(sky[2], lighter(second, 120), pull))
        land = (mix(land[0], lighter(second, 60), 110), mix(land[1], darker(third, 130), 130))
        accents = (first, second, third)
    shaken = [_jitter(_richer(colour), stream) for colour in (*sky, *land)]
    dark = luma(shaken[1]) < 96
    return Palette(
        (shaken[0], shaken[1], shaken[2]), (shaken[3], shaken[4]), base.lamp, (accents[0], accents[1], accents[2]), dark
    )


def _richer(colour: RGB) -> RGB:
    """Return a colour a fifth farther from grey, which mixing has dulled."""
    grey = luma(colour)
    red, green, blue = (min(248, max(6, grey + (band - grey) * 6 // 5)) for band in colour)
    return (red, green, blue)


def _jitter(colour: RGB, stream: Stream) -> RGB:
    red, green, blue = (min(248, max(6, band + stream.between(-9, 9))) for band in colour)
    return (red, green, blue)
