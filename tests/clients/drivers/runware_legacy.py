"""The driver of runware (PyPI, the older SDK): FLOW URL KEY INPUTS prints what a caller sees as one line of JSON."""

import asyncio
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any

from runware import (  # type: ignore[import-not-found]  # in the client's own environment
    IAsyncTaskResponse,
    IImageInference,
    ILora,
    Runware,
    RunwareAPIError,
    fileToBase64,
)

Json = dict[str, Any]


def plain(value: Any) -> Any:
    """Return what the SDK returns as plain JSON values."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


async def text_to_image(client: Runware, task: Json, **members: Any) -> Json:
    return {"results": plain(await client.imageInference(IImageInference(**{**task, **members})))}


async def text_to_image_async(client: Runware, inputs: Json) -> Json:
    accepted = await client.imageInference(IImageInference(**inputs["task"], deliveryMethod="async"))
    assert isinstance(accepted, IAsyncTaskResponse), accepted
    results = await client.getResponse(taskUUID=accepted.taskUUID, numberResults=1)
    return {"accepted": plain(accepted), "ordered": accepted.taskUUID, "results": plain(results)}


async def upload_image_to_image(client: Runware, inputs: Json) -> Json:
    upload = await client.uploadImage(inputs["image"])
    images = {
        "inputs": {"seedImage": upload.imageUUID}
    }  # where the models' documents have it; IInputs has no maskImage
    return {"upload": plain(upload), **await text_to_image(client, inputs["task"], extraArgs=images)}


async def inpainting(client: Runware, inputs: Json) -> Json:
    images = {"seedImage": await fileToBase64(inputs["image"]), "maskImage": await fileToBase64(inputs["mask"])}
    return await text_to_image(client, inputs["task"], extraArgs={"inputs": images})


async def lora(client: Runware, inputs: Json) -> Json:
    return await text_to_image(client, inputs["task"], lora=[ILora(**item) for item in inputs["task"]["lora"]])


async def training(client: Runware, inputs: Json) -> Json:
    from runware import ITraining  # version 0.4 has none

    upload = await client.uploadMedia(inputs["dataset"])
    accepted = await client.training(ITraining(**inputs["task"], inputs={"dataset": upload.mediaUUID}))
    results = await client.getResponse(taskUUID=accepted.taskUUID)
    return {"accepted": plain(accepted), "results": plain(results)}


async def two_tasks_at_once(client: Runware, inputs: Json) -> Json:
    first, second = await asyncio.gather(*(text_to_image(client, inputs[name]) for name in ("task", "second")))
    return {"results": first["results"], "second": second["results"]}


FLOWS = {
    "text-to-image-async": text_to_image_async,
    "get-response": text_to_image_async,
    "upload-image-to-image": upload_image_to_image,
    "inpainting": inpainting,
    "lora": lora,
    "training": training,
    "two-tasks-at-once": two_tasks_at_once,
}


async def main(flow: str, url: str, key: str, inputs: Json) -> Json:
    client = Runware(api_key=key, url=f"{url.replace('http', 'ws', 1)}/v1")
    try:
        await client.connect()
        if flow in FLOWS:
            return await FLOWS[flow](client, inputs)
        return await text_to_image(client, inputs["task"])
    except RunwareAPIError as error:
        return {"error": {"type": type(error).__name__, **error.error_data}}
    except Exception as error:  # a bad key ends in a ConnectionError, and any error of 0.4 in an Exception
        return {"error": {"type": type(error).__name__, "message": str(error)}}
    finally:
        await client.disconnect()


if __name__ == "__main__":
    flow, url, key, given = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(main(flow, url, key, json.loads(given)))) + "\n")
