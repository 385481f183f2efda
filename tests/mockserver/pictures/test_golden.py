"""The same pixels on every machine: sha256 of the pixels of the pictures in golden.json.

Run this file as a script to write the table anew after a change that is meant to change pictures.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genmock.mockserver.pictures import PictureSpec, draw

TABLE = Path(__file__).with_name("golden.json")
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
PHOTO = Image.radial_gradient("L").convert("RGB")
MASK = Image.linear_gradient("L").point([255 * (value > 150) for value in range(256)])
IMAGES = {"photo": PHOTO, "mask": MASK}


def fingerprint(case: dict[str, Any]) -> str:
    fields = {name: value for name, value in case.items() if name != "sha256"}
    for name in ("seed_image", "mask_image"):
        if name in fields:
            fields[name] = IMAGES[fields[name]]
    if "guides" in fields:
        fields["guides"] = tuple(IMAGES[name] for name in fields["guides"])
    if "outpaint" in fields:
        fields["outpaint"] = tuple(fields["outpaint"])
    picture = draw(PictureSpec(**{"negative_prompt": "", **fields, "salt": fields.get("salt", "").encode()}))
    return hashlib.sha256(f"{picture.mode} {picture.size} ".encode() + picture.tobytes()).hexdigest()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['prompt'][:24]} {case['width']}x{case['height']}")
def test_pixels_are_the_same_everywhere(case: dict[str, Any]) -> None:
    assert fingerprint(case) == case["sha256"]


def rewrite() -> None:
    for case in CASES:
        case["sha256"] = fingerprint(case)
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in CASES)
    TABLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    rewrite()
