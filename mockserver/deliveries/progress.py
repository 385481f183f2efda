"""What becomes of a job when an attempt was made: a function of the two, without a clock or a store."""

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from .backoff import delay_s
from .model import Attempt, Delivery, Job, State


class Policy(Protocol):
    """How deliveries are made: a server's Settings have it. Times are in seconds."""

    @property
    def webhook_timeout(self) -> float:
        """For one whole attempt."""
        ...

    @property
    def webhook_attempts(self) -> int:
        """Attempts before a delivery has failed, at least 1."""
        ...

    @property
    def webhook_backoff(self) -> float:
        """Until the second attempt; doubled with each further one."""
        ...

    @property
    def webhook_backoff_max(self) -> float:
        """The longest wait between two attempts."""
        ...

    @property
    def deliveries_at_once(self) -> int:
        """Jobs that are worked on at the same time, in one process."""
        ...

    @property
    def allow_host(self) -> Collection[str]:
        """Public hosts to which deliveries may go."""
        ...

    @property
    def retention(self) -> float:
        """How long a job can be looked at after its last attempt."""
        ...

    @property
    def seed(self) -> int:
        """What jitter derives from."""
        ...


def after_attempt(
    job: Job, index: int, attempt: Attempt, *, now: float, policy: Policy, end: State | None = None
) -> Job:
    """Return a job after an attempt of one of its deliveries.

    now: when the attempt was over: the wait for the next one begins there. end: the delivery's state when trying again
    would not help.
    """
    delivery = job.deliveries[index]
    attempts = [*delivery.attempts, attempt]
    state = end or _state(attempt, len(attempts), policy)
    made = replace(delivery, attempts=attempts, state=state)
    deliveries = [*job.deliveries[:index], made, *job.deliveries[index + 1 :]]
    due_at = now + wait_s(made, policy) if index == job.next else job.due_at
    return replace(job, deliveries=deliveries, due_at=due_at)


def _state(attempt: Attempt, number: int, policy: Policy) -> State:
    if not attempt.error:
        return "delivered"
    return "pending" if number < policy.webhook_attempts else "failed"


def wait_s(delivery: Delivery, policy: Policy) -> float:
    """Return how long the job waits: until the same delivery is tried again, or not at all."""
    if delivery.state != "pending":
        return 0.0
    return delay_s(
        len(delivery.attempts),
        base=policy.webhook_backoff,
        cap=policy.webhook_backoff_max,
        seed=policy.seed,
        delivery_id=delivery.id,
    )
