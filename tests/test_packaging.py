"""The packaging map is complete, and everything that runs needs reaches the wheel."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "benchmarks")
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
    shutil.copytree(ROOT, folder / "source", ignore=LEFT_BEHIND)  # a build folder may hold files that are gone
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "-w", str(folder), str(folder / "source")]
    subprocess.run(command, check=True, capture_output=True, timeout=110)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.slow
def test_the_wheel_installs_exactly_one_top_level_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"genmock"}


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *ROOMS]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    tracked = {f"genmock/{name}" for name in listed.split()} | {"genmock/__init__.py", "genmock/py.typed"}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == tracked


@pytest.mark.slow
def test_the_wheel_carries_every_licence(wheel: zipfile.ZipFile) -> None:
    licences = {name.partition("/licenses/")[2] for name in wheel.namelist()} - {""}
    assert licences == {"LICENSE", "mockserver/pictures/glyphs/OFL.txt"}
