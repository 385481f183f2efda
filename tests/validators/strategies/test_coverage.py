"""What the valid messages of a document reach of it, measured as the coverage of test suites is."""

import os

import pytest

from genmock import strategies
from genmock.fixtures.coverage import KINDS, Coverage
from genmock.mockserver import Exchange
from genmock.specs import load_catalog

FULL = os.environ.get("GENMOCK_SCALE") == "full"
EXAMPLES = 5_000 if FULL else 500
LEFT = 0 if FULL else 0.25  # of the points, that too few examples may leave out
SENT = [kind for kind in KINDS if kind not in ("statuses", "replies")]
BODIES: dict[str, tuple[str | None, ...]] = {
    **{document.id: (None,) for document in load_catalog().documents if document.entry.provider == "runware"},
    "kiapi-qwen": ("POST /v1/image/qwen/generate", "POST /v1/image/qwen/edit"),
}
UNREACHABLE = {  # a rule asks for more, or the keyword says nothing of a text
    "importModel.air minLength 1",
    "inputs.dataset minItems 10",
    "inputs.dataset maxItems 50",
    "imageUpload image minLength 1",
    "mediaStorage media minLength 1",
    "GET /v1/image/qwen/models",  # it takes no body
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BODIES)
def test_valid_messages_reach_everything_that_can_be_sent(name: str) -> None:
    document = load_catalog().get(name)
    coverage = Coverage.of(document)
    for operation in BODIES[name]:
        for item in strategies.sample(strategies.valid_items(document, operation=operation), EXAMPLES):
            path, body = (operation.partition(" ")[2], item) if operation else ("/v1", [item])
            coverage = coverage.add(Exchange(1, 0.0, "POST", path, {}, provider=document.entry.provider, body=body))
    left = [point for kind, names in coverage.missing().items() if kind in SENT for point in names]
    there = sum(coverage.count(kind)[1] for kind in SENT)
    assert len(set(left) - UNREACHABLE) <= LEFT * there, (left, {kind: coverage.count(kind) for kind in SENT})
