"""Where a client runs: a virtual environment or a Node project of its own, made once for each version and kept."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .registry import Client

VARIABLE = "GENMOCK_CLIENTS"  # the folder in which environments are kept
INSTALL_TIMEOUT_S = 300
OLDEST_NODE = 18
DRIVERS = Path(__file__).with_name("drivers")


class Unavailable(Exception):
    """A client cannot be installed here: there is no Node, or no package index. Its text says why and what to do."""


@dataclass(frozen=True)
class Environment:
    """How a driver is started: command and driver, to which its arguments are added; folder: where it is run.

    variables: that it finds in its environment, beside those of every driver.
    """

    command: Sequence[str]
    folder: Path
    variables: Mapping[str, str]


def folder_of_environments() -> Path:
    """Return where environments are kept: GENMOCK_CLIENTS, or a folder of the user's cache."""
    given = os.environ.get(VARIABLE)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else cache / "genmock" / "clients"


def environment(client: Client, version: str) -> Environment:
    """Return the environment of a client in a version, made when it is not there yet. Raises Unavailable."""
    if client.kind == "frames":
        return Environment([sys.executable, str(DRIVERS / client.driver)], Path.cwd(), client.variables)
    packages = [_pinned(client, version), *client.needed(version)]
    name = "+".join(package.replace("/", "-") for package in packages)
    folder = folder_of_environments() / client.kind / name
    made = folder / ".complete"  # written last, so that an interrupted installation is not taken for a good one
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if client.kind == "pip":
            _install_pip(folder, packages, client.python)
        else:
            _install_npm(folder, packages)
        made.touch()
    return _pip(folder, client) if client.kind == "pip" else _npm(folder, client)


def _pinned(client: Client, version: str) -> str:
    return f"{client.package}{'==' if client.kind == 'pip' else '@'}{version}"


def _pip(folder: Path, client: Client) -> Environment:
    return Environment([str(_python(folder)), str(DRIVERS / client.driver)], folder, client.variables)


def _npm(folder: Path, client: Client) -> Environment:
    """Return the command of a Node driver. Its copy lies in the project, since Node looks for packages from there."""
    shutil.copy(DRIVERS / client.driver, folder / client.driver)
    return Environment(["node", str(folder / client.driver)], folder, client.variables)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _install_pip(folder: Path, packages: Sequence[str], version: str = "") -> None:
    """Install packages into a new environment of a Python version; uv fetches that where this machine lacks it."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    python = interpreter(version)
    if uv:
        _run([uv, "venv", "--quiet", "--clear", "--python", python or version, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", str(_python(folder)), *packages])
    elif python:
        _run([python, "-m", "venv", str(folder)])
        _run([str(_python(folder)), "-m", "pip", "install", "--quiet", *packages])
    else:
        raise Unavailable(f"there is no Python {version} here: install it, or uv, which fetches it")


def interpreter(version: str) -> str:
    """Return a Python of at least a version like "3.12": this one, one of the PATH or of pyenv; "" for none."""
    if sys.version_info[:2] >= tuple(int(part) for part in version.split(".") if part):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")  # its shims on the PATH may answer "not found"
    found = [str(path) for path in sorted(pyenv.glob(f"versions/{version}.*/bin/python"))]
    on_path = shutil.which(f"python{version}")
    return next((path for path in [on_path, *found] if path and _works(path)), "")


def _works(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def _install_npm(folder: Path, packages: Sequence[str]) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Unavailable(f"there is no {'node' if not node else 'npm'} here: install Node {OLDEST_NODE} or newer")
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
    _run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *packages], folder)


def _run(command: Sequence[str], folder: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{' '.join(command)} took more than {INSTALL_TIMEOUT_S} s") from error
    if done.returncode:
        told = (done.stderr or done.stdout).strip()[-600:]
        raise Unavailable(f"{' '.join(command)} ended with {done.returncode}: is the package index there?\n{told}")
