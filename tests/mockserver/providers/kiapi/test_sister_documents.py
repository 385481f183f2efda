"""Documents of other kiapi capabilities, put into a folder: served as they are, or with an overlay that says more."""

import io
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageStat

from genmock.mockserver import ServerThread, Settings, VirtualClock, create_app
from genmock.specs import OverlayError, load_catalog

capability = import_module("genmock.mockserver.providers.kiapi.capability")
serving = import_module("genmock.mockserver.cli.serve")

Json = dict[str, Any]
NULL = {"type": "null"}
PICTURE = {"type": "string", "format": "binary"}
COMMON: Json = {  # what the members of every request of these documents have in common
    "model": {"anyOf": [{"type": "string"}, NULL]},
    "mode": {"type": "string", "enum": ["sync", "async"], "default": "sync"},
    "seed": {"anyOf": [{"type": "integer"}, NULL]},
    "format": {"type": "string", "enum": ["png", "jpeg", "webp"], "default": "png"},
    "quality": {"type": "integer", "minimum": 1.0, "maximum": 100.0, "default": 90},
}
PROMPT: Json = {"prompt": {"type": "string", "minLength": 1}}
SIZE: Json = {name: {"anyOf": [{"type": "integer"}, NULL]} for name in ("width", "height")}
ENGINE: Json = {
    "steps": {"anyOf": [{"type": "integer", "minimum": 1.0}, NULL]},
    "guidance": {"anyOf": [{"type": "number"}, NULL]},
}
FILE: Json = {"$ref": "#/components/schemas/FileRef"}
LORAS: Json = {"loras": {"type": "array", "items": {"$ref": "#/components/schemas/LoraRef"}}}


def _reference(tag: str) -> Json:
    members = {"type": {"type": "string", "const": tag, "default": tag}, tag: {"type": "string", "minLength": 1}}
    return {"type": "object", "title": tag, "properties": members, "required": [tag]}


TAGS = {"file_id": "FileIDRef", "url": "FileURLRef", "data_url": "FileDataURLRef"}
SCHEMAS: Json = {
    **{name: _reference(tag) for tag, name in TAGS.items()},
    "FileRef": {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in TAGS.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {tag: f"#/components/schemas/{name}" for tag, name in TAGS.items()},
        },
    },
    "LoraRef": {
        "type": "object",
        "title": "LoraRef",
        "properties": {"file": FILE, "scale": {"type": "number", "default": 1.0}},
        "required": ["file"],
    },
    "Result": {
        "type": "object",
        "properties": {"file_id": {"type": "string"}, "width": {"type": "integer"}},
        "required": ["file_id", "width"],
    },
    "Job": {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "result": {"anyOf": [{"$ref": "#/components/schemas/Result"}, NULL]},
        },
        "required": ["type"],
    },
    "Queued": {"type": "object", "properties": {"job_id": {"type": "string"}}, "required": ["job_id"]},
}


def _json(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def operation(schema: str, *, makes: str = "image/png") -> Json:
    """Return an operation that takes a schema of the components and answers with bytes of a media type, if any."""
    done = _json({"$ref": "#/components/schemas/Job"})
    done["content"] |= {makes: {"schema": PICTURE}} if makes else {}
    queued = _json({"$ref": "#/components/schemas/Queued"})
    answers = {"200": done, "202": queued, **{code: {} for code in ("400", "422", "503", "504")}}
    body = _json({"$ref": f"#/components/schemas/{schema}"}) | {"required": True}
    return {
        "post": {"requestBody": body, "responses": {code: {"description": code} | a for code, a in answers.items()}}
    }


def document(family: str, paths: Json, **requests: Json) -> Json:
    """Return a capability document. requests: by schema name, the members beside the common ones, and `required`."""
    schemas = {
        name: {
            "type": "object",
            "title": name,
            "properties": {key: value for key, value in told.items() if key != "required"} | COMMON,
            "required": told["required"],
        }
        for name, told in requests.items()
    }
    base = f"/v1/image/{family}"
    models = _json({"type": "array", "items": {"type": "object"}}) | {"description": "The models."}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"kiapi {family} API", "version": "0.5.0"},
        "paths": {f"{base}/{name}": each for name, each in paths.items()}
        | {f"{base}/models": {"get": {"responses": {"200": models}}}},
        "components": {"schemas": SCHEMAS | schemas},
        "x-kiapi-capability": family,
        "x-kiapi-domain": "image",
        "x-kiapi-root-openapi": "/openapi.json",
    }


