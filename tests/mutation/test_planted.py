"""Defects are planted where they belong, and the laws catch those that CI draws today."""
# ruff: noqa: T201 - the seed of a run is printed

import random

import pytest

from .__main__ import diff_of, main
from .defects import Defect, argument, arguments, drawn, planted, sites
from .trees import ROOT

CI_DRAWS = 5
LINES = {"validators/suggest.py": range(1, 40)}


@pytest.mark.parametrize("defect", planted(), ids=lambda defect: defect.name)
def test_a_named_defect_fits_the_source_and_is_python(defect: Defect) -> None:
    healthy = (ROOT / defect.file).read_text(encoding="utf-8")
    assert defect.applied(healthy) != healthy
    compile(defect.applied(healthy), defect.file, "exec")
    assert defect.why


def test_there_are_fifteen_named_defects() -> None:
    assert len({defect.name for defect in planted()}) == 15


def test_a_defect_for_another_file_is_told() -> None:
    with pytest.raises(ValueError, match=r"^a\.py has 2 times, not once: 'x'$"):
        Defect("twice", "a.py", [("x", "y")]).applied("x = x")


def test_the_same_seed_draws_the_same_defects() -> None:
    names = [[each.name for each in drawn(ROOT, LINES, seed=seed, count=5)] for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]


def test_a_defect_is_shown_as_a_diff() -> None:
    (defect,) = (each for each in planted() if each.name == "a cost that is off by one result")
    assert diff_of(defect, ROOT).splitlines()[1:] == [
        '-    cost = price * int(filled.get("numberResults", 1))',
        '+    cost = price * max(int(filled.get("numberResults", 1)) - 1, 1)',
    ]


def test_each_line_is_drawn_as_often_as_any_other_however_many_defects_it_allows() -> None:
    found = drawn(ROOT, LINES, seed=1, count=10**6)
    assert len({(each.file, each.line) for each in found}) == len(found) < len(list(sites(ROOT, LINES)))


@pytest.mark.parametrize("change", arguments(), ids=lambda change: f"{change[0]}: {change[1][:40]}")
def test_what_is_argued_to_make_no_difference_is_a_change_of_the_source(change: tuple[str, str, str]) -> None:
    file, old, new = change
    source = (ROOT / file).read_text(encoding="utf-8")
    found = sites(ROOT, {file: range(1, len(source))})
    (defect,) = (each for each in found if all(f"{line}" in each.diff(source) for line in (old, new)))
    assert argument(defect, source)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_laws_catch_the_named_defects_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")  # pytest has more to say then, and the laws have no time for it
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    arguments = ["--seed", str(seed), "--planted", str(CI_DRAWS), "--drawn", "0", "--limit", "120"]
    assert main(arguments) == 0, f"seed {seed}"
