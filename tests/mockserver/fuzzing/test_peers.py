"""Two other mock servers, loaded with the FLUX document: what they are known to get wrong is found."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("hypothesis")
FLUX = Path(__file__).parents[3] / "specs" / "runware" / "flux-1-dev-srpo.json"
PEERS = Path(os.environ.get("GENMOCK_CLIENTS", Path.home() / ".cache" / "genmock-clients")) / "peers"
PACKAGES = ("@stoplight/prism-cli@5.14.2", "@stdy/cli@0.22.2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture(scope="module")
def programs() -> Path:
    """Install the peers once, and return where their programs are."""
    found = PEERS / "node_modules" / ".bin"
    if not (found / "steady").exists():
        PEERS.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=PEERS, capture_output=True)
        if done.returncode:
            pytest.skip("npm cannot install the other mock servers")
    return found


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[str]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            ends = time.monotonic() + 60
            while time.monotonic() < ends:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
                    break
                except httpx.HTTPError:
                    time.sleep(0.2)  # it binds its port when it is ready
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def keys(report: Any) -> set[tuple[str, str, str]]:
    return {finding.broken.key for finding in report.findings}


def test_prism_ignores_dependent_required_and_divides_in_floats(fuzz: Any, programs: Path, unused_port: int) -> None:
    command = [str(programs / "prism"), "mock", "-p", str(unused_port), str(FLUX)]
    with running(command, unused_port) as url:
        report = fuzz(url, "flux-1-dev-srpo", "invalid", "valid", examples=200, max_time_s=400.0, published=True)
    assert {("refused", "dependentRequired", "/width"), ("refused", "maximum", "/seed")} <= keys(report)
    refused = {finding.broken.pointer for finding in report.findings if finding.broken.law == "accepted"}
    assert "/CFGScale" in refused
    blamed = refused - {""}  # the whole item: several of its members were refused at once
    assert all(re.search("CFGScale|onfidence|eight|trength|hreshold|istance", pointer) for pointer in blamed)
    assert ("echo", "taskUUID", "/data") in keys(report)


def test_steady_accepts_what_is_broken(fuzz: Any, programs: Path, unused_port: int) -> None:
    command = [str(programs / "steady"), "-q", "-p", str(unused_port), "--host", "127.0.0.1", str(FLUX)]
    with running(command, unused_port) as url:
        report = fuzz(url, "flux-1-dev-srpo", "invalid", "valid", max_time_s=400.0, published=True)
    missed = {rule for law, rule, _ in keys(report) if law == "refused"}
    assert {"dependentRequired", "maximum", "minimum", "multipleOf", "format", "enum"} <= missed
