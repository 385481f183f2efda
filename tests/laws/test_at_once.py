"""The hot path leaves behind what the way of all tasks does: the same replies, entries, balances and journal."""

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LAWS = settings.get_profile("laws")
KEY = "key-of-the-tests-0123456789abcdef"
TABLES = ("requests", "media", "contents", "refused", "outbox")
PLAIN: dict[str, Any] = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox"}
PLAIN |= {"width": 128, "height": 128, "seed": 5}
rest = importlib.import_module("genmock.mockserver.providers.runware.rest")
quick = rest.answer_at_once


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def left(world: Any) -> Any:
    """Return everything that a world's requests have left behind, less how long they took."""

    async def read() -> Any:
        here = world.runtime.world
        entries = {table: await here.store.newest(table, limit=1000) for table in TABLES}
        names = [entry.key for entry in entries.pop("requests")]
        records = [(await here.tasks.by_id(name)).as_bytes() for name in names]
        archived = [await here.tasks.archived(KEY, name.partition("/")[2]) for name in names]
        sent = [(each.item, [*each.data], [*each.errors]) for each in archived]
        return names, records, sent, entries, await here.accounts.spent(KEY), await here.accounts.requests(KEY)

    journal = [exchange.as_json() for exchange in world.runtime.world.journal]
    return world.run(read()), [{**each, "durationSeconds": 0} for each in journal]


@pytest.fixture
def both(world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[bool]]:
    """Return a function that sends requests on both ways and tells which of them could go the quick one."""

    def sent(*bodies: list[Any], **options: Any) -> list[bool]:
        went: list[bool] = []

        async def watched(call: Any) -> Any:
            went.append((found := await quick(call)) is not None)
            return found

        async def nothing(call: Any) -> None:
            await asyncio.sleep(0)

        replies, remains = [], []
        for way in (watched, nothing):
            monkeypatch.setattr(rest, "answer_at_once", way)
            here = world(check_replies=False, **options)
            replies.append([here.post(*body) for body in bodies])
            remains.append(left(here))
        assert replies[0] == replies[1]
        assert remains[0] == remains[1]
        return went

    return sent


def test_both_ways_leave_the_same(both: Callable[..., list[bool]], tasks: Callable[..., Any]) -> None:
    went: list[bool] = []

    @settings(LAWS)
    @given(tasks(most=4), st.sampled_from(("provider", "strict", "report")), st.sampled_from(("together", "derived")))
    def law(body: list[Any], contract: str, seeds: str) -> None:
        more = {"result_seeds": "derived"} if seeds == "derived" else {}
        went.extend(both(body, body, contract=contract, **more))  # the second time each taskUUID was used

    law()
    assert any(went) and not all(went)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"numberResults": 3, "includeCost": True, "outputFormat": "PNG"},
        {"outputType": "URL"},
        {"lora": [{"model": "civitai:1@2", "weight": 0.5}]},
        {"width": 256.0, "seed": 2**62},
    ],
    ids=str,
)
def test_a_plain_task_goes_the_quick_way(both: Callable[..., list[bool]], members: dict[str, Any]) -> None:
    assert both([{**PLAIN, **members, "taskUUID": uuid(1)}]) == [True]


@pytest.mark.parametrize(
    "members",
    [
        {"outputType": "base64Data"},
        {"outputType": ["URL"]},
        {"ttl": 60},
        {"deliveryMethod": "async"},
        {"webhookURL": "http://127.0.0.1:9/hook"},
        {"inputs": {"seedImage": uuid(9)}},
        {"steps": 0},
        {"model": "runware:0@0"},
        {"taskUUID": "no UUID"},
        {"taskUUID": None},
        {"outputFormat": None},
        {"taskType": "ping", "ping": True},
    ],
    ids=str,
)
def test_what_is_not_plain_goes_the_way_of_all(both: Callable[..., list[bool]], members: dict[str, Any]) -> None:
    assert both([{**PLAIN, "taskUUID": uuid(1)}, {**PLAIN, "taskUUID": uuid(2), **members}]) == [False]


def test_a_task_uuid_twice_in_one_request_goes_the_way_of_all(both: Callable[..., list[bool]]) -> None:
    assert both([{**PLAIN, "taskUUID": uuid(10)}, {**PLAIN, "taskUUID": uuid(10).upper()}]) == [False]


@pytest.mark.parametrize("allowed", ["error", "allow"])
def test_a_task_uuid_that_was_used_goes_the_way_of_all(both: Callable[..., list[bool]], allowed: str) -> None:
    bodies = [[{**PLAIN, "taskUUID": uuid(1), "numberResults": count}] for count in (2, 1)]
    assert both(*bodies, reused_task_uuid=allowed) == [True, False]


def test_an_account_that_cannot_pay_for_all_of_them_pays_for_some(
    both: Callable[..., list[bool]], world: Callable[..., Any]
) -> None:
    body = [{**PLAIN, "taskUUID": uuid(number), "includeCost": True} for number in range(6)]
    price = world().data(body[0])[0]["cost"]
    assert both(body, balance=3.5 * price) == [False]
