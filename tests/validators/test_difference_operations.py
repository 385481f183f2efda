"""Documents of operations: their bodies, parameters, keys and replies, as a sender and a receiver see them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import Document, DocumentUnreadable, Entry, load_catalog
from genmock.validators import Difference, compare_documents

BODY = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "minLength": 1},
        "size": {"anyOf": [{"type": "integer", "maximum": 8}, {"type": "null"}]},
        "mode": {"oneOf": [{"const": "fast"}, {"const": "fine"}]},
        "style": {"$ref": "#/components/schemas/Style"},
    },
}
REPLY = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {"id": {"type": "string"}, "state": {"enum": ["done"]}, "note": {"type": "string"}},
    "additionalProperties": False,
}


def json_of(schema: Any) -> Any:
    return {"content": {"application/json": {"schema": schema}}}


CONTENT: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Acme", "version": "1"},
    "servers": [{"url": "/v1"}],
    "components": {"schemas": {"Style": {"type": "string", "enum": ["a", "b"]}}},
    "paths": {
        "/make": {"post": {"requestBody": json_of(BODY), "responses": {"200": {"description": "", **json_of(REPLY)}}}},
        "/jobs": {
            "get": {
                "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 50}}],
                "responses": {"200": {"description": "", **json_of(REPLY)}, "404": {"description": "", **json_of({})}},
            }
        },
    },
}
MAKE, JOBS = CONTENT["paths"]["/make"]["post"], CONTENT["paths"]["/jobs"]["get"]
Edit = Callable[[Any, Any, Any], object]  # of the document, the schema of the body, the schema of the reply


def document(content: Any) -> Document:
    entry = Entry("acme", "Acme", "other", Path("acme.json"), "acme.json", "live")
    return Document(entry, json.dumps(content).encode())


def differences(edit: Edit) -> tuple[Difference, ...]:
    content = json.loads(json.dumps(CONTENT))  # a deep copy would share what the two replies share
    make = content["paths"]["/make"]["post"]
    schemas = [m["content"]["application/json"]["schema"] for m in (make["requestBody"], make["responses"]["200"])]
    edit(content, *schemas)
    return compare_documents(document(CONTENT), document(content))


def told(edit: Edit) -> list[tuple[str, str, str, bool]]:
    return [(each.subject, each.verdict, each.line, each.is_proved) for each in differences(edit)]


REQUESTS: dict[str, tuple[Edit, tuple[str, str, str, bool]]] = {
    "an operation goes": (
        lambda d, b, r: d["paths"].pop("/make"),
        ("POST /make", "breaking", "the operation is gone", True),
    ),
    "an operation comes": (
        lambda d, b, r: d["paths"].update({"/more": {"get": {"responses": {}}}}),
        ("GET /more", "compatible", "the operation is new", False),
    ),
    "a referenced schema loses a value": (
        lambda d, b, r: d["components"]["schemas"]["Style"]["enum"].pop(),
        ("POST /make", "breaking", 'style: enum loses "b"', True),
    ),
    "a branch is narrower": (
        lambda d, b, r: b["properties"]["size"]["anyOf"][0].update(maximum=4),
        ("POST /make", "breaking", "size: maximum 8 -> 4", True),
    ),
    "null is no longer taken": (
        lambda d, b, r: b["properties"].update(size={"type": "integer", "maximum": 8}),
        ("POST /make", "breaking", "size: type integer|null -> integer", True),
    ),
    "a oneOf gains a branch": (
        lambda d, b, r: b["properties"]["mode"]["oneOf"].append({"const": "best"}),
        ("POST /make", "unclear", "mode: oneOf gains const best", False),
    ),
    "a oneOf gains a branch that takes what another takes": (
        lambda d, b, r: b["properties"]["mode"]["oneOf"].append({"type": "string"}),
        ("POST /make", "breaking", "mode: oneOf gains type string", True),
    ),
    "unknown members are refused": (
        lambda d, b, r: b.update(additionalProperties=False),
        ("POST /make", "breaking", "members that are not declared are refused now", True),
    ),
    "a member is declared where any was let through": (
        lambda d, b, r: b["properties"].update(seed={"type": "integer"}),
        ("POST /make", "unclear", "seed: declared now; until now any value was let through", True),
    ),
    "a condition comes": (
        lambda d, b, r: b.update({"if": {"required": ["size"]}, "then": {"required": ["style"]}}),
        ("POST /make", "breaking", "a condition is added (size, style)", True),
    ),
    "a condition of constants comes": (
        lambda d, b, r: b.update({"if": {"properties": {"style": {"const": "a"}}}, "then": {"required": ["mode"]}}),
        ("POST /make", "breaking", "a condition is added (style, mode)", True),
    ),
    "a parameter is bounded": (
        lambda d, b, r: d["paths"]["/jobs"]["get"]["parameters"][0]["schema"].update(maximum=10),
        ("GET /jobs", "breaking", "query limit: maximum 50 -> 10", True),
    ),
    "a parameter must be sent": (
        lambda d, b, r: d["paths"]["/jobs"]["get"]["parameters"][0].update(required=True),
        ("GET /jobs", "breaking", "query limit must be sent now", True),
    ),
    "a key must be sent": (
        lambda d, b, r: d["paths"]["/jobs"]["get"].update(security=[{"key": []}]),
        ("GET /jobs", "breaking", "security nothing -> key", True),
    ),
    "a body must be sent": (
        lambda d, b, r: d["paths"]["/make"]["post"]["requestBody"].update(required=True),
        ("POST /make", "breaking", "a body must be sent now", True),
    ),
    "a media type goes": (
        lambda d, b, r: d["paths"]["/make"]["post"]["requestBody"].update(content={"text/plain": {"schema": {}}}),
        ("POST /make", "breaking", "bodies in application/json are no longer taken", True),
    ),
    "the servers are others": (
        lambda d, b, r: d.update(servers=[{"url": "/v2"}]),
        ("", "unclear", 'servers ["/v1"] -> ["/v2"]', False),
    ),
}
REPLIES: dict[str, tuple[Edit, tuple[str, str, str, bool]]] = {
    "a member need no longer be there": (
        lambda d, b, r: r["required"].remove("id"),
        ("POST /make", "breaking", "200 application/json id: is no longer always there", True),
    ),
    "a type more": (
        lambda d, b, r: r["properties"]["id"].update(type=["string", "null"]),
        ("POST /make", "breaking", "200 application/json id: type string -> string|null", True),
    ),
    "a value more": (
        lambda d, b, r: r["properties"]["state"]["enum"].append("lost"),
        ("POST /make", "unclear", '200 application/json state: enum gains "lost"', False),
    ),
    "a member more": (
        lambda d, b, r: r["properties"].update(cost={"type": "number"}),
        ("POST /make", "compatible", "200 application/json cost: may be there now", False),
    ),
    "a member less that never had to be there": (
        lambda d, b, r: r["properties"].pop("note"),
        ("POST /make", "unclear", "200 application/json note: is never there now", False),
    ),
    "a member that is always there": (
        lambda d, b, r: r["required"].append("note"),
        ("POST /make", "compatible", "200 application/json note: is always there now", False),
    ),
    "success goes": (
        lambda d, b, r: d["paths"]["/make"]["post"]["responses"].pop("200"),
        ("POST /make", "breaking", "200 application/json is gone", False),
    ),
    "an error goes": (
        lambda d, b, r: d["paths"]["/jobs"]["get"]["responses"].pop("404"),
        ("GET /jobs", "compatible", "404 application/json is gone", False),
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_change_of_requests_is_told_to_senders(name: str) -> None:
    edit, expected = REQUESTS[name]
    assert told(edit)[0] == expected
    assert differences(edit)[0].part == "request"


@pytest.mark.parametrize("name", REPLIES)
def test_a_change_of_replies_is_told_to_receivers(name: str) -> None:
    edit, expected = REPLIES[name]
    assert told(edit) == [expected]
    assert differences(edit)[0].part == "reply"


@pytest.mark.parametrize(
    "edit",
    [
        lambda d, b, r: b["properties"].update(prompt={"allOf": [{"type": "string"}, {"minLength": 1}]}),
        lambda d, b, r: b["properties"].update(style={"type": "string", "enum": ["b", "a"]}),
        lambda d, b, r: b["properties"]["mode"]["oneOf"].reverse(),
        lambda d, b, r: b.update(title="Another", description="words"),
    ],
)  # fmt: skip
def test_the_same_said_otherwise_is_no_difference(edit: Edit) -> None:
    assert differences(edit) == ()


def test_a_task_type_that_goes_is_a_break() -> None:
    utilities = load_catalog().get("runware-utilities")
    content = copy.deepcopy(dict(utilities.published))
    items = content["components"]["schemas"]["RequestBody"]["items"]
    gone = items["oneOf"].pop()
    entry = Entry("utilities", "", "runware", utilities.entry.path, "", "live", overlays=utilities.entry.overlays,
                  lenient=True)  # fmt: skip
    new = Document(entry, json.dumps(content).encode())
    found = [each for each in compare_documents(utilities, new) if each.keyword == "taskType"]
    assert [(each.verdict, each.text, each.is_proved) for each in found] == [
        ("breaking", "the task type is gone", True)
    ]
    assert gone


def test_a_malformed_schema_is_told_and_not_stumbled_over() -> None:
    content = json.loads(json.dumps(CONTENT))
    content["components"]["schemas"]["Style"]["maxLength"] = "5"
    with pytest.raises(DocumentUnreadable, match=r'cannot use the schema at .*"5" is not of type "integer"'):
        compare_documents(document(CONTENT), document(content))
