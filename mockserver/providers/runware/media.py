"""Pictures and uploads as files: their URLs, drawing them when they are asked for, serving them.

The paths resemble those of the provider's own image host. Source: docs/providers/runware.md, "Result items".
"""

import re
from collections.abc import Sequence

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from genmock.validators import Violation

from ...derive import digest
from ...media import Picture, Upload
from ...pipeline import Call, PipelineApp, Reply
from ...ranges import is_fresh, ranged, unchanged
from ...runtime import Runtime
from ...world import World

IMAGES, FILES = "/image/ws/2/ii", "/media/ws/2"
EXTENSIONS = {"JPG": "jpg", "PNG": "png", "WEBP": "webp"}
MEDIA_TYPES = {"JPG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
FOREVER = "public, max-age=31536000, immutable"
MAX_RENDERERS = 4  # pictures drawn at once; Pillow lets go of the interpreter lock while it works
_NAME = re.compile(rf"(?:{IMAGES}|{FILES})/([0-9a-fA-F-]{{36}})(?:\.\w+)?\Z")
_renderers: RunVar[CapacityLimiter] = RunVar("renderers")


def image_url(base_url: str, name: str, extension: str) -> str:
    """Return where an image is served."""
    return f"{base_url}{IMAGES}/{name}.{extension}"


def file_url(base_url: str, name: str) -> str:
    """Return where an uploaded file is served."""
    return f"{base_url}{FILES}/{name}"


def media_name(url: str, base_url: str) -> str | None:
    """Return the UUID in one of this server's own media URLs, or None for any other text."""
    found = _NAME.match(url[len(base_url) :]) if url.startswith(base_url + "/") else None
    return found[1] if found else None


async def picture_file(world: World, picture: Picture) -> bytes:
    """Return a produced image's file, drawn off the event loop unless it was drawn lately."""
    key = _key(picture)
    data = world.files.get(key)
    if data is None:
        limiter = _renderers.get(None) or CapacityLimiter(MAX_RENDERERS)
        _renderers.set(limiter)
        data = await to_thread.run_sync(picture.recipe.render, picture.format, picture.quality, limiter=limiter)
        world.files.put(key, data)
    return data


def media_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """Return the routes that serve pictures and uploads, 404 for what is gone or has outlived its ttl."""

    async def serve(request: Request) -> Response:
        world, name = runtime.world, request.path_params["name"].partition(".")[0]
        picture = world.pictures.get(name, world.clock.now())
        if picture is not None:
            return await _picture(request, world, picture)
        upload = world.uploads.get(name)
        if upload is not None:
            return _upload(request, upload)
        entry = runtime.errors.get("imageNotFound")
        message = "The media file does not exist, was deleted, or has outlived its ttl."
        return JSONResponse({"data": [], "errors": [{"code": entry.code, "message": message}]}, 404)

    others = PipelineApp((_refuse_method,), (), runtime)
    paths = [f"{prefix}/{{name}}" for prefix in (IMAGES, FILES)]
    return [route for path in paths for route in (Route(path, serve, methods=["GET"]), Route(path, others))]


async def _refuse_method(call: Call) -> None:
    """Answer a method that files do not have."""
    allowed = "GET, HEAD"
    entry = call.runtime.errors.get("methodNotAllowed")
    message = entry.text(value=call.request.method, allowed=allowed)
    call.exchange.violations.append(Violation("method", "", message, sent=call.request.method))
    body = {"data": [], "errors": [{"code": entry.code, "message": message}]}
    call.reply = Reply(entry.status, body, {"allow": allowed})


async def _picture(request: Request, world: World, picture: Picture) -> Response:
    etag, control = f'"{_key(picture).hex()[:32]}"', _freshness(world, picture)
    if is_fresh(request.headers, etag):
        return unchanged(etag, control)
    data = await picture_file(world, picture)
    media_type = MEDIA_TYPES[picture.format]
    return ranged(data, request.headers, media_type=media_type, etag=etag, cache_control=control, method=request.method)


def _upload(request: Request, upload: Upload) -> Response:
    etag = f'"{digest(upload.data).hex()[:32]}"'
    if is_fresh(request.headers, etag):
        return unchanged(etag, FOREVER)
    kind, data = upload.media_type, upload.data
    return ranged(data, request.headers, media_type=kind, etag=etag, cache_control=FOREVER, method=request.method)


def _freshness(world: World, picture: Picture) -> str:
    if picture.expires_at is None:
        return FOREVER
    return f"public, max-age={max(int(picture.expires_at - world.clock.now()), 0)}"


def _key(picture: Picture) -> bytes:
    return digest(picture.recipe.identity, picture.format, picture.quality)
