"""kiapi's routes: files, jobs, its pages, and what each capability document of the catalogue serves.

Source: docs/providers/kiapi.md, "Endpoints".
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.routing import BaseRoute, Match, Route

from genmock.specs import Document
from genmock.validators import HttpReply, HttpRequest, Violation, check_http_reply

from ...exchange import TaskNote
from ...json_codec import dumps
from ...lazy_router import LazyRouter
from ...pipeline import Call, PipelineApp, Reply, Step
from ...runtime import Runtime
from .authentication import authenticate
from .capability import Capability, capabilities
from .checking import decode
from .disturbance import plainly
from .errors import Refused, refusal, trouble
from .file_routes import decode_upload, delete_file, download_file, get_file, list_files, upload
from .generation import generation, refused_note
from .job_routes import delete_job, get_job, list_jobs
from .names import NAME
from .pages import chat_models, document, health, models, page, redoc, swagger

COMMON = "kiapi-common"
PAGES = ("/health", "/openapi.json", "/docs", "/redoc")  # what is not below /v1
UNQUOTED = ":/%#?=@[]!$&'()*+,;"  # characters of a URL that Starlette's redirects leave as they are


@dataclass(frozen=True)
class Endpoint:
    """One method of one path. name: for faults and the journal. described: the document that declares it, if any."""

    name: str
    steps: Sequence[Step]
    described: Document | None = None


Methods = Mapping[str, Endpoint]


def routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """Return kiapi's routes: its pages at the root, with and without a slash, and everything below /v1."""
    if runtime.settings.specs:
        capabilities(runtime.catalog)  # a mistake in a user's overlay shows at the start

    def known() -> Sequence[BaseRoute]:
        return [Route(path, application(runtime, methods)) for path, methods in endpoints(runtime).items()]

    router = LazyRouter(known, PipelineApp((not_found,), (), runtime, trouble=trouble, provider=NAME))
    at_root = (path for page in PAGES for path in (page, f"{page}/"))
    return [*(Route(path, router) for path in at_root), Route("/v1/{rest:anything}", router)]


def endpoints(runtime: Runtime) -> Mapping[str, Methods]:
    """Return the methods of each path; the first of a path is the one that ``Allow`` names."""
    common = runtime.catalog.get(COMMON)
    found = {**_common(common)}
    for capability in capabilities(runtime.catalog):
        found |= _of(capability)
    return found


def operations(runtime: Runtime) -> Collection[str]:
    """Return the names of all operations, like "files.upload" and "image.qwen.generate"."""
    return {endpoint.name for methods in endpoints(runtime).values() for endpoint in methods.values()}


def _common(common: Document) -> Mapping[str, Methods]:
    def endpoint(name: str, *steps: Step, polls: bool = False) -> Endpoint:
        return Endpoint(name, (authenticate, plainly(name, *steps, polls=polls)), common)

    def public(name: str, step: Step) -> Endpoint:
        return Endpoint(name, (plainly(name, step),))

    upload_steps = (decode_upload, authenticate, plainly("files.upload", upload))
    return {
        "/health": {"GET": Endpoint("health", (plainly("health", health),), common)},
        "/openapi.json": dict.fromkeys(("GET", "HEAD"), public("openapi", document(common))),
        "/docs": {"GET": public("docs", page(swagger, common, "/openapi.json"))},
        "/redoc": {"GET": public("redoc", page(redoc, common, "/openapi.json"))},
        "/v1/models": {"GET": public("models", chat_models)},
        "/v1/files": {
            "POST": Endpoint("files.upload", upload_steps, common),
            "GET": endpoint("files.list", list_files),
        },
        "/v1/files/{file_id}": {
            "GET": endpoint("files.get", get_file),
            "DELETE": endpoint("files.delete", delete_file),
        },
        "/v1/files/{file_id}/download": {"GET": endpoint("files.download", download_file)},
        "/v1/jobs": {"GET": endpoint("jobs.list", list_jobs, polls=True)},
        "/v1/jobs/{job_id}": {
            "GET": endpoint("jobs.get", get_job, polls=True),
            "DELETE": endpoint("jobs.delete", delete_job),
        },
    }


