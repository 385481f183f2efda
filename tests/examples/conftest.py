"""Copies of the example projects, with or without a planted mistake, in an environment with the installed wheel."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
MADE = shutil.ignore_patterns(".*cache", ".genmock", "node_modules", "__pycache__", "*.egg-info", "*.log")
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "benchmarks", "examples")
OURS = (
    "GENMOCK_",
    "PYTEST_",
    "PYTHON",
    "COV_",
    "CI",
    "BUILD_NUMBER",
)  # variables that would reach into an example's run


@dataclass(frozen=True)
class Ran:
    """The outcome of a command in an example. text: what it wrote, without addresses in memory and trailing blanks."""

    status: int
    text: str

    def failure(self, test: str) -> str:
        """Return what pytest says is wrong with a test: the lines marked E where there are some, else its block."""
        found = re.search(
            rf"^_+ {re.escape(test)} _+\n(.*?)(?=^_{{3}}|^=|^-{{3}})", self.text, re.MULTILINE | re.DOTALL
        )
        assert found is not None, self.text
        marked = [line for line in found[1].splitlines() if re.match(r"E( |$)", line)]
        return "\n".join(marked) or found[1].strip()


@dataclass(frozen=True)
class Example:
    """A copy of an example project. scripts: of the environment with the wheel in it."""

    folder: Path
    scripts: Path

    def run(self, *command: str, variables: Mapping[str, str] | None = None) -> Ran:
        """Run a command in its folder, with the environment's scripts first."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        path = os.pathsep.join([str(self.scripts), os.environ["PATH"]])
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**inherited, "PATH": path, "COLUMNS": "80", **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
        )
        text = re.sub(r" at 0x[0-9a-f]+", " at 0x...", done.stdout)
        return Ran(done.returncode, "\n".join(line.rstrip() for line in text.splitlines()))

    def pytest(self, *arguments: str) -> Ran:
        """Run its tests."""
        return self.run(str(self.scripts / "python"), "-m", "pytest", "-q", *arguments)


def _install(scripts: Path, *packages: str) -> None:
    """Install packages into an environment: by uv where it is there, since that takes seconds."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    python = str(scripts / "python")
    command = [uv, "pip", "install", "-q", "-p", python] if uv else [python, "-m", "pip", "install", "-qq"]
    done = subprocess.run([*command, *packages], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment with genmock's wheel and what the examples in Python need, but not themselves."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(ROOT, folder / "source", ignore=LEFT_BEHIND)  # a build folder may hold files that are gone
    wheel = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "-w", str(folder), str(folder / "source")]
    subprocess.run(wheel, check=True, capture_output=True, timeout=300)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    found = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    projects = [folder / name for name in ("posters", "kiapi_cli")]
    for project in projects:
        shutil.copytree(EXAMPLES / project.name, project, ignore=MADE)
    _install(found, f"genmock[pytest] @ {next(folder.glob('*.whl')).as_uri()}", *(f"{each}[test]" for each in projects))
    return found


@pytest.fixture
def example(scripts: Path, tmp_path: Path) -> Callable[..., Example]:
    """Return a function that copies an example, and plants one of its bugs: example("posters", bug="no-retry")."""

    def copy(name: str, bug: str = "") -> Example:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=MADE)
        if bug:
            subprocess.run(["git", "apply", f"bugs/{bug}.patch"], cwd=folder, check=True)
        return Example(folder, scripts)

    return copy


@pytest.fixture
def planted() -> Sequence[tuple[str, str]]:
    """(example, bug) of each planted mistake."""
    return sorted((path.parent.parent.name, path.stem) for path in EXAMPLES.glob("*/bugs/*.patch"))
