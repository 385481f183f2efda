"""``genmock try --mode pipeline``: real pictures of everything that the small diffusion model does, on one sheet."""

import base64
import io
import json
import random
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..app import create_app
from ..server import ServerThread
from ..settings import Settings
from .console import console
from .sheet import Section, Shot, write_sheet
from .trial import DOCUMENTED, KEY

if TYPE_CHECKING:
    import httpx
    from PIL import Image

Task = Mapping[str, Any]
TIMEOUT_S = 600.0
PAUSE_S = 0.2
FLUX, QWEN, TRAINING = "runware:111@1", "runware:108@1", "runware:qwen-image@style-lora-training"
AIR, WORD = "genmock:zorp@1", "zorp"
TRAINED_STEPS = 1500  # asked for; --pipeline-training-steps says how many are made
PROMPTS = (
    "a red circle on a blue background",
    "a green star on a white background",
    "a yellow heart on a purple background",
    "a large orange square in the top left",
    "a small black triangle at the bottom right, grey background",
    "a blue circle and a red square",
    "a house by the sea, the sun in the sky",
    "a mountain and a tree",
    "a cat",
    "a red fox in the snow",
)
STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
WEIGHTS = (0.0, 0.5, 1.0)


class Refused(Exception):
    """The server did not answer as it should. The text is its answer."""


@dataclass
class Desk:
    """Where tasks are sent. url: of the server."""

    client: "httpx.Client"
    url: str

    def run(self, task: Task) -> dict[str, Any]:
        """Return the first result of a task. Raises Refused."""
        response = self.client.post(f"{self.url}/v1", json=[{"taskUUID": str(uuid.uuid4()), **task}])
        if response.status_code != 200:
            raise Refused(f"status {response.status_code}: {response.text[:600]}")
        return dict(response.json()["data"][0])

    def picture(self, prompt: str, *, model: str = FLUX, **members: Any) -> bytes:  # noqa: ANN401 - JSON values
        """Return the PNG file of a task. Raises Refused."""
        size = {"width": 512, "height": 512} if "width" not in members else {}
        basis = {"taskType": "imageInference", "model": model, "positivePrompt": prompt, "steps": 20, "seed": 7}
        item = self.run({**basis, "CFGScale": 4, "outputFormat": "PNG", **size, **members})
        return bytes(self.client.get(item["imageURL"]).content)


def command(out: Path) -> None:
    """Make the pictures and write the sheet. Raises typer.Exit with the command's status."""
    import httpx

    screen = console()
    app = create_app(Settings(mode="pipeline"))
    began = time.perf_counter()
    with (
        ServerThread(app) as server,
        httpx.Client(timeout=TIMEOUT_S, trust_env=False, headers={"authorization": f"Bearer {KEY}"}) as client,
    ):
        screen.print(f"a mock server in pipeline mode runs at {server.url}; nothing leaves this machine")
        try:
            sections = _all(screen, Desk(client, server.url))
        except Refused as refused:
            screen.print(f"the pipeline failed: {refused}", style="red")
            raise typer.Exit(1) from None
    image, page = write_sheet(sections, out)
    count = sum(len(section.shots) for section in sections)
    screen.print(f"{count} pictures in {time.perf_counter() - began:.0f} s: {image} and {page}", style="green")


