"""The matrix as Markdown: written between marks, read back, and never more than what was run."""

from pathlib import Path

import pytest

from .matrix import BEGIN, END, UNKNOWN, chosen, read, write
from .registry import columns

TITLE = "runware 0.5.24 websocket"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "clients.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    return page


def test_a_page_without_a_table_has_no_cells(page: Path) -> None:
    assert read(page) == {}


def test_what_was_written_is_read_back_and_the_rest_is_unknown(page: Path) -> None:
    write({(TITLE, "lora"): "ok", (TITLE, "training"): "failed"}, page)
    cells = read(page)
    assert (cells[TITLE, "lora"], cells[TITLE, "training"]) == ("ok", "failed")
    assert set(cells.values()) == {"ok", "failed", UNKNOWN}
    assert len(cells) == sum(len(column.client.flows) for column in columns())


def test_what_is_around_the_matrix_stays(page: Path) -> None:
    write({}, page)
    write({}, page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("\nafter\n") and text.count(BEGIN) == 1


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "clients.md"
    page.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no lines '<!-- the matrix"):
        write({}, page)


def test_one_client_can_be_chosen() -> None:
    assert {column.client.name for column in chosen("runware")} == {"runware"}
    assert list(chosen()) == list(columns())


def test_each_provider_has_a_table_of_its_own_flows(page: Path) -> None:
    write({}, page)
    heads = [
        line.split("|")[1].strip() for line in page.read_text(encoding="utf-8").splitlines() if "| flow of" in line
    ]
    assert heads == ["flow of runware", "flow of kiapi"]
    assert (TITLE, "edit-two") not in read(page)
