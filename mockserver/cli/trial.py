"""``genmock try``: the whole thing in one go, on the documented examples, with pictures to look at."""

import json
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ..app import create_app
from ..journal import Exchange
from ..log import report
from ..server import ServerThread
from ..settings import Settings
from .console import console

EXAMPLES = "Examples: genmock try | genmock try --out /tmp/pictures"
KEY = "genmock-try-0123456789abcdef0123"
FLUX = {
    "taskType": "imageInference",
    "model": "runware:111@1",
    "positivePrompt": 'A lighthouse on a cliff at sunset, a wooden sign reads "SAFE HARBOUR"',
    "width": 1024,
    "height": 768,
    "steps": 28,
    "seed": 4242,
    "CFGScale": 4.35,
    "outputFormat": "PNG",
}
WRONG = {**FLUX, "postivePrompt": "a typing mistake"}
_documented = Path(__file__).with_name("examples.json")


@dataclass
class Result:
    """What came of one example. wrong: how it differs from what is documented."""

    title: str
    status: int
    item: Mapping[str, Any] = field(default_factory=dict)
    size: str = ""
    milliseconds: float = 0.0
    file: str = ""
    wrong: list[str] = field(default_factory=list)


def command(
    out: Annotated[Path, typer.Option(help="folder for the pictures")] = Path("genmock-try"),
) -> None:
    """Try everything once: start a server, send the documented examples, save the pictures.

    The four Qwen-Image requests that Runware documents, a FLUX request and a deliberately wrong one are sent over HTTP
    to a server in this process. Exit status 1 when a reply is not as documented.
    """
    exchanges: list[Exchange] = []
    screen = console()
    results = []
    with ServerThread(create_app(Settings(), on_exchange=exchanges.append)) as server:
        screen.print(f"a mock server runs at {server.url}; nothing leaves this machine")
        cases = _cases()
        with _progress(screen) as progress:
            bar = progress.add_task("sending", total=len(cases))
            for title, request, reply in cases:
                progress.update(bar, description=title)
                results.append(_send(server.url, title, request, reply, out))
                progress.advance(bar)
        refused = _refused(server.url)
    screen.print(_table(results))
    _explain(screen, refused, exchanges[-1])
    spent = sum((Decimal(str(result.item.get("cost", 0))) for result in results), Decimal(0))
    screen.print(f"\nagainst production this would have cost ${spent}; here it was free", markup=False)
    wrong = [f"{result.title}: {text}" for result in results for text in result.wrong]
    wrong += [] if refused.status == 400 else [f"{refused.title}: status {refused.status}, expected 400"]
    for text in wrong:
        screen.print(f"not as documented: {text}", style="red", markup=False)
    sys.stdout.flush()
    raise typer.Exit(1 if wrong else 0)


def _cases() -> list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Return (title, request, documented members of the reply); each request gets a taskUUID of its own."""
    documented = json.loads(_documented.read_text(encoding="utf-8"))
    cases = [(row["title"], row["request"], row["reply"]) for row in documented]
    return [*cases, ("FLUX.1 [dev] SRPO", {**FLUX, "taskUUID": str(uuid.uuid4())}, {"seed": FLUX["seed"]})]


def _send(url: str, title: str, request: Mapping[str, Any], documented: Mapping[str, Any], folder: Path) -> Result:
    """Send one request, fetch and save its picture, and compare with what is documented."""
    import httpx
    from PIL import Image

    headers = {"authorization": f"Bearer {KEY}"}
    started = time.perf_counter()
    response = httpx.post(f"{url}/v1", json=[{**request, "includeCost": True}], headers=headers)
    if response.status_code != 200:
        return Result(title, response.status_code, wrong=[response.text])
    item = response.json()["data"][0]
    picture = httpx.get(item["imageURL"], timeout=30)
    took = (time.perf_counter() - started) * 1000
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{_slug(title)}.{item['imageURL'].rpartition('.')[2]}"
    file.write_bytes(picture.content)
    with Image.open(file) as image:
        size = f"{image.width}x{image.height}"
    wrong = [
        f"{name} is {item.get(name)}, not {value}" for name, value in documented.items() if item.get(name) != value
    ]
    asked = f"{request['width']}x{request['height']}"
    wrong += [] if size == asked else [f"the picture is {size}, not {asked}"]
    return Result(title, 200, item, size, took, str(file), wrong)


def _refused(url: str) -> Result:
    """Send the wrong request and return what the client sees."""
    import httpx

    task = {**WRONG, "taskUUID": str(uuid.uuid4())}
    response = httpx.post(f"{url}/v1", json=[task], headers={"authorization": f"Bearer {KEY}"})
    return Result("a deliberate mistake", response.status_code, response.json())


def _table(results: Sequence[Result]) -> Any:  # noqa: ANN401 - rich is loaded late
    from rich.table import Table
    from rich.text import Text

    table = Table("example", "size", "seed", "cost", "ms", "picture", box=None, pad_edge=False)
    for result in results:
        item = result.item
        cost = f"${item['cost']}" if "cost" in item else ""
        took = f"{result.milliseconds:.0f}"
        row = (result.title, result.size, str(item.get("seed", "")), cost, took, result.file)
        table.add_row(*(Text(cell) for cell in row))
    return table


def _explain(screen: Console, refused: Result, exchange: Exchange) -> None:
    """Show the refusal twice: as the client gets it, and as its developer should read it."""
    error = refused.item["errors"][0]
    screen.print(
        f"\n{refused.title}, as the client sees it: {refused.status} {error['code']}", style="bold", markup=False
    )
    screen.print(f"  {error['message']}", markup=False)
    screen.print("\nand as genmock explains it:", style="bold")
    screen.print(report(exchange), markup=False)


def _progress(screen: Console) -> Any:  # noqa: ANN401 - rich is loaded late
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True)


def _slug(title: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
