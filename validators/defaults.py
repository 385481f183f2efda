"""Filling in what a request left out: the defaults that its document states."""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from genmock.specs import Document

from .contract import Contract, Judge, contract_of
from .schema import follow
from .tasks import judge_of, task_schema

NESTED = (dict, list, float)  # the JSON values that a schema may complete


def with_defaults(document: Document, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a task with its document's defaults filled in, at every depth, and 512.0 as 512 for integers.

    An object that is absent stays absent: its members' defaults only hold inside it.
    """
    contract = contract_of(document, "effective")
    filled: dict[str, Any] = _filler(contract, judge_of(contract, item)).filled(item)
    return filled


def task_defaults(document: Document, task_type: str) -> Mapping[str, Any]:
    """Return what the members of a task of a type have that it leaves out: those of the task itself, at no depth."""
    contract = contract_of(document, "effective")
    return _filler(contract, task_schema(contract, task_type)).defaults


@cache
def _filler(contract: Contract, judge: Judge) -> "_Filler":
    return _Filler(contract.root, judge.schema.value)


class _Filler:
    """What one schema fills in, looked up once: most members of a task are texts, and need no look at their schema."""

    def __init__(self, root: Mapping[str, Any], schema: Any) -> None:  # noqa: ANN401 - any schema
        self._root = root
        self._schema: Mapping[str, Any] = found if isinstance(found := follow(root, schema), Mapping) else {}
        self._is_integer = self._schema.get("type") == "integer"
        self._inner: dict[str, _Filler] = {}

    def filled(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a JSON value as the schema completes it."""
        if isinstance(value, dict):
            result = {**self.defaults, **value}
            for name, member in value.items():
                if isinstance(member, NESTED) and name in self._properties:
                    result[name] = self._of(name, self._properties[name]).filled(member)
            return result
        if isinstance(value, float):
            return int(value) if self._is_integer and value.is_integer() else value
        if isinstance(value, list) and "items" in self._schema:
            return [self._of("[]", self._schema["items"]).filled(member) for member in value]
        return value

    @cached_property
    def _properties(self) -> Mapping[str, Any]:
        properties: Mapping[str, Any] = self._schema.get("properties") or _object_branch(self._root, self._schema)
        return properties

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What members have that an object leaves out."""
        members = self._properties.items()
        return {
            name: schema["default"] for name, schema in members if isinstance(schema, Mapping) and "default" in schema
        }

    def _of(self, name: str, schema: Any) -> "_Filler":  # noqa: ANN401 - any schema
        inner = self._inner.get(name)
        if inner is None:
            inner = self._inner[name] = _Filler(self._root, schema)
        return inner


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
