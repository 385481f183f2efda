"""The driver of runware-sdk (PyPI): FLOW URL KEY INPUTS prints what a caller sees as one line of JSON."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from runware import Runware, RunwareError  # type: ignore[import-not-found]  # in the client's own environment

Json = dict[str, Any]


def data_uri(path: str, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(Path(path).read_bytes()).decode()}"


async def text_to_image_sync(client: Runware, inputs: Json) -> Json:
    return {"results": await client.run({"taskType": "imageInference", "deliveryMethod": "sync", **inputs["task"]})}


async def text_to_image(client: Runware, inputs: Json) -> Json:
    return {"results": await client.run({"taskType": "imageInference", **inputs["task"]})}


async def in_text(client: Runware, inputs: Json) -> Json:
    # Version 1.4 takes results without a URL for unfinished: a user of it asks synchronously, which REST does not mind.
    return await (text_to_image_sync if inputs["version"].startswith("1.4.") else text_to_image)(client, inputs)


async def upload_image_to_image(client: Runware, inputs: Json) -> Json:
    image = data_uri(inputs["image"], "image/png")
    if hasattr(client, "media_storage"):
        (upload,) = await client.media_storage({"operation": "upload", "media": image})
    else:  # version 1.4
        (upload,) = await client.image_upload({"image": image})
    task = {**inputs["task"], "inputs": {"seedImage": upload.get("mediaUUID") or upload["imageUUID"]}}
    return {"upload": upload, **await text_to_image(client, {"task": task})}


async def inpainting(client: Runware, inputs: Json) -> Json:
    images = {
        name: data_uri(inputs[path], "image/png") for name, path in (("seedImage", "image"), ("maskImage", "mask"))
    }
    return await text_to_image(client, {"task": {**inputs["task"], "inputs": images}})


async def training(client: Runware, inputs: Json) -> Json:
    archive = data_uri(inputs["dataset"], "application/zip")
    (upload,) = await client.media_storage({"operation": "upload", "media": archive})
    task = {"taskType": "training", **inputs["task"], "inputs": {"dataset": upload["mediaUUID"]}}
    return {"results": await client.run(task)}


async def get_response(client: Runware, inputs: Json) -> Json:
    (ordered,) = await client.run({"taskType": "imageInference", **inputs["task"]})
    results = await client.get_response({"taskUUID": ordered["taskUUID"]})
    return {"ordered": ordered["taskUUID"], "results": results}


async def two_tasks_at_once(client: Runware, inputs: Json) -> Json:
    tasks = [{"taskType": "imageInference", **inputs[name]} for name in ("task", "second")]
    first, second = await asyncio.gather(*(client.run(task) for task in tasks))
    return {"results": first, "second": second}


FLOWS = {
    "text-to-image-sync": text_to_image_sync,
    "base64": in_text,
    "data-uri": in_text,
    "upload-image-to-image": upload_image_to_image,
    "inpainting": inpainting,
    "training": training,
    "get-response": get_response,
    "two-tasks-at-once": two_tasks_at_once,
}


async def main(flow: str, url: str, key: str, inputs: Json) -> Json:
    addresses = {"http_base_url": f"{url}/v1", "ws_base_url": f"{url.replace('http', 'ws', 1)}/v1"}
    try:
        async with Runware(api_key=key, transport=inputs["transport"], **addresses) as client:
            return await FLOWS.get(flow, text_to_image)(client, inputs)
    except RunwareError as error:
        members = ("code", "parameter", "task_uuid", "status_code", "retryable")
        told = {name: getattr(error, name) for name in members}
        return {"error": {"type": type(error).__name__, "message": str(error), **told}}


if __name__ == "__main__":
    flow, url, key, given = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(main(flow, url, key, json.loads(given)))) + "\n")
