"""The courier: retries, order, bounds, ends. The receiver is real, and so is most of the time."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from genmock.mockserver.clock import VirtualClock
from genmock.mockserver.deliveries import Delivery, Job, Parcel
from genmock.mockserver.stores import Put

Open = Callable[..., Any]
WAITS = [0.25, 0.5, 1, 2, 4, 8]  # seconds between attempts, without jitter


def webhook(name: str, receiver: Any, result: int = 0) -> Delivery:
    return Delivery(name, "webhook", receiver.url, result)


def upload(name: str, receiver: Any) -> Delivery:
    return Delivery(name, "upload", receiver.url, 0)


def bodies(receiver: Any) -> list[str]:
    return [request.body.decode() for request in receiver.requests]


async def has(receiver: Any, count: int) -> bool:
    return len(receiver.requests) >= count


def test_a_delivery_is_made_and_recorded(office: Open, receiver: Any) -> None:
    post = office()

    async def work(courier: Any) -> Job:
        await post.accept("a", webhook("one", receiver))
        courier.nudge()
        await post.settled("a")
        job: Job = await post.job("a")
        return job

    (delivery,) = post.run(work).deliveries
    assert bodies(receiver) == ["one"]
    assert delivery.state == "delivered"
    assert [(attempt.status, attempt.error) for attempt in delivery.attempts] == [(200, "")]


def test_a_receiver_that_fails_in_every_way_gets_the_delivery_at_last(office: Open, receiver: Any) -> None:
    receiver.answers.extend([500, "hang", "drop", 302, "drip"])
    post = office(webhook_backoff=0.04, webhook_timeout=0.2)

    async def work(_: Any) -> Job:
        await post.accept("a", webhook("one", receiver))
        await post.settled("a")
        job: Job = await post.job("a")
        return job

    attempts = post.run(work).deliveries[0].attempts
    assert [attempt.error for attempt in attempts] == [
        "the receiver answered 500, not 2xx",
        "the receiver did not finish its reply within 0.2 s",
        "the connection broke off: Server disconnected without sending a response.",
        "the receiver answered 302, and redirects are not followed",
        "the receiver did not finish its reply within 0.2 s",
        "",
    ]
    waits = [later.at - sooner.at - sooner.duration_s for sooner, later in pairwise(attempts)]
    assert all(wait >= 0.8 * 0.04 * 2**n for n, wait in enumerate(waits)), waits


def test_a_virtual_clock_drives_the_back_off(office: Open, receiver: Any) -> None:
    clock = VirtualClock(0.0)
    post = office(clock)
    receiver.answer = lambda _: 500

    async def work(_: Any) -> Job:
        await post.accept("a", webhook("one", receiver), due_in=3.0)
        clock.advance(3.0)
        for number, wait in enumerate(WAITS, 1):
            await post.attempted("a", number)
            clock.advance(wait * 0.8 - 0.001)
            clock.advance(wait * 0.2 + 0.001)
        await post.settled("a")
        job: Job = await post.job("a")
        return job

    (delivery,) = post.run(work).deliveries
    ats = [attempt.at for attempt in delivery.attempts]
    assert (delivery.state, len(ats), ats[0]) == ("failed", 7, 3.0)
    for (sooner, later), wait in zip(pairwise(ats), WAITS, strict=True):
        assert 0.8 * wait - 0.001 <= later - sooner <= wait + 0.001


def test_nothing_is_delivered_before_its_time(office: Open, receiver: Any) -> None:
    clock = VirtualClock(0.0)
    post = office(clock)

    async def work(courier: Any) -> None:
        await post.accept("later", webhook("later", receiver), due_in=60.0)
        await post.accept("now", webhook("now", receiver))
        courier.nudge()
        await post.settled("now")
        assert bodies(receiver) == ["now"]
        clock.advance(60.0)
        await post.settled("later")

    post.run(work)
    assert bodies(receiver) == ["now", "later"]


def test_the_deliveries_of_a_task_are_made_in_order_whatever_happens(office: Open, receiver: Any) -> None:
    receiver.answers.extend([500, 500, 200, "drop"])
    post = office(webhook_backoff=0.01)

    async def work(_: Any) -> None:
        await post.accept("a", *(webhook(name, receiver, n) for n, name in enumerate("xyz")))
        await post.settled("a")

    post.run(work)
    assert bodies(receiver) == ["x", "x", "x", "y", "y", "z"]


def test_a_delivery_that_failed_for_good_lets_the_next_one_go(office: Open, receiver: Any) -> None:
    receiver.answer = lambda request: 500 if request.body == b"x" else 200
    post = office(webhook_attempts=2, webhook_backoff=0.01)

    async def work(_: Any) -> Job:
        await post.accept("a", webhook("x", receiver, 0), webhook("y", receiver, 1))
        await post.settled("a")
        job: Job = await post.job("a")
        return job

    assert [delivery.state for delivery in post.run(work).deliveries] == ["failed", "delivered"]
    assert bodies(receiver) == ["x", "x", "y"]


def test_no_more_jobs_than_allowed_are_worked_on_at_once(office: Open, receiver: Any) -> None:
    post = office(deliveries_at_once=3)
    names = [f"task-{n}" for n in range(30)]

    async def work(courier: Any) -> None:
        for name in names:
            await post.accept(name, webhook(name, receiver))
        courier.nudge()
        await post.settled(*names)

    post.run(work)
    assert sorted(bodies(receiver)) == sorted(names)
    assert receiver.most_open <= 3


def test_a_receiver_that_hangs_holds_up_no_other_task(office: Open, receiver: Any) -> None:
    post = office(webhook_timeout=5.0)
    receiver.answer = lambda request: "hang" if request.body == b"slow" else 200

    async def work(courier: Any) -> None:
        await post.accept("a", webhook("slow", receiver))
        await post.accept("b", webhook("quick", receiver))
        courier.nudge()
        await post.settled("b")
        assert (await post.job("a")).next == 0

    post.run(work)


def test_a_target_that_nobody_allowed_is_blocked_at_once(office: Open) -> None:
    post = office()

    async def work(_: Any) -> Job:
        await post.accept("a", Delivery("one", "webhook", "http://169.254.169.254/", 0))
        await post.settled("a")
        job: Job = await post.job("a")
        return job

    (delivery,) = post.run(work).deliveries
    assert (delivery.state, len(delivery.attempts), delivery.attempts[0].status) == ("blocked", 1, 0)
    assert delivery.attempts[0].error.startswith("169.254.169.254 is a link-local address")


def test_the_end_of_an_upload_is_written_with_its_job_and_a_retry_is_none(office: Open, receiver: Any) -> None:
    receiver.answers.append(500)
    post = office(webhook_backoff=0.01)

    async def work(_: Any) -> bytes | None:
        await post.accept("a", upload("u", receiver), webhook("w", receiver))
        await post.settled("a")
        told: bytes | None = await post.store.get("uploads", "u")
        return told

    assert post.run(work) == b"delivered"
    assert post.uploaded == [("u", "delivered")]
    assert [(request.method, request.body) for request in receiver.requests] == [
        ("PUT", b"u"),
        ("PUT", b"u"),
        ("POST", b"w"),
    ]


def test_results_that_have_expired_end_a_delivery_with_the_reason(office: Open, receiver: Any) -> None:
    post = office()

    async def nothing(*_: Any) -> None:
        return None

    async def work(_: Any) -> Job:
        post.pack = nothing
        await post.accept("a", webhook("one", receiver))
        await post.settled("a")
        job: Job = await post.job("a")
        return job

    (delivery,) = post.run(work).deliveries
    assert delivery.state == "failed"
    assert delivery.attempts[0].error == "there is nothing to send any more: the results of the task have expired"


def test_a_mistake_in_one_job_stops_no_other(office: Open, receiver: Any, caplog: pytest.LogCaptureFixture) -> None:
    post = office(webhook_attempts=2, webhook_backoff=0.01)

    async def broken(_: Job, delivery: Delivery) -> Parcel:
        if delivery.id == "bad":
            raise KeyError("air")
        return Parcel("POST", delivery.id.encode(), "text/plain")

    async def work(_: Any) -> Job:
        post.pack = broken
        await post.accept("a", webhook("bad", receiver))
        await post.accept("b", webhook("good", receiver))
        await post.settled("a", "b")
        job: Job = await post.job("a")
        return job

    (delivery,) = post.run(work).deliveries
    assert delivery.attempts[-1].error == "its content could not be made: KeyError('air')"
    assert bodies(receiver) == ["good"]
    assert "the content of the delivery bad could not be made" in caplog.text


def test_bytes_that_are_no_job_stop_nothing(office: Open, receiver: Any, caplog: pytest.LogCaptureFixture) -> None:
    post = office()

    async def work(courier: Any) -> None:
        await post.accept("b", webhook("good", receiver))
        entry = (await post.store.newest("outbox", limit=1))[0]
        await post.store.write(Put("outbox", "a", entry.value[:-9], due_at=0.0))
        courier.nudge()
        await post.settled("b")

    post.run(work)
    assert bodies(receiver) == ["good"]


def test_what_was_forgotten_meanwhile_is_not_written_again(office: Open, receiver: Any) -> None:
    post = office()

    async def forget(_: Job, delivery: Delivery) -> Parcel:
        await post.store.clear()
        return Parcel("POST", delivery.id.encode(), "text/plain")

    async def work(courier: Any) -> int:
        post.pack = forget
        await post.accept("a", webhook("one", receiver))
        courier.nudge()
        await post.until(lambda: has(receiver, 1))
        await courier.stop()
        size: int = await post.store.size("outbox")
        return size

    assert post.run(work) == 0
