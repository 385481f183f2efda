import pytest

from genmock.validators import closest

NAMES = ("width", "height", "positivePrompt", "seed", "seedImage", "ttl", "CFGScale")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("widht", "width"),  # two neighbours swapped count as one edit
        ("Height", "height"),
        ("positive_prompt", "positivePrompt"),
        ("positvePromt", "positivePrompt"),
        ("cfgScale", "CFGScale"),
        ("cfg_scale", "CFGScale"),
        ("seeds", "seed"),
        ("tll", "ttl"),
        ("width", "width"),
    ],
)
def test_a_name_one_or_two_letters_off_is_recognised(sent: str, meant: str) -> None:
    assert closest(sent, NAMES) == meant


@pytest.mark.parametrize("sent", ["", "x", "tx", "prompt", "positivePromptXYZ", "wdthss", "图"])
def test_a_name_further_off_suggests_nothing(sent: str) -> None:
    assert closest(sent, NAMES) is None


def test_the_nearest_name_wins_and_of_two_equally_near_the_first() -> None:
    assert closest("seed1", ("seedImage", "seed2", "seed")) == "seed2"
    assert closest("seeds", ("seedss", "seed")) == "seedss"


def test_nothing_is_near_when_nothing_is_known() -> None:
    assert closest("width", ()) is None
