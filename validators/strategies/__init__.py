"""Hypothesis strategies made from the documents: messages that keep their contract, and messages that break it once.

This folder needs the extra ``genmock[fuzz]`` and is imported only when it is asked for.
"""

from .constraints import Unsolved
from .items import valid_items
from .mutations import Mutation, invalid_items, mutation_names
from .nodes import Starved
from .requests import Broken, broken_requests, requests, with_fresh_uuids
from .sampling import sample

__all__ = [
    "Broken",
    "Mutation",
    "Starved",
    "Unsolved",
    "broken_requests",
    "invalid_items",
    "mutation_names",
    "requests",
    "sample",
    "valid_items",
    "with_fresh_uuids",
]
