"""Messages made from a document keep its schema and every rule."""

import os

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from genmock import check_request, strategies
from genmock.specs import load_catalog

EXAMPLES = 10_000 if os.environ.get("GENMOCK_SCALE") == "full" else 300
BODIES = [
    *((document.id, None) for document in load_catalog().documents if document.entry.provider == "runware"),
    ("kiapi-qwen", "POST /v1/image/qwen/generate"),
    ("kiapi-qwen", "POST /v1/image/qwen/edit"),
    ("genmock-control", "POST /clock/advance"),
    ("genmock-control", "POST /faults"),
]


@pytest.mark.parametrize(("document", "operation"), BODIES)
def test_every_item_is_valid(document: str, operation: str | None) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
    @given(st.data(), st.booleans())
    def law(data: st.DataObject, strict: bool) -> None:
        item = data.draw(strategies.valid_items(document, operation=operation, strict=strict))
        body = item if operation else [item]
        found = check_request(document, body, operation=operation, strict=strict)
        wrong = [v for v in found if v.severity == "error" and v.rule != "coming-soon-model"]
        assert wrong == []

    law()
