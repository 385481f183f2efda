"""What a capability document serves: its models, its operations, and what each needs to become a job.

The key ``x-genmock-capability`` says it (docs/kiapi.md, "Documents of your own"); where it says nothing, the document
itself does. Source of the facts for Qwen: docs/providers/kiapi.md, "Models".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from genmock.specs import Catalog, Document, ErrorCatalog

from .capability_key import key_of
from .errors import refusal

Schema = Mapping[str, Any]
DEFAULT_SIZE = {"width": 1024, "height": 1024}
DEFAULT_KIND = "image"
USUAL = frozenset("file_id image_bytes model prompt params width height timings".split())  # members of a result
LEAST: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0.0, "boolean": False, "array": (), "object": {}}


@dataclass(frozen=True, slots=True)
class Model:
    """One variant of a capability's model. repo: where its weights are. weight_gb, headroom_gb: the memory it takes."""

    name: str
    family: str
    domain: str
    aliases: Sequence[str] = ()
    default: bool = False
    features: Sequence[str] = ()
    repo: str = ""
    weight_gb: float = 0.0
    headroom_gb: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the list of models: six members, in their order."""
        names = ("name", "family", "domain", "aliases", "default", "features")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Input:
    """Where an operation takes files. member: dotted, with [] for each element. kind: the word that errors use."""

    member: str
    kind: str


@dataclass(frozen=True, eq=False)
class Operation:
    """One endpoint that makes jobs.

    path: like "/v1/image/qwen/generate". name: its last part. job: the type of its jobs. model: the only variant that
    it takes, or "" for any. defaults: what stands for members that are absent or null. kinds: what ``kind`` says of a
    result, without and with input images. params, result_params: members of a job's ``params`` and of its result's, in
    order; empty: in the order of the document. fixed: members of the result's that never change. result: members of a
    result beyond the usual ones, with what stands for them.
    """

    path: str
    name: str
    job: str
    model: str
    schema: Mapping[str, Any]
    defaults: Mapping[str, Any]
    inputs: Sequence[Input] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    params: Sequence[str] = ()
    result_params: Sequence[str] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Capability:
    """One family of models with its operations. base: the path that they share, like "/v1/image/qwen"."""

    document: Document
    family: str
    domain: str
    base: str
    models: Sequence[Model]
    operations: Sequence[Operation]

    def subject(self, operation: Operation) -> str:
        """Return how faults and the journal name an operation: "image.qwen.generate"."""
        return f"{self.domain}.{self.family}.{operation.name}"

    def resolve(self, operation: Operation, asked: str | None, errors: ErrorCatalog) -> Model:
        """Return the model that a request means, by name or alias in any case. Raises Refused with status 400.

        A capability whose models nobody told takes any name.
        """
        wanted = asked or operation.model
        if not wanted:
            return next((model for model in self.models if model.default), self.models[0])
        spelled = wanted.strip().lower()
        for model in self.models:
            if spelled in (name.lower() for name in (model.name, *model.aliases)):
                if operation.model and model.name != operation.model:
                    told = {"family": self.family, "operation": operation.name, "model": operation.model}
                    raise refusal(errors, "wrongModel", **told)
                return model
        if not self.models[0].repo:
            return Model(wanted.strip(), self.family, self.domain)
        allowed = sorted(model.name for model in self.models)
        raise refusal(errors, "unknownModel", family=self.family, quoted=repr(wanted), allowed=allowed)


def capabilities(catalog: Catalog) -> Sequence[Capability]:
    """Return what the kiapi documents of a catalogue serve; of two for one family, the later one."""
    found = [capability_of(document) for document in catalog.documents if document.entry.provider == "kiapi"]
    return list({capability.base: capability for capability in found if capability is not None}.values())


def unserved(catalog: Catalog) -> Sequence[str]:
    """Return what the user's own kiapi documents declare and nobody answers, one line each, with the reason."""
    own = (each for each in catalog.documents if each.entry.provider == "kiapi" and not each.entry.sha256)
    return [f"{each.id}: POST {path} is not served: {reason}" for each in own for path, reason in _left_out(each)]