def _of(capability: Capability) -> Mapping[str, Methods]:
    described, base = capability.document, capability.base
    named = f"{capability.domain}.{capability.family}"

    def endpoint(name: str, step: Step, declared: Document | None = None) -> Methods:
        return {"GET": Endpoint(f"{named}.{name}", (authenticate, plainly(f"{named}.{name}", step)), declared)}

    own = f"{base}/openapi.json"
    made = {
        operation.path: {
            "POST": Endpoint(
                capability.subject(operation), (decode, authenticate, generation(capability, operation)), described
            )
        }
        for operation in capability.operations
    }
    return {
        **made,
        f"{base}/models": endpoint("models", models(capability), described),
        own: endpoint("openapi", document(described)),
        f"{base}/docs": endpoint("docs", page(swagger, described, own)),
        f"{base}/redoc": endpoint("redoc", page(redoc, described, own)),
    }


def application(runtime: Runtime, methods: Methods) -> PipelineApp:
    """Return the ASGI application of one path; it takes every method, to refuse the wrong ones in kiapi's words."""

    async def answer(call: Call) -> None:
        endpoint = methods.get(call.request.method)
        if endpoint is None:
            _record(call, "method", f"{call.request.method} is not declared for this path")
            refused = refusal(call.errors, "methodNotAllowed")
            refused.headers = {"allow": ", ".join(_allowed(methods))}
            call.reply = refused.reply
            return
        try:
            for step in endpoint.steps:
                await step(call)
            if not call.exchange.tasks:
                call.exchange.tasks.append(
                    TaskNote(endpoint.name, call.request.path_params.get("job_id", ""), "", "ok")
                )
        except Refused as refused:
            call.reply = refused.reply
            if not call.exchange.tasks:
                call.exchange.tasks += refused_note(endpoint.name, call.body, refused)
        _check_reply(call, endpoint.described)

    return PipelineApp((answer,), (), runtime, trouble=trouble, provider=NAME)


async def not_found(call: Call) -> None:
    """Answer a path that there is none of; one with a slash too many is sent to the path without it."""
    path = call.request.scope["path"]
    if path.endswith("/") and _is_served(call, path.rstrip("/")):
        target = quote(str(call.request.url.replace(path=path.rstrip("/"))), safe=UNQUOTED)
        call.reply = Reply(307, "", {"location": target}, content=b"", media_type="")
        return
    refused = refusal(call.runtime.errors_of(NAME), "notFound")
    _record(call, "path", f"kiapi has no {path[:200]}")
    call.reply = refused.reply


def _is_served(call: Call, path: str) -> bool:
    """Return whether kiapi has a path."""
    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    paths = endpoints(call.runtime)
    return any(Route(known, not_found).matches(scope)[0] is not Match.NONE for known in paths)


def _allowed(methods: Methods) -> Sequence[str]:
    """Return the methods of the first route of a path, the only ones that the server names."""
    first = next(iter(methods))
    return ("GET", "HEAD") if "HEAD" in methods else (first,)


def _record(call: Call, rule: str, message: str) -> None:
    call.exchange.violations.append(Violation(rule, "", message, sent=call.request.method, source=COMMON))


def _check_reply(call: Call, described: Document | None) -> None:
    """Hold our own reply to the document, when the settings ask for it; what breaks it is journalled."""
    reply = call.reply
    if not call.runtime.settings.check_replies or reply is None or described is None:
        return
    request = HttpRequest(call.request.method, call.request.url.path, dict(call.request.headers), call.data)
    content = dumps(reply.body) if reply.content is None else reply.content
    answered = HttpReply(reply.status, {"content-type": reply.media_type, **reply.headers}, content)
    found = check_http_reply(described, request, answered, catalog=call.runtime.catalog)
    call.exchange.violations += [violation.moved("/reply") for violation in found]
