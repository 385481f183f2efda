"""Lint of documents: what is odd about them, before a message is judged by them.

Findings are warnings: a published document is judged by as it stands. Rules about single schemas are in
``keyword_lint`` and ``example_lint``; here are those about a document as a whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from genmock.specs import Document

from .contract import Form
from .example_lint import refused_defaults, refused_examples, refused_fragments, refused_message_examples
from .findings import Finding, Page, references
from .keyword_lint import RULES
from .schema import DIALECT, at, reference_path, schema_roots
from .violations import pointer_of, shown

NODE_RULES = (*RULES, refused_defaults, refused_examples, refused_fragments)
MAPPINGS = (("components",), ("components", "schemas"), ("paths",))


def lint(document: Document, *, form: Form = "published") -> tuple[Finding, ...]:
    """Return what is odd about a document: first about it as a whole, then schema by schema, in document order.

    form: "published" is as its provider wrote it, "effective" with its overlays applied.
    A document that is malformed gets no other findings until it is mended. Raises SpecError when it cannot be read.
    """
    page = Page(document.id, getattr(document, form))
    unreadable = tuple(_misshapen(page)) or tuple(_malformed(page))
    if unreadable:  # the other rules take the form of keywords for granted
        return unreadable
    found = [*_unresolvable(page), *_unused(page), *refused_message_examples(page)]
    found += [finding for node in page.nodes for rule in NODE_RULES for finding in rule(page, node)]
    return tuple(found)


def _misshapen(page: Page) -> Iterator[Finding]:
    """Yield parts of the document in which no schema can be looked for."""
    for path in MAPPINGS:
        value: Any = page.root
        for part in path:
            value = value.get(part, {}) if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            yield Finding("malformed-document", pointer_of(path), "a mapping is expected here")


def _malformed(page: Page) -> Iterator[Finding]:
    """Yield keywords whose value is not what JSON Schema 2020-12 lets them hold."""
    judge = jsonschema_rs.Draft202012Validator({"$ref": DIALECT}, validate_formats=True)
    for path, schema in schema_roots(page.root):
        for place in dict.fromkeys(tuple(error.instance_path) for error in judge.iter_errors(schema)):
            keyword = next((part for part in reversed(place) if isinstance(part, str)), path[-1])
            value = shown(at(schema, place))
            text = f"{value} is not what {keyword!r} may hold in JSON Schema 2020-12"
            yield Finding("malformed-keyword", pointer_of((*path, *place)), text)


def _unresolvable(page: Page) -> Iterator[Finding]:
    """Yield references that lead nowhere in the document, or out of it."""
    ids = {node.schema["$id"] for node in page.nodes if isinstance(node.schema.get("$id"), str)}
    for path, reference in references(page.root):
        if reference not in ids and not _leads_somewhere(page, reference):
            text = f"the reference {reference!r} leads nowhere in its document"
            yield Finding("unresolvable-reference", pointer_of(path), text)


def _unused(page: Page) -> Iterator[Finding]:
    """Yield component schemas that no operation uses, directly or through others."""
    used: set[str] = set()
    waiting = [page.root.get("paths", {}), page.root.get("webhooks", {})]
    while waiting:
        for _, reference in references(waiting.pop()):
            if reference not in used and _leads_somewhere(page, reference):
                used.add(reference)
                waiting.append(at(page.root, reference_path(page.root, reference)))
    for name in page.root.get("components", {}).get("schemas", {}):
        pointer = pointer_of(("components", "schemas", name))
        if not any(reference == "#" + pointer or reference.startswith(f"#{pointer}/") for reference in used):
            yield Finding("unused-schema", pointer, "no operation uses this schema")


def _leads_somewhere(page: Page, reference: str) -> bool:
    try:
        at(page.root, reference_path(page.root, reference))
    except (KeyError, IndexError, TypeError, ValueError):
        return False
    return True
