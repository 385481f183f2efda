import math
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.mockserver.providers.kiapi.details import Detail, is_writable
from genmock.mockserver.providers.kiapi.reading import Reading, read
from genmock.specs import load_catalog
from genmock.validators import check_request

EXAMPLES = 5_000 if os.environ.get("GENMOCK_SCALE") == "full" else 500
QWEN = load_catalog().get("kiapi-qwen").published
GENERATE = QWEN["components"]["schemas"]["GenerateRequest"]
INVALID_INTEGER = "Input should be a valid integer"
NO_OBJECT = "Input should be a valid dictionary or object to extract fields from"


def generate(strict: bool = False, **members: Any) -> Reading:
    return read(QWEN, GENERATE, {"prompt": "a cat", **members}, strict=strict)


def member(schema: dict[str, Any], value: Any, strict: bool = False) -> Reading:
    return read({}, {"type": "object", "properties": {"m": schema}}, {"m": value}, strict=strict)


def test_a_reading_has_every_member_in_the_order_of_declaration() -> None:
    assert generate(width="64", unknown=1).value == {
        "model": None,
        "mode": "sync",
        "prompt": "a cat",
        "negative_prompt": None,
        "init_image": None,
        "image_strength": None,
        "width": 64,
        "height": None,
        "steps": None,
        "guidance": None,
        "seed": None,
        "quantize": None,
        "scheduler": "linear",
        "format": "png",
        "quality": 90,
        "loras": [],
    }
    assert list(generate(width=64, model="image").value) == list(GENERATE["properties"])


def test_a_default_is_not_shared_between_readings() -> None:
    generate().value["loras"].append("changed")
    assert generate().value["loras"] == []


@pytest.mark.parametrize(
    ("value", "taken"),
    [("64", 64), (" +6_4.0 ", 64), (True, 1), (False, 0), ("-0", 0), ("0_1", 1), (str(2**70), 2**70), ("+0_-_5.0", -5)],
)
def test_only_laxness_takes_these_for_integers(value: object, taken: int) -> None:
    reading = generate(seed=value)
    assert (reading.value["seed"], reading.details, reading.lax) == (taken, (), (("/seed", value, taken),))
    strict = generate(seed=value, strict=True)
    assert strict.details == (Detail("int_type", ("body", "seed"), INVALID_INTEGER, value),)


@pytest.mark.parametrize(
    ("member", "value", "taken"), [("seed", 64.0, 64), ("guidance", 4, 4.0), ("seed", -1e18, -(10**18))]
)
def test_what_the_schema_takes_too_is_no_laxness(member: str, value: float, taken: float) -> None:
    reading = generate(strict=True, **{member: value})
    assert (reading.value[member], reading.details, reading.lax) == (taken, (), ())
    assert type(reading.value[member]) is type(taken)


