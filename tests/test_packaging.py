"""The packaging map is complete, and everything that runs needs reaches the wheel."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = ("specs", "validators", "mockserver", "fixtures")


def test_every_folder_with_an_init_is_a_package_and_the_other_way_round() -> None:
    found = {
        f"genmock.{'.'.join(p.parent.relative_to(ROOT).parts)}" for r in ROOMS for p in (ROOT / r).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == {"genmock", *found}


def test_every_room_has_a_door() -> None:
    for room in ROOMS:
        assert (ROOT / "genmock" / f"{room}.pyi").read_text(encoding="utf-8") == f"from {room} import *\n"
        assert PROJECT["tool"]["setuptools"]["package-dir"][f"genmock.{room}"] == room


def test_the_version_is_said_once_in_the_project_and_once_in_the_package() -> None:
    import genmock

    assert PROJECT["project"]["version"] == genmock.__version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=110)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.slow
def test_the_wheel_installs_exactly_one_top_level_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"genmock"}


@pytest.mark.slow
def test_every_data_file_reaches_the_wheel_and_no_door_does(wheel: zipfile.ZipFile) -> None:
    tracked = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = {f"genmock/{name}" for name in tracked.split()} | {"genmock/__init__.py", "genmock/py.typed"}
    assert wanted - set(wheel.namelist()) == set()
    assert not any(name.endswith(".pyi") for name in wheel.namelist())
