"""A web service that makes posters with Runware: one at once, or ordered and delivered by a webhook."""

import asyncio
import uuid
from typing import Any

from fastapi import FastAPI, HTTPException
from runware import Runware, RunwareError

POSTER = {"taskType": "imageInference", "model": "runware:108@1", "width": 768, "height": 1024, "numberResults": 1}
TRIES = 3


class PosterError(Exception):
    """There is no poster; the text says why."""


async def ask_runware(task: dict[str, Any], pause_s: float) -> list[dict[str, Any]]:
    """Send a task, again where that may help, and return its results. Raises PosterError."""
    async with Runware(transport="rest", max_retries=0) as client:
        for attempt in range(TRIES):
            try:
                return await client.run({**task, "deliveryMethod": "sync"})
            except RunwareError as error:
                if not error.retryable or attempt == TRIES - 1:
                    raise PosterError(error.message) from error
            await asyncio.sleep(pause_s * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def create_app(webhook_url: str, pause_s: float = 1.0) -> FastAPI:
    """Return the service. webhook_url: where Runware reaches its /hooks/runware. pause_s: before a second try."""
    app = FastAPI()
    made: dict[str, str] = {}  # prompt -> URL of its poster
    ordered: dict[str, str] = {}  # prompt -> taskUUID of its order
    failed: dict[str, str] = {}  # taskUUID -> why

    @app.get("/poster")
    async def poster(prompt: str) -> dict[str, str]:
        """Make a poster while the client waits."""
        if prompt not in made:
            try:
                results = await ask_runware({**POSTER, "positivePrompt": prompt}, pause_s)
            except PosterError as error:
                raise HTTPException(502, f"no poster: {error}") from error
            made[prompt] = results[0]["imageURL"]
        return {"url": made[prompt]}

    @app.post("/orders", status_code=202)
    async def order(prompt: str) -> dict[str, str]:
        """Order a poster; Runware calls /hooks/runware when it is done."""
        if prompt not in ordered:
            ordered[prompt] = str(uuid.uuid4())
            task = {**POSTER, "taskUUID": ordered[prompt], "positivePrompt": prompt, "webhookURL": webhook_url}
            await ask_runware(task, pause_s)
        return {"order": ordered[prompt]}

    @app.get("/orders/{order_id}")
    async def state(order_id: str) -> dict[str, str]:
        """Tell what has become of an order."""
        prompt = next((prompt for prompt, each in ordered.items() if each == order_id), None)
        if prompt is None:
            raise HTTPException(404, "there is no such order")
        if order_id in failed:
            return {"status": "failed", "why": failed[order_id]}
        return {"status": "ready", "url": made[prompt]} if prompt in made else {"status": "waiting"}

    @app.post("/hooks/runware", status_code=204)
    async def webhook(told: dict[str, Any]) -> None:
        """Take what Runware delivers: {"data": [result]} or {"errors": [error]}; it may come twice."""
        prompts = {each: prompt for prompt, each in ordered.items()}
        for result in told.get("data", []):
            made[prompts[result["taskUUID"]]] = result["imageURL"]
        for error in told.get("errors", []):
            failed[error["taskUUID"]] = error["message"]

    return app
