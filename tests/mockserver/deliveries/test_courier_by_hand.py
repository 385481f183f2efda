"""Deliveries by hand, and the life of a courier: pausing, releasing, replaying, stopping, event loops, clocks."""

import asyncio
from collections.abc import Callable
from typing import Any

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.deliveries import Delivery, find, is_paused, release, replay, set_paused

Open = Callable[..., Any]


def webhook(name: str, receiver: Any, result: int = 0) -> Delivery:
    return Delivery(name, "webhook", receiver.url, result)


def upload(name: str, receiver: Any) -> Delivery:
    return Delivery(name, "upload", receiver.url, 0)


def bodies(receiver: Any) -> list[str]:
    return [request.body.decode() for request in receiver.requests]


async def has(receiver: Any, count: int) -> bool:
    return len(receiver.requests) >= count


def test_while_paused_nothing_is_delivered_but_what_is_released(office: Open, receiver: Any) -> None:
    clock = VirtualClock()
    post = office(clock)

    async def work(courier: Any) -> None:
        await set_paused(post.store, True)
        await post.accept("a", webhook("a1", receiver), webhook("a2", receiver, 1))
        await post.accept("b", webhook("b1", receiver))
        clock.advance(100.0)
        await release(post.store, await find(post.store, "b1"), now=clock.now())
        courier.nudge()
        await post.settled("b")
        assert bodies(receiver) == ["b1"]
        await release(post.store, await find(post.store, "a2"), now=clock.now())
        courier.nudge()
        await post.until(lambda: has(receiver, 2))
        assert await is_paused(post.store)
        await set_paused(post.store, False)
        courier.nudge()
        await post.settled("a")

    post.run(work)
    assert bodies(receiver) == ["b1", "a2", "a1"]


def test_a_release_does_not_wait_for_the_back_off(office: Open, receiver: Any) -> None:
    receiver.answers.append(500)
    clock = VirtualClock()
    post = office(clock)

    async def work(courier: Any) -> None:
        await post.accept("a", webhook("one", receiver))
        courier.nudge()
        await post.attempted("a", 1)
        await release(post.store, await find(post.store, "one"), now=clock.now())
        courier.nudge()
        await post.settled("a")

    post.run(work)
    assert bodies(receiver) == ["one", "one"]


def test_a_replay_sends_the_same_again_and_changes_nothing_of_the_task(office: Open, receiver: Any) -> None:
    post = office()

    async def work(courier: Any) -> tuple[str, Any]:
        await post.accept("a", upload("u", receiver))
        courier.nudge()
        await post.settled("a")
        name = await replay(post.store, await find(post.store, "u"), now=post.clock.now())
        courier.nudge()
        await post.settled(f"a/{name}")
        again = await replay(post.store, await find(post.store, name), now=post.clock.now())
        return again, (await find(post.store, again)).delivery

    again, delivery = post.run(work)
    assert (delivery.repeats, delivery.id, delivery.kind) == ("u", again, "upload")
    assert len(receiver.requests) >= 2
    assert post.uploaded == [("u", "delivered")]


def test_stopping_leaves_what_is_under_way_to_the_next_courier(office: Open, receiver: Any) -> None:
    post = office(VirtualClock(), webhook_timeout=60.0)
    receiver.answers.append("hang")

    async def begin(_: Any) -> None:
        await post.accept("a", webhook("one", receiver))
        await post.until(lambda: has(receiver, 1))

    async def end(_: Any) -> None:
        await post.settled("a")

    post.run(begin)
    post.run(end)
    assert bodies(receiver) == ["one", "one"]


def test_an_event_loop_that_ends_leaves_its_deliveries_to_the_next(office: Open, receiver: Any) -> None:
    post = office(VirtualClock(), webhook_timeout=60.0)
    receiver.answers.append("hang")
    courier = post.courier()

    async def begin() -> None:
        await post.accept("a", webhook("one", receiver))
        courier.nudge()
        await post.until(lambda: has(receiver, 1))

    async def end() -> None:
        courier.nudge()
        await post.settled("a")
        await courier.stop()

    asyncio.run(begin())
    asyncio.run(end())
    assert bodies(receiver) == ["one", "one"]


def test_a_clock_that_is_moved_in_another_thread_wakes_the_courier(office: Open, receiver: Any) -> None:
    clock = VirtualClock()
    post = office(clock)

    async def work(courier: Any) -> None:
        await post.accept("a", webhook("one", receiver), due_in=5.0)
        courier.nudge()
        await asyncio.to_thread(clock.advance, 5.0)
        await post.settled("a")

    post.run(work)


def test_a_clock_that_is_moved_starts_no_courier(office: Open) -> None:
    clock = VirtualClock()
    courier = office(clock).courier()

    async def move() -> int:
        clock.advance(1.0)
        return len(asyncio.all_tasks())

    assert asyncio.run(move()) == 1
    courier.nudge()  # outside of any event loop: nothing to do
    asyncio.run(courier.stop())


def test_a_job_is_kept_for_a_while_after_its_last_attempt(office: Open, receiver: Any) -> None:
    clock = VirtualClock()
    post = office(clock, retention=100.0)

    async def work(courier: Any) -> tuple[int, int]:
        await post.accept("a", webhook("one", receiver))
        courier.nudge()
        await post.settled("a")
        clock.advance(99.0)
        kept = await post.store.size("outbox")
        clock.advance(2.0)
        return kept, await post.store.size("outbox")

    assert post.run(work) == (1, 0)
