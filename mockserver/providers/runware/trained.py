"""Models that were trained here, where tasks name them: as ``model``, as ``lora[].model``, and in searches.

Source: docs/providers/runware.md, "Training".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ...models import TrainedModel
from ...pipeline import Call
from ...tasks import account_id
from .errors import refusal


async def usable_model(call: Call, air: str, *, use: str, parameter: str) -> TrainedModel | None:
    """Return a trained model, or None when there is none of that AIR. Raises TaskRefused for one that cannot be used.

    use: of "model" and "lora". parameter: the member that names it.
    """
    model = await call.world.models.known(air)
    if model is None:
        return None
    hidden = model.private and model.account != account_id(call.key)
    if hidden or use not in model.usable_as:
        raise refusal(call.errors, "modelNotFound", parameter=parameter, value=air)
    if model.available_at > call.world.clock.now():
        raise refusal(call.errors, "modelNotReady", parameter=parameter, value=air)
    return model


async def found_models(call: Call, *, visibility: str) -> Sequence[Mapping[str, Any]]:
    """Return the trained models that a key can use, as a search tells of them.

    visibility: "all", "public", "private", "owned"; "favorite" finds none, since none can be marked.
    """
    own = account_id(call.key)
    models = await call.world.models.list(call.key)
    return [_found(model) for model in models if _shows(visibility, model, own)]


def _shows(visibility: str, model: TrainedModel, own: str) -> bool:
    if visibility == "owned":
        return model.account == own
    return visibility == "all" or visibility == ("private" if model.private else "public")


def _found(model: TrainedModel) -> Mapping[str, Any]:
    members = {
        "air": model.air,
        "name": model.name,
        "version": model.version,
        "category": "lora" if "lora" in model.usable_as else "checkpoint",
        "heroImage": model.hero_image,
        "shortDescription": model.description,
        "source": "genmock",
    }
    return {name: value for name, value in members.items() if value} | {"private": model.private}
