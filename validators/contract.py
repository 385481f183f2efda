"""A document ready to judge messages: its operations, its task schemas, its rules. Compiled once, when first needed."""

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from genmock.specs import Catalog, Document, UnknownDocument, load_catalog, read_document

from .explain import Explainer, descend
from .plain import agreed, beside_rules
from .rules import RuleSet, read_rules
from .schema import ANNOTATIONS, KEYWORDS, Schema, Verdict, at, follow, reference_path, resource, unknown_keywords
from .suggest import closest
from .violations import pointer_of

Form = Literal["published", "effective"]
ARRAY = "x-genmock-array"
PLAIN = "x-genmock-plain"
TOLERATED = "x-genmock-tolerated"
COMING_SOON = "coming-soon"  # the x-status of a model that is announced, not served yet
JUDGING = KEYWORDS - ANNOTATIONS - {"type", "minItems", "maxItems"}  # an array with one of these is not only counted
SchemaPath = tuple[str | int, ...]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class DocumentWarning(UserWarning):
    """A document says something that cannot be checked."""


class OperationNeeded(ValueError):
    """The operation was not named, or the document has none of that name."""


@dataclass(frozen=True, eq=False)
class Judge:
    """One compiled schema with its explainer and its rules."""

    schema: Schema
    explainer: Explainer
    rules: RuleSet

    @cached_property
    def tolerated(self) -> Mapping[str, str]:
        """Why each top-level member with a tolerance in its schema is tolerated, by name."""
        value = self.schema.value
        properties = value.get("properties", {}) if isinstance(value, Mapping) else {}
        reasons = {name: _tolerance(schema) for name, schema in properties.items()}
        return {name: why for name, why in reasons.items() if why}


@dataclass(frozen=True, eq=False)
class Contract:
    """One form of a document: as published, or with its overlays applied."""

    document: Document
    form: Form

    @cached_property
    def root(self) -> Mapping[str, Any]:
        """The document as one JSON Schema resource. Warns of keywords that check nothing, in a user's document."""
        root = resource(getattr(self.document, self.form))
        if not self.document.entry.sha256:
            for path, keyword in unknown_keywords(root):
                where = f"{self.document.id}#{pointer_of((*path, keyword))}"
                text = f"{where}: {keyword!r} is no known keyword and checks nothing; see: genmock specs lint"
                warnings.warn(text, DocumentWarning, stacklevel=2)
        return root

    @cache  # noqa: B019 - contracts live as long as the process: one per document and form
    def judge(self, path: SchemaPath, noun: str = "body") -> Judge:
        """Return the compiled schema at a path. Raises DocumentUnreadable or OverlayError."""
        schema = Schema(self.root, path)
        value = schema.value
        rules = read_rules(value if isinstance(value, Mapping) else {}, lenient=self.document.entry.lenient)
        return Judge(schema, Explainer(self.document.id, self.root, schema, noun), rules)

    def task_judge(self, task_type: str) -> Judge:
        """Return the compiled schema for a task: its taskType's own, or for "" that of all items."""
        path = self.task_paths.get(task_type)
        if path is None:
            body = self.body_path(None)
            assert body is not None, "a document without a JSON body has no tasks"
            path = (*body, "items")
        return self.judge(path, "task")

    @cache  # noqa: B019 - as above
    def verdict(self, task_type: str) -> Verdict:
        """Return what says whether nothing is to be said of a task: it fits, and meets no rule and no tolerance.

        It raises UnicodeEncodeError for an unpaired surrogate.
        """
        judge = self.task_judge(task_type)
        if self.form == "published":
            return judge.schema.verdict
        value = both = judge.schema.value
        special = {"model"} if self.document.entry.status == COMING_SOON else set[str]()
        if judge.tolerated:
            both = agreed(descend(self.document.published, judge.schema.pointer), value)
            special |= judge.tolerated.keys() if both is None else set()
        plain = beside_rules(value if both is None else both, judge.rules.rules, special)
        return Schema({**self.root, PLAIN: plain}, (PLAIN,)).verdict

    def fits_array(self, body: object) -> bool:
        """Return whether a request array fits as a whole; its items are judged one by one."""
        if self._sizes is None or not isinstance(body, list):
            return self.array.schema.is_valid(body)
        least, most = self._sizes
        return least <= len(body) <= most

    @cached_property
    def _sizes(self) -> tuple[float, float] | None:
        """The least and the most tasks of an array; None where the schema asks for more than that."""
        schema = self.array.schema.compiled().value
        if schema.get("type") != "array" or not JUDGING.isdisjoint(schema):
            return None
        return schema.get("minItems", 0), schema.get("maxItems", math.inf)

    @cached_property
    def array(self) -> Judge:
        """The schema of a request array as a whole, without its items, which are judged one by one."""
        path = self.body_path(None)
        assert path is not None, "a document with tasks has a request body"
        root = {**self.root, ARRAY: {key: value for key, value in at(self.root, path).items() if key != "items"}}
        schema = Schema(root, (ARRAY,))
        return Judge(schema, Explainer(self.document.id, root, schema), RuleSet(()))

    @cached_property
    def operations(self) -> Mapping[str, SchemaPath]:
        """The operations by name ("POST /v1/image/qwen/generate") with their paths in the document."""
        return {
            f"{method.upper()} {path}": ("paths", path, method)
            for path, methods in self.root.get("paths", {}).items()
            for method in METHODS
            if method in methods
        }

    def operation(self, name: str | None) -> SchemaPath:
        """Return the path of an operation; without a name, of the only one. Raises OperationNeeded."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is not None and name in self.operations:
            return self.operations[name]
        known = ", ".join(self.operations)
        if name is None:
            raise OperationNeeded(f"{self.document.id} has several operations: say which one with operation=: {known}")
        near = closest(name, self.operations)
        hint = f"; did you mean {near!r}?" if near else "."
        raise OperationNeeded(f"{self.document.id} has no operation {name!r}{hint} It has: {known}")

    def body_path(self, operation: str | None) -> SchemaPath | None:
        """Return the path of an operation's JSON request schema, references followed, or None without a body."""
        path = self.operation(operation)
        content = at(self.root, path).get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return self.followed((*path, "requestBody", "content", "application/json", "schema"))

    def body_paths(self) -> Iterator[SchemaPath]:
        """Yield the path of each operation's JSON request schema."""
        paths = (self.body_path(name) for name in self.operations)
        yield from (path for path in paths if path is not None)

    def reply_path(self, operation: str | None, status: int) -> SchemaPath | None:
        """Return the path of the JSON schema for a status (exact, then "4XX", then "default"), or None."""
        path = (*self.operation(operation), "responses")
        responses = at(self.root, path)
        for key in (str(status), f"{status // 100}XX", "default"):
            if "application/json" in responses.get(key, {}).get("content", {}):
                return self.followed((*path, key, "content", "application/json", "schema"))
        return None

    def followed(self, path: SchemaPath) -> SchemaPath:
        """Return where the schema at a path really stands, references at its top followed."""
        value = at(self.root, path)
        while isinstance(value, Mapping) and set(value) == {"$ref"}:
            path = reference_path(self.root, value["$ref"])
            value = at(self.root, path)
        return path

    @cached_property
    def task_paths(self) -> Mapping[str, SchemaPath]:
        """The schemas of a Runware document's tasks by taskType; empty for other documents."""
        if self.document.entry.provider != "runware":
            return {}
        body = self.body_path(None)
        if body is None or "items" not in at(self.root, body):
            return {}
        items = self.followed((*body, "items"))
        branches = [(*items, "oneOf", i) for i in range(len(at(self.root, items).get("oneOf", ())))] or [items]
        found = {self._task_type(path): self.followed(path) for path in branches}
        authentication: SchemaPath = ("components", "schemas", "AuthenticationTask")
        if "AuthenticationTask" in self.root.get("components", {}).get("schemas", {}):
            found.setdefault("authentication", authentication)
        return {name: path for name, path in found.items() if name}

    def _task_type(self, path: SchemaPath) -> str:
        schema = follow(self.root, at(self.root, path))
        return str(schema.get("properties", {}).get("taskType", {}).get("const", ""))


