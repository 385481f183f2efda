"""Hypothesis strategies made from the documents: messages that keep their contract, and messages that break it once.

This folder needs the extra ``genmock[fuzz]`` and is imported only when it is asked for.
"""

from .constraints import Unsolved
from .items import valid_items
from .nodes import Starved

__all__ = ["Starved", "Unsolved", "valid_items"]
