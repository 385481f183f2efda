"""The control API under /__genmock__/, for tests in any language: docs/control-api.md.

Its document is specs/genmock/control.json. Nothing here is journalled, and nothing asks for a key.
"""

import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

import genmock
from genmock.specs import Document, Entry, SpecError, load_catalog
from genmock.validators import closest, shown

from .control_clock import advance_clock, get_clock
from .control_deliveries import (
    get_delivery,
    list_deliveries,
    pause_deliveries,
    release_delivery,
    replay_delivery,
    resume_deliveries,
)
from .control_faults import clear_faults, list_faults, list_scenarios, remove_fault, set_faults, start_scenario
from .control_journal import clear_journal, get_exchange, list_exchanges
from .control_origin import check_origin
from .control_requests import DOCUMENT, Kinds, Problem, Values, body_of, reply, values_of
from .exchange import redacted_key
from .lazy_router import LazyRouter
from .runtime import Runtime
from .settings import Settings
from .stores import StoreError, without_password

PREFIX = "/__genmock__"
KEY_LISTS = frozenset({"api_key", "bad_key"})
KEY_TABLES = frozenset({"key_balance"})
KEYS = frozenset({"kiapi_token"})


@dataclass(frozen=True)
class Operation:
    """What answers one method of one path. query, path: the parameters that its document declares, and their types.

    body: whether it takes a JSON body, which is the value ``body`` then.
    """

    answer: Callable[[Runtime, Values], Awaitable[Response]]
    body: bool = False
    query: Kinds = field(default_factory=dict)
    path: Kinds = field(default_factory=dict)


class Resource:
    """One path of the control API: an ASGI application that knows the path's methods.

    A class, because starlette takes a plain function for an endpoint that wants a Request and a few methods.
    """

    def __init__(self, runtime: Runtime, operations: Mapping[str, Operation]) -> None:
        self._runtime = runtime
        self._operations = dict(operations)
        if "GET" in operations:
            self._operations["HEAD"] = operations["GET"]  # the server leaves the body out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._runtime.start()
            response = await self._answer(Request(scope, receive))
        except Problem as problem:
            response = problem.response()
        except StoreError as error:
            response = Problem(503, str(error)).response()
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        operation = self._operations.get(request.method)
        if operation is None:
            allowed = ", ".join(sorted(self._operations))
            detail = f"{request.method} is not declared for {shown(request.scope['path'])}; {allowed} may be sent."
            raise Problem(405, detail, allow=allowed)
        check_origin(request)
        values = values_of(request, operation.query, operation.path)
        if operation.body:
            values = {**values, "body": await body_of(request)}
        return await operation.answer(self._runtime, values)


class Nowhere:
    """What answers every other path below the prefix: 404, with the closest path that there is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        near = closest(path.removeprefix(PREFIX), OPERATIONS)
        hint = f"did you mean {PREFIX}{near}?" if near else f"see {PREFIX}/openapi.json."
        await Problem(404, f"the control API has no {shown(path)}; {hint}").response()(scope, receive, send)


def control_routes(runtime: Runtime) -> list[BaseRoute]:
    """Return the control API's routes: everything below the prefix is its own, so that nothing there is journalled."""

    def known() -> list[BaseRoute]:
        return [Route(PREFIX + path, Resource(runtime, operations)) for path, operations in OPERATIONS.items()]

    return [Route(PREFIX, Nowhere()), Route(PREFIX + "/{rest:anything}", LazyRouter(known, Nowhere()))]


async def health(_: Runtime, __: Values) -> Response:
    """Answer that the server answers."""
    return reply({"status": "ok"})


async def version(_: Runtime, __: Values) -> Response:
    """Answer which genmock this is, on which Python, and which of its processes."""
    return reply({"genmock": genmock.__version__, "python": platform.python_version(), "process": os.getpid()})


async def settings(runtime: Runtime, _: Values) -> Response:
    """Answer every setting with its default and its meaning, keys redacted."""
    return reply({"settings": {each.name: _setting_json(each, runtime.settings) for each in fields(Settings)}})


async def reset(runtime: Runtime, _: Values) -> Response:
    """Forget everything that happened."""
    await runtime.reset()
    return Response(status_code=204)


