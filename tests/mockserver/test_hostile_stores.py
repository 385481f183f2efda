"""Stores that are pulled away under a server, and floods of one taskUUID: nothing is lost, doubled or charged twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

KEY = "key-of-the-tests-0123456789abcdef"
A = "a0000000-0000-4000-8000-000000000000"
TASK = {
    "taskType": "imageInference",
    "taskUUID": A,
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
    "includeCost": True,
}
AT_ONCE = 200
UNREACHABLE = "The store of this genmock cannot be used: see its log, or its journal."


def send(mock: Any, task: Any) -> Any:
    """Return the reply to one task, whatever it is."""
    return mock.send("POST", "/v1", json=[task], headers={"authorization": f"Bearer {KEY}"})


def flood(mock: Any, task: Any) -> Counter[str]:
    """Send one task many times at once, and return how often which error code came, "" for none."""

    async def work() -> Counter[str]:
        transport = httpx.ASGITransport(mock.app)
        headers = {"authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test", headers=headers) as client:
            replies = await asyncio.gather(*(client.post("/v1", json=[task]) for _ in range(AT_ONCE)))
            await mock.runtime.stop()
        return Counter(reply.json().get("errors", [{"code": ""}])[0]["code"] for reply in replies)

    return asyncio.run(work())


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty store."""
    return "memory" if request.param == "memory" else f"sqlite:///{tmp_path}/flood.db"


@pytest.mark.parametrize("members", [{}, {"deliveryMethod": "async"}], ids=["sync", "async"])
def test_of_a_taskuuid_that_is_sent_many_times_at_once_one_is_accepted_and_charged(
    serve: Callable[..., Any], store: str, members: dict[str, Any]
) -> None:
    mock = serve(store=store, reused_task_uuid="error")
    assert flood(mock, TASK | members) == {"": 1, "conflictTaskUUID": AT_ONCE - 1}
    cost = send(mock, {**TASK, "taskUUID": A.replace("a", "b")}).json()["data"][0]["cost"]
    spent = asyncio.run(mock.runtime.world.accounts.spent(KEY))
    assert float(spent) == 2 * cost


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_a_server_whose_file_was_taken_away_acknowledges_nothing(
    serve: Callable[..., Any], tmp_path: Path, replaced: bool
) -> None:
    file = tmp_path / "state.db"
    mock = serve(store=f"sqlite:///{file}", reused_task_uuid="error")
    assert send(mock, TASK).status_code == 200
    file.rename(tmp_path / "elsewhere.db")
    if replaced:
        file.write_bytes(b"")
    reply = send(mock, TASK)
    assert (reply.status_code, reply.json()["errors"][0]["message"]) == (503, UNREACHABLE)
    told = mock.send("GET", "/__genmock__/journal").json()["detail"]
    assert told.startswith("cannot use the store: its file was deleted or replaced while it was used\n")
    assert "next      start the server again" in told
    (tmp_path / "elsewhere.db").rename(file)
    assert send(mock, TASK).json()["errors"][0]["code"] == "conflictTaskUUID"
