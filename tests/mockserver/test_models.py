import asyncio
from dataclasses import replace
from typing import Any

import pytest

from genmock.mockserver import VirtualClock
from genmock.mockserver.models import Models, TrainedModel
from genmock.mockserver.stores import MemoryStore
from genmock.mockserver.tasks import account_id

MINE, OTHER = "my-key", "other-key"
MODEL = TrainedModel(
    air="Acme:Ink@1",
    name="Ink",
    account=account_id(MINE),
    trainer="exactly:illustrative@training",
    document="qwen-image",
    usable_as=["model"],
    private=False,
    available_at=100.0,
)


class Kept:
    def __init__(self) -> None:
        self.clock = VirtualClock(start=50.0)
        self.store = MemoryStore(self.clock, {})
        self.models = Models(self.store, self.clock)

    def put(self, *models: TrainedModel) -> None:
        async def written() -> None:
            for model in models:
                await self.store.write(await self.models.put_change(model))

        asyncio.run(written())

    def get(self, air: str, key: str = MINE) -> Any:
        return asyncio.run(self.models.get(air, key))

    def list(self, key: str = MINE) -> list[str]:
        return [model.air for model in asyncio.run(self.models.list(key))]


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_a_model_is_there_from_the_end_of_its_training_on(kept: Kept) -> None:
    kept.put(MODEL)
    assert (kept.get("Acme:Ink@1"), kept.list()) == (None, [])
    kept.clock.advance(50)
    assert (kept.get("Acme:Ink@1"), kept.list()) == (MODEL, ["Acme:Ink@1"])


def test_the_case_of_an_air_does_not_count(kept: Kept) -> None:
    kept.put(replace(MODEL, available_at=0))
    assert kept.get("aCME:iNK@1").name == "Ink"


def test_a_model_is_known_before_and_to_others(kept: Kept) -> None:
    kept.put(replace(MODEL, private=True))
    assert asyncio.run(kept.models.known("acme:ink@1")) == replace(MODEL, private=True)
    assert asyncio.run(kept.models.known("acme:ink@2")) is None


def test_a_private_model_is_its_accounts_alone(kept: Kept) -> None:
    kept.put(replace(MODEL, private=True, available_at=0))
    assert (kept.list(MINE), kept.list(OTHER)) == (["Acme:Ink@1"], [])
    assert kept.get("acme:ink@1", OTHER) is None


def test_a_public_model_is_everyones(kept: Kept) -> None:
    kept.put(replace(MODEL, available_at=0))
    assert kept.get("acme:ink@1", OTHER) == replace(MODEL, available_at=0)


def test_a_model_that_is_trained_anew_stays_usable(kept: Kept) -> None:
    kept.put(replace(MODEL, available_at=10), replace(MODEL, name="Ink, again"))
    assert (kept.get("acme:ink@1").name, kept.get("acme:ink@1").available_at) == ("Ink, again", 10)


def test_all_pages_of_the_store_are_listed_the_newest_first(kept: Kept) -> None:
    kept.put(*(replace(MODEL, air=f"acme:ink@{number}", available_at=0) for number in range(450)))
    assert kept.list() == [f"acme:ink@{number}" for number in reversed(range(450))]
