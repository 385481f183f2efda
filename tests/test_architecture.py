"""Imports go one way, between rooms and inside the server."""

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

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
    "deliveries": {"certificates", "clock", "derive", "hosts", "json_codec", "stores"},
    "faults": {"clock", "derive", "json_codec", "stores"},
    "training": {"derive", "pictures"},
}
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
SERVER = sorted((ROOT / "mockserver").rglob("*.py"))


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _imports(path: Path) -> tuple[tuple[int, str], ...]:
    """Return (level, dotted name) of what a file imports: level 0 is absolute."""
    return tuple(_read_imports(path))


def _read_imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(_tree(path)):
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


def _breaches(paths: Iterable[Path], wrong: Callable[[Path], Iterable[object]]) -> dict[str, list[object]]:
    """Return what is wrong with files, by their names; those with which nothing is wrong are left out."""
    judged = {_name(path): list(wrong(path)) for path in paths}
    assert judged, "no file was judged"
    return {name: found for name, found in judged.items() if found}


def test_a_room_imports_only_the_rooms_before_it_and_only_as_a_whole() -> None:
    def beyond(path: Path) -> Iterator[str]:
        room = path.relative_to(ROOT).parts[0]
        allowed = {f"genmock.{earlier}" for earlier in ROOMS[: ROOMS.index(room)]} | {"genmock"}
        absolute = [module for level, module in _imports(path) if level == 0]
        yield from (module for module in absolute if module.split(".")[0] == "genmock" and module not in allowed)
        yield from (f"the folder {module} by its bare name" for module in absolute if module.split(".")[0] in ROOMS)

    assert _breaches(FILES, beyond) == {}


def test_relative_imports_stay_in_their_room() -> None:
    def outside(path: Path) -> Iterator[str]:
        depth = len(path.relative_to(ROOT).parts) - 1
        return (module for level, module in _imports(path) if level > depth)

    assert _breaches(FILES, outside) == {}


def test_a_room_imports_no_library_that_it_knows_nothing_of() -> None:
    def strange(path: Path) -> set[str]:
        libraries = {module.split(".")[0] for level, module in _imports(path) if level == 0}
        room, folder = path.relative_to(ROOT).parts[0], path.parent.relative_to(ROOT).as_posix()
        return libraries & STRANGERS_OF_FOLDERS.get(folder, STRANGERS[room])

    assert _breaches(FILES, strange) == {}


LATE = {"strategies", "fuzzing"}  # folders that are imported only when they are asked for


def test_nothing_imports_the_strategies_with_itself() -> None:
    def early(path: Path) -> list[str]:
        told = [node for node in _tree(path).body if isinstance(node, ast.ImportFrom | ast.Import)]
        named = [f"{getattr(node, 'module', '')}.{alias.name}" for node in told for alias in node.names]
        return [name for name in named if "strategies" in name.split(".")]

    assert _breaches((path for path in FILES if LATE.isdisjoint(path.parts)), early) == {}


def test_nothing_in_the_server_imports_the_command_line() -> None:
    paths = [path for path in SERVER if path.parent.name != "cli"]
    assert _breaches(paths, lambda path: (target for target in _own(path) if target[0] == "cli")) == {}


def test_pictures_know_nothing_of_the_server() -> None:
    paths = [path for path in SERVER if "pictures" in path.parts]
    assert _breaches(paths, lambda path: (target for target in _own(path) if target[0] != "pictures")) == {}


def test_stores_deliveries_faults_and_training_stand_on_little() -> None:
    def beside(path: Path) -> set[str]:
        folder = path.parent.name
        return {target[0] for target in _own(path)} - {folder, *BELOW[folder]}

    assert _breaches((path for path in SERVER if path.parent.name in BELOW), beside) == {}


def test_a_provider_imports_no_other_provider() -> None:
    def others(path: Path) -> list[tuple[str, ...]]:
        return [t for t in _own(path) if t[0] == "providers" and t[1] not in (path.parent.name, "base")]

    assert _breaches((path for path in SERVER if path.parent.parent.name == "providers"), others) == {}


def test_nothing_outside_the_providers_knows_one_by_name() -> None:
    def named(path: Path) -> list[tuple[str, ...]]:
        return [target for target in _own(path) if target[0] == "providers" and len(target) > 1]

    assert _breaches((path for path in SERVER if "providers" not in path.parts), named) == {}


def test_no_file_is_over_300_lines() -> None:
    lines = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: count for name, count in lines.items() if count > 300} == {}
