"""Finding, listing and repeating deliveries in a store."""

import asyncio
from collections.abc import Callable
from math import inf
from typing import Any

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.deliveries import Delivery, Job, Wanted, find, job_entry, page, replay

Open = Callable[..., Any]


def filled(office: Open, jobs: int) -> Any:
    """Return an office with jobs of three deliveries each; the webhook of every second job was lost."""
    post = office(VirtualClock())

    async def fill() -> None:
        for n in range(jobs):
            kinds = [("upload", "pending"), ("webhook", "lost" if n % 2 else "pending"), ("webhook", "delivered")]
            made = [Delivery(f"{n}-{i}", kind, "http://127.0.0.1/", i, state) for i, (kind, state) in enumerate(kinds)]
            await post.accept(f"key/t{n}", *made)

    asyncio.run(fill())
    return post


def listed(post: Any, limit: int = 1000, **wanted: Any) -> list[str]:
    return [found.delivery.id for found in asyncio.run(page(post.store, Wanted(**wanted), limit=limit))]


def test_the_newest_come_first(office: Open) -> None:
    assert listed(filled(office, 2)) == ["1-2", "1-1", "1-0", "0-2", "0-1", "0-0"]


def test_filters_combine(office: Open) -> None:
    post = filled(office, 4)
    assert listed(post, state="lost") == ["3-1", "1-1"]
    assert listed(post, kind="webhook", state="pending") == ["2-1", "0-1"]
    assert listed(post, task_uuid="t2") == ["2-2", "2-1", "2-0"]
    assert listed(post, task_uuid="t") == []


def test_pages_of_any_size_add_up_to_the_whole(office: Open) -> None:
    post = filled(office, 150)
    whole = listed(post)
    assert len(whole) == 450
    for limit in (1, 7, 200):
        seen: list[str] = []
        before: int | None = None
        while found := asyncio.run(page(post.store, Wanted(before=before), limit=limit)):
            seen += [each.delivery.id for each in found]
            before = found[-1].number
        assert seen == whole


def test_a_delivery_is_found_by_its_id_alone(office: Open) -> None:
    post = filled(office, 300)
    found = asyncio.run(find(post.store, "7-1"))
    assert found is not None
    assert (found.key, found.index, found.delivery.state) == ("key/t7", 1, "lost")
    assert asyncio.run(find(post.store, "7-")) is None


def test_each_replay_has_an_id_of_its_own_and_names_the_original(office: Open) -> None:
    post = filled(office, 1)

    async def twice() -> list[str]:
        first = await replay(post.store, await find(post.store, "0-2"), now=1.0)
        second = await replay(post.store, await find(post.store, first), now=1.0)
        return [first, second]

    first, second = asyncio.run(twice())
    assert first != second
    for name in (first, second):
        again = asyncio.run(find(post.store, name))
        assert again is not None
        assert (again.delivery.repeats, again.delivery.state, again.job.due_at) == ("0-2", "pending", 1.0)


def test_the_job_of_a_task_that_never_ends_is_never_due() -> None:
    job = Job("acme", "a", "A", inf, [Delivery("1", "webhook", "http://127.0.0.1/", 0)])
    entry = job_entry("a", job, now=5.0, retention_s=10.0)
    assert (entry.due_at, entry.expires_at) == (None, None)
