from pathlib import Path

import pytest

from benchmarks.figures import Figure
from benchmarks.report import BEGIN, END, Report, against_peers, write_page
from benchmarks.rounds import Row

ROWS = [
    Row("one item", "uvicorn + Starlette (= 1)", 10_000, 1.0, 0.5, 2.0),
    Row("one item", "genmock", 5_000, 0.5, 1.0, 4.04, 0.50, 0.80, "met"),
    Row("one item", "Prism, silent", 2_000, 0.2, 3.0, 9.0),
    Row("one item", "Scalar", 4_000, 0.4, 3.0, 9.0),
]
START = Figure("start to first answer", 0.412, "s", "bare", 1.9, at_most=0.5, of_ratio=False)
REPORT = Report({"python": "3.11.7", "cores": 2}, {"rounds": 3}, ROWS[:2], [START])
LOADS = """load      server                      req/s  ratio  p50 ms  p99 ms  floor / aim
one item  uvicorn + Starlette (= 1)  10,000   1.00    0.50     2.0
one item  genmock                     5,000   0.50    1.00     4.0  0.50 / 0.80  met"""
MARKDOWN = """python 3.11.7; cores 2; rounds 3.

| load | server | req/s | ratio | p50 ms | p99 ms | floor / aim |  |
| --- | --- | --- | --- | --- | --- | --- | --- |
| one item | uvicorn + Starlette (= 1) | 10,000 | 1.00 | 0.50 | 2.0 |  |  |
| one item | genmock | 5,000 | 0.50 | 1.00 | 4.0 | 0.50 / 0.80 | met |

| figure | beside | value | ratio | target |  |
| --- | --- | --- | --- | --- | --- |
| start to first answer | bare | 0.41 s | 1.90 | at most 0.5 s | met |
"""


def test_the_terminal_gets_aligned_columns() -> None:
    assert Report({}, {}, ROWS[:2], []).as_text() == LOADS


def test_the_page_gets_tables_between_its_marks_and_keeps_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Performance\n\n{BEGIN}\nold\n{END}\n\nLimits.\n", "utf-8")
    write_page(REPORT, page)
    assert page.read_text("utf-8") == f"# Performance\n\n{BEGIN}\n\n{MARKDOWN}\n{END}\n\nLimits.\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n", "utf-8")
    with pytest.raises(SystemExit, match="has no place for the results"):
        write_page(REPORT, page)


def test_the_documentation_has_the_marks() -> None:
    page = (Path(__file__).parents[2] / "docs" / "performance.md").read_text("utf-8")
    assert page.index(BEGIN) < page.index(END)


def test_genmock_is_held_to_the_fastest_and_twice_to_the_fastest_that_refuses_what_is_wrong() -> None:
    refused = [
        Row("invalid item", "Prism, silent", 9, 0.1, 1, 1, refused=1.0),
        Row("invalid item", "Scalar", 9, 0.1, 1, 1),
    ]
    any_of_them, validating = against_peers([*ROWS, *refused])
    assert (any_of_them.beside, any_of_them.ratio, any_of_them.verdict) == ("Scalar", 1.25, "met")
    assert (validating.beside, validating.ratio, validating.at_least) == ("Prism, silent", 2.5, 2.0)


def test_without_other_servers_nothing_is_said_of_them() -> None:
    assert against_peers(ROWS[:2]) == []


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("a", 9.0, "ms", "b", 1.4, at_most=1.5), "met"),
        (Figure("a", 9.0, "ms", "b", 1.6, at_most=1.5), "short"),
        (Figure("a", 9.0, "ms", "b", 1.6, at_most=10, of_ratio=False), "met"),
        (Figure("a", 9.0, "ms", at_least=10), "short"),
        (Figure("a", 9.0, "ms"), ""),
    ],
)
def test_a_figure_is_held_to_its_bound(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict
