"""The command line of training: `python -m training --help`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import store
from .export import MODEL
from .layout import VARIANTS
from .pace import device_of, say
from .progress import following

if TYPE_CHECKING:
    from .report import Draw

RESULTS = Path(__file__).parent / "results"
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train, report on and export the pipeline's model.",
)

State = Annotated[Path, typer.Option(help="The folder of everything that is kept between pieces of training.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda; auto takes a GPU where there is one.")]
Minutes = Annotated[float, typer.Option(help="The budget of this piece.")]
Seed = Annotated[int, typer.Option(help="Of everything drawn by lot.")]
Named = Annotated[str, typer.Option(help=f"One of: {', '.join(VARIANTS)}.")]
Threads = Annotated[int, typer.Option(help="CPU threads.")]
STATE = Path(__file__).parent / "state"


@app.command()
def data(pictures: int = 40_000, state: State = STATE) -> None:
    """Draw the training pictures; those that are there are kept."""
    with following("pictures") as tell:
        store.render(state / "data", pictures, tell)


@app.command()
def autoencoder(
    minutes: Minutes = 10,
    decoder_only: Annotated[bool, typer.Option(help="Sharpen the decoder; latents stay valid.")] = False,
    state: State = STATE,
    device: Device = "auto",
    threads: Threads = 1,
    seed: Seed = 0,
) -> None:
    """Train the autoencoder, going on from the last piece, and store the latents of all pictures."""
    from . import autoencoder as module

    on, found = _prepare(device, threads), store.shelves(state / "data")
    trained = module.train_autoencoder(
        state / "vae", found, minutes=minutes, device=on, decoder_only=decoder_only, seed=seed
    )
    if not decoder_only:
        with following("latents") as tell:
            module.encode_all(trained, found, on, tell)


@app.command()
def text(
    minutes: Minutes = 5, state: State = STATE, device: Device = "auto", threads: Threads = 1, seed: Seed = 0
) -> None:
    """Make the tokenizer and teach the text encoder to name what captions say."""
    from .text import train_text

    train_text(state / "text", minutes=minutes, device=_prepare(device, threads), seed=seed)


@app.command()
def denoiser(
    variant: Named = "small",
    minutes: Minutes = 60,
    things: Annotated[float, typer.Option(help="The share of pictures that show things.")] = 0.15,
    falling: Annotated[float, typer.Option(help="The share of the piece with a falling learning rate.")] = 0.5,
    batch: Annotated[int, typer.Option(help="Pictures a step; a few hundred on a GPU.")] = 32,
    cpu_minutes: Annotated[bool, typer.Option(help="Count minutes of CPU time: to compare variants.")] = False,
    state: State = STATE,
    device: Device = "auto",
    threads: Threads = 1,
    seed: Seed = 0,
) -> None:
    """Train the denoiser, going on from the last piece of the same variant."""
    from .denoiser import Task, train_denoiser

    on = _prepare(device, threads)
    task = Task(variant, minutes, on, things, falling, cpu_minutes, seed, batch)
    train_denoiser(state / variant, store.shelves(state / "data"), state / "text", task)
    say(f"state: {state / variant}; go on with: python -m training denoiser --variant {variant} --state {state}")


@app.command()
def export(
    variant: Named = "small",
    version: Annotated[str, typer.Option(help="Of the weights, for genmock.json.")] = "0.1",
    folder: Annotated[Path, typer.Option(help="Where the model goes.")] = MODEL,
    state: State = STATE,
) -> None:
    """Write the averaged weights and the graphs where the server reads them."""
    from diffusers import UNet2DConditionModel

    from . import export as module
    from .autoencoder import load_autoencoder
    from .text import load_text

    unet = UNet2DConditionModel.from_pretrained(state / variant / "unet")
    parts = module.Parts(
        state / "text" / "tokenizer", load_text(state / "text")[0], unet, load_autoencoder(state / "vae")
    )
    seen = json.loads((state / variant / "curve.json").read_text())[-1][0]
    module.export(parts, folder, version=version, trained=f"{seen} pictures, variant {variant}")


@app.command()
def report(
    model: Annotated[
        Path | None, typer.Option(help="An exported model; without it --variant's state is asked.")
    ] = None,
    variant: Named = "small",
    shapes: Annotated[int, typer.Option(help="Prompts of a shape on a plain background.")] = 500,
    things: Annotated[int, typer.Option(help="Prompts of a thing on a plain background.")] = 200,
    name: Annotated[str, typer.Option(help="Of the result's file.")] = "",
    state: State = STATE,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Count how many pictures show what unseen prompts ask for; write JSON and a contact sheet."""
    from . import report as module

    draw = _engine(model) if model else _sampler(state, variant, _prepare(device, threads))
    counted, pictures = module.score(draw, shapes=shapes, things=things)
    curve_file = state / variant / "curve.json"
    curve = json.loads(curve_file.read_text()) if curve_file.exists() else [[0, 1.0]]
    seen = int(curve[-1][0])
    title = name or (model.name if model else variant)
    facts = {"name": title, "variant": variant, "pictures_seen": seen, "engine": "onnx" if model else "torch"}
    RESULTS.mkdir(exist_ok=True)
    thinned = curve[:: max(1, len(curve) // 40)]
    written = module.as_json(counted, **facts) | {"curve": thinned}
    (RESULTS / f"{title}.json").write_text(json.dumps(written, indent=1) + "\n")
    state.mkdir(exist_ok=True, parents=True)
    module.contact_sheet([*pictures[:40], *pictures[shapes : shapes + 40]]).save(state / f"{title}.png")
    say(module.HEADER + "\n" + counted.row(title, seen))
    say(f"missed: {', '.join(counted.missed()) or 'nothing'}; pictures: {state / f'{title}.png'}")


@app.command(name="all")
def everything(
    minutes: Minutes = 120,
    pictures: int = 40_000,
    variant: Named = "small",
    state: State = STATE,
    device: Device = "auto",
) -> None:
    """Do it all in the budget: data, autoencoder (a tenth), text (a twentieth), denoiser (the rest), report."""
    data(pictures, state)
    autoencoder(minutes / 10, False, state, device)
    text(minutes / 20, state, device)
    denoiser(variant, minutes * 0.8, state=state, device=device)
    report(None, variant, state=state, device=device)
    say("to ship it: python -m training export --variant " + variant)


def _prepare(device: str, threads: int) -> str:
    import torch

    torch.set_num_threads(threads)
    return device_of(device)


def _sampler(state: Path, variant: str, device: str) -> Draw:
    from diffusers import UNet2DConditionModel

    from .autoencoder import load_autoencoder
    from .sampling import Sampler
    from .text import load_text

    unet = UNet2DConditionModel.from_pretrained(state / variant / "unet")
    return Sampler(unet, load_autoencoder(state / "vae"), load_text(state / "text"), device=device).draw


def _engine(model: Path) -> Draw:
    """Return the drawing of the server's own light engine."""
    from .shipped import drawing

    return drawing(model)


if __name__ == "__main__":
    app()
