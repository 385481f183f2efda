"""Jobs as bytes."""

from math import inf

import pytest

from genmock.mockserver.deliveries import Attempt, Delivery, Job

DONE = Delivery("1", "upload", "http://127.0.0.1/", 0, "delivered", (Attempt(1.0, 200, "", 0.5),))
NEXT = Delivery("2", "webhook", "http://127.0.0.1/", None, repeats="1")


@pytest.mark.parametrize("due_at", [2.5, inf])
def test_a_job_survives_the_store(due_at: float) -> None:
    job = Job("acme", "a/b", "B", due_at, (DONE, NEXT))
    assert Job.of_bytes(job.as_bytes()) == job


def test_the_next_delivery_is_the_first_that_is_pending() -> None:
    assert Job("acme", "a/b", "B", 0.0, (DONE, NEXT)).next == 1
    assert Job("acme", "a/b", "B", 0.0, (DONE,)).next is None
