"""What a server remembers, behind one interface: in memory, in an SQLite file, or in Redis. See docs/stores.md."""

from .base import Bound, Bounds, Delete, Entry, Put, Store, StoreError
from .memory import MemoryStore
from .opening import open_store
from .values import without_password

__all__ = [
    "Bound",
    "Bounds",
    "Delete",
    "Entry",
    "MemoryStore",
    "Put",
    "Store",
    "StoreError",
    "open_store",
    "without_password",
]
