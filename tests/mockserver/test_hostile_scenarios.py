"""Scenario files that are small and unpack to more than any machine holds, or nest without end."""

import itertools
from pathlib import Path

import pytest

from genmock.mockserver.faults import ScenarioError, load_scenario

LEVELS = "abcdefghij"
LAUGHS = "".join(f"{each}: &{each} [{', '.join([f'*{before}'] * 10)}]\n" for before, each in itertools.pairwise(LEVELS))
BOMB = f"a: &a [{', '.join('x' * 10)}]\n{LAUGHS}faults: *j\n"  # 10,000,000,000 times x


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "with its aliases written out it has more than 4,194,304 characters"),
        (f"faults: {'[' * 5000}{']' * 5000}", "it is nested too deep"),
        ("faults: &a [*a]\n", "Circular reference detected"),
        (f"faults: [{{kind: task_stall, times: {'9' * 6000}}}]", "Exceeds the limit"),
    ],
    ids=["aliases of aliases", "deep", "in itself", "a number of 6,000 digits"],
)
def test_a_file_that_unpacks_without_end_is_refused_at_once(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as refused:
        load_scenario(path, codes=())
    assert str(refused.value).startswith(f"cannot read the scenario {path}\n\n  why       {why}")
