"""Rules of a user's own document: solved by their shape, or told to be unsolved."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from genmock import check_request, strategies

MEMBERS = {
    "prompt": {"type": "string", "minLength": 1},
    "sharpness": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.05},
    "steps": {"type": "integer", "minimum": 1, "maximum": 50},
    "from": {"type": "integer", "minimum": 0, "maximum": 9},
    "to": {"type": "integer", "minimum": 0, "maximum": 9},
    "format": {"enum": ["png", "jpeg"]},
    "alpha": {"type": "boolean"},
}
SOLVED = {
    "sharp-needs-steps": ("sharpness < 0.5 || steps >= 20", ["sharpness", "steps"]),
    "order": ("from + 2 <= to", ["from", "to"]),
    "alpha-format": ('!alpha || format == "png"', ["alpha", "format"]),
    "even": ("steps % 2 == 0", ["steps"]),
    "no-fourteen": ("steps != 14", ["steps"]),
}


def written(folder: Path, **rules: tuple[str, list[str]]) -> Path:
    """A document with some rules in an overlay of its own."""
    body = {"type": "object", "properties": MEMBERS, "required": ["prompt"], "additionalProperties": False}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Draw"}}}
    post = {"requestBody": {"content": content}, "responses": {}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Fox", "version": "1"},
        "paths": {"/draw": {"post": post}},
        "components": {"schemas": {"Draw": body}},
    }
    rows = [{"id": name, "expr": expr, "needs": needs, "message": name} for name, (expr, needs) in rules.items()]
    action = {"target": "$.components.schemas.Draw", "update": {"x-genmock-rules": rows}}
    overlay = {"overlay": "1.0.0", "info": {"title": "Rules", "version": "1"}, "actions": [action]}
    (folder / "fox.overlay.yaml").write_text(yaml.safe_dump(overlay))
    path = folder / "fox.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    return written(tmp_path, **SOLVED)


def test_rules_of_known_shapes_are_kept_and_every_member_is_reached(solved: Path) -> None:
    found = strategies.sample(strategies.valid_items(solved), 400)
    assert [item for item in found if check_request(solved, item)] == []
    assert {name for item in found for name in item} == set(MEMBERS)
    assert any(item.get("sharpness", 0) >= 0.5 for item in found)
    assert any(item.get("alpha") for item in found)


@pytest.mark.parametrize("rule", SOLVED)
def test_rules_of_known_shapes_are_broken_one_at_a_time(solved: Path, rule: str) -> None:
    for mutation in strategies.sample(strategies.invalid_items(solved, only=f"rule {rule}"), 20):
        assert [each.rule for each in check_request(solved, mutation.item)] == [rule]


def test_a_rule_of_another_shape_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, odd=("prompt.size() % 2 == 1", ["prompt"]))
    with pytest.raises(strategies.Unsolved, match=r"^rule odd: no values can be made for .*'prompt.size\(\) % 2 == 1'"):
        strategies.valid_items(path)


def test_a_rule_that_nothing_breaks_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, empty=("steps <= 50", ["steps"]))
    with pytest.raises(strategies.Starved, match=r"rule empty cannot be broken by any value that its schema allows"):
        strategies.invalid_items(path)


def test_steps_of_decimals_are_exact(solved: Path) -> None:
    values: set[Any] = {
        item["sharpness"] for item in strategies.sample(strategies.valid_items(solved), 400) if "sharpness" in item
    }
    assert values <= {number / 20 for number in range(21)}
    assert {0, 0.05, 0.95, 1} <= values


def test_equal_seeds_give_equal_messages() -> None:
    one, same, other = (strategies.sample(strategies.requests("qwen-image"), 20, seed=seed) for seed in (1, 1, 2))
    assert one == same != other


def test_tasks_of_an_array_have_taskuuids_of_their_own() -> None:
    for body in strategies.sample(strategies.requests("runware-utilities"), 200):
        uuids = [item["taskUUID"].lower() for item in body if "taskUUID" in item]
        assert len(set(uuids)) == len(uuids)
        assert "authentication" not in [item["taskType"] for item in body[1:]]


def test_a_request_can_be_sent_again_under_other_taskuuids() -> None:
    (body,) = strategies.sample(strategies.requests("qwen-image"), 1)
    again = strategies.with_fresh_uuids(body, salt=1)
    assert check_request("qwen-image", again) == check_request("qwen-image", body)
    assert again != body == strategies.sample(strategies.requests("qwen-image"), 1)[0]
    assert strategies.with_fresh_uuids(body, salt=1) == again
