"""The pixels of every place in every light, with every subject, at sizes from small to large: one hash for each place.

Run this file as a script to write the table anew after a change that is meant to change pictures.
"""

import hashlib
import itertools
import json
from pathlib import Path

import pytest

from genmock.mockserver.pictures import PictureSpec, draw

TABLE = Path(__file__).with_name("scenes.json")
PLACES = "space shop street city sea river mountain forest desert meadow studio sky".split()
LIGHTS = "space sunset dusk night dawn storm fog winter autumn spring studio day".split()
SUBJECTS = "tin bottle cup bowl cat dog person boat balloon bird fish flower tree house lantern car robot heart".split()
SURFACES = "neon wood chalkboard mural poster paper".split()
SIZES = ((128, 128), (160, 96), (96, 208), (320, 192))


def fingerprint(place: str) -> str:
    """Return the hash of the pictures of a place. Subjects, surfaces and sizes take turns."""
    others = zip(itertools.cycle(SUBJECTS), itertools.cycle(SURFACES), itertools.cycle(SIZES), strict=False)
    found = hashlib.sha256()
    for number, (light, (subject, surface, (width, height))) in enumerate(zip(LIGHTS, others, strict=False)):
        prompt = f"a teal {subject} in the {place}, {light}, {surface} that says 'Fox No. {number}, 狐 {place}'"
        found.update(draw(PictureSpec(prompt, "", "runware:111@1", number, width, height, place.encode())).tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("place", PLACES)
def test_the_pixels_of_a_place_are_the_same_everywhere(place: str) -> None:
    assert fingerprint(place) == json.loads(TABLE.read_text())[place]


if __name__ == "__main__":
    TABLE.write_text(json.dumps({place: fingerprint(place) for place in PLACES}, indent=1) + "\n")
