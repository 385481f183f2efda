"""Messages that break their contract in one named way at one known place."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from genmock.specs import Document

from ..contract import find_document
from .breaches import Breach, breaches_of_schema
from .items import makers
from .making import Maker
from .nodes import Draw
from .places import pointer
from .rule_breaches import breaches_of_rules


@dataclass(frozen=True)
class Mutation:
    """A valid message, changed once, and the verdict that it must get.

    item: the message that breaks its contract. valid: what it was made of. name: the way, like ``lora[].weight
    maximum``; unique within an operation. rule, pointer: of the violation, as ``Violation`` has them; the pointer is
    that of the message ("" is the message itself). member: the name of the missing or excess member, else "".
    """

    item: Any
    valid: Any
    name: str
    rule: str
    pointer: str
    member: str = ""

    def moved(self, prefix: str) -> "Mutation":
        """Return the same mutation with its pointer below ``prefix``."""
        return replace(self, pointer=prefix + self.pointer)


def invalid_items(
    document: str | Path | Document, *, operation: str | None = None, only: str = "", strict: bool = False
) -> st.SearchStrategy[Mutation]:
    """Return a strategy of messages that break a document in exactly one way, every way as often as any other.

    document, operation, strict: as for ``valid_items``. only: the name of the one way that is wanted, or its beginning.
    Raises as ``valid_items`` does, and ValueError when there is no such way.
    """
    found = [
        (maker, breach)
        for maker in makers(find_document(document), operation, strict)
        for breach in breaches(maker)
        if breach.name.startswith(only)
    ]
    if not found:
        raise ValueError(f"no way to break {document} is called {only!r}; mutation_names() lists them")

    @st.composite
    def mutations(draw: Draw) -> Mutation:
        maker, breach = draw(st.sampled_from(found))
        return draw(mutation(maker, breach))

    return mutations()


def mutation_names(
    document: str | Path | Document, *, operation: str | None = None, strict: bool = False
) -> tuple[str, ...]:
    """Return the names of all ways to break a document, in its order. Raises as ``valid_items`` does."""
    found = makers(find_document(document), operation, strict)
    return tuple(dict.fromkeys(breach.name for maker in found for breach in breaches(maker)))


@cache
def breaches(maker: Maker) -> Sequence[Breach]:
    """Return every way to break a message: the keywords of its schema, then its rules."""
    return (*breaches_of_schema(maker), *breaches_of_rules(maker))


@st.composite
def mutation(draw: Draw, maker: Maker, breach: Breach) -> Mutation:
    """Return a message that is broken in one way."""
    valid = maker.draw(draw, breach.want, breach.kept)
    item = copy.deepcopy(valid)
    breach.change(draw, item)
    return Mutation(item, valid, breach.name, breach.rule, pointer(breach.at), breach.member)
