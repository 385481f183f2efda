"""Models that were trained here: under which AIR, by whom, and from when on they can be used."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from .clock import Clock
from .json_codec import dumps, loads
from .stores.base import Put, Store
from .tasks import account_id

TABLE = "models"
PAGE = 200  # entries that are read at once


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """One model.

    account: whose it is, by ``account_id``. trainer: the AIR of the training. document: the id of the document that
    judges its tasks. usable_as: of "lora" and "model". available_at: Unix seconds, the training's end. file: the UUID
    of the medium that its weights are.
    """

    air: str
    name: str
    account: str
    trainer: str
    document: str
    usable_as: Sequence[str]
    private: bool
    available_at: float
    description: str = ""
    hero_image: str = ""
    version: str = ""
    file: str = ""


class Models:
    """The trained models of all accounts, one for each AIR, whatever its case."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def known(self, air: str) -> TrainedModel | None:
        """Return the model of an AIR, whoever's it is and whether or not its training is over, or None."""
        data = await self._store.get(TABLE, air.lower())
        return TrainedModel(**loads(data)) if data is not None else None

    async def get(self, air: str, key: str) -> TrainedModel | None:
        """Return the model of an AIR that an account can use now, or None."""
        model = await self.known(air)
        return model if model is not None and self._is_usable(model, account_id(key)) else None

    async def list(self, key: str) -> list[TrainedModel]:
        """Return all models that an account can use now, the newest AIR first."""
        found: list[TrainedModel] = []
        account, before = account_id(key), None
        while page := await self._store.newest(TABLE, limit=PAGE, before=before):
            models = (TrainedModel(**loads(entry.value)) for entry in page)
            found += [model for model in models if self._is_usable(model, account)]
            before = page[-1].sequence
        return found

    async def put_change(self, model: TrainedModel) -> Put:
        """Return the entry of a model, to be written together with its task.

        A model that is trained again stays usable meanwhile.
        """
        earlier = await self.known(model.air)
        if earlier is not None and earlier.account == model.account:
            model = replace(model, available_at=min(model.available_at, earlier.available_at))
        return Put(TABLE, model.air.lower(), dumps(asdict(model)))

    def _is_usable(self, model: TrainedModel, account: str) -> bool:
        return model.available_at <= self._clock.now() and (not model.private or model.account == account)
