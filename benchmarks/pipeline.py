"""What a picture of the onnx engine costs: seconds from the start of a process, for each kind of request, and memory.

    python benchmarks/pipeline.py

Each row is a process of its own, with one thread. Seconds of the clock stand beside those of the processor, which are
the steadier ones on a shared machine. Above them, so that machines can be compared: what a product of two 1024 x 1024
matrices takes in one thread.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

ROUNDS = 3
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PROGRAM = """
import json, os, resource, sys, time

def spent():
    return time.clock_gettime(time.CLOCK_MONOTONIC) - float(sys.argv[1]), time.process_time()

from genmock.mockserver.diffusion import OnnxMaker
from genmock.mockserver.makers import Sampling
from genmock.mockserver.pictures import PictureSpec, draw
from PIL import Image

maker = OnnxMaker()
loaded = spent()
task = json.loads(sys.argv[2])
inputs = {name: draw(PictureSpec("a sailboat", "", "m", 3, 512, 512, b"")) for name in task.pop("pictures", [])}
if "mask_image" in inputs:
    inputs["mask_image"] = Image.linear_gradient("L")
sampling = Sampling(task.pop("steps", 20), task.pop("cfg_scale", 3.0), task.pop("scheduler", "Default"))
spec = PictureSpec("a red circle on a blue background", "green", "m", 7, salt=b"", **task, **inputs)
maker.make(spec, sampling)
first = spent()
maker.make(spec, sampling)
again = spent()
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"loaded": loaded, "first": first, "again": [b - a for a, b in zip(first, again)], "mb": peak_mb}))
"""
MATRICES = """
import time, numpy
a = numpy.ones((1024, 1024), numpy.float32)
a @ a
began = time.process_time()
for _ in range(5):
    a @ a
print((time.process_time() - began) / 5)
"""
TASKS: dict[str, dict[str, Any]] = {
    "512 x 512, 20 steps, guided": {"width": 512, "height": 512},
    "512 x 512, 20 steps, not guided": {"width": 512, "height": 512, "cfg_scale": 1.0},
    "512 x 512, 8 steps, guided": {"width": 512, "height": 512, "steps": 8},
    "512 x 512, 20 steps, Heun": {"width": 512, "height": 512, "scheduler": "Heun"},
    "1024 x 1024, 20 steps, guided": {"width": 1024, "height": 1024},
    "2048 x 2048, 20 steps, guided": {"width": 2048, "height": 2048},
    "1024 x 1024 from a picture, 0.8": {"width": 1024, "height": 1024, "pictures": ["seed_image"]},
    "1024 x 1024 inside a mask": {"width": 1024, "height": 1024, "pictures": ["seed_image", "mask_image"]},
}
PACKAGES = ("onnxruntime", "numpy", "safetensors", "protobuf", "flatbuffers")  # what the extra adds


def main() -> None:
    """Print the table."""
    print(f"matrices {1000 * float(_output(MATRICES)):.0f} ms")
    print(f"{'seconds of clock / processor':<34}{'loaded':>14}{'first':>14}{'again':>14}{'peak MB':>9}")
    for name, task in TASKS.items():
        rounds = [_measured(task) for _ in range(ROUNDS)]
        cells = [_median([each[column] for each in rounds]) for column in ("loaded", "first", "again")]
        print(f"{name:<34}{''.join(f'{cell:>14}' for cell in cells)}{max(each['mb'] for each in rounds):>9.0f}")
    sizes = {name: _installed_mb(name) for name in PACKAGES}
    print("installed, MB: " + ", ".join(f"{name} {size:.0f}" for name, size in sizes.items()), end="")
    print(f", the model {_model_mb():.0f}; together {sum(sizes.values()) + _model_mb():.0f}")


def _measured(task: dict[str, Any]) -> dict[str, Any]:
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    found: dict[str, Any] = json.loads(_output(PROGRAM, str(began), json.dumps(task)))
    return found


def _output(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}).stdout


def _median(pairs: list[list[float]]) -> str:
    clock, processor = (statistics.median(column) for column in zip(*pairs, strict=True))
    return f"{clock:.2f} / {processor:.2f}"


def _installed_mb(package: str) -> float:
    files = metadata.files(package) or []
    return sum(Path(str(file.locate())).stat().st_size for file in files if Path(str(file.locate())).exists()) / 1e6


def _model_mb() -> float:
    folder = Path(__file__).resolve().parent.parent / "mockserver" / "diffusion" / "model"
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