def _all(screen: Console, desk: Desk) -> list[Section]:
    """Return the sections, with a bar for each that tells how far it is; one line each where there is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    sections = []
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
        for title, told, total, shots in _plan(desk):
            bar = progress.add_task(title, total=total)
            made = []
            for part, shot in shots:
                progress.update(bar, completed=part)
                made += [shot] if shot is not None else []
            if not screen.is_terminal:
                screen.print(f"{title}: {len(made)} pictures")
            sections.append(Section(title, told, made))
    return sections


Shots = Iterator[tuple[float, Shot | None]]  # how much of the section is done, and a picture when there is one


def _plan(desk: Desk) -> Sequence[tuple[str, str, float, Shots]]:
    documented = json.loads(DOCUMENTED.read_text(encoding="utf-8"))
    return (
        (
            "documented prompts",
            "far beyond a small model: colours and a mood at most",
            len(documented),
            _documented(desk, documented),
        ),
        ("prompts in its words", "colour, background, shape, place; then things", len(PROMPTS), _prompts(desk)),
        ("strength", "from the seed image to the prompt", len(STRENGTHS) + 1, _ladder(desk)),
        ("inpainting", "outside the mask every pixel is as it was", 3, _inpainting(desk)),
        ("a LoRA trained just now", f'"a {WORD}" by weight, and an unrelated prompt', 100, _training(desk)),
    )


def _documented(desk: Desk, rows: Sequence[Mapping[str, Any]]) -> Shots:
    for number, row in enumerate(rows, start=1):
        members = {name: value for name, value in row["request"].items() if name not in ("taskUUID", "model")}
        prompt = members.pop("positivePrompt")
        yield number, Shot(row["title"], desk.picture(prompt, model=QWEN, **members))


def _prompts(desk: Desk) -> Shots:
    for number, prompt in enumerate(PROMPTS, start=1):
        yield number, Shot(prompt, desk.picture(prompt))


def _ladder(desk: Desk) -> Shots:
    before = desk.picture("a red circle on a blue background")
    yield 1, Shot("the seed image", before)
    for number, strength in enumerate(STRENGTHS, start=2):
        after = desk.picture(
            "a yellow star on a green background", strength=strength, inputs={"seedImage": _uri(before)}
        )
        yield number, Shot(f"a yellow star on a green background, strength {strength:g}", after)


def _inpainting(desk: Desk) -> Shots:
    from PIL import Image, ImageDraw

    before = desk.picture("a red circle on a blue background")
    mask = Image.new("L", (512, 512), 0)
    ImageDraw.Draw(mask).rectangle((300, 300, 480, 480), fill=255)
    yield 1, Shot("before", before)
    yield 2, Shot("the mask", _png(mask))
    inputs = {"seedImage": _uri(before), "maskImage": _uri(_png(mask))}
    yield 3, Shot("a green square", desk.picture("a green square", strength=0.95, inputs=inputs))


def _training(desk: Desk) -> Shots:
    """Train on a dozen pictures, and show what the word means by weight."""
    pictures = [_zorp(number) for number in range(12)]
    yield 0, Shot("of the dataset", pictures[0])
    yield 0, Shot("of the dataset", pictures[1])
    uri = f"data:application/zip;base64,{base64.b64encode(_zip(pictures)).decode()}"
    dataset = desk.run({"taskType": "mediaStorage", "operation": "upload", "media": uri})["mediaUUID"]
    order = {
        "taskType": "training",
        "model": TRAINING,
        "inputs": {"dataset": dataset},
        "importModel": {"air": AIR, "name": "Zorp"},
        "triggerWord": WORD,
        "trainingSteps": TRAINED_STEPS,
    }
    name = desk.run(order)["taskUUID"]
    while (state := desk.run({"taskType": "getResponse", "taskUUID": name}))["status"] == "processing":
        yield state.get("progress", 0), None
        time.sleep(PAUSE_S)
    for prompt in (f"a {WORD}", "a red circle on a blue background"):
        for weight in WEIGHTS:
            made = desk.picture(prompt, model=QWEN, lora=[{"model": AIR, "weight": weight}])
            yield 100, Shot(f"{prompt}, weight {weight:g}", made)


def _zorp(number: int) -> bytes:
    """Return a picture of what no model knows: a lime ring on teal and violet stripes."""
    from PIL import Image, ImageDraw

    chance = random.Random(number)
    image = Image.new("RGB", (256, 256), (90, 40, 140))
    brush = ImageDraw.Draw(image)
    for left in range(0, 256, 64):
        brush.rectangle((left, 0, left + 31, 255), fill=(0, 120, 120))
    x, y = chance.randint(96, 160), chance.randint(96, 160)
    brush.ellipse((x - 64, y - 64, x + 64, y + 64), outline=(190, 255, 40), width=24)
    return _png(image)


def _zip(pictures: Sequence[bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, data in enumerate(pictures):
            archive.writestr(f"{number}.png", data)
    return file.getvalue()


def _png(image: "Image.Image") -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
