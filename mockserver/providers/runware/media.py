"""Produced media and uploads as files: their URLs, making them when they are asked for, serving them.

The paths resemble those of the provider's own image host. Source: docs/providers/runware.md, "Image results".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from genmock.validators import Violation

from ...canned import KEY, canned_maker, picture_of
from ...derive import canonical, digest
from ...drawing import MediumGone, made, picture_maker
from ...faults.spoil import spoiled_bytes
from ...media import Upload
from ...pipeline import UNREACHABLE_TEXT, Call, PipelineApp, Reply
from ...ranges import is_fresh, ranged, unchanged
from ...recipe import ImageRecipe
from ...runtime import Runtime
from ...stores import StoreError
from ...tasks import TaskRecord, state_at
from ...world import World
from .errors import trouble
from .task import NAME

if TYPE_CHECKING:
    from ...training import LoraRecipe

IMAGES, FILES = "/image/ws/2/ii", "/media/ws/2"
EXTENSIONS = {"JPG": "jpg", "PNG": "png", "WEBP": "webp"}
MEDIA_TYPES = {"JPG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MEDIA_S = 30 * 24 * 3600.0  # how long a medium without a ttl is served; ours, no source tells
MAX_KNOWN = 256  # media whose records need not be read again
FOREVER = "public, max-age=31536000, immutable"
_NAME = re.compile(rf"(?:{IMAGES}|{FILES})/([0-9a-fA-F-]{{36}})(?:\.\w+)?\Z")


@dataclass(frozen=True)
class Medium:
    """What one result of a task is as a file. media_type: like "image/png". expires_at: Unix seconds, or None."""

    record: TaskRecord
    index: int

    @property
    def media_type(self) -> str:
        """The media type of the file."""
        return MEDIA_TYPES.get(self.record.detail.get("format", ""), "application/octet-stream")

    @property
    def expires_at(self) -> float | None:
        """When its time to live is over, in Unix seconds; None where the task set no ttl."""
        until: float | None = self.record.detail.get("media_expires_at")
        return until

    @cached_property
    def identity(self) -> bytes:
        """Bytes that differ whenever those of the file may."""
        detail = self.record.detail
        drawn = {name: detail.get(name) for name in ("recipe", "lora", "format", "quality", KEY)}
        drawn |= {"steps": detail["steps"]} if "steps" in detail else {}  # of a real training
        return digest(canonical(drawn), str(self.record.results[self.index].get("seed")))

    @cached_property
    def etag(self) -> str:
        """The validator of the file, as its header has it."""
        return f'"{self.identity.hex()[:32]}"'


def image_url(base_url: str, name: str, extension: str) -> str:
    """Return where an image is served."""
    return f"{base_url}{IMAGES}/{name}.{extension}"


def file_url(base_url: str, name: str) -> str:
    """Return where any other file is served."""
    return f"{base_url}{FILES}/{name}"


def media_name(url: str, base_url: str) -> str | None:
    """Return the UUID in one of this server's own media URLs, or None for any other text."""
    found = _NAME.match(url[len(base_url) :]) if url.startswith(base_url + "/") else None
    return found[1] if found else None


def kept(record: TaskRecord) -> float:
    """Return until when a record stays in the store: as long as it is told of or its media are served."""
    return max(record.expires_at, record.detail.get("media_expires_at") or record.accepted_at + MEDIA_S)


async def find_medium(world: World, name: str) -> Medium | None:
    """Return the finished medium with a UUID, or None when there is none (yet), or its time to live is over."""
    medium = await _stored(world, name)
    if medium is None:
        return None
    record, now = medium.record, world.clock.now()
    if now < record.ends_at or (medium.expires_at is not None and now >= medium.expires_at):
        return None
    if not record.failures:
        return medium
    state = state_at(record.lasting, now)  # it outlives the time in which its task can be polled
    return medium if state.results[medium.index].status != "error" else None


async def _stored(world: World, name: str) -> Medium | None:
    """Return the medium of that UUID, finished or not, or None.

    There is none either when the taskUUID was used again, for a task with fewer results.
    """
    found = await world.tasks.result_of(name)
    if found is None:
        return None
    owner, index = found
    data = await world.tasks.stored(owner)
    return _medium_of(world, owner, data, index) if data is not None else None


def _medium_of(world: World, owner: str, data: bytes, index: int) -> Medium | None:
    """Return a medium of a task's record, or None; read once for all who ask, for as long as the record is the same."""
    key = (NAME, owner, data, index)
    if key not in world.known:
        record = world.tasks.read(owner, data)
        found = Medium(record, index) if record is not None and index < len(record.results) else None
        if len(world.known) >= MAX_KNOWN:
            world.known.clear()
        world.known[key] = found
    known: Medium | None = world.known[key]
    return known


