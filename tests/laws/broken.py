"""A task for each way to break one, with its verdict. It imports nothing of the laws: others load it too."""

import copy
from typing import Any

from genmock.validators.strategies import invalid_items, mutation_names, sample

MODELS = ("runware:111@1", "runware:108@1")


def drawn_broken() -> list[tuple[dict[str, Any], str, str]]:
    """Return such tasks, drawn from the strategies, with taskUUIDs of their own."""
    found = []
    ways = [(model, name) for model in MODELS for name in mutation_names(model)]
    for number, (model, name) in enumerate(ways):
        (mutation,) = sample(invalid_items(model, only=name), 1, seed=number)
        item = copy.deepcopy(mutation.item)
        if mutation.pointer != "/taskUUID" and mutation.member != "taskUUID":
            item["taskUUID"] = f"{number:08x}-0000-4000-8000-000000000000"
        routed = {mutation.pointer.removeprefix("/"), mutation.member} & {"taskType", "model"}
        if not routed and mutation.rule != "const":  # another document judges; one constant of several is an enum
            found.append((item, mutation.rule, mutation.pointer))
    return found
