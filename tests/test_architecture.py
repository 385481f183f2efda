"""Imports go one way, between rooms and inside the server."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("specs", "validators", "mockserver", "fixtures")  # each may import those before it
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (level, module) of each import in a file: level 0 is absolute."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_room_imports_only_the_rooms_before_it_and_only_as_a_whole(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    allowed = {f"genmock.{earlier}" for earlier in ROOMS[: ROOMS.index(room)]} | {"genmock"}
    for level, module in _imports(path):
        if level == 0 and module.split(".")[0] == "genmock":
            assert module in allowed, f"{_name(path)} imports {module}"
        assert level or module.split(".")[0] not in ROOMS, f"{_name(path)} imports the folder {module} by its bare name"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_relative_imports_stay_in_their_room(path: Path) -> None:
    depth = len(path.relative_to(ROOT).parts) - 1
    assert all(level <= depth for level, _ in _imports(path))


@pytest.mark.parametrize("path", sorted((ROOT / "mockserver").rglob("*.py")), ids=_name)
def test_nothing_in_the_server_imports_the_command_line(path: Path) -> None:
    if "cli" not in path.relative_to(ROOT).parts:
        assert not any("cli" in module.split(".") for _, module in _imports(path))


@pytest.mark.parametrize("path", sorted((ROOT / "mockserver" / "pictures").rglob("*.py")), ids=_name)
def test_pictures_know_nothing_of_the_server(path: Path) -> None:
    assert all(level <= len(path.relative_to(ROOT / "mockserver" / "pictures").parts) for level, _ in _imports(path))


def test_no_file_is_over_300_lines() -> None:
    long = {_name(path): count for path in FILES if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300}
    assert long == {}
