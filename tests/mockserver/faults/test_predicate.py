"""Predicates: what they see of a task, and which mistakes are told when they are set."""

import pytest

from genmock.mockserver.faults.predicate import PredicateError, predicate


@pytest.mark.parametrize(
    "text",
    [
        "task.steps > 30",
        "task.CFGScale > 3",
        "task.positivePrompt.contains('naïve')",
        "task.lora.exists(l, l.weight > 1)",
        "'webhookURL' in task",
        "task.seed > 9000000000000000000",
        "has(task.missing) || task.steps == 31",
        "type(task.steps) == int",
    ],
)
def test_a_predicate_reads_the_task(text: str) -> None:
    task = {"steps": 31, "CFGScale": 3.5, "positivePrompt": "a naïve \ud800", "seed": 2**64 - 1}
    predicate(text).check()
    assert predicate(text).holds({**task, "lora": [{"weight": 2}], "webhookURL": "http://a"})


@pytest.mark.parametrize("text", ["task.steps > 30", "task.steps.contains('x')", "task.steps + 1", "task.a.b.c == 1"])
def test_a_predicate_that_cannot_be_told_does_not_hold(text: str) -> None:
    assert not predicate(text).holds({"steps": "many"} if "contains" not in text else {"steps": 5})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps > 30", "\"steps > 30\" reads the variable 'steps'; there is only 'task', so write task.steps"),
        (
            "has(task.a) && tsk.b",
            "\"has(task.a) && tsk.b\" reads the variable 'tsk'; there is only 'task', so write task.tsk",
        ),
        ("task.a.contain('x')", "\"task.a.contain('x')\" reads the function 'contain'; did you mean 'contains'?"),
        ("task.a >", "\"task.a >\" is no CEL expression: <input>:1:9: Syntax error: mismatched input '<EOF>'"),
    ],
)
def test_a_mistake_is_told(text: str, message: str) -> None:
    with pytest.raises(PredicateError) as told:
        predicate(text).check()
    assert str(told.value) == message
