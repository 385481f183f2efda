"""A flow: one thing that a user does with a client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PROMPT = "a red fox in the snow"
SIZE = {"width": 512, "height": 384}


@dataclass(frozen=True)
class Flow:
    """One thing that a user does with a client.

    task: members of the request as the provider names them: of Runware's task, of kiapi's body. second: the other
    task, where there are two. key: the API key that the client is given. settings: the server's, beside those of every
    flow. faults: what the server is told to do wrong, by transport; "" holds for those that are not named.
    """

    name: str
    sentence: str
    provider: str
    task: Mapping[str, Any]
    second: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def faults_on(self, transport: str) -> Sequence[Mapping[str, Any]]:
        """Return the faults that the server is given when the client speaks over a transport."""
        return self.faults.get(transport, self.faults.get("", ()))
