"""A broken message breaks its document in the way and at the place that its name says, and nowhere else."""

import json
import os

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from genmock import check_request, strategies
from genmock.specs import load_catalog

EXAMPLES = 5_000 if os.environ.get("GENMOCK_SCALE") == "full" else 500
BODIES = [
    *((document.id, None) for document in load_catalog().documents if document.entry.provider == "runware"),
    ("kiapi-qwen", "POST /v1/image/qwen/generate"),
    ("kiapi-qwen", "POST /v1/image/qwen/edit"),
    ("genmock-control", "POST /clock/advance"),
]
RULES = "x-genmock-rules"
FLUX = "flux-1-dev-srpo"
MANY = settings(max_examples=50_000, database=None)  # the one place of hundreds


@pytest.mark.slow
@pytest.mark.parametrize(("document", "operation"), BODIES)
def test_every_broken_request_is_refused_exactly_there(document: str, operation: str | None) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],  # the machine may be busy
    )
    @given(strategies.broken_requests(document, operation=operation))
    def law(broken: strategies.Broken) -> None:
        found = check_request(document, broken.body, operation=operation)
        errors = [(violation.rule, violation.pointer) for violation in found if violation.severity == "error"]
        assert errors == [(broken.mutation.rule, broken.mutation.pointer)]

    law()


@pytest.mark.parametrize(("document", "operation"), BODIES)
def test_what_is_broken_was_valid_before(document: str, operation: str | None) -> None:
    for mutation in strategies.sample(strategies.invalid_items(document, operation=operation), 50):
        body = mutation.valid if operation else [mutation.valid]
        assert not [v for v in check_request(document, body, operation=operation) if v.severity == "error"]
        assert json.dumps(mutation.item) != json.dumps(mutation.valid)  # 1 is not true


@pytest.mark.parametrize("document", sorted({document for document, _ in BODIES[:7]}))
def test_every_rule_of_a_document_can_be_broken(document: str) -> None:
    schemas = load_catalog().get(document).effective["components"]["schemas"].values()
    rules = [
        rule for each in (*schemas, *(s["items"] for s in schemas if "items" in s)) for rule in each.get(RULES, ())
    ]
    operations = [operation for name, operation in BODIES if name == document]
    names = {name for each in operations for name in strategies.mutation_names(document, operation=each)}
    broken = {name.split(" ")[1] for name in names if name.startswith("rule ")}
    assert broken == {rule["id"] for rule in rules if rule.get("severity") != "warning"}


def test_one_way_can_be_asked_for() -> None:
    found = strategies.sample(strategies.invalid_items(FLUX, only="lora[].weight maximum"), 5)
    assert {(each.rule, each.pointer) for each in found} == {("maximum", "/lora/0/weight")}
    assert {each.item["lora"][0]["weight"] for each in found} <= {4.01, 14.01}


def test_a_way_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no way to break flux-1-dev-srpo is called 'wdith'; mutation_names\(\)"):
        strategies.invalid_items(FLUX, only="wdith")


def test_every_keyword_has_ways_of_its_own() -> None:
    words = {name.rpartition(" ")[2] for name in strategies.mutation_names(FLUX)}
    keywords = "additionalProperties dependentRequired enum const format maximum maxItems maxLength minimum minItems"
    assert words >= {*keywords.split(), *"minLength multipleOf not-allowed pattern missing type uniqueItems".split()}


@pytest.mark.parametrize("only", ["width multipleOf", pytest.param("", marks=pytest.mark.slow)])
def test_a_failure_shrinks_to_a_message_that_people_can_read(only: str) -> None:
    ways = strategies.invalid_items(FLUX, only=only) if only else strategies.invalid_items(FLUX)
    found = find(ways, lambda each: each.name == "width multipleOf", settings=MANY)
    assert found.valid == {
        "positivePrompt": "aa",
        "width": 128,
        "height": 128,
        "taskType": "imageInference",
        "taskUUID": "00000000-0000-4000-8000-000000000000",
        "model": "runware:111@1",
    }
    assert (found.name, found.item["width"]) == ("width multipleOf", 136)