async def list_documents(runtime: Runtime, _: Values) -> Response:
    """Answer what the catalogue says of each document."""
    return reply({"documents": [_entry_json(entry) for entry in runtime.catalog.entries]})


async def get_document(runtime: Runtime, values: Values) -> Response:
    """Answer one document in one of its forms. Raises Problem with status 404, or 500 when it cannot be used."""
    document = _document(runtime, values["id"])
    try:
        return reply(document.published if values.get("form") == "published" else document.effective)
    except SpecError as error:
        raise Problem(500, str(error)) from error


async def openapi(_: Runtime, __: Values) -> Response:
    """Answer the control API's own document."""
    return reply(load_catalog().get(DOCUMENT).published)


OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/health": {"GET": Operation(health)},
    "/version": {"GET": Operation(version)},
    "/settings": {"GET": Operation(settings)},
    "/reset": {"POST": Operation(reset)},
    "/deliveries": {
        "GET": Operation(
            list_deliveries, query={"state": str, "kind": str, "taskUUID": str, "before": int, "limit": int}
        ),
    },
    "/deliveries/pause": {"POST": Operation(pause_deliveries)},
    "/deliveries/resume": {"POST": Operation(resume_deliveries)},
    "/deliveries/{id}": {"GET": Operation(get_delivery, path={"id": str})},
    "/deliveries/{id}/replay": {"POST": Operation(replay_delivery, path={"id": str})},
    "/deliveries/{id}/release": {"POST": Operation(release_delivery, path={"id": str})},
    "/faults": {
        "GET": Operation(list_faults),
        "POST": Operation(set_faults, body=True),
        "DELETE": Operation(clear_faults),
    },
    "/faults/{id}": {"DELETE": Operation(remove_fault, path={"id": str})},
    "/scenarios": {"GET": Operation(list_scenarios)},
    "/scenarios/{name}": {"POST": Operation(start_scenario, path={"name": str})},
    "/clock": {"GET": Operation(get_clock)},
    "/clock/advance": {"POST": Operation(advance_clock, body=True)},
    "/openapi.json": {"GET": Operation(openapi)},
    "/journal": {
        "GET": Operation(
            list_exchanges, query={"taskUUID": str, "taskType": str, "status": int, "before": int, "limit": int}
        ),
        "DELETE": Operation(clear_journal),
    },
    "/journal/{id}": {"GET": Operation(get_exchange, path={"id": int})},
    "/specs": {"GET": Operation(list_documents)},
    "/specs/{id}": {"GET": Operation(get_document, query={"form": str}, path={"id": str})},
}


def _document(runtime: Runtime, name: str) -> Document:
    """Return the document with that id or model. Catalog.get would read files too, and no client may choose those."""
    names = {key: document for document in runtime.catalog.documents for key in (document.id, document.model) if key}
    if name not in names:
        near = closest(name, names)
        hint = f"did you mean {shown(near)}?" if near else f"see {PREFIX}/specs."
        raise Problem(404, f"there is no document {shown(name)}; {hint}")
    return names[name]


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "provider": entry.provider,
        "model": entry.model,
        "taskTypes": entry.task_types,
        "status": entry.status,
        "written": entry.written,
        "source": entry.source,
        "sha256": entry.sha256 or None,
        "overlays": [path.name for path in entry.overlays],
    }


def _setting_json(each: Field[Any], settings: Settings) -> dict[str, Any]:
    default = each.default_factory() if each.default_factory is not MISSING else each.default
    value = getattr(settings, each.name)
    return {
        "value": _discreet(each.name, value),
        "default": _discreet(each.name, default),
        "help": each.metadata["help"],
        "inferred": each.metadata["inferred"],
    }


def _discreet(name: str, value: Any) -> Any:  # noqa: ANN401 - any setting's value
    """Return a setting's value without secrets. A table by keys becomes a list, since redacted keys may be alike."""
    if name == "store":
        return without_password(value)
    if name in KEYS:
        return redacted_key(value)
    if name in KEY_LISTS:
        return [redacted_key(key) for key in value]
    if name in KEY_TABLES:
        return [{"key": redacted_key(key), "value": amount} for key, amount in value.items()]
    return value
