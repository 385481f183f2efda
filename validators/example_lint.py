"""Lint of values: examples and defaults that the schema beside them refuses."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .findings import Finding, Node, Page, SchemaPath
from .schema import at
from .violations import Violation, pointer_of

BLOCK = re.compile(r"^```json[c5]?[ \t]*\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"(?<!`)`(\"[\w-]+\"\s*:[^`\n]+)`(?!`)")
PLACEHOLDER = re.compile(r"<[^<>]*>\Z")


def refused_defaults(page: Page, node: Node) -> Iterator[Finding]:
    """Yield defaults that their own schema refuses."""
    if "default" in node.schema:
        for violation in page.refusals(node.path, node.schema["default"]):
            yield node.finding("refused-default", _told(violation), "default")


def refused_examples(page: Page, node: Node) -> Iterator[Finding]:
    """Yield values of ``example`` and ``examples`` that their own schema refuses."""
    examples = node.schema.get("examples")
    values: dict[SchemaPath, Any] = {}
    if isinstance(examples, list):
        values = {("examples", index): value for index, value in enumerate(examples)}
    if "example" in node.schema:
        values["example",] = node.schema["example"]
    for place, value in values.items():
        for violation in page.refusals(node.path, value):
            yield node.finding("refused-example", _told(violation), *place)


def refused_message_examples(page: Page) -> Iterator[Finding]:
    """Yield examples beside the schema of a body, parameter or header that this schema refuses."""
    for node in page.nodes:
        if node.path[-1] != "schema":
            continue
        holder = at(page.root, node.path[:-1])
        values: dict[SchemaPath, Any] = {("example",): holder["example"]} if "example" in holder else {}
        examples = holder.get("examples")
        for name, example in examples.items() if isinstance(examples, Mapping) else ():
            if isinstance(example, Mapping) and "value" in example:
                values["examples", name, "value"] = example["value"]
        for place, value in values.items():
            for violation in page.refusals(node.path, value):
                pointer = pointer_of((*node.path[:-1], *place))
                yield Finding("refused-example", pointer, _told(violation))


def refused_fragments(page: Page, node: Node) -> Iterator[Finding]:
    """Yield JSON in descriptions that the schema refuses: whole values, or members without their braces.

    A fragment shows the described schema itself, or members of the object whose property it is, whichever knows more
    of its names. Values in angle brackets are placeholders.
    """
    text = node.schema.get("description")
    if not isinstance(text, str) or ('"' not in text and "```json" not in text):
        return
    for number, (fragment, is_block) in enumerate(_fragments(text), 1):
        value = _parsed(fragment)
        if value is _UNREADABLE:
            if is_block:
                yield node.finding("unreadable-example", f"example {number} is no JSON", "description")
            continue
        for violation in _refusals(page, node, value):
            told = f"example {number}{' at ' * bool(violation.pointer)}{_told(violation)}"
            yield node.finding("refused-example", told, "description")


def _refusals(page: Page, node: Node, value: Any) -> Iterator[Violation]:  # noqa: ANN401 - any JSON value
    own = page.follow(node.schema)
    outer: SchemaPath | None = node.path[:-2] if node.path[-2:-1] == ("properties",) else None
    if isinstance(value, dict) and outer is not None and _known(page, outer, value) >= _known(page, node.path, value):
        respelled = _respelled(at(page.root, outer)["properties"], value)
        members = value | {known: value[name] for name, known in respelled.items()}
        spellings = {f"/{known}": f"/{name}" for name, known in respelled.items()}
        found = tuple(_spelled(v, spellings) for v in page.fragment_refusals(outer, members))
    elif "type" not in own or _known(page, node.path, value) or not isinstance(value, dict):
        found = page.refusals(node.path, value)
    else:
        found = ()
    yield from (v for v in found if not (isinstance(v.sent, str) and PLACEHOLDER.match(v.sent)))


def _respelled(known: Iterable[str], members: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> known name of the members whose names are known but for upper and lower case."""
    names = {name.lower(): name for name in known}
    return {n: names[n.lower()] for n in members if n.lower() in names and names[n.lower()] not in members}


def _spelled(violation: Violation, spellings: Mapping[str, str]) -> Violation:
    """Return a violation that points to a member as the example spells it."""
    head, slash, rest = violation.pointer[1:].partition("/")
    return replace(violation, pointer=spellings.get(f"/{head}", f"/{head}") + slash + rest) if head else violation


def _known(page: Page, path: SchemaPath, value: object) -> int:
    """Return how many of an object's names a schema has as properties."""
    properties = page.follow(at(page.root, path)).get("properties", {})
    return sum(name in properties for name in value) if isinstance(value, dict) else 0


_UNREADABLE = object()


def _fragments(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (fragment, whether it is a block of its own) in a description."""
    yield from ((match[1], True) for match in BLOCK.finditer(text))
    yield from ((match[1], False) for match in INLINE.finditer(BLOCK.sub("", text)))


def _parsed(fragment: str) -> Any:  # noqa: ANN401 - any JSON value, or _UNREADABLE
    bare = fragment.strip().rstrip(",")
    for text in (bare, "{" + bare + "}"):
        try:
            return json.loads(text)
        except ValueError:
            continue
    return _UNREADABLE


def _told(violation: Violation) -> str:
    return f"{violation.pointer}: {violation.message}" if violation.pointer else violation.message
