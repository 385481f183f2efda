import asyncio
import json
import os
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from genmock.mockserver.providers.kiapi.body import parse, read_value, refusal_of
from genmock.mockserver.providers.kiapi.details import is_writable
from genmock.mockserver.providers.kiapi.errors import Refused
from genmock.specs import load_catalog, load_errors

EXAMPLES = 5_000 if os.environ.get("GENMOCK_SCALE") == "full" else 500
JSON_TYPES = ["application/json", "application/JSON; charset=x", "application/vnd.a+json", "application/+json"]
OTHER_TYPES = ["text/plain", "application/xml", "application/json, text/html", "application/a/json", " ", None]


class FileIDRef(BaseModel):
    type: Literal["file_id"] = "file_id"
    file_id: str = Field(min_length=1)


class FileURLRef(BaseModel):
    type: Literal["url"] = "url"
    url: str = Field(min_length=1)


class FileDataURLRef(BaseModel):
    type: Literal["data_url"] = "data_url"
    data_url: str = Field(min_length=1)


FileRef = Annotated[FileIDRef | FileURLRef | FileDataURLRef, Field(discriminator="type")]


class LoraRef(BaseModel):
    file: FileRef
    scale: float = 1.0


class Generate(BaseModel):
    model_config = ConfigDict(extra="allow")
    model: str | None = None
    mode: Literal["sync", "async"] = "sync"
    prompt: str = Field(min_length=1)
    negative_prompt: str | None = None
    init_image: FileRef | None = None
    image_strength: float | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = Field(default=None, ge=1)
    guidance: float | None = None
    seed: int | None = None
    quantize: int | None = None
    scheduler: str = "linear"
    format: Literal["png", "jpeg", "webp"] = "png"
    quality: int = Field(default=90, ge=1, le=100)
    loras: list[LoraRef] = Field(default_factory=list)


class Edit(BaseModel):
    model_config = ConfigDict(extra="allow")
    model: str | None = None
    mode: Literal["sync", "async"] = "sync"
    prompt: str = Field(min_length=1)
    negative_prompt: str | None = None
    images: list[FileRef] = Field(min_length=1)
    width: int | None = None
    height: int | None = None
    steps: int | None = Field(default=None, ge=1)
    guidance: float | None = None
    seed: int | None = None
    quantize: int | None = None
    scheduler: str = "linear"
    format: Literal["png", "jpeg", "webp"] = "png"
    quality: int = Field(default=90, ge=1, le=100)
    loras: list[LoraRef] = Field(default_factory=list)


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    inner: "Closed | None" = None


class Sister(BaseModel):
    """Members such as the documents of other capabilities have."""

    model_config = ConfigDict(extra="allow")
    prompt: str | dict[str, Any]
    resolution: int | str = "2x"
    softness: float = Field(default=0.5, ge=0, le=1)
    duration: float = Field(default=5.0, gt=0, lt=60.5)
    timesteps: list[float] = [0.5, 1.0]
    stems: list[str] = Field(default=["vocals"], max_length=2)
    flag: bool = False
    level: Literal[0, 1, 2] | None = None
    variant: str = Field(default="turbo", pattern="^(xl-base|turbo)$")
    tiles: int = Field(default=8, multiple_of=4)
    closed: Closed | None = None
    options: dict[str, int] | None = None
    mixed: Annotated[int, Field(ge=9)] | list[int] | bool | FileRef | Literal["a", "b"] | None = None
    extra: Any = None
    points: list[int] = Field(default=[], min_length=2)
    ratios: list[int | str] | list[float] = []
    short: str = Field(default="ab", min_length=2, max_length=3)


APP = FastAPI()
CLIENT = httpx.AsyncClient(transport=httpx.ASGITransport(APP, raise_app_exceptions=False), base_url="http://kiapi")
READ: list[dict[str, Any]] = []


@APP.post("/generate")
async def generate(body: Generate) -> None:
    READ.append(body.model_dump(include=set(Generate.model_fields)))


@APP.post("/edit")
async def edit(body: Edit) -> None:
    READ.append(body.model_dump(include=set(Edit.model_fields)))


@APP.post("/sister")
async def sister(body: Sister) -> None:
    READ.append(body.model_dump(include=set(Sister.model_fields)))


QWEN = load_catalog().get("kiapi-qwen").published
ERRORS = load_errors("kiapi")
ROOTS = {
    "/generate": (QWEN, QWEN["components"]["schemas"]["GenerateRequest"]),
    "/edit": (QWEN, QWEN["components"]["schemas"]["EditRequest"]),
    "/sister": (APP.openapi(), APP.openapi()["components"]["schemas"]["Sister"]),
}

NUMERALS = st.one_of(
    st.text("019_+-. e", max_size=7),
    st.sampled_from(["64", "+64.0", "0064", "6_4", "1e3", "1_0.5", "inf", "-NaN", "\xa07 ", "\x1f7", "٣"]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 105),
    st.integers(),
    st.floats(),
    st.sampled_from([1e19, -1e300, 2.0**63, 10**400, 9.0, 0.0, 10**18]),
    NUMERALS,
    st.text(st.characters(codec=None), max_size=5),
    st.sampled_from(["sync", "png", "a", "file_id", "turbo", "turbo\n", "yes", "OFF", "\ud800"]),
)
KEYS = st.sampled_from(["type", "file_id", "url", "data_url", "file", "scale", "text", "inner", "a~/b"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=3)
)
TAGS = ["file_id", "url", "data_url"]
REFS = st.one_of(
    st.sampled_from(TAGS).map(lambda tag: {"type": tag, tag: "x"}),
    st.fixed_dictionaries(
        {"type": st.sampled_from([*TAGS, "zip", None, 1]) | JSON}, optional={"file_id": SCALARS, "url": SCALARS}
    ),
)
LORAS = st.lists(st.fixed_dictionaries({"file": REFS | JSON}, optional={"scale": SCALARS}), max_size=2)
SENSIBLE = {
    "prompt": st.integers(0, 3).flatmap(lambda wrong: SCALARS if wrong == 3 else st.just("a cat")),
    "mode": st.sampled_from(["sync", "async"]),
    "format": st.sampled_from(["png", "jpeg", "webp"]),
    "init_image": REFS,
    "images": st.lists(REFS, min_size=1, max_size=2),
    "loras": LORAS,
    "points": st.lists(st.integers() | st.just("64"), min_size=2, max_size=3),
    "ratios": st.lists(st.sampled_from([1.0, 0.5, 2, True, "1"]), max_size=2),
    "closed": st.just({"text": "t", "inner": {"text": "u"}}),
    "mixed": REFS | st.lists(st.integers(), max_size=2),
}


