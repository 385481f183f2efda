"""The law of the strategies, against the server itself: what is broken once is refused, exactly there."""

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import genmock
from genmock import strategies
from genmock.specs import load_catalog

EXAMPLES = 5_000 if os.environ.get("GENMOCK_SCALE") == "full" else 500
RUNWARE = [document.id for document in load_catalog().documents if document.entry.provider == "runware"]
OPERATIONS = ["/v1/image/qwen/generate", "/v1/image/qwen/edit"]
KEY = {"authorization": "Bearer key-of-the-tests-0123456789abcdef"}
KINDS, REFERRING = ("file_id", "url", "data_url"), ("init_image", "images", "file", *range(30))  # of file references

Send = Callable[..., httpx.Response]


@pytest.fixture
def mock() -> genmock.Mock:
    return genmock.asgi_app(settings=genmock.Settings(journal_size=10, reused_task_uuid="allow"))


@pytest.fixture
def send(mock: genmock.Mock) -> Iterator[Send]:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(mock.app), base_url="http://genmock.test", headers=KEY)
    with asyncio.Runner() as runner:
        yield lambda path, body, **headers: runner.run(client.post(path, json=body, headers=headers))
        runner.run(client.aclose())


def law(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Hold a function to every example."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(strategy)
    def told(example: Any) -> None:
        check(example)

    told()


def parameters(mutation: strategies.Mutation) -> list[str]:
    """The parameters that Runware names, with dots: the missing member and not its parent, both of a pair."""
    place = mutation.pointer.split("/")[1:]
    match mutation.rule:
        case "dependentRequired":
            return ["width", "height"]
        case "required":
            return [".".join([*place, mutation.member])]
        case "not":
            return [".".join([*place, name]) for name in mutation.name.split(" ", len(place) and 1)[-1].split(" with ")]
    return [".".join(place)]


@pytest.mark.slow
@pytest.mark.parametrize("document", RUNWARE)
def test_runware_names_the_parameter_that_is_broken(document: str, send: Send) -> None:
    def check(mutation: strategies.Mutation) -> None:
        reply = send("/v1", [mutation.item])
        assert 400 <= reply.status_code < 500, (mutation, reply.text)
        (error,) = reply.json()["errors"]
        named, wanted = error.get("parameter"), parameters(mutation)
        assert ([named] if isinstance(named, str) else named)[: len(wanted)] == wanted, (mutation, reply.text)

    law(strategies.invalid_items(document), check)


@pytest.mark.slow
@pytest.mark.parametrize("path", OPERATIONS)
def test_kiapi_names_the_place_that_is_broken(path: str, send: Send, mock: genmock.Mock) -> None:
    def check(mutation: strategies.Mutation) -> None:
        reply = send(path, mutation.item)
        noted = [v.message for v in mock.journal[-1].violations if v.pointer == mutation.pointer]
        if any("(read as" in message for message in noted):  # JSON Schema refuses "1" where pydantic reads 1
            return
        assert reply.status_code == 422, (mutation, reply.text)
        detail = reply.json()["detail"]
        assert isinstance(detail, str) == mutation.name.startswith("rule "), (mutation, detail)
        assert isinstance(detail, str) or pointer(detail[0]) == mutation.pointer, (mutation, detail)

    law(strategies.invalid_items("kiapi-qwen", operation=f"POST {path}"), check)


def pointer(detail: dict[str, Any]) -> str:
    """The place of an error of kiapi as a JSON pointer: without the kinds of file references, the parent if missing."""
    loc = detail["loc"]
    parts = [str(part) for n, part in enumerate(loc[1:], 1) if not (part in KINDS and loc[n - 1] in REFERRING)]
    if detail["type"] == "union_tag_invalid":  # a reference of no known kind is told of as a whole
        parts.append("type")
    return "".join(f"/{part}" for part in (parts[:-1] if detail["type"] == "missing" else parts))


@pytest.mark.slow
@pytest.mark.parametrize("document", RUNWARE)
def test_runware_takes_every_valid_request(document: str, send: Send, mock: genmock.Mock) -> None:
    def check(body: Any) -> None:
        send("/v1", body, **{"x-runware-dry-run": "1"})
        assert [v for v in mock.journal[-1].violations if v.severity == "error"] == [], body

    law(strategies.requests(document, max_items=3), check)


@pytest.mark.slow
@pytest.mark.parametrize("path", OPERATIONS)
def test_kiapi_takes_every_valid_request(path: str, send: Send, mock: genmock.Mock) -> None:
    def check(body: Any) -> None:
        send(path, {**body, "mode": "async"})
        assert [v for v in mock.journal[-1].violations if v.severity == "error"] == [], body

    law(strategies.requests("kiapi-qwen", operation=f"POST {path}"), check)
