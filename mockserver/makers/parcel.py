"""Orders as JSON values, for the queue to workers elsewhere: what they are made from is read from the store again."""

from collections.abc import Mapping
from typing import Any

from ..drawing import MediumGone, files_of
from ..recipe import ImageRecipe
from ..stores import Store
from .order import Order, PictureOrder
from .pool import MakingFailed


def packed(order: Order) -> dict[str, Any]:
    """Return an order as JSON values. Raises MakingFailed for a kind that workers elsewhere do not make."""
    if isinstance(order, PictureOrder):
        return {"recipe": order.recipe.as_json(), "format": order.format, "quality": order.quality}
    raise MakingFailed(
        f"workers on other machines do not make a {order.what}; start the server with --pipeline-workers 1"
    )


async def unpacked(store: Store, members: Mapping[str, Any]) -> Order:
    """Return the order that `packed` wrote, with its files. Raises MakingFailed when one of them is gone."""
    recipe = ImageRecipe.of_json(members["recipe"], int(members["recipe"]["seed"]))
    try:
        files = await files_of(store, recipe)
    except MediumGone as gone:
        raise MakingFailed(f"the input file {str(gone)[:8]}... is no longer in the store") from None
    return PictureOrder(recipe, members["format"], members["quality"], files)
