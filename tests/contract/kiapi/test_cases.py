"""Every case of the files beside this one: a request, and what kiapi answers."""

from typing import Any


def test_kiapi_answers(case: Any, play: Any) -> None:
    play(case)
