import pytest

from benchmarks import rounds
from benchmarks.loads import Driven, LoadError

ONE, FAST = "one item", "uvicorn"


def driven(rate: int, p99: float = 2.0) -> Driven:
    return Driven(rate, 1.0, 1.0, p99)


def test_ratios_are_taken_in_each_round_and_their_median_counts() -> None:
    found = {
        (ONE, FAST): [driven(1000), driven(100), driven(1000)],
        (ONE, "genmock"): [driven(600, 3), driven(60, 30), driven(900, 4)],
    }
    bare, ours = rounds.rows(found, FAST)
    assert (bare.ratio, bare.rate, bare.verdict) == (1.0, 1000, "")
    assert (ours.ratio, ours.rate, ours.p99_ms) == (0.6, 600, 4)
    assert (ours.floor, ours.aim, ours.verdict) == (0.50, 0.80, "met")


@pytest.mark.parametrize(("rate", "verdict"), [(499, "short"), (500, "met"), (800, "aim met")])
def test_a_verdict_says_what_was_reached(rate: int, verdict: str) -> None:
    found = {(ONE, FAST): [driven(1000)], (ONE, "genmock"): [driven(rate)]}
    assert rounds.rows(found, FAST)[1].verdict == verdict


def test_a_load_that_the_unit_has_no_part_in_has_no_ratio() -> None:
    (row,) = rounds.rows({("picture, cold", "genmock"): [driven(5)]}, FAST)
    assert (row.ratio, row.floor) == (0.0, None)


def test_each_server_takes_its_turn_on_each_load_once_a_round_in_an_order_of_the_seed() -> None:
    def order(seed: int) -> list[str]:
        said: list[str] = []
        turns = {load: {server: lambda: driven(1) for server in "abc"} for load in ("x", "y")}
        rounds.in_rounds(turns, 2, seed, said.append)
        return said

    assert len(set(order(1))) == 12
    assert order(1) == order(1) != order(2)


def test_answers_that_were_not_expected_make_a_run_mean_nothing() -> None:
    with pytest.raises(LoadError) as caught:
        rounds.hold("genmock", ONE, 200, Driven(10, 1, 1, 1, refused=2, broken=1))
    assert str(caught.value) == (
        "genmock did not answer 'one item' as it must: of 10 answers 2 had a status of 400 or above, not 0; "
        "1 connections broke or timed out"
    )


def test_a_load_of_refusals_is_held_to_refusals() -> None:
    rounds.hold("genmock", "invalid item", 400, Driven(10, 1, 1, 1, refused=10))
    with pytest.raises(LoadError):
        rounds.hold("genmock", "invalid item", 400, Driven(10, 1, 1, 1, refused=9))
