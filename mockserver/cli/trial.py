"""``genmock try``: the whole thing in one go, on the documented examples, with pictures to look at."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..app import create_app
from ..conversion import SettingsError
from ..exchange import Exchange
from ..log import report
from ..server import ServerThread
from ..settings import Mode, Settings
from .console import console, show_table

if TYPE_CHECKING:
    import httpx

Task = Mapping[str, Any]

EXAMPLES = """Examples:

\b
  genmock try
  genmock try --out ./pictures
  genmock try --mode pipeline            a small diffusion model, and what it can

Exit status: 0 when every reply is as documented, 1 otherwise."""
KEY = "genmock-try-0123456789abcdef0123"
TIMEOUT_S = 60.0
DOCUMENTED = Path(__file__).with_name("examples.json")  # Source: specs/runware/qwen-image.page.txt, its four examples
FLUX: Task = {
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
WRONG: Task = {**FLUX, "width": 1000}
REFUSED_AS = (400, "invalidWidth")


@dataclass(frozen=True)
class Case:
    """A request, and what its reply must hold beside a picture of the size that was asked for."""

    title: str
    request: Task
    documented: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What came of a case. wrong: how the reply differs from what is documented."""

    title: str
    item: Mapping[str, Any] = field(default_factory=dict)
    size: str = ""
    milliseconds: float = 0.0
    file: str = ""
    wrong: tuple[str, ...] = ()


def command(
    out: Annotated[Path, typer.Option(help="folder for the pictures", metavar="DIR")] = Path("genmock-try"),
    mode: Annotated[Mode, typer.Option(help="who makes the pictures; pipeline: a small diffusion model")] = "fake",
) -> None:
    """Try everything once: start a server, send the documented examples, save the pictures.

    The four Qwen-Image requests that Runware documents, a FLUX request and a deliberately wrong one go over HTTP to a
    server in this process. Seeds, costs and sizes are compared with what is documented. In pipeline mode a small
    diffusion model makes its own pictures: prompts, strengths, a mask, a training; they come on one sheet.
    """
    import httpx

    _make(out)
    if mode == "pipeline":
        from . import pipeline_trial  # here: few have it installed

        pipeline_trial.command(out)
        return
    exchanges: list[Exchange] = []
    screen = console()
    app = create_app(Settings(), on_exchange=exchanges.append)
    with (
        ServerThread(app) as server,
        httpx.Client(timeout=TIMEOUT_S, trust_env=False, headers={"authorization": f"Bearer {KEY}"}) as client,
    ):
        screen.print(f"a mock server runs at {server.url}; nothing leaves this machine")
        results = _send_all(screen, client, server.url, out)
        refused = client.post(f"{server.url}/v1", json=[_own_uuid(WRONG)])
    _show(results)
    _explain(screen, refused, exchanges[-1])
    _conclude(screen, results, refused)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot save pictures in {folder}: {error.strerror}"
        raise SettingsError(what, where="--out", expected="a folder", advice="name another") from error


def cases() -> list[Case]:
    """Return the documented examples as they stand, and a FLUX request."""
    rows = json.loads(DOCUMENTED.read_text(encoding="utf-8"))
    documented = [Case(row["title"], row["request"], row["reply"]) for row in rows]
    return [*documented, Case("FLUX.1 [dev] SRPO", _own_uuid(FLUX), {"seed": FLUX["seed"]})]


def _own_uuid(task: Task) -> Task:
    return {**task, "taskUUID": str(uuid.uuid4())}


def _send_all(screen: Console, client: "httpx.Client", url: str, folder: Path) -> list[Result]:
    """Send every case, with a bar that shows how far it is; no bar where there is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    results = []
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        bar = progress.add_task("sending", total=len(cases()))
        for case in cases():
            progress.update(bar, description=case.title)
            results.append(send(client, url, case, folder))
            progress.advance(bar)
    return results


def send(client: "httpx.Client", url: str, case: Case, folder: Path) -> Result:
    """Send one request, save its picture, and compare both with what is documented.

    The price is asked for besides, since the documented replies show it.
    """
    started = time.perf_counter()
    response = client.post(f"{url}/v1", json=[{**case.request, "includeCost": True}])
    if response.status_code != 200:
        return Result(case.title, wrong=(f"status {response.status_code}: {response.text[:300]}",))
    item = response.json()["data"][0]
    picture = client.get(item["imageURL"]).content
    took = (time.perf_counter() - started) * 1000
    file = folder / f"{_slug(case.title)}.{item['imageURL'].rpartition('.')[2]}"
    file.write_bytes(picture)
    size = _size_of(file)
    wrong = [f"{name} is {item.get(name)}, not {value}" for name, value in case.documented.items()
             if item.get(name) != value]  # fmt: skip
    asked = f"{case.request['width']}x{case.request['height']}"
    wrong += [] if size == asked else [f"the picture is {size}, not {asked}"]
    return Result(case.title, item, size, took, str(file), tuple(wrong))


def _size_of(file: Path) -> str:
    from PIL import Image

    with Image.open(file) as image:
        image.load()
        return f"{image.width}x{image.height}"


def _show(results: Sequence[Result]) -> None:
    columns = ("example", "size", "seed", "cost", "ms", "picture")
    rows = []
    for result in results:
        seed, cost = (result.item.get(name) for name in ("seed", "cost"))
        price = f"${cost}" if cost is not None else ""
        rows.append((result.title, result.size, str(seed or ""), price, f"{result.milliseconds:.0f}", result.file))
    typer.echo()
    show_table(columns, rows)


def _explain(screen: Console, refused: "httpx.Response", exchange: Exchange) -> None:
    """Show the refusal twice: as the client gets it, and as its developer should read it."""
    screen.print(f"\na deliberate mistake, as the client sees it: {refused.status_code}", style="bold")
    screen.print(json.dumps(refused.json(), ensure_ascii=False, indent=2))
    screen.print("\nand as genmock explains it:\n", style="bold")
    screen.print(report(exchange).rstrip())


def _conclude(screen: Console, results: Sequence[Result], refused: "httpx.Response") -> None:
    """Say what it would have cost, and what is not as documented. Raises typer.Exit with the command's status."""
    spent = sum((Decimal(str(result.item.get("cost", 0))) for result in results), Decimal(0))
    screen.print(f"\nproduction would have charged about ${spent} for these; here they were free")
    wrong = [f"{result.title}: {text}" for result in results for text in result.wrong]
    found = (refused.status_code, refused.json().get("errors", [{}])[0].get("code"))
    wrong += [] if found == REFUSED_AS else [f"the mistake: {found}, not {REFUSED_AS}"]
    for text in wrong:
        screen.print(f"not as documented: {text}", style="red")
    if not wrong:
        screen.print("seeds, costs and sizes are as documented", style="green")
    raise typer.Exit(1 if wrong else 0)


def _slug(title: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())