SKETCH = document(
    "sketch",
    {"generate": operation("GenerateRequest"), "train": operation("TrainRequest", makes="")},
    GenerateRequest={**PROMPT, **SIZE, **ENGINE, **LORAS, "required": ["prompt"]},
    TrainRequest={"dataset": FILE, "required": ["dataset"]},
)
RETOUCH = document(
    "retouch",
    {"edit": operation("EditRequest")},
    EditRequest={**PROMPT, "image": FILE, **SIZE, **ENGINE, "required": ["prompt", "image"]},
)
CAPTION = document(
    "caption",
    {"generate": operation("GenerateRequest")},
    GenerateRequest={
        "prompt": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": True}]},
        "resolution": {"anyOf": [{"type": "integer"}, {"type": "string"}], "default": "2x"},
        **SIZE,
        "required": ["prompt"],
    },
)
HUM = document("hum", {"generate": operation("HumRequest", makes="audio/wav")}, HumRequest={"required": []})
SKETCH_OVERLAY = """
overlay: 1.0.0
info: {title: Sketch and its models, version: 1.0.0}
actions:
  - target: $.components.schemas.GenerateRequest
    update:
      x-genmock-rules:
        - id: width-multiple-of-8
          needs: [width]
          expr: width % 8 == 0
          message: width and height must be multiples of 8
          source: "width: Must be a multiple of 8."
  - target: $
    update:
      x-genmock-capability:
        models:
          - {name: quick, family: sketch, domain: image, aliases: [sketch-quick], default: true, repo: acme/quick}
          - {name: fine, family: sketch, domain: image, repo: acme/fine}
        operations:
          generate:
            defaults: {width: 768, height: 512, steps: 8}
            kinds: {plain: txt2img}
            params: [prompt, seed, model, mode]
            result_params: [kind, model, prompt, seed, width, height, steps, adapters]
            fixed: {adapters: []}
"""


class Kiapi:
    """A server with documents of its own, and a client of it."""

    def __init__(self, client: httpx.Client, clock: VirtualClock) -> None:
        self.client = client
        self.clock = clock

    def post(self, path: str, *, accept: str = "image/png", **body: Any) -> httpx.Response:
        """Send a request to an operation, like "sketch/generate"."""
        return self.client.post(f"/v1/image/{path}", json=body, headers={"accept": accept})

    def job(self, path: str, **body: Any) -> Json:
        """Return the job that a request came to."""
        told: Json = self.post(path, accept="application/json", **body).json()
        return told

    def detail(self, path: str, **body: Any) -> Any:
        """Return what a request that is refused is told."""
        return self.post(path, **body).json()["detail"]

    def upload(self, color: str = "red") -> Json:
        """Return a reference to a picture that was uploaded."""
        data = io.BytesIO()
        Image.new("RGB", (64, 48), color).save(data, "PNG")
        record = self.client.post("/v1/files", files={"file": ("input.png", data.getvalue(), "image/png")}).json()
        return {"type": "file_id", "file_id": record["file_id"]}


