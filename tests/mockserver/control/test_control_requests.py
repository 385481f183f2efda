"""Requests to the control API: bad parameters are refused with the reason."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/health?verbose=1", 'there is no query parameter "verbose"; none is declared.'),
        ("/specs/qwen-image?x=1", 'there is no query parameter "x"; form is declared.'),
        ("/journal?limt=1", 'there is no query parameter "limt"; did you mean "limit"?'),
        (
            "/journal?page=1",
            'there is no query parameter "page"; taskUUID, taskType, status, before, limit are declared.',
        ),
        ("/journal?limit=1&limit=2", 'the query parameter "limit" stands 2 times; send it once.'),
        ("/journal?limit=0", "the query parameter 'limit' must be at least 1, not 0."),
        ("/journal?limit=1001", "the query parameter 'limit' must be at most 1000, not 1001."),
        ("/journal?limit=x", "the query parameter 'limit' must be of type integer, not \"x\"."),
        ("/journal?limit=1_0", "the query parameter 'limit' must be of type integer, not \"1_0\"."),
        ("/journal?limit=%201", "the query parameter 'limit' must be of type integer, not \" 1\"."),
        ("/journal?limit=%D9%A1", "the query parameter 'limit' must be of type integer, not \"\u0661\"."),
        ("/journal?taskType=", "the query parameter 'taskType' must not be empty."),
        (
            "/journal?status=1&limit=0",
            "the query parameter 'status' must be at least 100, not 1; "
            "the query parameter 'limit' must be at least 1, not 0.",
        ),
        ("/journal/0", "the path parameter 'id' must be at least 1, not 0."),
        ("/journal/first", "the path parameter 'id' must be of type integer, not \"first\"."),
        ("/journal/+1", "the path parameter 'id' must be of type integer, not \"+1\"."),
        (
            "/specs/qwen-image?form=overlay",
            'the query parameter \'form\' must be one of "effective", "published".',
        ),
    ],
)
def test_a_bad_parameter_is_refused_with_the_reason(mock: Any, path: str, detail: str, problem: Any) -> None:
    assert problem(mock, path) == (400, detail)


def test_a_refusal_shows_no_more_than_200_characters_of_what_was_sent(mock: Any, problem: Any) -> None:
    _, detail = problem(mock, f"/{'x' * 5000}", declared=False)
    assert (
        detail
        == f'the control API has no "/__genmock__/{"x" * 186}... (5,015 characters); see /__genmock__/openapi.json.'
    )