def bodies_of(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Bodies with right and almost right members, sometimes some that nobody asked for, or no object at all."""
    right = {name: SENSIBLE.get(name, SCALARS) for name in model.model_fields}
    needed = {name: right.pop(name) for name in ("prompt", "images") if name in right}
    known = {name: right[name] for name in right if name in SENSIBLE}
    wild = {name: st.one_of(right[name], JSON) for name in right}
    return st.one_of(
        st.fixed_dictionaries(
            needed, optional={**known, "seed": st.integers(), "image_strength": st.integers() | st.floats()}
        ),
        st.fixed_dictionaries(needed, optional=wild),
        st.fixed_dictionaries({}, optional=wild | dict.fromkeys([*needed, "unknown"], JSON)),
        JSON,
    )


PATHS: dict[str, type[BaseModel]] = {"/generate": Generate, "/edit": Edit, "/sister": Sister}
CALLS = st.sampled_from(sorted(PATHS)).flatmap(lambda path: st.tuples(st.just(path), bodies_of(PATHS[path])))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def judged(runner: asyncio.Runner, path: str, data: bytes, content_type: str | None) -> tuple[int, str]:
    """What FastAPI makes of a body: its status, and what it read or replied."""
    READ.clear()
    headers = {} if content_type is None else {"content-type": content_type}

    reply = runner.run(CLIENT.post(path, content=data, headers=headers))
    return reply.status_code, repr(READ[0]) if READ else reply.text


def ours(path: str, data: bytes, content_type: str | None) -> tuple[int, str]:
    """The same of what is tested."""
    try:
        reading = read_value(*ROOTS[path], parse(data, content_type, ERRORS))
        if not reading.details:
            return 200, repr(reading.value)
        refused = refusal_of(reading.details)
    except Refused as error:
        refused = error
    if not is_writable(refused.detail):
        return 500, "Internal Server Error"
    return refused.status, json.dumps({"detail": refused.detail}, ensure_ascii=False, separators=(",", ":"))


@settings(max_examples=EXAMPLES, deadline=None)
@given(CALLS, st.sampled_from(JSON_TYPES))
def test_bodies_are_read_as_fastapi_reads_them(
    runner: asyncio.Runner, call: tuple[str, Any], content_type: str
) -> None:
    data = json.dumps(call[1]).encode()
    assert ours(call[0], data, content_type) == judged(runner, call[0], data, content_type)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(CALLS, st.data(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-le", "latin-1"]))
def test_malformed_bodies_are_refused_as_fastapi_refuses_them(
    runner: asyncio.Runner, call: tuple[str, Any], draw: st.DataObject, encoding: str
) -> None:
    text = json.dumps(call[1], ensure_ascii=draw.draw(st.booleans()))
    data = text.encode(encoding, "replace")
    at = draw.draw(st.integers(0, len(data)))
    changed = data[:at] + draw.draw(st.binary(max_size=2)) + data[at + draw.draw(st.integers(0, 2)) :]
    assert ours(call[0], changed, "application/json") == judged(runner, call[0], changed, "application/json")


@settings(max_examples=EXAMPLES // 5, deadline=None)
@given(st.binary(max_size=20) | CALLS.map(lambda call: json.dumps(call[1]).encode()), st.sampled_from(OTHER_TYPES))
@example(b"", None)
@example(b"", "application/json")
@example(b"\xff", "text/plain")
def test_other_media_types_are_refused_as_fastapi_refuses_them(
    runner: asyncio.Runner, data: bytes, content_type: str | None
) -> None:
    assert ours("/generate", data, content_type) == judged(runner, "/generate", data, content_type)


@pytest.mark.parametrize(
    "text",
    [
        "null",
        '{"prompt": "a", "prompt": ""}',
        '{"prompt": "a", "seed": ' + "9" * 4300 + "}",
        '{"prompt": "a", "seed": ' + "9" * 4301 + "}",
        '{"prompt": "a", "seed": "' + "9" * 4301 + '"}',
        '{"prompt": "a", "seed": "+' + "9" * 4301 + '"}',
        '{"prompt": "a", "seed": "' + "0" * 5000 + '1"}',
        '{"prompt": "a", "guidance": ' + "9" * 309 + "}",
        '{"prompt": "a", "guidance": NaN, "image_strength": -Infinity}',
        '{"prompt": "\\ud800", "guidance": "x"}',
        '{"prompt": "a", "width": NaN}',
        '{"prompt": "' + "a" * 1_000_000 + '", "width": []}',
        "[" * 100_000,
    ],
)
def test_odd_bodies_are_read_as_fastapi_reads_them(runner: asyncio.Runner, text: str) -> None:
    data = text.encode()
    assert ours("/generate", data, "application/json") == judged(runner, "/generate", data, "application/json")