def picture(reply: httpx.Response) -> Image.Image:
    assert reply.status_code == 200, reply.text
    return Image.open(io.BytesIO(reply.content)).convert("RGB")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes documents by their family, and texts of overlays beside them, into a folder."""

    def written(*documents: Json, **overlays: str) -> Path:
        for each in documents:
            (tmp_path / f"{each['x-kiapi-capability']}.json").write_text(json.dumps(each), "utf-8")
        for family, text in overlays.items():
            (tmp_path / f"{family}.overlay.yaml").write_text(text, "utf-8")
        return tmp_path

    return written


@pytest.fixture
def serve(folder: Callable[..., Path], request: pytest.FixtureRequest) -> Callable[..., Kiapi]:
    """Return a function that serves documents on a socket: serve(SKETCH, sketch=SKETCH_OVERLAY)."""

    def served(*documents: Json, **overlays: str) -> Kiapi:
        clock = VirtualClock()
        settings = Settings(specs=(folder(*documents, **overlays),), check_replies=True)
        app = create_app(settings, clock=clock)
        server = ServerThread(app)
        client = httpx.Client(base_url=server.__enter__().url, verify=False)
        request.addfinalizer(lambda: server.__exit__(None, None, None))
        request.addfinalizer(client.close)
        request.addfinalizer(lambda: _check(app.state.runtime.world.journal))
        return Kiapi(client, clock)

    return served


def _check(journal: Any) -> None:
    broken = [v for exchange in journal for v in exchange.violations if v.pointer.startswith("/reply")]
    assert broken == []


def test_a_document_is_served_as_it_is(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(SKETCH)
    reply = kiapi.post("sketch/generate", prompt="a heron", width=320, height=200)
    assert picture(reply).size == (320, 200)
    assert reply.headers["content-disposition"].startswith('attachment; filename="sketch_')


def test_its_job_is_told_with_the_members_that_the_document_has(serve: Callable[..., Kiapi]) -> None:
    job = serve(SKETCH).job("sketch/generate", prompt="a heron")
    assert (job["type"], job["status"]) == ("sketch", "succeeded")
    assert list(job["params"]) == list(SKETCH["components"]["schemas"]["GenerateRequest"]["properties"])
    assert (job["result"]["width"], job["result"]["params"]["kind"]) == (1024, "generate")


def test_a_model_whose_capability_nobody_told_may_have_any_name(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(SKETCH)
    assert kiapi.job("sketch/generate", prompt="a heron", model="base")["result"]["model"] == "base"
    assert kiapi.client.get("/v1/image/sketch/models").json() == [
        {"name": "sketch", "family": "sketch", "domain": "image", "aliases": [], "default": True, "features": []}
    ]


def test_an_adapter_changes_the_picture(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(SKETCH)
    order: Json = {"prompt": "a heron", "seed": 1, "width": 64, "height": 64}
    plain = kiapi.post("sketch/generate", **order)
    adapted = kiapi.post("sketch/generate", **order, loras=[{"file": kiapi.upload()}])
    assert picture(plain).tobytes() != picture(adapted).tobytes()


def test_an_edit_of_one_image_shows_it(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(RETOUCH)
    order: Json = {"prompt": "at night", "seed": 1, "width": 64, "height": 48}
    red, blue = (picture(kiapi.post("retouch/edit", **order, image=kiapi.upload(color))) for color in ("red", "blue"))
    assert ImageStat.Stat(red).mean[0] > ImageStat.Stat(blue).mean[0]
    assert kiapi.job("retouch/edit", **order, image=kiapi.upload())["type"] == "retouch-edit"


def test_what_is_wrong_with_an_edit_is_told_as_ever(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(RETOUCH)
    missing = {"type": "missing", "loc": ["body", "image"], "msg": "Field required", "input": {"prompt": "x"}}
    assert kiapi.detail("retouch/edit", prompt="x") == [missing]
    gone = {"type": "file_id", "file_id": "file_0"}
    assert kiapi.detail("retouch/edit", prompt="x", image=gone) == "unknown image file_id 'file_0'"


@pytest.mark.parametrize("prompt", ["a heron", {"high_level_description": "a heron"}])
@pytest.mark.parametrize("resolution", [512, "2x"])
def test_a_member_may_be_of_one_of_several_types(serve: Callable[..., Kiapi], prompt: Any, resolution: Any) -> None:
    job = serve(CAPTION).job("caption/generate", prompt=prompt, resolution=resolution, width=64, height=64)
    assert (job["params"]["prompt"], job["params"]["resolution"]) == (prompt, resolution)


def test_a_member_of_none_of_its_types_has_an_error_for_each(serve: Callable[..., Kiapi]) -> None:
    found = serve(CAPTION).detail("caption/generate", prompt="x", resolution=[])
    assert [(each["type"], each["loc"]) for each in found] == [
        ("int_type", ["body", "resolution", "int"]),
        ("string_type", ["body", "resolution", "str"]),
    ]


def test_a_job_is_polled_and_its_file_fetched(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(SKETCH)
    reply = kiapi.post("sketch/generate", prompt="a heron", mode="async", width=64, height=64)
    assert (reply.status_code, reply.json()["type"]) == (202, "sketch")
    kiapi.clock.advance(1.5)
    job = kiapi.client.get(f"/v1/jobs/{reply.json()['job_id']}").json()
    assert picture(kiapi.client.get(f"/v1/files/{job['result']['file_id']}/download")).size == (64, 64)


def test_the_document_and_its_pages_are_there(serve: Callable[..., Kiapi]) -> None:
    client = serve(SKETCH).client
    assert client.get("/v1/image/sketch/openapi.json").json() == SKETCH
    for page in ("docs", "redoc"):
        assert "kiapi sketch API" in client.get(f"/v1/image/sketch/{page}").text


def test_an_overlay_names_the_models(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(SKETCH, sketch=SKETCH_OVERLAY)
    assert [model["name"] for model in kiapi.client.get("/v1/image/sketch/models").json()] == ["quick", "fine"]
    assert kiapi.job("sketch/generate", prompt="x", model=" Sketch-Quick ")["result"]["model"] == "quick"
    text = "unknown sketch model 'base'; available: ['fine', 'quick']"
    assert kiapi.detail("sketch/generate", prompt="x", model="base") == text


def test_an_overlay_says_how_jobs_are_told(serve: Callable[..., Kiapi]) -> None:
    job = serve(SKETCH, sketch=SKETCH_OVERLAY).job("sketch/generate", prompt="x", seed=5)
    assert job["params"] == {"prompt": "x", "seed": 5, "model": "quick", "mode": "sync"}
    assert job["result"]["params"] == {
        "kind": "txt2img",
        "model": "quick",
        "prompt": "x",
        "seed": 5,
        "width": 768,
        "height": 512,
        "steps": 8,
        "adapters": [],
    }


def test_an_overlay_says_what_the_schema_does_not(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(SKETCH, sketch=SKETCH_OVERLAY)
    assert kiapi.detail("sketch/generate", prompt="x", width=100) == "width and height must be multiples of 8"


def test_the_later_document_of_a_family_is_the_one_that_is_served(serve: Callable[..., Kiapi]) -> None:
    qwen = document(
        "qwen", {"generate": operation("GenerateRequest")}, GenerateRequest={**PROMPT, **SIZE, "required": ["prompt"]}
    )
    kiapi = serve(qwen)
    assert kiapi.job("qwen/generate", prompt="x", width=80, height=48)["result"]["width"] == 80
    assert kiapi.client.get("/v1/image/qwen/openapi.json").json() == qwen


def test_a_training_is_not_served(serve: Callable[..., Kiapi]) -> None:
    reply = serve(SKETCH).post("sketch/train", dataset={})
    assert (reply.status_code, reply.json()) == (404, {"detail": "Not Found"})


def _with_result(told: Json, members: Mapping[str, Any]) -> Json:
    properties = {name: schema for name, schema in members.items() if name != "required"}
    result = {"type": "object", "properties": properties, "required": members.get("required", [])}
    schemas = {**told["components"]["schemas"], "Result": result}
    return {**told, "components": {"schemas": schemas}}


DEPTH = _with_result(
    document("depth", {"estimate": operation("Request")}, Request={"image": FILE, "required": ["image"]}),
    {"depth_image_file_id": {"type": "string"}, "depth_data_file_id": {"type": "string"}},
)


ENLARGE = _with_result(
    document(
        "enlarge",
        {"upscale": operation("Request")},
        Request={
            "image": FILE,
            "resolution": {"anyOf": [{"type": "integer"}, {"type": "string"}], "default": "2x"},
            "required": ["image"],
        },
    ),
    {
        **{name: {"type": "integer"} for name in ("input_width", "input_height", "width", "height")},
        "file_id": {"type": "string"},
        "note": {"type": "string"},
        "required": ["file_id", "input_width", "input_height", "width", "height", "note"],
    },
)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({}, (128, 96)),
        ({"resolution": "1.5x"}, (96, 72)),
        ({"resolution": 24}, (32, 24)),
        ({"resolution": "?"}, (64, 48)),
    ],
)
def test_a_picture_is_as_large_as_its_image_where_no_request_says_it(
    serve: Callable[..., Kiapi], asked: Json, size: tuple[int, int]
) -> None:
    kiapi = serve(ENLARGE)
    assert picture(kiapi.post("enlarge/upscale", image=kiapi.upload(), **asked)).size == size


def test_without_a_prompt_an_image_is_not_changed(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(ENLARGE)
    drawn = picture(kiapi.post("enlarge/upscale", image=kiapi.upload("blue")))
    assert drawn.getcolors() == [(128 * 96, (0, 0, 255))]


def test_a_result_has_what_its_document_asks_for(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(ENLARGE)
    result = kiapi.job("enlarge/upscale", image=kiapi.upload())["result"]
    told = {"width": 128, "height": 96, "note": "", "input_width": 64, "input_height": 48}
    assert {name: result[name] for name in told} == told
    assert "prompt" not in result


def test_an_overlay_may_stand_beside_a_document_that_refers_to_no_files(serve: Callable[..., Kiapi]) -> None:
    bare = document(
        "sketch", {"generate": operation("GenerateRequest")}, GenerateRequest={**PROMPT, **SIZE, "required": ["prompt"]}
    )
    for name in (*TAGS.values(), "FileRef", "LoraRef"):
        del bare["components"]["schemas"][name]
    kiapi = serve(bare, sketch=SKETCH_OVERLAY)
    assert picture(kiapi.post("sketch/generate", prompt="a")).size == (768, 512)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("width % 8 == 0", "width % % 8", "rule width-multiple-of-8"),
        (
            "needs: [width]",
            "needs: [breadth]",
            "rule width-multiple-of-8 reads 'breadth', which its document does not have",
        ),
        ("repo: acme/fine", "repo: 3", "overlay of "),
    ],
)
def test_a_mistake_in_an_overlay_is_told_at_the_start(
    folder: Callable[..., Path], before: str, after: str, text: str
) -> None:
    with pytest.raises(OverlayError) as caught:
        create_app(Settings(specs=(folder(SKETCH, sketch=SKETCH_OVERLAY.replace(before, after)),)))
    assert str(caught.value).startswith(text)


def test_a_copy_of_a_shipped_document_keeps_its_rules_and_models(serve: Callable[..., Kiapi]) -> None:
    kiapi = serve(dict(load_catalog().get("kiapi-qwen").published))
    assert kiapi.detail("qwen/generate", prompt="a", width=1000) == "width and height must be multiples of 16"
    assert [model["name"] for model in kiapi.client.get("/v1/image/qwen/models").json()] == ["image", "edit-2509"]


def test_what_is_not_served_is_told_with_the_reason(folder: Callable[..., Path]) -> None:
    catalog = load_catalog().with_folder(folder(SKETCH, RETOUCH, HUM, DEPTH))
    assert capability.unserved(catalog) == [
        "depth: POST /v1/image/depth/estimate is not served: its result is more than one picture",
        "hum: POST /v1/image/hum/generate is not served: it makes no picture",
        "sketch: POST /v1/image/sketch/train is not served: it makes no picture",
    ]
    assert [each.family for each in capability.capabilities(catalog)] == ["qwen", "retouch", "sketch"]


def test_the_start_of_a_server_tells_it(folder: Callable[..., Path]) -> None:
    app = create_app(Settings(specs=(folder(HUM),)))
    (note,) = (line for line in serving.findings(app.state.runtime) if line.startswith("note: "))
    assert note == "note: hum: POST /v1/image/hum/generate is not served: it makes no picture"


def test_of_shipped_documents_nothing_is_left_out() -> None:
    assert capability.unserved(load_catalog()) == []
