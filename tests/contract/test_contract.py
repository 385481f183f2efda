"""The contract runs of run.py with few examples: schemathesis finds nothing wrong with a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
EXAMPLES = 200 if os.environ.get("GENMOCK_SCALE") == "full" else 20
# Documents, and the phases that schemathesis has something to do in: Runware's have neither examples nor links.
RUNWARE = {"examples skip", "coverage success", "fuzzing success", "stateful skip"}
DOCUMENTS = {
    "runware-utilities": RUNWARE,
    "qwen-image": RUNWARE,
    "flux-1-dev-srpo": RUNWARE,
    "runware-qwen-image-style-lora-training": RUNWARE,
    "exactly-illustrative-training": RUNWARE,
    "genmock-control": {"examples success", "coverage success", "fuzzing success", "stateful success"},
    "kiapi-qwen": {"examples success", "coverage success", "fuzzing success", "stateful skip"},
    "kiapi-common": {"examples success", "coverage success", "fuzzing success", "stateful success"},
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(RUN), *arguments], capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemathesis_finds_nothing_wrong(name: str) -> None:
    done = run(name, "--max-examples", str(EXAMPLES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(re.search(r"phases +(.+)", done.stdout)[1].split(", ")) == DOCUMENTS[name]  # type: ignore[index]
    assert re.search(r"cases +\d{3,} sent, 0 failures, 0 errors", done.stdout)
    assert done.stdout.endswith(f"passed: {name}\n")


@pytest.mark.slow
def test_a_document_that_has_no_run_is_refused() -> None:
    done = run("qwen")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "error: there is no document 'qwen' here; known are runware-utilities, qwen-image, flux-1-dev-srpo, "
        "runware-qwen-image-style-lora-training, exactly-illustrative-training, genmock-control, "
        "kiapi-qwen, kiapi-common\n"
    )
