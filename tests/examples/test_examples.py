"""Each example's own tests pass with the installed wheel, and find each planted mistake in the tutorial's words."""

import shutil
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

TUTORIAL = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.md").read_text("utf-8")
FOUND_BY = (  # example, mistake, the test whose failure the tutorial shows
    ("posters", "bad-parameter", "test_makes_a_poster"),
    ("posters", "no-retry", "test_tries_again_after_a_rate_limit"),
    ("posters", "double-submit", "test_ordering_twice_makes_one_poster"),
    ("posters", "ignored-webhook", "test_an_ordered_poster_comes_by_webhook"),
    ("posters", "over-budget", "test_a_poster_is_cheap"),
    ("posters", "real-host", "test_makes_a_poster"),
    ("kiapi_cli", "file-without-type", "test_edits_a_picture_that_it_uploads"),
)
IN_NODE = ("node", "bad-parameter")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def _is_told(failure: str) -> bool:
    return f"\n```text\n{failure}\n```\n" in TUTORIAL


@pytest.mark.parametrize(("name", "tests"), [("posters", 12), ("kiapi_cli", 12)])
def test_an_example_passes_its_tests(example: Any, name: str, tests: int) -> None:
    ran = example(name).pytest()
    assert (ran.status, ran.text.splitlines()[-1].split(" in ")[0]) == (0, f"{tests} passed"), ran.text


@pytest.mark.parametrize(("name", "bug", "test"), FOUND_BY, ids=[f"{name}-{bug}" for name, bug, _ in FOUND_BY])
def test_a_planted_mistake_is_found_with_the_text_of_the_tutorial(example: Any, name: str, bug: str, test: str) -> None:
    ran = example(name, bug).pytest()
    assert ran.status == 1, ran.text
    assert _is_told(ran.failure(test)), ran.failure(test)


def test_every_planted_mistake_is_looked_for(planted: Sequence[tuple[str, str]]) -> None:
    assert sorted([IN_NODE, *((name, bug) for name, bug, _ in FOUND_BY)]) == planted


def _with_packages(node: Any) -> Any:
    """Return the example in Node when its package is installed; skip the test where that cannot be."""
    missing = [name for name in ("node", "npm", "curl", "sh") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"there is no {' and no '.join(missing)} here")
    ran = node.run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error")
    if ran.status:
        pytest.skip(f"npm install ended with {ran.status}: is the package index there? {ran.text[-300:]}")
    return node


def _ci(node: Any) -> Any:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return node.run("sh", "ci.sh", variables={"PORT": str(port)})


def test_the_example_in_node_passes(example: Any) -> None:
    ran = _ci(_with_packages(example("node")))
    assert ran.status == 0, ran.text
    assert "pass 2\n" in ran.text
    assert "fail 0\n" in ran.text


def test_a_request_that_the_page_in_node_swallowed_fails_the_build(example: Any) -> None:
    ran = _ci(_with_packages(example(*IN_NODE)))
    assert ran.status == 1
    assert "fail 0\n" in ran.text
    assert _is_told(ran.text[ran.text.index("request #2 broke") : ran.text.index("request #4")].strip()), ran.text


def test_the_build_says_why_the_server_did_not_start(example: Any) -> None:
    ran = example("node").run("sh", "ci.sh", variables={"PORT": "a"})
    assert ran.status == 1
    assert "--port" in ran.text
