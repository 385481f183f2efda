"""What a request is refused for, in which order, and what the contract mode changes of it."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATH = "/v1/image/qwen/generate"
JSON = {"content-type": "application/json", "accept": "application/json"}
UNKNOWN = {"type": "file_id", "file_id": "file_0"}
CAP = "size {}x{} exceeds the cap 2048x2048"
POSITIVE = "width and height must be positive"
MULTIPLE = "width and height must be multiples of 16"
STEPS = "steps must be in 1..100"
QUANTIZE = "quantize must be one of 3, 4, 5, 6, 8"
LORAS = "at most 4 loras may be applied"
STRENGTH = "image_strength must be in 0..1"
LORA = {"file": UNKNOWN}
EXAMPLES = 500 if os.environ.get("GENMOCK_SCALE") == "full" else 50


def rules(client: Any) -> list[tuple[str, str]]:
    """Return (rule, severity) of what the journal has of the newest request."""
    return [(each.rule, each.severity) for each in client.exchange.violations]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"width": 0}, POSITIVE),
        ({"height": -16}, POSITIVE),
        ({"width": 17, "height": -1}, POSITIVE),
        ({"width": -(10**30)}, POSITIVE),
        ({"width": 17}, MULTIPLE),
        ({"width": 4096, "height": 17}, MULTIPLE),
        ({"width": 2064}, CAP.format(2064, 64)),
        ({"height": 4096, "width": None}, CAP.format(1024, 4096)),
        ({"width": 16 * 10**30}, CAP.format(16 * 10**30, 64)),
        ({"width": 4096, "steps": 101}, CAP.format(4096, 64)),
        ({"steps": 101, "quantize": 7}, STEPS),
        ({"steps": 10**30}, STEPS),
        ({"quantize": 7, "loras": [LORA] * 5}, QUANTIZE),
        ({"quantize": 2**63}, QUANTIZE),
        ({"loras": [LORA] * 5, "image_strength": 2}, LORAS),
        ({"image_strength": 1.0001}, STRENGTH),
        ({"image_strength": -0.0001}, STRENGTH),
        ({"image_strength": 10**30}, STRENGTH),
    ],
)
def test_the_first_limit_that_is_broken_is_told(client: Any, members: dict[str, Any], text: str) -> None:
    reply = client.generate(**members)
    assert (reply.status_code, reply.json()) == (422, {"detail": text})
    assert reply.headers["genmock-violations"] == "1"


@pytest.mark.parametrize(
    "members",
    [
        {"width": 16, "height": 16},
        {"width": 2048, "height": 16},
        {"steps": 1},
        {"steps": 100},
        {"quantize": 3},
        {"image_strength": 0},
        {"image_strength": 1},
        {"guidance": -7.5},
        {"scheduler": "none"},
        {"width": None, "height": None, "steps": None, "guidance": None, "quantize": None, "seed": None},
    ],
)
def test_what_no_limit_forbids_is_answered(client: Any, members: dict[str, Any]) -> None:
    assert client.generate(**members).status_code == 200
    assert rules(client) == []


def test_the_order_is_shape_then_model_then_meaning_then_files(client: Any) -> None:
    wrong: dict[str, Any] = {"prompt": "", "model": "flux", "steps": 101, "init_image": UNKNOWN}
    mended: list[dict[str, Any]] = [{}, {"prompt": "x"}, {"model": "image"}, {"steps": 1}, {"init_image": None}]
    told = []
    for members in mended:
        wrong |= members
        told.append(client.generate(**wrong).status_code)
    assert told == [422, 400, 422, 400, 200]


@pytest.mark.parametrize("name", ["image", "IMAGE", " qwen-image ", "qwen/QWEN-image", "", None])
def test_a_model_is_known_by_its_names_in_any_case(client: Any, name: str | None) -> None:
    assert client.job(model=name)["params"]["model"] == "image"


@pytest.mark.parametrize("name", ["flux", " ", "image\u0000", "'\"", "é", "🦊", "x" * 5000])
def test_another_name_is_unknown(client: Any, name: str) -> None:
    reply = client.generate(model=name)
    assert reply.status_code == 400
    assert reply.json() == {"detail": f"unknown qwen model {name!r}; available: ['edit-2509', 'image']"}


def test_each_endpoint_takes_one_model(client: Any, draw_file: Callable[..., bytes]) -> None:
    told = [client.generate(model="qwen-edit"), client.edit(draw_file(), model="image")]
    assert [(reply.status_code, reply.json()["detail"]) for reply in told] == [
        (400, "qwen generate requires model 'image'"),
        (400, "qwen edit requires model 'edit-2509'"),
    ]


def test_a_number_in_a_text_is_read_with_a_warning(client: Any) -> None:
    job = client.job(width="64", steps=True, guidance="2")
    assert [job["params"][name] for name in ("width", "steps", "guidance")] == [64, 1, 2.0]
    assert rules(client) == [("type", "warning")] * 3
    (note,) = client.exchange.tasks
    assert note.outcome in ("ok", "warning")


@pytest.mark.parametrize(
    ("member", "value", "kind"),
    [("width", "64", "int_type"), ("steps", True, "int_type"), ("guidance", "2", "float_type")],
)
def test_a_strict_server_refuses_it_as_pydantic_would(
    kiapi: Callable[..., Any], member: str, value: object, kind: str
) -> None:
    reply = kiapi(contract="strict").generate(**{member: value})
    (error,) = reply.json()["detail"]
    assert (reply.status_code, error["type"], error["loc"], error["input"]) == (422, kind, ["body", member], value)


@pytest.mark.parametrize("mode", ["strict", "provider"])
def test_unknown_members_are_dropped(kiapi: Callable[..., Any], mode: str) -> None:
    client = kiapi(contract=mode)
    assert "color" not in client.job(color={"deep": [1]})["params"]


def test_a_server_that_only_reports_answers_and_tells_what_was_wrong(kiapi: Callable[..., Any]) -> None:
    client = kiapi(contract="report")
    job = client.job(width=17, steps="many", model="flux", image_strength=9)
    assert (job["status"], job["result"]["width"], job["result"]["model"]) == ("succeeded", 17, "image")
    told = dict(rules(client))
    assert {"model", "width-multiple-of-16", "image-strength-range"} <= set(told)
    assert set(told.values()) == {"error"}


def test_what_only_the_server_minds_is_journalled_too(client: Any) -> None:
    reply = client.send("POST", PATH, content=b'{"prompt": "\\ud800"}', headers=JSON)
    assert (reply.status_code, reply.text) == (500, "Internal Server Error")  # it cannot write what was sent either
    assert rules(client) == [("string_unicode", "error")]


def test_a_body_that_is_too_large_is_not_read(kiapi: Callable[..., Any]) -> None:
    reply = kiapi(max_body=100).generate(prompt="x" * 100)
    assert (reply.status_code, reply.json()) == (413, {"detail": "The request body is larger than 100 bytes."})
    assert reply.headers["connection"] == "close"


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([0, 1, 16, 17, 64, 2048, 4096, 10**30, -(10**30), 2**63, 0.5, 1e308]),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["sync", "async", "image", "png", "webp", "64", "NaN", "file_id", "data:,x"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["type", "file_id", "url", "data_url", "file", "scale"]), inner, max_size=3),
    ),
    max_leaves=5,
)
NAMES = "model mode prompt init_image image_strength images width height steps guidance seed quantize format loras"

bodies = st.dictionaries(st.sampled_from(NAMES.split()), values, max_size=4)
usual = st.sampled_from([{}, {"prompt": "a fox", "width": 64, "height": 64}])
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ask(client: Any, base: dict[str, Any], members: dict[str, Any], path: str) -> int:
    """Return the status of the answer to a request, after which the jobs can still be listed."""
    content = json.dumps({**base, **members}).encode()
    reply = client.send("POST", PATH.replace("generate", path), content=content, headers=JSON)
    assert client.exchange.note == ""
    assert client.send("GET", "/v1/jobs").status_code == 200
    return int(reply.status_code)


@pytest.mark.parametrize("contract", ["provider", "strict"])
@given(members=bodies, base=usual, path=st.sampled_from(["generate", "edit"]))
@settings(unhurried, max_examples=EXAMPLES)
def test_whatever_comes_is_answered(
    kiapi: Callable[..., Any], contract: str, members: dict[str, Any], base: dict[str, Any], path: str
) -> None:
    assert ask(kiapi(contract=contract), base, members, path) in (200, 202, 400, 422, 500)


@given(members=bodies, path=st.sampled_from(["generate", "edit"]))
@settings(unhurried, max_examples=EXAMPLES // 2)
def test_a_server_that_only_reports_refuses_nothing(
    kiapi: Callable[..., Any], members: dict[str, Any], path: str
) -> None:
    client = kiapi(contract="report")
    client.held = False  # what is sent shows in the answer
    assert ask(client, {"prompt": "a fox", "width": 64, "height": 64}, members, path) in (200, 202, 400, 500)
