"""Every official client, unmodified, through every flow; and the matrix that docs/clients.md shows of that."""

from collections.abc import Iterator

import pytest

from .environments import Unavailable
from .expectations import ERRORS, JUDGES
from .flows import FLOWS
from .matrix import PAGE, markdown, read
from .registry import Column, clients, columns
from .running import outcome_of


def _offered() -> Iterator[object]:
    for column in columns():
        for flow in column.client.flows:
            if not column.client.lacks(flow, column.version, column.transport):
                yield pytest.param(column, flow, id=f"{column.title}-{flow}".replace(" ", "-"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("column", "flow"), list(_offered()))
def test_a_client_does_a_flow(column: Column, flow: str) -> None:
    try:
        outcome, why = outcome_of(column, flow)
    except Unavailable as reason:
        pytest.skip(f"{column.title} cannot be installed here: {reason}")
    assert outcome == "ok", why


def test_the_matrix_has_every_client_version_transport_and_flow() -> None:
    assert set(read()) == {(column.title, flow) for column in columns() for flow in column.client.flows}


def test_the_matrix_says_what_the_registry_says_is_not_offered_and_that_all_else_is_ok() -> None:
    lacking = {
        (column.title, flow): "-" if column.client.lacks(flow, column.version, column.transport) else "ok"
        for column in columns()
        for flow in column.client.flows
    }
    assert read() == lacking


def test_the_page_is_what_the_command_writes() -> None:
    assert markdown(read()) in PAGE.read_text(encoding="utf-8")


def test_every_flow_is_judged() -> None:
    assert set(JUDGES) == set(FLOWS)


@pytest.mark.parametrize("name", list(clients()))
def test_what_a_client_does_not_offer_names_its_source(name: str) -> None:
    for row in clients()[name].not_offered:
        assert row.source.count(".") and len(row.source) > 20, f"{name}: {row.flows} have the source {row.source!r}"


@pytest.mark.parametrize("name", list(clients()))
def test_a_client_has_a_newest_and_an_older_version_and_its_codes_of_errors(name: str) -> None:
    client = clients()[name]
    assert len(client.versions) >= (1 if client.kind == "frames" else 2)
    assert set(client.errors) == set(ERRORS[client.provider])