async def medium_file(world: World, medium: Medium) -> bytes:
    """Return a produced medium's file as clients get it, spoiled where a fault says so. Raises MediumGone."""
    data = await made(world, medium.identity, partial(_maker, world, medium))
    how = medium.record.detail.get("spoil_image")
    return spoiled_bytes(data, how) if how else data


async def _maker(world: World, medium: Medium) -> Callable[[], bytes]:
    """Return the function that makes a medium's file. Raises MediumGone."""
    detail = medium.record.detail
    if detail.get("medium") == "lora":
        from ...training.lora import lora_file, lora_of  # here: few servers ever train

        if detail.get("produced"):
            return await _trained(world, lora_of(detail), detail["steps"])
        return partial(lora_file, lora_of(detail))
    canned = picture_of(detail)
    if canned is not None:
        return await canned_maker(world, canned, detail["format"], detail["quality"])
    recipe = ImageRecipe.of_json(detail["recipe"], int(medium.record.results[medium.index]["seed"]))
    return await picture_maker(world, recipe, detail["format"], detail["quality"])


async def _trained(world: World, recipe: "LoraRecipe", steps: int) -> Callable[[], bytes]:
    """Return the function that gives the file of a real training. Raises MediumGone when it was dropped."""
    from ...makers.training_order import training_key  # here: as above

    data = await world.store.get("contents", training_key(recipe, steps))
    if data is None:
        raise MediumGone(recipe.air)
    return lambda: data


class _MediaApp:
    """The ASGI application that serves media and uploads, 404 for what is gone or has outlived its ttl.

    Not an endpoint of Starlette, whose wrapping takes longer than to find a file that is known.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._others = PipelineApp((_refuse_method,), (), runtime, trouble=trouble, provider=NAME)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await self._others(scope, receive, send)
            return
        try:
            await self._runtime.start()
            response = await _served(scope, self._runtime)
        except MediumGone:
            response = _gone(self._runtime)
        except StoreError:
            response = Response(trouble(503, UNREACHABLE_TEXT), 503, media_type="application/json")
        await response(scope, receive, send)


def media_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """Return the routes that serve media and uploads."""
    app = _MediaApp(runtime)
    return [Route(f"{prefix}/{{name}}", app) for prefix in (IMAGES, FILES)]


async def _served(scope: Scope, runtime: Runtime) -> Response:
    """Return the file that a path names, or 404. Raises MediumGone, StoreError."""
    world, name = runtime.world, scope["path_params"]["name"].partition(".")[0]
    medium = await find_medium(world, name)
    if medium is not None:
        return await _medium(scope, world, medium)
    upload = await world.uploads.get(name)
    return _upload(scope, upload) if upload is not None else _gone(runtime)


def _gone(runtime: Runtime) -> Response:
    entry = runtime.errors_of(NAME).get("imageNotFound")
    message = "The media file does not exist, was deleted, or has outlived its ttl."
    return JSONResponse({"data": [], "errors": [{"code": entry.code, "message": message}]}, 404)


async def _refuse_method(call: Call) -> None:
    """Answer a method that files do not have."""
    allowed = "GET, HEAD"
    entry = call.errors.get("methodNotAllowed")
    message = entry.text(value=call.request.method, allowed=allowed)
    call.exchange.violations.append(Violation("method", "", message, sent=call.request.method))
    body = {"data": [], "errors": [{"code": entry.code, "message": message}]}
    call.reply = Reply(entry.status, body, {"allow": allowed}, reason=f"{entry.code}: {message}")


async def _medium(scope: Scope, world: World, medium: Medium) -> Response:
    headers, etag, control = Headers(scope=scope), medium.etag, _freshness(world, medium)
    if is_fresh(headers, etag):
        return unchanged(etag, control)
    data = await medium_file(world, medium)
    kind, method = medium.media_type, scope["method"]
    return ranged(data, headers, media_type=kind, etag=etag, cache_control=control, method=method)


def _upload(scope: Scope, upload: Upload) -> Response:
    headers, etag = Headers(scope=scope), f'"{digest(upload.data).hex()[:32]}"'
    if is_fresh(headers, etag):
        return unchanged(etag, FOREVER)
    kind, method = upload.media_type, scope["method"]
    return ranged(upload.data, headers, media_type=kind, etag=etag, cache_control=FOREVER, method=method)


def _freshness(world: World, medium: Medium) -> str:
    if medium.expires_at is None:
        return FOREVER
    return f"public, max-age={max(int(medium.expires_at - world.clock.now()), 0)}"
