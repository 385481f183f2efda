"""The wheel in a clean environment, beside the packages of PyPI that have the names of our folders."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "benchmarks")
NAMESAKES = ("validators==0.35.0", "fixtures==4.3.2")
TASK = {
    "taskType": "imageInference",
    "taskUUID": "a770f077-f413-47de-9dac-be0b26a35da6",
    "model": "runware:111@1",
    "positivePrompt": "a cat",
    "width": 1000,
    "height": 512,
}
CHECK = f"from genmock import check_request; print(*(v.pointer for v in check_request('runware:111@1', [{TASK}])))"
VALIDATORS = "import validators; print(validators.url('https://example.test/'), bool(validators.url('no')))"
FIXTURES = """
import fixtures, os
with fixtures.EnvironmentVariable("A_NAME", "a value"):
    print(os.environ["A_NAME"])
"""
INSTALLED = "import importlib.metadata as m; print(*(d.metadata['Name'].lower() for d in m.distributions()))"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Environment:
    """A virtual environment with the wheel and its namesakes in it, and a folder to work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._scripts = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")

    def run(self, script: str, *arguments: str) -> tuple[int, str]:
        """Run one of its scripts away from the checkout and return (status, what it wrote)."""
        command = [str(self._scripts / script), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=500)
        return done.returncode, (done.stdout + done.stderr).strip()

    def python(self, code: str) -> str:
        """Run code without the working folder on its path and return what it wrote."""
        status, text = self.run("python", "-I", "-W", "error", "-c", code)
        assert status == 0, text
        return text


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=LEFT_BEHIND)  # a build folder may hold files that are gone
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(folder / "source"),
    ]
    subprocess.run(build, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    made = Environment(folder)
    status, text = made.run("python", "-m", "pip", "install", "-qq", str(next(folder.glob("*.whl"))))
    assert status == 0, text
    return made


@pytest.fixture(scope="module")
def crowded(environment: Environment) -> Environment:
    """The environment with the namesakes installed over the wheel."""
    status, text = environment.run("python", "-m", "pip", "install", "-qq", *NAMESAKES)
    assert status == 0, text
    return environment


def test_the_base_install_has_no_tools_of_tests(environment: Environment) -> None:
    assert {"pytest", "hypothesis", "schemathesis", "torch"} & {*environment.python(INSTALLED).split()} == set()


def test_requests_are_checked_beside_the_namesakes(crowded: Environment) -> None:
    assert crowded.python(CHECK) == "/0/width"


def test_the_command_says_its_version(crowded: Environment) -> None:
    assert crowded.run("genmock", "--version") == (0, "genmock 0.1.0")


def test_the_command_checks_a_file(crowded: Environment) -> None:
    (crowded.folder / "request.json").write_text(json.dumps([TASK]))
    status, text = crowded.run("genmock", "check", "request.json")
    assert (status, text.splitlines()[0]) == (1, "request.json breaks its contract (1 violation)")


def test_the_server_can_be_made_beside_the_namesakes(crowded: Environment) -> None:
    assert crowded.python("import genmock; print(type(genmock.create_app()).__name__)") == "_Application"


def test_the_namesakes_work_as_ever(crowded: Environment) -> None:
    assert crowded.python(VALIDATORS) == "True False"
    assert crowded.python(FIXTURES) == "a value"


def test_the_namesakes_are_unharmed_when_the_wheel_goes(crowded: Environment) -> None:
    wheel = str(next(crowded.folder.glob("*.whl")))
    assert crowded.run("python", "-m", "pip", "uninstall", "-qq", "-y", "genmock")[0] == 0
    assert (crowded.python(VALIDATORS), crowded.python(FIXTURES)) == ("True False", "a value")
    assert crowded.run("python", "-m", "pip", "install", "-qq", "--no-deps", wheel)[0] == 0
