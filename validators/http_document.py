"""The document by which the referee of HTTP exchanges judges: servers are paths, and only forms have schemas."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .contract import METHODS

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
# RFC 6750: OAuth tokens travel as bearer tokens do.
BEARER = {"type": "http", "scheme": "bearer"}


def refereed(root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a document for openapi-core.

    Servers keep only their paths, since any host will do. Bodies other than forms lose their schemas, since they are
    judged elsewhere. What openapi-core would warn about (deprecation) or cannot do (mutual TLS) is left out.
    """
    content = copy.deepcopy(dict(root))
    for server in _servers(content):
        server["url"] = urlsplit(server["url"]).path.rstrip("/") or "/"
    for message in _messages(content):
        for name, media_type in message.get("content", {}).items():
            if name not in FORMS:
                media_type.pop("schema", None)
    for parameter in _parameters(content):
        parameter.pop("deprecated", None)
        parameter.pop("allowEmptyValue", None)
    schemes = content.get("components", {}).get("securitySchemes", {})
    known = {name: _scheme(scheme) for name, scheme in schemes.items() if scheme.get("type") != "mutualTLS"}
    return {**content, "components": {**content.get("components", {}), "securitySchemes": known}}


def base_paths(content: Mapping[str, Any]) -> frozenset[str]:
    """Return the paths of a refereed document's servers: "/v1"."""
    return frozenset(server["url"] for server in _servers(content))


def media_types(content: Mapping[str, Any]) -> frozenset[str]:
    """Return every media type that a document's bodies and replies declare, ranges included."""
    return frozenset(name for message in _messages(content) for name in message.get("content", {}))


def _scheme(scheme: Mapping[str, Any]) -> Mapping[str, Any]:
    match scheme.get("type"):
        case "http":
            return {**scheme, "scheme": str(scheme.get("scheme")).lower()}
        case "oauth2" | "openIdConnect":
            return BEARER
        case _:
            return scheme


def _operations(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in content.get("paths", {}).values():
        yield from (path[method] for method in METHODS if method in path)


def _servers(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for holder in (content, *content.get("paths", {}).values(), *_operations(content)):
        yield from holder.get("servers", ())


def _messages(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every request body and reply."""
    components = content.get("components", {})
    yield from components.get("requestBodies", {}).values()
    yield from components.get("responses", {}).values()
    for operation in _operations(content):
        yield operation.get("requestBody", {})
        yield from operation.get("responses", {}).values()


def _parameters(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every parameter, and every header of a reply."""
    components = content.get("components", {})
    yield from components.get("parameters", {}).values()
    yield from components.get("headers", {}).values()
    for holder in (*content.get("paths", {}).values(), *_operations(content)):
        yield from holder.get("parameters", ())
    for message in _messages(content):
        yield from message.get("headers", {}).values()
