"""Every prose rule of every shipped overlay, held to the messages of rules.yaml; a rule without messages fails."""

import copy
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from genmock.specs import Document, load_catalog
from genmock.validators import check_request

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))


def rules_of(node: Any) -> Iterator[str]:
    """Yield the ids of the rules that stand anywhere in a document."""
    if isinstance(node, dict):
        yield from (row["id"] for row in node.get("x-genmock-rules", ()))
        yield from ([node["x-genmock-rule"]["id"]] if "x-genmock-rule" in node else ())
        for member in node.values():
            yield from rules_of(member)
    elif isinstance(node, list):
        for member in node:
            yield from rules_of(member)


RULES = sorted({(document.id, rule) for document in load_catalog().documents for rule in rules_of(document.effective)})


@pytest.fixture(params=RULES, ids=[" ".join(pair) for pair in RULES])
def pair(request: pytest.FixtureRequest) -> Any:
    return request.param


def messages(pair: tuple[str, str], kind: str, bases: Any, patch: Any) -> list[tuple[Any, str | None]]:
    """Return the messages that keep or break a rule, each with its operation."""
    document, rule = pair
    case = CASES[rule]
    if case.get("body"):
        return [(body, None) for body in case[kind]]
    if "operations" in case:
        return [(patch(base, changes), name) for name, base in case["operations"].items() for changes in case[kind]]
    name = case.get("base", "getResponse" if document == "runware-utilities" else "")
    return [([patch(bases[document][name], changes)], None) for changes in case[kind]]


def found(document: str | Document, message: tuple[Any, str | None], rule: str) -> list[tuple[str, str, str, str]]:
    body, operation = message
    beside = (*CASES[rule].get("beside", ()), "coming-soon-model")
    known = check_request(document, body, operation=operation)
    return [(v.rule, v.pointer, v.message, v.severity) for v in known if v.rule not in beside]


def expected(rule: str) -> list[tuple[str, str, str, str]]:
    case = CASES[rule]
    prefix = "/0" if case["at"] and "operations" not in case else ""
    return [(rule, prefix + case["at"], case["message"], case.get("severity", "error"))]


def without(rule: str, node: Any) -> Any:
    """Return a document without a rule."""
    if isinstance(node, list):
        return [without(rule, member) for member in node]
    if not isinstance(node, dict):
        return node
    result = {key: without(rule, member) for key, member in node.items()}
    if "x-genmock-rules" in node:
        result["x-genmock-rules"] = [row for row in result["x-genmock-rules"] if row["id"] != rule]
    if node.get("x-genmock-rule", {}).get("id") == rule:
        del result["x-genmock-rule"], result[node["x-genmock-rule"]["keyword"]]
    return result


def test_messages_are_given_for_shipped_rules_only() -> None:
    assert set(CASES) == {rule for _, rule in RULES}


def test_a_message_that_keeps_a_rule_passes(pair: Any, bases: Any, patch: Any) -> None:
    for message in messages(pair, "passes", bases, patch):
        assert found(pair[0], message, pair[1]) == []


def test_a_message_that_breaks_a_rule_is_told_so_in_its_words(pair: Any, bases: Any, patch: Any) -> None:
    for message in messages(pair, "fails", bases, patch):
        assert found(pair[0], message, pair[1]) == expected(pair[1])


def test_the_published_document_alone_knows_no_rule(pair: Any, bases: Any, patch: Any) -> None:
    for body, operation in messages(pair, "fails", bases, patch) + messages(pair, "passes", bases, patch):
        rules = {v.rule for v in check_request(pair[0], body, operation=operation, rules=False)}
        assert rules <= set(CASES[pair[1]].get("published", ()))


def test_a_rule_that_is_removed_is_missed(pair: Any, bases: Any, patch: Any, tmp_path: Path) -> None:
    original = load_catalog().get(pair[0])
    file = tmp_path / "copy.json"
    file.write_text(json.dumps(without(pair[1], copy.deepcopy(original.effective))), encoding="utf-8")
    document = Document(dataclasses.replace(original.entry, path=file, sha256="", overlays=()))
    for message in messages(pair, "fails", bases, patch):
        assert found(document, message, pair[1]) == []
