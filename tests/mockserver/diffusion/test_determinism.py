import subprocess
import sys

import pytest

PROGRAM = """
import sys, hashlib
from genmock.mockserver.diffusion import OnnxMaker
from genmock.mockserver.makers import Sampling
from genmock.mockserver.pictures import PictureSpec, draw
maker = OnnxMaker(threads=int(sys.argv[1]))
seed = draw(PictureSpec("a sailboat", "", "m", 3, 200, 100, b""))
for members in ({}, {"seed_image": seed, "strength": 0.6}):
    for scheduler in ("Euler a", "DPM++ 2M Karras", "UniPC"):
        spec = PictureSpec("a red circle", "blue", "m", 5, 320, 192, b"", **members)
        picture = maker.make(spec, Sampling(4, 3.0, scheduler))
        print(hashlib.sha256(picture.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_bytes_are_the_same_in_three_processes_with_one_thread_or_two() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, threads], check=True, capture_output=True, text=True, timeout=100
        ).stdout
        for threads in ("1", "2", "1")
    }
    assert len(outputs) == 1
    assert len(set(outputs.pop().split())) == 6
