"""Filling in what a request left out: the defaults that its document states."""

from collections.abc import Mapping
from typing import Any

from genmock.specs import Document

from .contract import contract_of
from .schema import follow
from .tasks import judge_of


def with_defaults(document: Document, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a task with its document's defaults filled in, at every depth, and 512.0 as 512 for integers.

    An object that is absent stays absent: its members' defaults only hold inside it.
    """
    contract = contract_of(document, "effective")
    return dict(_filled(contract.root, judge_of(contract, item).schema.value, item))


def _filled(root: Mapping[str, Any], schema: Any, value: Any) -> Any:  # noqa: ANN401 - any schema, any JSON value
    schema = follow(root, schema)
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, Mapping):
        properties = schema.get("properties") or _object_branch(root, schema)
        result = {name: _filled(root, properties.get(name, {}), member) for name, member in value.items()}
        for name, member in properties.items():
            if name not in result and isinstance(member, Mapping) and "default" in member:
                result[name] = member["default"]
        return result
    if isinstance(value, float) and schema.get("type") == "integer" and value.is_integer():
        return int(value)
    if isinstance(value, list) and "items" in schema:
        return [_filled(root, schema["items"], member) for member in value]
    return value


def _object_branch(root: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of the only branch of a oneOf or anyOf that describes an object (hiresFix has such)."""
    branches = [follow(root, branch) for branch in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
    objects = [b["properties"] for b in branches if isinstance(b, Mapping) and "properties" in b]
    return objects[0] if len(objects) == 1 else {}


def member_schema(document: Document, item: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the published schema of a task's member by its dotted name (``lora.0.weight``), or None without one."""
    contract = contract_of(document, "published")
    schema = judge_of(contract, item).schema.value
    for part in name.split("."):
        schema = follow(contract.root, schema)
        if not isinstance(schema, Mapping):
            return None
        properties = schema.get("properties") or _object_branch(contract.root, schema)
        schema = schema.get("items") if part.isdecimal() else properties.get(part)
    schema = follow(contract.root, schema)
    return schema if isinstance(schema, Mapping) else None
