"""What two forms of a schema both allow, put together where that is safe and left to a closer look where it is not."""

import importlib
from typing import Any

import pytest

plain = importlib.import_module("genmock.validators.plain")
rules = importlib.import_module("genmock.validators.rules")

NUMBER, TEXT = {"type": "number"}, {"type": "string"}


def closed(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": members}


def test_forms_that_differ_in_a_member_are_put_together() -> None:
    published, effective = closed(a=NUMBER, b={"minLength": 2}), closed(a=NUMBER, b={"maxLength": 4})
    both = plain.agreed(published, effective)
    assert both == closed(a=NUMBER, b={"allOf": [{"minLength": 2}, {"maxLength": 4}]})


def test_a_member_that_only_one_form_knows_is_refused_where_the_other_takes_no_more() -> None:
    both = plain.agreed(closed(a=NUMBER), closed(a=NUMBER, b=TEXT))
    assert both["properties"]["b"] == {"allOf": [False, TEXT]}


def test_a_member_whose_published_schema_is_repeated_or_one_of_several_is_judged_once() -> None:
    stricter, either = {**TEXT, "pattern": "^a"}, {"title": "A", "anyOf": [TEXT, NUMBER]}
    assert plain.agreed(closed(a=TEXT), closed(a=stricter))["properties"]["a"] == stricter
    assert plain.agreed(closed(a=TEXT), closed(a=either))["properties"]["a"] == TEXT


@pytest.mark.parametrize(
    ("published", "effective"),
    [
        (closed(a=NUMBER), {**closed(a=NUMBER), "required": ["a"]}),
        (closed(a={"$ref": "#/a"}), closed(a={"$ref": "#/a"})),
        ({"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^a": TEXT}}),
        (None, closed()),
        (True, closed()),
    ],
    ids=["differs beside its members", "refers", "has members by pattern", "lacks the schema", "takes everything"],
)
def test_other_forms_take_a_closer_look(published: Any, effective: Any) -> None:
    assert plain.agreed(published, effective) is None


def test_members_that_ask_for_a_closer_look_are_refused() -> None:
    assert plain.beside_rules(closed(a=NUMBER), (), ["a"]) == closed(a=False)
    assert plain.beside_rules(True, (), ["a"]) == {"allOf": [True], "properties": {"a": False}}


def rule(expr: str, *needs: str, **more: Any) -> Any:
    paths = tuple((each,) for each in needs)
    return rules.Rule("r", expr, "m", paths, paths[0], kinds=dict.fromkeys(paths, "number"), **more)


@pytest.mark.parametrize(
    ("expr", "bound"),
    [
        ("scale > 1", {"exclusiveMinimum": 1}),
        ("scale >= 1.5", {"minimum": 1.5}),
        ("scale < -2", {"exclusiveMaximum": -2}),
        ("scale <= 0", {"maximum": 0}),
    ],
)
def test_a_rule_that_compares_a_number_is_a_keyword(expr: str, bound: dict[str, Any]) -> None:
    told = {"if": {"required": ["text", "scale"]}, "then": {"properties": {"scale": bound}}}
    assert plain.beside_rules(closed(), [rule(expr, "text", "scale")], ()) == {**closed(), "allOf": [told]}


@pytest.mark.parametrize(
    "odd",
    [
        rule("scale > 1 && true", "scale"),
        rule("other > 1", "scale"),
        rule("scale > 1", "scale", when="true"),
        rule("scale > 1", "scale", defaults={("other",): 1}),
        rules.Rule("r", "scale > 1", "m", (("a", "scale"),), ("a",), kinds={("a", "scale"): "number"}),
        rules.Rule("r", "scale > 1", "m", (("scale",),), ("scale",), kinds={("scale",): "string"}),
    ],
    ids=["more", "another", "when", "default", "nested", "text"],
)
def test_any_other_rule_asks_for_a_closer_look_where_its_first_member_is(odd: Any) -> None:
    assert plain.beside_rules({}, [odd], ()) == {"properties": {odd.root: False}}
