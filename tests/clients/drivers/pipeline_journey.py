"""A journey with runware-sdk (PyPI) through pipeline mode: URL KEY DATASET prints the URLs of what it made as JSON."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from runware import Runware  # type: ignore[import-not-found]  # in the client's own environment

BASE = {
    "taskType": "imageInference",
    "width": 256,
    "height": 256,
    "steps": 12,
    "CFGScale": 4,
    "seed": 5,
    "outputFormat": "PNG",
}
FLUX, QWEN, AIR = "runware:111@1", "runware:108@1", "genmock:zorp@1"


async def journey(client: Runware, dataset: bytes) -> dict[str, Any]:
    async def picture(prompt: str, model: str = FLUX, **members: Any) -> str:
        (made,) = await client.run({**BASE, "model": model, "positivePrompt": prompt, **members})
        return str(made["imageURL"])

    first = await picture("a red circle on a blue background")
    changed = await picture("a yellow circle on a green background", inputs={"seedImage": first}, strength=0.9)
    archive = base64.b64encode(dataset).decode()
    (upload,) = await client.media_storage({"operation": "upload", "media": f"data:application/zip;base64,{archive}"})
    (trained,) = await client.run(
        {
            "taskType": "training",
            "model": "runware:qwen-image@style-lora-training",
            "inputs": {"dataset": upload["mediaUUID"]},
            "importModel": {"air": AIR, "name": "Zorp"},
            "triggerWord": "zorp",
            "trainingSteps": 1500,
        }
    )
    without = await picture("a zorp", QWEN)
    with_it = await picture("a zorp", QWEN, lora=[{"model": trained["air"], "weight": 1}])
    return {
        "first": first,
        "changed": changed,
        "file": trained["outputs"]["files"][0]["url"],
        "without": without,
        "with": with_it,
    }


async def main(url: str, key: str, dataset: bytes) -> dict[str, Any]:
    addresses = {"http_base_url": f"{url}/v1", "ws_base_url": f"{url.replace('http', 'ws', 1)}/v1"}
    async with Runware(api_key=key, transport="rest", **addresses) as client:
        return await journey(client, dataset)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))) + "\n")
