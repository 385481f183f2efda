"""Model documents that are made for a measurement: the FLUX document again and again, under other models."""

from pathlib import Path

from .processes import ROOT

ORIGINAL = ROOT / "specs" / "runware" / "flux-1-dev-srpo.json"
MODEL = "runware:111@1"  # of the original: its info.x-air-id, and the constant of each task's model


def model_of(number: int) -> str:
    """Return the model of a made document."""
    return f"benchmark:{number}@1"


def write(folder: Path, count: int) -> None:
    """Write so many documents into a folder, as `--specs` takes them."""
    text = ORIGINAL.read_text("utf-8")
    for number in range(count):
        (folder / f"model-{number}.json").write_text(text.replace(f'"{MODEL}"', f'"{model_of(number)}"'), "utf-8")
