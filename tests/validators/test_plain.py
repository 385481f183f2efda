"""What two forms of a schema both allow, put together where that is safe and left to a closer look where it is not."""

import importlib
from typing import Any

import pytest

plain = importlib.import_module("genmock.validators.plain")

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


def test_without_refuses_members() -> None:
    assert plain.without(closed(a=NUMBER), ["a"]) == closed(a=False)
    assert plain.without(True, ["a"]) == {"allOf": [True], "properties": {"a": False}}