@cache
def capability_of(document: Document) -> Capability | None:
    """Return what a document serves, or None when none of its operations makes a picture."""
    content = document.effective
    family, domain, base = _named(content)
    told = key_of(document)
    models = [Model(**{"family": family, "domain": domain, **row}) for row in told.get("models", ())]
    models = models or [Model(family, family, domain, default=True)]
    operations = [
        _operation(path, name, family, (_body(content, declared), _result(content, declared)), told)
        for path, name, declared in _declared(content)
        if not _obstacle(content, base, path, declared)
    ]
    return Capability(document, family, domain, base, models, operations) if operations else None


def _named(content: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return (family, domain, the path that a capability's operations share)."""
    family, domain = str(content.get("x-kiapi-capability", "")), str(content.get("x-kiapi-domain", "image"))
    return family, domain, f"/v1/{domain}/{family}"


def _declared(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (path, name, operation) of each POST."""
    for path, methods in content.get("paths", {}).items():
        if "post" in methods:
            yield path, path.rpartition("/")[2], methods["post"]


def _left_out(document: Document) -> Iterator[tuple[str, str]]:
    content = document.effective
    for path, _, declared in _declared(content):
        reason = _obstacle(content, _named(content)[2], path, declared)
        if reason:
            yield path, reason


def _obstacle(content: Mapping[str, Any], base: str, path: str, declared: Mapping[str, Any]) -> str:
    """Return why an operation cannot be served, or ""."""
    if path.rpartition("/")[0] != base:
        return f"its path is not {base}/ and one name"
    if not _body(content, declared):
        return "it takes no JSON object"
    if not _makes_picture(declared):
        return "it makes no picture"
    if "file_id" not in _result(content, declared).get("properties", {"file_id": {}}):
        return "its result is more than one picture"
    return ""


def _operation(path: str, name: str, family: str, schemas: tuple[Schema, Schema], key: Mapping[str, Any]) -> Operation:
    """Return an operation. schemas: of its request and its result. key: what ``x-genmock-capability`` says."""
    told = key.get("operations", {}).get(name, {})
    schema, result = schemas
    has = schema.get("properties", {})
    usual = {member: value for member, value in DEFAULT_SIZE.items() if member in has}
    return Operation(
        path=path,
        name=name,
        job=str(told.get("job", family if name == "generate" else f"{family}-{name}")),
        model=str(told.get("model", "")),
        schema=schema,
        defaults={**usual, **told.get("defaults", {})},
        inputs=[Input(**row) for row in told["inputs"]] if "inputs" in told else _inputs(has),
        kinds=told.get("kinds", {}),
        params=told.get("params", ()),
        result_params=told.get("result_params", ()),
        fixed=told.get("fixed", {}),
        result={**_further(result), **told.get("result", {})},
    )


def _further(result: Schema) -> Mapping[str, Any]:
    """Return the members that a result must have beyond the usual ones, each with the least value of its type."""
    declared = result.get("properties", {})
    return {
        name: LEAST.get(declared.get(name, {}).get("type")) for name in result.get("required", ()) if name not in USUAL
    }


def _inputs(members: Mapping[str, Any]) -> Sequence[Input]:
    """Return where an operation takes files, by the names that kiapi's documents share."""
    known = (("init_image", "init_image"), ("image", "image"), ("images", "images[]"), ("loras", "loras[].file"))
    kinds = {"loras": "lora", "images": "image"}
    return [Input(path, kinds.get(name, name)) for name, path in known if name in members]


def _body(content: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of an operation's JSON body, its reference followed; empty when it has none."""
    return _resolved(content, operation.get("requestBody", {}).get("content", {}).get("application/json", {}))


def _result(content: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of the result that a finished job has; empty when the document does not say."""
    job = _resolved(
        content, operation.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
    )
    declared = job.get("properties", {}).get("result", {})
    branches = [branch for branch in declared.get("anyOf", [declared]) if branch.get("type") != "null"]
    return _resolved(content, {"schema": branches[0]}) if len(branches) == 1 else {}


def _resolved(content: Mapping[str, Any], holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the member ``schema`` of an object, its reference into the components followed; empty without one."""
    schema = holder.get("schema")
    if isinstance(schema, Mapping) and "$ref" in schema:
        schema = content.get("components", {}).get("schemas", {}).get(str(schema["$ref"]).rpartition("/")[2])
    return schema if isinstance(schema, Mapping) else {}


def _makes_picture(operation: Mapping[str, Any]) -> bool:
    """Return whether an operation answers with a picture, the only artifact that is made here."""
    kinds = operation.get("responses", {}).get("200", {}).get("content", {})
    return any(kind.startswith("image/") for kind in kinds)
