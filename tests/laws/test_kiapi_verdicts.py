"""What kiapi refuses, and where: held to the JSON Schema library, for what the library and pydantic read alike."""

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.specs import load_catalog

LAWS = settings.get_profile("laws")
GENERATE = "/v1/image/qwen/generate"
BODY = {"prompt": "a fox", "width": 64, "height": 64}
LIMITED = ("width", "height", "steps", "guidance", "seed", "quality", "image_strength", "quantize")
WORDS = ("format", "mode", "scheduler", "prompt", "negative_prompt")
NUMBERS = st.one_of(
    st.integers(-2, 2), st.integers(15, 17), st.integers(99, 101), st.integers(2040, 2060), st.just(0.5)
)
OTHERS = st.sampled_from(("png", "PNG", "jpeg", "jpg", "webp", "sync", "async", "linear", "flow", "", [], {}, ["fox"]))


def validator() -> Any:
    """Return the library's own validator of a request to generate."""
    root = load_catalog().get("kiapi-qwen").published
    schema = {**root["components"]["schemas"]["GenerateRequest"], "components": root["components"]}
    return jsonschema.Draft202012Validator(schema)


def meaning(body: dict[str, Any]) -> str:
    """Return what kiapi says of a body of the right shape; "" when it is content."""
    width, height = body["width"], body["height"]
    if width < 1 or height < 1:
        return "width and height must be positive"
    if width % 16 or height % 16:
        return "width and height must be multiples of 16"
    if width > 2048 or height > 2048:
        return f"size {width}x{height} exceeds the cap 2048x2048"
    if not 1 <= body.get("steps", 1) <= 100:
        return "steps must be in 1..100"
    if body.get("quantize", 4) not in (3, 4, 5, 6, 8):
        return "quantize must be one of 3, 4, 5, 6, 8"
    return "" if 0 <= body.get("image_strength", 0) <= 1 else "image_strength must be in 0..1"


def test_what_the_schema_refuses_is_a_422_at_that_place(world: Callable[..., Any]) -> None:
    library = validator()
    verdicts = []

    @settings(LAWS, max_examples=5 * LAWS.max_examples)
    @given(
        st.dictionaries(st.sampled_from(LIMITED), NUMBERS, max_size=2),
        st.dictionaries(st.sampled_from(WORDS), OTHERS, max_size=1),
    )
    def law(numbers: dict[str, Any], words: dict[str, Any]) -> None:
        body = {**BODY, **numbers, **words}
        wrong = {error.absolute_path[0] for error in library.iter_errors(body)}
        verdicts.append(bool(wrong))
        here = world()
        reply = here.make(GENERATE, **body)
        (exchange,) = here.control("GET", "/journal")["exchanges"]
        broken = {each["pointer"].split("/")[1] for each in exchange["violations"] if each["severity"] == "error"}
        assert bool(broken) == (reply.status_code == 422)
        assert not wrong or broken == wrong
        if not wrong and meaning(body):
            assert (reply.status_code, reply.json()) == (422, {"detail": meaning(body)})
            return
        if not wrong:
            assert reply.status_code == (202 if body.get("mode") == "async" else 200), reply.text
            return
        assert reply.status_code == 422, (wrong, reply.text)
        details = reply.json()["detail"]
        assert {detail["loc"][1] for detail in details} == wrong
        for detail in details:
            assert detail["loc"][0] == "body"
            assert detail["input"] == body[detail["loc"][1]]

    law()
    assert {True, False} == set(verdicts)


def limits() -> list[tuple[str, str, int]]:
    """Return the limits that a request to generate must keep, each as its member, keyword and value."""
    members = load_catalog().get("kiapi-qwen").published["components"]["schemas"]["GenerateRequest"]["properties"]
    return [
        (name, keyword, int(schema[keyword]))
        for name, member in members.items()
        for schema in (member, *member.get("anyOf", ()))
        for keyword in ("minimum", "maximum")
        if keyword in schema
    ]


@pytest.mark.parametrize(("name", "keyword", "limit"), limits())
def test_a_limit_is_the_last_that_is_taken(world: Callable[..., Any], name: str, keyword: str, limit: int) -> None:
    assert world().make(GENERATE, **BODY, **{name: limit}).status_code == 200
    beyond = limit - 1 if keyword == "minimum" else limit + 1
    reply = world().make(GENERATE, **BODY, **{name: beyond})
    assert reply.status_code == 422
    words = f"Input should be {'greater' if keyword == 'minimum' else 'less'} than or equal to {limit}"
    assert [(each["loc"], each["msg"], each["input"]) for each in reply.json()["detail"]] == [
        (["body", name], words, beyond)
    ]


def test_what_is_not_sent_is_asked_for(world: Callable[..., Any]) -> None:
    reply = world().send("POST", GENERATE, json={"width": 64})
    assert reply.status_code == 422
    (detail,) = reply.json()["detail"]
    assert (detail["type"], detail["loc"], detail["input"]) == ("missing", ["body", "prompt"], {"width": 64})


def test_a_side_that_is_no_multiple_of_16_is_refused(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(st.sampled_from(("width", "height")), st.integers(16, 600))
    def law(name: str, side: int) -> None:
        reply = world().make(GENERATE, **{**BODY, name: side})
        assert reply.status_code == (422 if side % 16 else 200)

    law()
