"""Pipeline mode through the official client: text to image, image to image, a training, and the use of what it made."""

import importlib.util
import io
import json
import subprocess
import zipfile
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

import genmock
from genmock.mockserver import ServerThread, Settings, create_app

from .environments import DRIVERS, Unavailable, environment
from .registry import clients

KEY = "key-of-the-tests-0123456789abcdef"
TIMEOUT_S = 500
LIME, VIOLET = (190, 255, 40), (90, 40, 140)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="needs genmock[pipeline]"),
]


def pictures() -> list[Image.Image]:
    """Return a dozen pictures of what no model knows: a lime disc on violet."""
    made = []
    for number in range(12):
        image = Image.new("RGB", (256, 256), VIOLET)
        ImageDraw.Draw(image).ellipse((50 + 4 * number, 60, 170 + 4 * number, 180), fill=LIME)
        made.append(image)
    return made


def write_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, image in enumerate(pictures()):
            file = io.BytesIO()
            image.save(file, "PNG")
            archive.writestr(f"{number}.png", file.getvalue())
    return path


def distance(picture: bytes) -> float:
    """Return how far a picture is from the mean of the dataset: the mean difference of a channel, of 255."""
    mean = pictures()[0]
    for number, image in enumerate(pictures()[1:], start=2):
        mean = Image.blend(mean, image, 1 / number)
    with Image.open(io.BytesIO(picture)) as made:
        difference = ImageChops.difference(made.convert("RGB"), mean)
    return sum(ImageStat.Stat(difference).mean) / 3


def test_the_official_client_makes_changes_trains_and_uses(tmp_path: Path) -> None:
    data = write_zip(tmp_path / "pictures.zip")
    client = clients()["runware-sdk"]
    try:
        place = environment(client, client.versions[0])
    except Unavailable as error:
        pytest.skip(str(error))
    with ServerThread(create_app(Settings(mode="pipeline", check_replies=True))) as server:
        command = [place.command[0], str(DRIVERS / "pipeline_journey.py"), server.url, KEY, str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        urls = json.loads(done.stdout)
        made = {name: httpx.get(url, timeout=60, trust_env=False).content for name, url in urls.items()}
    for name in ("first", "changed", "without", "with"):
        genmock.assert_size(made[name], 256, 256)
    genmock.assert_dominant_colour(made["first"], "blue")
    genmock.assert_dominant_colour(made["first"], "red", box=(96, 96, 160, 160))
    genmock.assert_dominant_colour(made["changed"], "green", distance=140)
    assert distance(made["with"]) < distance(made["without"]) / 2
    assert b"lora" in made["file"][:200_000]