@pytest.mark.parametrize(
    ("value", "kind", "msg"),
    [
        ("abc", "int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
        ("1e3", "int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
        ("0-05", "int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
        (64.5, "int_from_float", "Input should be a valid integer, got a number with a fractional part"),
        (1e19, "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size"),
        ("9" * 4301, "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size"),
        (math.inf, "finite_number", "Input should be a finite number"),
        ([64], "int_type", INVALID_INTEGER),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_what_laxness_refuses_is_refused_in_the_same_words_everywhere(
    value: object, kind: str, msg: str, strict: bool
) -> None:
    assert generate(seed=value, strict=strict).details == (Detail(kind, ("body", "seed"), msg, value),)


def test_numbers_are_read_from_text_as_rust_reads_them() -> None:
    read = [generate(guidance=text).value["guidance"] for text in (".5", "1_0", "1E+2", "-inf", "5.")]
    assert read == [0.5, 10.0, 100.0, -math.inf, 5.0]
    assert math.isnan(generate(guidance="nan").value["guidance"])
    for text in ("0x1", "_1", "1__0", "\x1f1", "٣"):
        assert [detail.type for detail in generate(guidance=text).details] == ["float_parsing"]
    assert [detail.type for detail in generate(guidance=10**309).details] == ["float_type"]


def test_all_errors_come_at_once_in_the_order_of_declaration() -> None:
    details = read(QWEN, GENERATE, {"quality": 101, "mode": None, "width": []}).details
    assert [(detail.type, detail.loc) for detail in details] == [
        ("literal_error", ("body", "mode")),
        ("missing", ("body", "prompt")),
        ("int_type", ("body", "width")),
        ("less_than_equal", ("body", "quality")),
    ]


def test_limits_are_told_in_the_type_of_their_member() -> None:
    (detail,) = generate(steps=0).details
    assert detail.as_json() == {
        "type": "greater_than_equal",
        "loc": ["body", "steps"],
        "msg": "Input should be greater than or equal to 1",
        "input": 0,
        "ctx": {"ge": 1},
    }
    (detail,) = member({"type": "number", "exclusiveMinimum": 0}, "nan").details
    assert (detail.msg, repr(detail.ctx)) == ("Input should be greater than 0", "{'gt': 0.0}")


def test_multiples_of_integers_are_exact_and_of_other_numbers_nearly() -> None:
    (detail,) = member({"type": "integer", "multipleOf": 4}, 10**30 + 2).details
    assert (detail.msg, detail.ctx) == ("Input should be a multiple of 4", {"multiple_of": 4})
    assert member({"type": "number", "multipleOf": 0.1}, 0.3).details == ()


def test_a_list_is_too_short_only_when_its_items_are_right() -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    assert [detail.type for detail in member(schema, ["x"]).details] == ["int_parsing"]
    assert member(schema, [1]).details[0].msg == "List should have at least 2 items after validation, not 1"
    assert member(schema, ["x"] * 3).details[0].msg == "List should have at most 2 items after validation, not 3"


@pytest.mark.parametrize(
    ("reference", "kind", "loc", "pointer"),
    [
        ("file_00", "model_attributes_type", (), "/init_image"),
        ({"file_id": "file_00"}, "union_tag_not_found", (), "/init_image"),
        ({"type": "zip"}, "union_tag_invalid", (), "/init_image"),
        ({"type": "file_id"}, "missing", ("file_id", "file_id"), "/init_image/file_id"),
        ({"type": "url", "url": ""}, "string_too_short", ("url", "url"), "/init_image/url"),
    ],
)
def test_a_file_reference_is_told_by_its_type(reference: object, kind: str, loc: tuple[str, ...], pointer: str) -> None:
    (detail,) = generate(init_image=reference).details
    assert (detail.type, detail.loc, detail.pointer) == (kind, ("body", "init_image", *loc), pointer)


def test_an_unknown_tag_is_told_with_the_known_ones_in_the_order_of_the_choice() -> None:
    (detail,) = generate(loras=[{"file": {"type": None}}]).details
    tags = "'file_id', 'url', 'data_url'"
    assert detail.msg == f"Input tag 'None' found using 'type' does not match any of the expected tags: {tags}"
    assert detail.ctx == {"discriminator": "'type'", "tag": "None", "expected_tags": tags}
    assert detail.loc == ("body", "loras", 0, "file")


def test_what_could_be_read_is_kept_beside_errors() -> None:
    url = {"type": "url", "url": "http://x"}
    reading = read(
        QWEN, GENERATE, {"prompt": 1, "quality": 500, "width": "64", "loras": [{"file": url, "scale": "x"}, {}]}
    )
    assert len(reading.details) == 4
    assert "prompt" not in reading.value
    assert (reading.value["quality"], reading.value["width"]) == (90, 64)
    assert reading.value["loras"] == [{"file": url, "scale": 1.0}]


def test_a_body_that_is_no_object_has_the_defaults() -> None:
    reading = read(QWEN, GENERATE, [1])
    assert reading.details == (Detail("model_attributes_type", ("body",), NO_OBJECT, [1]),)
    assert (reading.value["quality"], reading.value["loras"]) == (90, [])


@pytest.mark.parametrize(
    ("value", "taken", "lax"), [("3", "3", 0), (3, 3, 0), (3.0, 3, 0), (True, 1, 1), ("2x", "2x", 0)]
)
def test_a_union_takes_the_branch_that_fits_best(value: object, taken: object, lax: int) -> None:
    reading = member({"anyOf": [{"type": "integer"}, {"type": "string"}]}, value)
    assert (reading.value, len(reading.lax)) == ({"m": taken}, lax)


def test_a_union_names_the_branch_of_each_error() -> None:
    choice = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "object"}, {"type": "null"}]}
    details = member(choice, 3).details
    assert [detail.loc[1:] for detail in details] == [("m", "constrained-str"), ("m", "dict[str,any]")]
    assert {detail.pointer for detail in details} == {"/m"}
    assert member(choice, None).value == {"m": None}


@pytest.mark.parametrize(
    ("value", "taken"), [(True, True), (1, True), ("OFF", False), (0.0, False), (2, None), (0.5, None)]
)
def test_truth_values_may_be_numbers_and_words(value: object, taken: bool | None) -> None:
    assert member({"type": "boolean"}, value).value == {"m": taken}


def test_integers_among_constants_may_be_truth_values() -> None:
    schema = {"type": "integer", "enum": [0, 1, 2]}
    assert member(schema, True).lax == (("/m", True, 1),)
    assert member(schema, 2.0, strict=True).value == {"m": 2}
    assert member(schema, True, strict=True).details[0].msg == "Input should be 0, 1 or 2"


def test_a_pattern_ends_where_the_text_ends() -> None:
    schema = {"type": "string", "pattern": "^(xl-base|turbo)$"}
    assert member(schema, "turbo").details == ()
    assert member(schema, "turbo\n").details[0].msg == "String should match pattern '^(xl-base|turbo)$'"


def test_a_schema_may_contain_itself() -> None:
    tree = {
        "type": "object",
        "title": "Tree",
        "properties": {"next": {"$ref": "#/tree"}},
        "additionalProperties": False,
    }
    details = read({"tree": tree}, tree, {"next": {"next": {"a": 1}}}).details
    assert details == (Detail("extra_forbidden", ("body", "next", "next", "a"), "Extra inputs are not permitted", 1),)


@pytest.mark.parametrize(
    "schema",
    [{"type": ["integer", "null"]}, {"allOf": [{"$ref": "#/step"}], "description": "a reference with siblings"}],
)
def test_other_ways_to_write_a_schema_are_read_too(schema: dict[str, Any]) -> None:
    root = {"step": {"type": "integer"}}
    whole = {"type": "object", "properties": {"m": schema}}
    assert read(root, whole, {"m": "64"}).value == {"m": 64}
    assert read(root, whole, {"m": []}).details[0].type == "int_type"


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": "\ud800"}, b"\xff"])
def test_the_real_server_cannot_write_these(value: object) -> None:
    assert not is_writable(value)
    assert is_writable(["a", 1.5, None, 10**400])


REFERENCES = st.one_of(
    st.sampled_from(["file_id", "url", "data_url"]).map(lambda tag: {"type": tag, tag: "x"}),
    st.fixed_dictionaries({"type": st.sampled_from(["file_id", "zip"])}, optional={"file_id": st.text(max_size=1)}),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.integers(-1, 101).map(float),
    st.floats(-1e15, 1e15),
    st.sampled_from(["64", "1.5", "true", "png", "sync", "", "linear"]),
    REFERENCES,
    st.lists(REFERENCES, max_size=2),
    st.lists(st.fixed_dictionaries({"file": REFERENCES}, optional={"scale": st.integers() | st.text()}), max_size=2),
)
OPERATIONS = {"GenerateRequest": "POST /v1/image/qwen/generate", "EditRequest": "POST /v1/image/qwen/edit"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(OPERATIONS)), st.data())
def test_strict_reading_and_the_published_schema_agree(name: str, draw: st.DataObject) -> None:
    schema = QWEN["components"]["schemas"][name]
    known = draw.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(schema["properties"], VALUES)))
    right = {"prompt": "a cat", "images": [{"type": "file_id", "file_id": "x"}]} if draw.draw(st.booleans()) else {}
    body = known | right
    violations = check_request("kiapi-qwen", body, operation=OPERATIONS[name], rules=False)
    assert (not read(QWEN, schema, body, strict=True).details) == (not violations)
