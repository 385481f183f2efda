"""Webhooks that go wrong on purpose."""

from genmock.mockserver.deliveries import Delivery, Job, duplicated, lost, reordered


def job() -> Job:
    deliveries = [Delivery(f"{kind[0]}{n}", kind, "http://127.0.0.1/", n) for n in range(3) for kind in KINDS]
    return Job("acme", "a/b", "B", 1.0, deliveries)


KINDS = ("upload", "webhook")


def ids(job: Job) -> list[str]:
    return [delivery.id for delivery in job.deliveries]


def test_a_duplicate_follows_its_original_under_an_id_of_its_own() -> None:
    made = duplicated(job(), 2).deliveries
    assert [each.repeats or each.id for each in made] == ["u0", *["w0"] * 3, "u1", *["w1"] * 3, "u2", *["w2"] * 3]
    assert len({each.id for each in made}) == 12


def test_duplicates_have_the_same_ids_each_time() -> None:
    assert duplicated(job(), 2) == duplicated(job(), 2)


def test_no_duplicate_is_the_job_as_it_was() -> None:
    assert duplicated(job(), 0) == job()


def test_out_of_order_is_last_first_and_leaves_uploads_in_place() -> None:
    assert ids(reordered(job())) == ["u0", "w2", "u1", "w1", "u2", "w0"]


def test_lost_webhooks_are_never_made_and_are_still_seen() -> None:
    states = [each.state for each in lost(job()).deliveries]
    assert states == ["pending", "lost"] * 3


def test_the_webhooks_of_some_results_alone_may_be_lost() -> None:
    assert [each.id for each in lost(job(), [1]).deliveries if each.state == "lost"] == ["w1"]
