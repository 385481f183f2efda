"""What a run against a server is to do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from genmock.specs import Document

PARTS = ("invalid", "edges", "valid", "arrays", "same", "schemathesis")
MAX_TIME_S = 600.0


@dataclass(frozen=True)
class Plan:
    """What to do. url: of the API, as a client is told it. key: of the account, "" for none.

    max_examples: messages of each part and operation; each way to break a message is tried at least once.
    max_time_s: for everything. published: judge by the published document alone. parts: of PARTS. folder: where
    failures are kept, None for nowhere.
    """

    url: str
    document: Document
    key: str = ""
    seed: int = 0
    max_examples: int = 200
    max_time_s: float = MAX_TIME_S
    published: bool = False
    parts: tuple[str, ...] = PARTS
    folder: Path | None = None


Progress = Callable[[str, int], None]  # the part of the run, and how many messages more were tried
