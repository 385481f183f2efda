"""What the training pictures show and how captions call it: colours, shapes, sizes, places, settings, synonyms."""

Rgb = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (220, 30, 35),
    "orange": (245, 135, 20),
    "yellow": (250, 225, 40),
    "green": (30, 160, 60),
    "cyan": (40, 205, 215),
    "blue": (35, 70, 215),
    "purple": (125, 45, 175),
    "pink": (250, 130, 185),
    "white": (248, 248, 248),
    "black": (15, 15, 18),
    "gray": (128, 128, 130),
    "brown": (120, 70, 30),
}

SHAPES = ("circle", "square", "triangle", "star", "heart", "ring", "cross", "diamond")

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # without I, O and Q: a bar, a ring and nearly a ring

SIZES = {"small": 0.17, "medium": 0.25, "large": 0.36}  # radius as a share of the shorter side

PLACES: dict[str, tuple[float, float]] = {  # centre, as shares of width and height
    "centre": (0.5, 0.5),
    "left": (0.25, 0.5),
    "right": (0.75, 0.5),
    "top": (0.5, 0.25),
    "bottom": (0.5, 0.75),
    "top left": (0.27, 0.27),
    "top right": (0.73, 0.27),
    "bottom left": (0.27, 0.73),
    "bottom right": (0.73, 0.73),
}

PATTERNS = ("plain", "gradient", "stripes", "dots")

SETTINGS: dict[str, tuple[str, ...]] = {  # a scenery, and how a caption puts something into it
    "snow": ("in the snow", "in a snowy field", "on the snow"),
    "grass": ("on the grass", "in a green meadow", "in a field under a blue sky"),
    "beach": ("on the beach", "on the sand by the sea"),
    "sea": ("in the sea", "on the water", "over the sea"),
    "sunset": ("at sunset", "in front of a sunset", "at sunset over the sea"),
    "night": ("at night", "under the stars", "in the night sky"),
    "mountains": ("in the mountains", "in front of mountains"),
    "desert": ("in the desert", "in a desert under a blue sky"),
    "underwater": ("under water", "deep under water"),
    "forest": ("in the forest", "in the woods"),
}

VIEWS: dict[str, tuple[str, ...]] = {  # the same sceneries with nothing in them
    "snow": ("snow under a pale sky", "a snowy field"),
    "grass": ("a green meadow under a blue sky", "a field of grass"),
    "beach": ("a sandy beach by the sea", "a beach"),
    "sea": ("the sea under a blue sky", "the ocean"),
    "sunset": ("a sunset over the sea", "sunset over the sea"),
    "night": ("a night sky with stars", "the stars at night"),
    "mountains": ("mountains under a blue sky", "snowy mountains"),
    "desert": ("a desert under a blue sky", "sand dunes in the desert"),
    "underwater": ("the deep sea under water", "an underwater scene"),
    "forest": ("a forest", "trees in a forest"),
}

SYNONYMS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "circle", "disc", "ball"),
    "square": ("square", "square", "box"),
    "cross": ("cross", "plus sign"),
    "diamond": ("diamond", "rhombus"),
    "ring": ("ring", "ring", "hoop"),
    "gray": ("gray", "grey"),
    "purple": ("purple", "purple", "violet"),
    "small": ("small", "small", "little", "tiny"),
    "large": ("large", "large", "big", "huge"),
}

OPENINGS = ("", "", "", "a picture of ", "a photo of ", "an illustration of ", "a drawing of ", "an image of ")
ENDINGS = (
    *("",) * 8,
    *(", simple", ", flat design", ", high quality", ", minimal", ", detailed", ", watercolor", ", oil painting"),
    *(", digital art", ", cartoon style", ", soft light", ", realistic", ", cute"),
)
