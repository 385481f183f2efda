"""What kiapi tells of itself: health, models, its documents and the pages that show them.

Source: docs/providers/kiapi.md, "Endpoints" and "Health".
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from genmock.specs import Document

from ...pipeline import Call, Reply, Step
from .capability import Capability, Model, capabilities
from .job_routes import jobs_of

BUDGET_GB = 64.0  # the memory that /health tells of; ours
TTL_S = 1800.0  # how long a model that was used stays loaded
HTML = "text/html; charset=utf-8"
# Where both pages load their programs from, as kiapi's own do.
SWAGGER = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5"
REDOC = "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js"


async def health(call: Call) -> None:
    """Tell how long the queue is, and which models are loaded: those of the jobs of the last half hour."""
    now, used = call.world.clock.now(), await jobs_of(call).used()
    known = [model for capability in capabilities(call.runtime.catalog) for model in capability.models]
    idle = {name: now - at for name, at in used.items() if now - at < TTL_S}
    loaded = [_resident(model, idle[model.name]) for model in known if model.name in idle]
    resident = sum((model["weight_gb"] for model in loaded), 0.0)
    memory = {"loaded": loaded, "resident_gb": resident, "budget_gb": BUDGET_GB}
    queue = await jobs_of(call).waiting()
    call.reply = Reply(200, {"status": "ok", "warm": True, "queue_len": queue, "memory": memory, "relay": None})


async def chat_models(call: Call) -> None:
    """Tell of the chat models, of which there are none here."""
    call.reply = Reply(200, {"object": "list", "data": []})


def models(capability: Capability) -> Step:
    """Return the step that lists a capability's models."""

    async def step(call: Call) -> None:
        call.reply = Reply(200, [model.as_json() for model in capability.models])

    return step


def document(described: Document) -> Step:
    """Return the step that gives a document as it was published."""

    async def step(call: Call) -> None:
        call.reply = Reply(200, described.published)

    return step


def page(kind: Callable[[str, str], str], described: Document, path: str) -> Step:
    """Return the step that shows a document in a browser. kind: ``swagger`` or ``redoc``. path: the document's."""

    async def step(call: Call) -> None:
        title = str(described.published.get("info", {}).get("title", described.id))
        text = kind(escape(title), escape(path))
        call.reply = Reply(200, f"<a page, {len(text):,} characters>", content=text.encode(), media_type=HTML)

    return step


def swagger(title: str, path: str) -> str:
    """Return the page of Swagger UI."""
    style = f'<link rel="stylesheet" href="{SWAGGER}/swagger-ui.css">'
    program = f'<script src="{SWAGGER}/swagger-ui-bundle.js"></script>'
    start = f"<script>SwaggerUIBundle({{url: '{path}', dom_id: '#swagger-ui'}})</script>"
    return _html(f"{title} - Swagger UI", style, f'<div id="swagger-ui"></div>{program}{start}', path)


def redoc(title: str, path: str) -> str:
    """Return the page of ReDoc."""
    return _html(f"{title} - ReDoc", "", f'<redoc spec-url="{path}"></redoc><script src="{REDOC}"></script>', path)


def _html(title: str, head: str, body: str, path: str) -> str:
    offline = f'<noscript>The document is at <a href="{path}">{path}</a>.</noscript>'
    head = f'<meta charset="utf-8"><title>{title}</title>{head}'
    return f"<!DOCTYPE html><html><head>{head}</head><body>{offline}{body}</body></html>"


def _resident(model: Model, idle_s: float) -> Mapping[str, Any]:
    return {
        "name": model.name,
        "family": model.family,
        "domain": model.domain,
        "repo": model.repo,
        "weight_gb": model.weight_gb,
        "priority": 0,
        "idle_s": round(idle_s, 1),
        "ttl_s": TTL_S,
        "expires_in_s": round(TTL_S - idle_s, 1),
    }
