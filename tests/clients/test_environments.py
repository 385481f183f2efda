"""Where clients are installed, and what is said when they cannot be."""

import sys
from pathlib import Path

import pytest

from .environments import Unavailable, environment, folder_of_environments, interpreter
from .registry import Client

NPM = Client("sdk", "npm", "sdk-js.mjs", ["1.0.0"], ["websocket"], package="@runware/sdk")
FRAMES = Client("frames", "frames", "frames.py", ["1.0.0"], ["websocket"])


def test_environments_are_kept_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENMOCK_CLIENTS", str(tmp_path))
    assert folder_of_environments() == tmp_path


def test_environments_are_kept_in_the_users_cache_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GENMOCK_CLIENTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder_of_environments() == tmp_path / "genmock" / "clients"


def test_a_client_of_npm_is_not_to_be_had_without_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENMOCK_CLIENTS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"^there is no node here: install Node 18 or newer$"):
        environment(NPM, "1.0.0")


def test_recorded_frames_are_played_by_this_python() -> None:
    command = environment(FRAMES, "1.0.0").command
    assert command[0] == sys.executable and command[1].endswith("frames.py")


def test_this_python_does_where_it_is_new_enough() -> None:
    assert interpreter("") == interpreter("3.11") == sys.executable


def test_a_python_of_pyenv_does_though_its_shim_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "versions" / "3.99.1" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert interpreter("3.99") == str(python)


def test_a_client_without_its_python_and_without_uv_is_not_to_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GENMOCK_CLIENTS", "PATH", "PYENV_ROOT"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    client = Client("far", "pip", "far.py", ["1.0.0"], ["rest"], package="far", python="3.99")
    with pytest.raises(Unavailable, match=r"^there is no Python 3\.99 here: install it, or uv, which fetches it$"):
        environment(client, "1.0.0")
