"""`genmock try --mode pipeline`: every part of the pipeline once, and the sheet that shows it."""

import importlib.util
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from genmock.mockserver.cli.sheet import Section, Shot, write_sheet


def shot(caption: str, colour: str) -> Shot:
    file = io.BytesIO()
    Image.new("RGB", (64, 32), colour).save(file, "PNG")
    return Shot(caption, file.getvalue())


def test_a_sheet_shows_every_picture_under_its_caption(tmp_path: Path) -> None:
    shots = [shot(f"number {number} <b>", "red") for number in range(8)]
    image, page = write_sheet([Section("colours", "all red", shots)], tmp_path)
    with Image.open(image) as sheet:
        assert sheet.getpixel((20, 45)) == (255, 0, 0)
        assert sheet.size == (12 + 7 * 236, 12 + 42 + 2 * (224 + 42 + 12))
    text = page.read_text(encoding="utf-8")
    assert text.count("<figure>") == 8
    assert "number 7 &lt;b&gt;" in text
    assert "<h2>colours</h2><p>all red</p>" in text


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="needs genmock[pipeline]")
def test_the_tour_of_the_pipeline_leaves_its_sheet(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "genmock.mockserver.cli", "try", "--mode", "pipeline", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "inpainting: 3 pictures" in done.stdout
    assert "a LoRA trained just now: 8 pictures" in done.stdout
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert len(sheet.convert("RGB").getcolors(1 << 24) or ()) > 10_000
    assert (tmp_path / "sheet.html").read_text(encoding="utf-8").count("<figure>") == 32