def _tolerance(schema: Any) -> str:  # noqa: ANN401 - any part of a schema
    """Return the first reason for a tolerance in a schema, or ""."""
    if isinstance(schema, Mapping):
        if TOLERATED in schema:
            return str(schema[TOLERATED])
        schema = list(schema.values())
    if isinstance(schema, list):
        return next((why for member in schema if (why := _tolerance(member))), "")
    return ""


@cache
def contract_of(document: Document, form: Form) -> Contract:
    """Return the contract of a document in one of its forms."""
    return Contract(document, form)


def prepare(document: Document) -> None:
    """Compile a document's effective form and its rules now, not with the first message. Raises SpecError."""
    contract = contract_of(document, "effective")
    for path in contract.task_paths.values():
        contract.judge(path, "task").rules.compile()
    for path in () if contract.task_paths else contract.body_paths():
        contract.judge(path).rules.compile()


def find_document(reference: str | Path | Document, catalog: Catalog | None = None) -> Document:
    """Return the document that a caller names: itself, an id, a model AIR, or a path to an OpenAPI file.

    A file is read again only when it has changed. Raises UnknownDocument or DocumentUnreadable.
    """
    if isinstance(reference, Document):
        return reference
    known = catalog or load_catalog()
    found = known.named(reference)
    if found is not None:
        return found
    path = Path(reference)
    try:
        return known.get(reference) if not path.is_file() else _read_once(path, _stamp(path))
    except OSError:  # a name too long for a path
        raise UnknownDocument(f"there is no document {str(reference)[:100]!r}; see: genmock specs list") from None


@cache
def _read_once(path: Path, stamp: tuple[int, int]) -> Document:
    return read_document(path)


def _stamp(path: Path) -> tuple[int, int]:
    """Return what changes when a file does: its time of change (ns) and size (bytes)."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size
