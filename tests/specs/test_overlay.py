import json
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import Document, Entry, OverlayError

CONTENT = {"openapi": "3.1.0", "info": {"title": "Small"}, "servers": [{"url": "/a"}], "paths": {"/": {"post": {}}}}


def document(folder: Path, text: str, *, lenient: bool = False) -> Document:
    overlay = folder / "small.overlay.yaml"
    overlay.write_text(text)
    entry = Entry("small", "Small", "other", Path("small.json"), "", "live", overlays=(overlay,), lenient=lenient)
    return Document(entry, json.dumps(CONTENT).encode())


def changed(folder: Path, *actions: dict[str, Any], lenient: bool = False) -> Any:
    return document(folder, json.dumps({"overlay": "1.0.0", "actions": actions}), lenient=lenient).effective


def test_an_update_merges_mappings_and_extends_lists(tmp_path: Path) -> None:
    actions = ({"target": "$.info", "update": {"version": "1"}}, {"target": "$.servers", "update": [{"url": "/b"}]})
    result = changed(tmp_path, *actions)
    assert result["info"] == {"title": "Small", "version": "1"}
    assert result["servers"] == [{"url": "/a"}, {"url": "/b"}]


def test_a_removal_removes_what_matches(tmp_path: Path) -> None:
    assert changed(tmp_path, {"target": "$.paths['/'].post", "remove": True})["paths"] == {"/": {}}


def test_the_published_form_is_left_alone(tmp_path: Path) -> None:
    text = json.dumps({"overlay": "1.0.0", "actions": [{"target": "$.info", "update": {"title": "Large"}}]})
    small = document(tmp_path, text)
    assert small.effective["info"] == {"title": "Large"}
    assert small.published == CONTENT


def test_a_later_action_sees_what_an_earlier_one_made(tmp_path: Path) -> None:
    actions = ({"target": "$.info", "update": {"x": {}}}, {"target": "$.info.x", "update": {"y": 1}})
    assert changed(tmp_path, *actions)["info"]["x"] == {"y": 1}


def test_a_target_that_matches_nothing_is_told_in_full(tmp_path: Path) -> None:
    with pytest.raises(OverlayError) as caught:
        changed(tmp_path, {"target": "$.info", "update": {}}, {"target": "$.infos", "update": {}})
    assert str(caught.value) == (
        "overlay small.overlay.yaml, action 1: target '$.infos' matches nothing\n\n"
        "  why     an action that changes nothing is a rule that silently does not hold\n"
        "  next    correct the JSONPath, or drop the action"
    )


def test_a_lenient_overlay_skips_what_matches_nothing(tmp_path: Path) -> None:
    actions = ({"target": "$.infos", "update": {}}, {"target": "$.info", "update": {"title": "Large"}})
    assert changed(tmp_path, *actions, lenient=True)["info"]["title"] == "Large"


def test_a_target_that_is_no_jsonpath(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match=r"^small\.overlay\.yaml, action 0: '\$\.\[' is no JSONPath: "):
        changed(tmp_path, {"target": "$.["})


@pytest.mark.parametrize("text", ["actions: []", "overlay: 2.0.0\nactions: []"])
def test_a_file_that_is_no_overlay(tmp_path: Path, text: str) -> None:
    with pytest.raises(OverlayError) as caught:
        _ = document(tmp_path, text).effective
    path = tmp_path / "small.overlay.yaml"
    assert str(caught.value) == f"{path} is no OpenAPI Overlay 1.x file: it lacks `overlay: 1.0.0` at the top"


@pytest.mark.parametrize("actions", ["", "actions: {}", "actions: [1]", "actions: [{update: {}}]"])
def test_an_overlay_whose_actions_are_malformed(tmp_path: Path, actions: str) -> None:
    with pytest.raises(OverlayError) as caught:
        _ = document(tmp_path, f"overlay: 1.0.0\n{actions}\n").effective
    path = tmp_path / "small.overlay.yaml"
    assert str(caught.value) == f"{path}: `actions` must be a list of mappings, each with a `target`"
