"""A document's request parameters as rows: what ``genmock specs show --summary`` prints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Schema = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
BRANCHES = ("allOf", "oneOf", "anyOf")
BOUNDS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "elements"),
)
MAX_LISTED = 4  # values that are spelled out; of more, their number
DEEPEST = 8  # levels of nesting; a schema may refer to itself


@dataclass(frozen=True)
class Parameter:
    """One member that a request may have. name: dotted, ``[]`` for the elements of an array.

    operation: like "POST /v1", with the task type where a body has several. allowed: bounds or values, in words.
    """

    operation: str
    name: str
    type: str
    required: bool
    allowed: str
    default: str

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return asdict(self)


def parameters(document: Mapping[str, Any]) -> list[Parameter]:
    """Return every member of every request body of an OpenAPI document, in document order."""
    rows: dict[tuple[str, str], Parameter] = {}
    for operation, schema in _bodies(document):
        for row in _rows(document, operation, schema):
            rows.setdefault((row.operation, row.name), row)
    return list(rows.values())


def _bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """Yield (operation, schema of what a client fills in): a task where the body is an array of them."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            content = _followed(document, item.get(method, {}).get("requestBody", {})).get("content", {})
            for media in content.values():
                schema = _followed(document, media.get("schema", {}))
                schema = _followed(document, schema.get("items", schema))
                for branch in schema.get("oneOf", (schema,)):
                    task = _followed(document, branch)
                    kind = _followed(document, task.get("properties", {}).get("taskType", {})).get("const")
                    yield " ".join(filter(None, (method.upper(), path, kind))), task


def _rows(document: Mapping[str, Any], operation: str, schema: Schema) -> Iterator[Parameter]:
    for name, member, required in _members(document, schema, "", 0):
        yield Parameter(
            operation=operation,
            name=name,
            type=_type(document, member),
            required=required,
            allowed=_allowed(document, member),
            default=_text(member["default"]) if "default" in member else "",
        )


def _members(
    document: Mapping[str, Any], schema: Schema, prefix: str, depth: int
) -> Iterator[tuple[str, Schema, bool]]:
    """Yield (dotted name, schema, whether it is required) of an object's members and of theirs."""
    schema = _followed(document, schema)
    for name, member in schema.get("properties", {}).items():
        found = _followed(document, member)
        if found is False or depth > DEEPEST:
            continue
        yield prefix + name, found, name in schema.get("required", ())
        yield from _members(document, found, f"{prefix}{name}.", depth + 1)
        if isinstance(found.get("items"), Mapping):
            yield from _members(document, found["items"], f"{prefix}{name}[].", depth + 1)
    for keyword in BRANCHES:
        for branch in schema.get(keyword, ()) if depth <= DEEPEST else ():
            if isinstance(branch, Mapping):
                yield from _members(document, branch, prefix, depth + 1)


def _type(document: Mapping[str, Any], schema: Schema, depth: int = 0) -> str:
    """Return a member's type; where only its branches have types, those."""
    if "type" in schema or depth > DEEPEST:
        kind = schema.get("type", "")
        return kind if isinstance(kind, str) else "|".join(kind)
    kinds = [_type(document, branch, depth + 1) for branch in _choices(document, schema)]
    return "|".join(dict.fromkeys(name for kind in kinds for name in kind.split("|") if name))


def _allowed(document: Mapping[str, Any], schema: Schema) -> str:
    """Return a member's bounds and values in words, like "128 to 2048, multiple of 16"."""
    parts = [_span(schema, *names) for names in BOUNDS]
    parts += [f"multiple of {schema['multipleOf']}"] if "multipleOf" in schema else []
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    for branch in () if values else _choices(document, schema):
        values += [*branch.get("enum", ()), *([branch["const"]] if "const" in branch else ())]
    parts += [_values(values), str(schema.get("format", ""))]
    return ", ".join(part for part in parts if part)


def _span(schema: Schema, lowest: str, highest: str, noun: str) -> str:
    """Return a lower and an upper bound in words, or an empty text where there is neither."""
    low, high = schema.get(lowest), schema.get(highest)
    if low is not None and high is not None:
        return f"{low} to {high} {noun}".rstrip()
    if low is None and high is None:
        return ""
    return f"at {'most' if low is None else 'least'} {high if low is None else low} {noun}".rstrip()


def _choices(document: Mapping[str, Any], schema: Schema) -> list[Schema]:
    branches = [_followed(document, branch) for keyword in BRANCHES for branch in schema.get(keyword, ())]
    return [branch for branch in branches if isinstance(branch, Mapping)]


def _values(values: Sequence[object]) -> str:
    texts = list(dict.fromkeys(map(_text, values)))
    return ", ".join(texts) if len(texts) <= MAX_LISTED else f"{len(texts)} values"


def _text(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _followed(document: Mapping[str, Any], schema: Any) -> Any:  # noqa: ANN401 - a schema may be true or false
    """Return a schema with a reference at its top followed; what leads nowhere is an empty one."""
    for _ in range(DEEPEST):
        if not isinstance(schema, Mapping):
            return {} if schema is True else schema
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        schema = document
        for part in reference[2:].split("/"):
            schema = schema.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(schema, Mapping) else {}
    return {}
