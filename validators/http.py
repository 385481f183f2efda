"""Checking whole HTTP exchanges: openapi-core referees what is around a body, we judge the JSON inside.

Paths, methods, security, parameters, headers, media types, forms and declared statuses are the referee's. JSON bodies
go to check_request and check_response, which compare numbers as decimals.
"""

import json
from typing import Any

from genmock.specs import Catalog, Document

from .contract import Contract, contract_of
from .http_messages import HttpReply, HttpRequest
from .request import check_request
from .response import check_response
from .violations import Violation

JSON = "application/json"
NONE = object()  # there is no JSON body; null is one


def check_http_request(
    document: Document, request: HttpRequest, *, rules: bool = True, catalog: Catalog | None = None
) -> tuple[Violation, ...]:
    """Return how a request breaks its document, its JSON body included; an empty tuple means that it is valid.

    The host does not matter, nor does a slash at the end of a server's path. rules, catalog: as for check_request.
    The referee's rules are http-path, http-method, http-security, http-parameter, http-media-type and http-body; a
    JSON body has its own, with pointers into it. A Runware request may bring its key in an authentication task
    instead of a header. Raises SpecError when the document cannot be used.
    """
    from .referee import referee_of  # here: openapi-core loads for half a second

    contract = contract_of(document, "effective" if rules else "published")
    operation, found = referee_of(contract).judge_request(request)
    body, broken = _decoded(request.body, request.content_type, "http-body")
    if _brings_key(contract, body):
        found = [violation for violation in found if violation.rule != "http-security"]
    if operation is None or body is NONE or contract.body_path(operation) is None:
        return (*found, *(broken if operation else ()))
    return (*found, *check_request(document, body, operation=operation, rules=rules, catalog=catalog))


def check_http_reply(
    document: Document, request: HttpRequest, reply: HttpReply, *, rules: bool = True, catalog: Catalog | None = None
) -> tuple[Violation, ...]:
    """Return how a reply to a request breaks its document, its JSON body included; an empty tuple means that it fits.

    rules: True judges by the effective document. The referee's rules are http-status, http-media-type, http-header and
    http-reply, and http-path and http-method for a request that the document does not declare; a JSON body has its
    own. Raises SpecError when the document cannot be used.
    """
    from .referee import referee_of  # here: openapi-core loads for half a second

    contract = contract_of(document, "effective" if rules else "published")
    operation, found = referee_of(contract).judge_reply(request, reply)
    body, broken = _decoded(reply.body, reply.content_type, "http-reply")
    if operation is None or body is NONE or contract.reply_path(operation, reply.status) is None:
        return (*found, *(broken if operation else ()))
    judged = check_response(document, body, operation=operation, status=reply.status, rules=rules, catalog=catalog)
    return (*found, *judged)


def _decoded(data: bytes, media_type: str, rule: str) -> tuple[Any, list[Violation]]:
    """Return (value, violations) of a JSON body; (NONE, []) of any other."""
    if not data or media_type.partition(";")[0].strip().lower() != JSON:
        return NONE, []
    try:
        return json.loads(data), []
    except ValueError as error:
        return NONE, [Violation(rule, "", f"the body is no JSON: {error}", expected=JSON)]
    except RecursionError:
        return NONE, [Violation(rule, "", "the body is nested too deeply", expected=JSON)]


def _brings_key(contract: Contract, body: object) -> bool:
    """Return whether a body is a Runware request whose first task authenticates.

    Source: the description of AuthenticationTask in the published documents.
    """
    first = body[0] if contract.task_paths and isinstance(body, list) and body else None
    return isinstance(first, dict) and first.get("taskType") == "authentication"
