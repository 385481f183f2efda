"""What judges a file begins with what is about it, and everything that is named is there."""

import pytest

from .suites import ELSEWHERE, FIRST, ROOT, SLOW, SUITE, suite_for

FILES = [
    path.relative_to(ROOT).as_posix() for room in ("validators", "mockserver") for path in ROOT.glob(f"{room}/**/*.py")
]


def test_every_law_is_named() -> None:
    named = {test.partition("::")[0] for test in SUITE}
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/laws/test_*.py")} <= named


def test_all_laws_judge_every_file_and_nothing_that_is_slow_does() -> None:
    for file in FILES:
        found = suite_for(file)
        assert set(SUITE) <= set(found)
        assert len(found) == len(set(found))
        assert all((ROOT / test.partition("::")[0]).is_file() for test in found)
        assert not [test for test in found if test not in SUITE and any(part in test for part in SLOW)]


@pytest.mark.parametrize("start", [*FIRST, *ELSEWHERE])
def test_a_place_of_the_source_that_is_named_is_there(start: str) -> None:
    assert [file for file in FILES if file.startswith(start)]


def test_the_tests_of_a_module_come_first_and_its_neighbours_follow_the_laws_that_it_would_break() -> None:
    found = suite_for("mockserver/stores/sqlite_steps.py")
    assert found[0] == "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[sqlite]"
    assert found[1].startswith("tests/mockserver/stores/")
    assert suite_for("mockserver/hosts.py")[:2] == ["tests/mockserver/test_hosts.py", "tests/laws/test_urls.py"]
