"""Which clients there are, in which versions, and what each does not offer: registry.toml, read and checked."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from .flows import Flow, flows_of

FILE = Path(__file__).with_name("registry.toml")


@dataclass(frozen=True)
class NotOffered:
    """Flows that a client cannot do, and where its own source shows that. Empty transports or versions: all."""

    flows: Sequence[str]
    source: str
    transports: Sequence[str] = ()
    versions: Sequence[str] = ()

    def holds(self, flow: str, version: str, transport: str) -> bool:
        """Return whether a flow is not offered by a version over a transport."""
        named = flow in self.flows
        return named and transport in (self.transports or (transport,)) and version in (self.versions or (version,))


@dataclass(frozen=True)
class Client:
    """One official client. package: its name on the registry of its kind. driver: the file below drivers/ that uses it.

    provider: whose client it is. python: the version of Python that its environment needs, like "3.12", or "" for any.
    versions: the newest pinned one first. needs: further packages of its environment, pinned, by version ("" for all).
    variables: of the environment that its driver runs in. errors: by flow, the ``code`` that its caller sees;
    errors_of: the same for versions that differ.
    """

    name: str
    kind: Literal["pip", "npm", "frames"]
    driver: str
    versions: Sequence[str]
    transports: Sequence[str]
    provider: str = "runware"
    package: str = ""
    python: str = ""
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    errors_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_offered: Sequence[NotOffered] = ()

    @property
    def flows(self) -> Mapping[str, Flow]:
        """The flows that it is taken through, those that it does not offer included."""
        return flows_of(self.provider)

    def lacks(self, flow: str, version: str, transport: str) -> str:
        """Return where the client's own source shows that it does not offer a flow, or "" when it does offer it."""
        return next((row.source for row in self.not_offered if row.holds(flow, version, transport)), "")

    def code(self, flow: str, version: str) -> str:
        """Return the ``code`` of the error that a caller of a version sees in a flow; "" when it sees none."""
        return self.errors_of.get(version, self.errors)[flow]

    def needed(self, version: str) -> Sequence[str]:
        """Return the further packages of a version's environment."""
        return self.needs.get(version, self.needs.get("", ()))


@dataclass(frozen=True)
class Column:
    """One column of the matrix: a client in a version, over a transport."""

    client: Client
    version: str
    transport: str

    @property
    def title(self) -> str:
        """How the matrix heads the column."""
        return f"{self.client.name} {self.version} {self.transport}"


@cache
def clients() -> Mapping[str, Client]:
    """Return the clients by name. Raises ValueError when registry.toml names a flow that there is not."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))["client"]
    return {table["name"]: _client(table) for table in tables}


def columns() -> Iterator[Column]:
    """Yield the columns of the matrix in the order of registry.toml."""
    for client in clients().values():
        for version in client.versions:
            for transport in client.transports:
                yield Column(client, version, transport)


def _client(table: Mapping[str, Any]) -> Client:
    rows = [NotOffered(**row) for row in table.get("not_offered", ())]
    client = Client(**{**table, "not_offered": rows})
    for name in [*(flow for row in rows for flow in row.flows), *client.errors]:
        if name not in client.flows:
            known = ", ".join(client.flows)
            raise ValueError(f"registry.toml: {client.name} names the flow {name!r}; there are {known}")
    return client
