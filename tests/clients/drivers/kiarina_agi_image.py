"""The driver of kiarina-agi-image (PyPI): FLOW URL KEY INPUTS prints what a caller sees as one line of JSON."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from httpx import HTTPStatusError
from kiarina.agi.image_generation_model import (  # type: ignore[import-not-found]  # in the client's own environment
    ImageGenerationModel,
    ImageGenerationModelConfig,
    generate_image,
)
from kiarina.utils.app import configure  # type: ignore[import-not-found]

Json = dict[str, Any]


def data_url(path: str, media_type: str) -> Json:
    data = base64.b64encode(Path(path).read_bytes()).decode()
    return {"type": "data_url", "data_url": f"data:{media_type};base64,{data}"}


async def picture(url: str, request: Json, files: list[str] | None = None) -> list[Json]:
    """Ask for a picture. All members of a request but its prompt are ``extra_params`` of the client."""
    members = {name: value for name, value in request.items() if name != "prompt"}
    config = ImageGenerationModelConfig(
        provider_name="kiapi", provider_config={"kiapi_base_url": url, "extra_params": members}
    )
    model = ImageGenerationModel("of-the-flow", config)
    result = await generate_image(
        request["prompt"], file_paths=files, image_generation_options={"image_generation_model": model}
    )
    data = base64.b64encode(result.mime_blob.raw_data).decode()
    return [{"mediaType": result.mime_blob.mime_type, "data": data}]


async def generate(url: str, inputs: Json) -> Json:
    return {"results": await picture(url, inputs["task"])}


async def generate_from_picture(url: str, inputs: Json) -> Json:
    image = {"init_image": data_url(inputs["image"], "image/png")}
    return {name: await picture(url, {**inputs[task], **image}) for name, task in NAMES}


async def generate_with_lora(url: str, inputs: Json) -> Json:
    lora = {"file": data_url(inputs["dataset"], "application/octet-stream"), "scale": 0.8}
    return {"results": await picture(url, {**inputs["task"], "loras": [lora]})}


async def edit_one(url: str, inputs: Json) -> Json:
    return {"results": await picture(url, inputs["task"], [inputs["image"]])}


async def edit_two(url: str, inputs: Json) -> Json:
    return {"results": await picture(url, inputs["task"], [inputs["image"], inputs["mask"]])}


async def two_at_once(url: str, inputs: Json) -> Json:
    both = await asyncio.gather(*(picture(url, inputs[task]) for _, task in NAMES))
    return {name: pictures for (name, _), pictures in zip(NAMES, both, strict=True)}


NAMES = (("results", "task"), ("second", "second"))
FLOWS = {
    "generate-from-picture": generate_from_picture,
    "generate-with-lora": generate_with_lora,
    "edit-one": edit_one,
    "edit-webp": edit_one,
    "edit-two": edit_two,
    "two-at-once": two_at_once,
}


async def main(flow: str, url: str, inputs: Json) -> Json:
    configure("genmock-clients", "genmock")  # the application that uses the client, without which it does not run
    try:
        return await FLOWS.get(flow, generate)(url, inputs)
    except HTTPStatusError as error:
        told = {"code": str(error.response.status_code), "body": error.response.text}
        return {"error": {"type": type(error).__name__, "message": str(error), **told}}


if __name__ == "__main__":
    flow, url, _, given = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(main(flow, url, json.loads(given)))) + "\n")
