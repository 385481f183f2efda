"""Hypothesis strategies made from the documents: messages that keep their contract, and messages that break it once.

This folder needs the extra ``genmock[fuzz]`` and is imported only when it is asked for.
"""

from .answers import ErrorReply, errors, replies
from .constraints import Unsolved
from .histories import Step, task_histories
from .items import valid_items
from .mutations import Mutation, invalid_items, mutation_names
from .nodes import Starved
from .requests import Broken, broken_requests, requests, with_fresh_uuids
from .sampling import sample

__all__ = [
    "Broken",
    "ErrorReply",
    "Mutation",
    "Starved",
    "Step",
    "Unsolved",
    "broken_requests",
    "errors",
    "invalid_items",
    "mutation_names",
    "replies",
    "requests",
    "sample",
    "task_histories",
    "valid_items",
    "with_fresh_uuids",
]
