"""A poster at once: asked for well, asked for again, not asked for at all."""

import pytest
from genmock import ALWAYS


def test_makes_a_poster(service, genmock):
    assert service.get("/poster?prompt=a red fox").json()["url"].startswith(genmock.url)
    assert genmock.journal.one("imageInference").item["positivePrompt"] == "a red fox"


def test_tries_again_after_a_rate_limit(service, genmock):
    genmock.fail_next("imageInference", code=429, times=2)
    assert service.get("/poster?prompt=a red fox").status_code == 200
    assert genmock.journal.statuses == [429, 429, 200]


def test_gives_up(service, genmock):
    genmock.fail_next("imageInference", code=503, message="down for maintenance", times=ALWAYS)
    reply = service.get("/poster?prompt=a red fox")
    assert (reply.status_code, reply.json()["detail"]) == (502, "no poster: down for maintenance")
    assert len(genmock.journal) == 3


def test_does_not_try_again_without_credits(service, genmock):
    genmock.balance = 0
    assert service.get("/poster?prompt=a red fox").status_code == 502
    assert len(genmock.journal) == 1


def test_a_cached_poster_is_free(service, genmock):
    service.get("/poster?prompt=a red fox")
    genmock.reset()
    genmock.forbid()
    assert service.get("/poster?prompt=a red fox").status_code == 200


@pytest.mark.genmock(budget=0.02)
def test_a_poster_is_cheap(service, genmock):
    service.get("/poster?prompt=a red fox")


def test_survives_a_broken_reply(service, genmock):
    genmock.break_next("imageInference", how="json")
    assert service.get("/poster?prompt=a red fox").status_code == 502
