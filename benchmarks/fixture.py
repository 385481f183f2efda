"""What the pytest fixture costs: a suite that never asks for it, the first test that does, and every test after that.

    python benchmarks/fixture.py

Three things, each in turns with what it is compared with: `pytest --collect-only` with and without the plugin; the
start of the server, after its imports; and 500 tests of one request each with the fixture, beside 500 tests that send
the same request to a server which they share.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
TESTS = 500
HEAD = """
import uuid
import httpx
import pytest

client = httpx.Client(headers={"authorization": "Bearer any-key"})
GOOD = {"taskType": "imageInference", "model": "runware:111@1", "positivePrompt": "a fox", "width": 512, "height": 512}

def send(url):
    assert client.post(url + "/v1", json=[{**GOOD, "taskUUID": str(uuid.uuid4())}]).status_code == 200
"""
WITH = f"""
@pytest.mark.parametrize("number", range({TESTS}))
def test_x(genmock, number):
    send(genmock.url)
"""
SHARED = f"""
from genmock.mockserver import ServerThread, create_app

@pytest.fixture(scope="session")
def url():
    with ServerThread(create_app()) as server:
        yield server.url

@pytest.mark.parametrize("number", range({TESTS}))
def test_x(url, number):
    send(url)
"""
# Adds up what pytest measures: setup, call and teardown of every test but the first.
CONFTEST = """
spent, first = [], []

def pytest_runtest_logreport(report):
    (spent if first and first[0] != report.nodeid else first).append(report.duration if first else report.nodeid)

def pytest_sessionfinish():
    print("SPENT", sum(spent))
"""
EMPTY = f"""
@pytest.mark.parametrize("number", range({TESTS}))
def test_x(number):
    pass
"""
START = """
import time
began = time.perf_counter()
from genmock.fixtures.server import Server
from genmock.fixtures.mock import Mock
from genmock.fixtures.serving import served
imported = time.perf_counter()
with Server() as server:
    print(imported - began, time.perf_counter() - imported)
"""
COMPARED = {
    "collect 500, plugin": "collect 500, no plugin",
    "500 tests, fixture": "500 tests, shared server",
}
PLUGIN = ("-p", "genmock.fixtures.plugin")


def pytest_s(code: str, *arguments: str) -> tuple[float, str]:
    """Return what a run of pytest took in seconds, start and end of the process included, and its output."""
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_app.py").write_text(HEAD + code, "utf-8")
        Path(folder, "conftest.py").write_text(CONFTEST, "utf-8")
        began = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
        took = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return took, done.stdout


def tests_s(code: str, *arguments: str) -> float:
    """Return what the tests took but the first, in seconds, by pytest's own count."""
    return float(pytest_s(code, *arguments)[1].partition("SPENT ")[2].split()[0])


def medians(rounds: int) -> dict[str, float]:
    """Measure everything in turns, so many times, and return the median seconds by name."""
    rows: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        rows.setdefault(name, []).append(seconds)

    for _ in range(rounds):
        note("collect 500, no plugin", pytest_s(EMPTY, "--collect-only")[0])
        note("collect 500, plugin", pytest_s(EMPTY, "--collect-only", *PLUGIN)[0])
        out = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True).stdout
        imported, started = map(float, out.split())
        note("imports of the first test", imported)
        note("start of the server", started)
        note("500 tests, shared server", tests_s(SHARED))
        note("500 tests, fixture", tests_s(WITH, *PLUGIN))
    return {name: statistics.median(values) for name, values in rows.items()}


def main() -> None:
    """Print medians and ratios."""
    found = medians(ROUNDS)
    print(f"{'':28}{'median, ms':>12}{'ratio':>8}")
    for name, median in found.items():
        ratio = f"{median / found[COMPARED[name]]:.2f}" if name in COMPARED else ""
        print(f"{name:28}{median * 1000:>12.1f}{ratio:>8}")
    added = (found["500 tests, fixture"] - found["500 tests, shared server"]) / TESTS * 1000
    print(f"a test adds {added:.2f} ms to its request")


if __name__ == "__main__":
    main()
