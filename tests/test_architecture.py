"""Imports go one way, between rooms and inside the server."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("specs", "validators", "mockserver", "fixtures")  # each may import those before it
TESTING = {"pytest", "hypothesis", "schemathesis"}
SERVING = {"starlette", "uvicorn", "httpx", "PIL", *TESTING}
STRANGERS = {  # what a room knows nothing of
    "specs": {"jsonschema", "jsonschema_rs", "openapi_core", "cel", *SERVING},
    "validators": SERVING,
    "mockserver": TESTING,
    "fixtures": set[str](),
}
STRANGERS_OF_FOLDERS = {  # imported only when they are asked for, with the extra that brings what they need
    "validators/strategies": SERVING - {"hypothesis"},
    "mockserver/fuzzing": TESTING - {"hypothesis", "schemathesis"},
}
BELOW = {  # folders of the server that know nothing of requests, and what of it they stand on
    "stores": {"clock"},
    "deliveries": {"clock", "derive", "hosts", "json_codec", "stores"},
    "faults": {"clock", "derive", "json_codec", "stores"},
    "training": {"derive", "pictures"},
}
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
SERVER = sorted((ROOT / "mockserver").rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (level, dotted name) of what a file imports: level 0 is absolute."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.level == 0 or node.module):
            yield node.level, node.module or ""
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:  # from . import journal
                yield node.level, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name


def _own(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield where in the checkout each relative import of a file leads, as its parts below the room."""
    inside = path.relative_to(ROOT).parts[1:-1]
    for level, module in _imports(path):
        if level:
            yield (*inside[: len(inside) - level + 1], *module.split("."))


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


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_room_imports_no_library_that_it_knows_nothing_of(path: Path) -> None:
    libraries = {module.split(".")[0] for level, module in _imports(path) if level == 0}
    room, folder = path.relative_to(ROOT).parts[0], path.parent.relative_to(ROOT).as_posix()
    assert libraries & STRANGERS_OF_FOLDERS.get(folder, STRANGERS[room]) == set()


LATE = {"strategies", "fuzzing"}  # folders that are imported only when they are asked for


@pytest.mark.parametrize("path", [path for path in FILES if LATE.isdisjoint(path.parts)], ids=_name)
def test_nothing_imports_the_strategies_with_itself(path: Path) -> None:
    tops = ast.parse(path.read_text(encoding="utf-8")).body
    told = [node for node in tops if isinstance(node, ast.ImportFrom | ast.Import)]
    named = [f"{getattr(node, 'module', '')}.{alias.name}" for node in told for alias in node.names]
    assert [name for name in named if "strategies" in name.split(".")] == []


@pytest.mark.parametrize("path", [path for path in SERVER if path.parent.name != "cli"], ids=_name)
def test_nothing_in_the_server_imports_the_command_line(path: Path) -> None:
    assert [target for target in _own(path) if target[0] == "cli"] == []


@pytest.mark.parametrize("path", [path for path in SERVER if "pictures" in path.parts], ids=_name)
def test_pictures_know_nothing_of_the_server(path: Path) -> None:
    assert [target for target in _own(path) if target[0] != "pictures"] == []


@pytest.mark.parametrize("path", [path for path in SERVER if path.parent.name in BELOW], ids=_name)
def test_stores_deliveries_faults_and_training_stand_on_little(path: Path) -> None:
    folder = path.parent.name
    assert {target[0] for target in _own(path)} <= {folder, *BELOW[folder]}


@pytest.mark.parametrize("path", [path for path in SERVER if path.parent.parent.name == "providers"], ids=_name)
def test_a_provider_imports_no_other_provider(path: Path) -> None:
    others = [t for t in _own(path) if t[0] == "providers" and t[1] not in (path.parent.name, "base")]
    assert others == []


@pytest.mark.parametrize("path", [path for path in SERVER if "providers" not in path.parts], ids=_name)
def test_nothing_outside_the_providers_knows_one_by_name(path: Path) -> None:
    assert [target for target in _own(path) if target[0] == "providers" and len(target) > 1] == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_is_over_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
