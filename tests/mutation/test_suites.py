"""What judges a file begins with what is about it, and everything that is named is there."""

import pytest

from .suites import ELSEWHERE, FIRST, ROOT, SLOW, SUITE, suite_for

FILES = [
    path.relative_to(ROOT).as_posix() for room in ("validators", "mockserver") for path in ROOT.glob(f"{room}/**/*.py")
]


def test_every_law_is_named() -> None:
    named = {test.partition("::")[0] for test in SUITE}
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/laws/test_*.py")} <= named


def test_all_laws_judge_every_file_once_and_nothing_that_is_slow_does() -> None:
    for file in FILES:
        near, far = suite_for(file)
        assert set(SUITE) <= {*near, *far}
        assert len(near) + len(far) == len({*near, *far})
        assert all((ROOT / test.partition("::")[0]).is_file() for test in (*near, *far))
        assert not [test for test in (*near, *far) if test not in SUITE and any(part in test for part in SLOW)]


@pytest.mark.parametrize("start", [*FIRST, *ELSEWHERE])
def test_a_place_of_the_source_that_is_named_is_there(start: str) -> None:
    assert [file for file in FILES if file.startswith(start)]


def test_what_is_about_a_file_comes_first_and_its_neighbours_follow() -> None:
    near, far = suite_for("mockserver/stores/sqlite_steps.py")
    assert near == ["tests/laws/test_machine.py::test_every_history_is_that_of_the_model[sqlite]"]
    assert far[0].startswith("tests/mockserver/stores/")
    assert suite_for("mockserver/hosts.py")[0] == ["tests/mockserver/test_hosts.py", "tests/laws/test_urls.py"]
