"""Faults as JSON: every mistake is told with its place."""

from typing import Any

import pytest

from genmock.mockserver.faults import KINDS, FaultsRefused, read_faults
from genmock.specs import load_catalog, load_errors

CODES = load_errors("runware").codes
SCHEMAS = load_catalog().get("genmock-control").published["components"]["schemas"]
FORMS = [SCHEMAS[reference.rpartition("/")[2]] for reference in SCHEMAS["Fault"]["discriminator"]["mapping"].values()]
ERROR = {"kind": "error", "code": "rateLimitExceeded"}


def mistakes(value: Any) -> list[str]:
    """Return the mistakes of a value as texts."""
    with pytest.raises(FaultsRefused) as refused:
        read_faults(value, codes=CODES)
    return [f"{each.pointer}: {each.message}" for each in refused.value.violations]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["properties"]["kind"]["const"])
def test_the_examples_of_each_kind_can_be_set_and_read_back(form: Any) -> None:
    faults = read_faults(form["examples"], codes=CODES)
    assert [{k: v for k, v in fault.as_json().items() if k != "id"} for fault in faults] == form["examples"]


def test_the_schema_has_the_kinds_of_the_code() -> None:
    assert list(SCHEMAS["Fault"]["discriminator"]["mapping"]) == list(KINDS)


def test_one_fault_needs_no_array() -> None:
    assert read_faults(ERROR, codes=CODES) == read_faults([ERROR], codes=CODES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("drop", [': a fault, or an array of faults, is expected, not "drop"']),
        ([], [": the body must have at least 1 item, not 0"]),
        ({}, [": 'kind' is missing"]),
        ({"kind": "latncy", "seconds": 1}, ["/kind: \"latncy\" is no kind of fault; did you mean 'latency'?"]),
        ({"kind": "latency"}, [": 'seconds' is missing"]),
        ({"kind": "latency", "seconds": 1, "spread": 1}, [": 'distribution' is missing: 'spread' requires it"]),
        ({**ERROR, "time": 2}, ["/time: 'time' is not a known member; did you mean 'times'?"]),
        ({**ERROR, "times": 0}, ["/times: 'times' must be at least 1, not 0"]),
        ({**ERROR, "result": 1}, [": 'scope' is missing"]),
        ({**ERROR, "result": 1, "scope": "task"}, ["/scope: 'scope' must be \"result\""]),
        (
            {"kind": "error", "code": "rateLimitExceded"},
            ["/code: \"rateLimitExceded\" is no code of the error catalogue; did you mean 'rateLimitExceeded'?"],
        ),
        (
            {"kind": "task_fail", "code": "nonsense"},
            ['/code: "nonsense" is no code of the error catalogue; docs/errors.md lists them.'],
        ),
        (
            {"kind": "drop", "match": {"when": "steps > 3"}},
            ["/match/when: \"steps > 3\" reads the variable 'steps'; there is only 'task', so write task.steps"],
        ),
        (
            [{"kind": "drop", "id": "a"}, {"kind": "drop", "id": "a"}],
            ['/1/id: "a" is the id of an earlier fault too; each needs its own'],
        ),
        (
            [{"kind": "drop", "at": "x"}, {"kind": "drop", "match": {"whn": "1"}}],
            [
                '/0/at: \'at\' must be one of "headers", "body", "after"',
                "/1/match/whn: 'whn' is not a known member; did you mean 'when'?",
            ],
        ),
    ],
)
def test_a_mistake_is_told(value: Any, expected: list[str]) -> None:
    assert mistakes(value) == expected
