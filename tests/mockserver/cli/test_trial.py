import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genmock.specs import load_catalog

trial = importlib.import_module("genmock.mockserver.cli.trial")
Run = Callable[..., Any]

TITLES = (
    "Artisan Bakery Window Signage",
    "Marionette Opera Alley Mural",
    "Hand-Painted Night Market Signboard",
    "Grand Canal Tea Packaging",
)


def documented() -> dict[str, tuple[Any, Any]]:
    """The examples as they stand on the provider's page: title -> (request, reply)."""
    page = load_catalog().get("qwen-image").entry.path.with_name("qwen-image.page.txt").read_text("utf-8")
    found = {}
    for title in TITLES:
        start = page.index("{", page.index(title))
        request, length = json.JSONDecoder().raw_decode(page[start:])
        reply, _ = json.JSONDecoder().raw_decode(page[start + length :])
        found[title] = (request, reply)
    return found


def test_the_examples_are_those_of_the_page_word_for_word() -> None:
    shipped = {case.title: case for case in trial.cases()[:4]}
    for title, (request, reply) in documented().items():
        assert shipped[title].request == request
        assert shipped[title].documented == {name: reply[name] for name in ("seed", "cost")}


def test_everything_is_sent_shown_saved_and_as_documented(genmock: Run, tmp_path: Path) -> None:
    done = genmock("try", "--out", "pictures")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("a mock server runs at http://127.0.0.1:")
    assert " ".join(lines[3].split()).startswith("Artisan Bakery Window Signage 1024x768 73347 $0.0058 ")
    assert "a deliberate mistake, as the client sees it: 400" in lines
    assert '      "code": "invalidWidth",' in lines
    assert "  rule    multipleOf: 'width' must be a multiple of 16, not 1000" in lines
    assert lines[-1] == "seeds, costs and sizes are as documented"
    assert len(list((tmp_path / "pictures").iterdir())) == 5
    with Image.open(tmp_path / "pictures" / "marionette-opera-alley-mural.jpg") as picture:
        assert (picture.size, picture.format) == ((1024, 1536), "JPEG")


def test_a_reply_that_is_not_as_documented_fails_the_command(genmock: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    request = {**trial.FLUX, "width": 128, "height": 128, "taskUUID": "f2d9982e-e237-494a-8a90-418a3b1cc702"}
    monkeypatch.setattr(trial, "cases", lambda: [trial.Case("Small", request, {"seed": 1})])
    done = genmock("try")
    assert (done.status, done.out.splitlines()[-1]) == (1, "not as documented: Small: seed is 4242, not 1")


def test_a_request_that_is_refused_fails_the_command(genmock: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "cases", lambda: [trial.Case("Bad", trial.WRONG, {})])
    done = genmock("try")
    assert done.status == 1
    assert done.out.splitlines()[-1].startswith('not as documented: Bad: status 400: {"data":[],"errors":[')


def test_a_folder_that_cannot_be_made_is_a_clear_error(genmock: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = genmock("try", "--out", "taken")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "genmock: cannot save pictures in taken: File exists\n"
        "\n"
        "  where     --out\n"
        "  expected  a folder\n"
        "  next      name another\n"
    )
