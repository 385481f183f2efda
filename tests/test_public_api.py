"""The public surface is pinned: a name that comes or goes is a decision, made here."""

import importlib
import subprocess
import sys

import pytest

SURFACE = {
    "genmock": "Settings Violation __version__ check_request check_response create_app",
    "genmock.fixtures": "",
}


@pytest.mark.parametrize("module", SURFACE)
def test_the_surface_is_as_pinned(module: str) -> None:
    assert importlib.import_module(module).__all__ == SURFACE[module].split()


@pytest.mark.parametrize("module", ["genmock", "genmock.specs", "genmock.validators", "genmock.mockserver"])
def test_every_public_name_is_importable_and_listed_in_order(module: str) -> None:
    room = importlib.import_module(module)
    assert room.__all__ == sorted(room.__all__)
    assert [name for name in room.__all__ if not hasattr(room, name)] == []


def _loaded(statement: str) -> set[str]:
    """Return the top-level packages and our own rooms that a statement loads in a fresh interpreter."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout
    return set(out.split())


def test_importing_genmock_loads_no_room_and_no_library() -> None:
    ours = {name for name in _loaded("import genmock") if not name.startswith("__editable__")}
    assert {name for name in ours if name.startswith("genmock")} == {"genmock"}
    assert ours & {"jsonschema", "jsonschema_rs", "starlette", "PIL", "orjson"} == set()


def test_the_server_loads_none_of_what_it_may_never_need() -> None:
    loaded = _loaded("from genmock.mockserver import create_app; create_app()")
    late = {
        "pytest",
        "hypothesis",
        "schemathesis",
        "torch",
        "openapi_core",
        "rich",
        "typer",
        "cel",
        "yaml",
        "oas_patch",
    }
    assert loaded & late == set()


def test_unknown_names_are_plain_attribute_errors() -> None:
    import genmock

    with pytest.raises(AttributeError, match="module 'genmock' has no attribute 'nothing'"):
        genmock.nothing  # noqa: B018 - the access is the test
