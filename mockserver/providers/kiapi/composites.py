"""Readers of values with parts: lists, dictionaries, models; and of choices between schemas.

What each takes, and its words for what it does not, are pydantic's (observed with 2.13).
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .details import Branch, Loc
from .notes import UNREAD, Grade, Notes, Reader, Unread
from .scalars import Json, counted


@dataclass(frozen=True, slots=True)
class Items:
    """Lists. An item that cannot be read is left out."""

    item: Reader
    shortest: int | None = None
    longest: int | None = None

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return f"list[{self.item.label}]"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a list or UNREAD
        """Return the items that could be read, or UNREAD for no list or one of a wrong length."""
        if type(value) is not list:
            return notes.fail("list_type", loc, "Input should be a valid list", value)
        if self.longest is not None and len(value) > self.longest:
            return self._wrong_length("too_long", "at most", self.longest, value, loc, notes)
        before = len(notes.details)
        read = [self.item.read(each, (*loc, index), notes) for index, each in enumerate(value)]
        if self.shortest is not None and len(value) < self.shortest and len(notes.details) == before:
            return self._wrong_length("too_short", "at least", self.shortest, value, loc, notes)
        return [each for each in read if each is not UNREAD]

    def _wrong_length(self, kind: str, words: str, limit: int, value: list[Json], loc: Loc, notes: Notes) -> Unread:
        msg = f"List should have {words} {counted(limit, 'item')} after validation, not {len(value)}"
        name = "min_length" if kind == "too_short" else "max_length"
        return notes.fail(kind, loc, msg, value, field_type="List", **{name: limit}, actual_length=len(value))


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Objects without declared members. A member that cannot be read is left out."""

    value: Reader

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return f"dict[str,{self.value.label}]"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a dictionary or UNREAD
        """Return the members that could be read, or UNREAD for no object."""
        if type(value) is not dict:
            return notes.fail("dict_type", loc, "Input should be a valid dictionary", value)
        read = {name: self.value.read(each, (*loc, name), notes) for name, each in value.items()}
        return {name: each for name, each in read.items() if each is not UNREAD}


@dataclass(frozen=True, slots=True)
class Member:
    """A declared member of a model. default: what stands for it where it is not sent."""

    name: str
    reader: Reader
    required: bool
    default: Json = None

    def fresh(self) -> Json:
        """Return the default, safe to change."""
        return copy.deepcopy(self.default) if isinstance(self.default, (list, dict)) else self.default


@dataclass(frozen=True, slots=True)
class Model:
    """Objects with declared members. open: whether others are taken too, and dropped."""

    label: str
    members: tuple[Member, ...]
    open: bool = True

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a dictionary or UNREAD
        """Return every member, or UNREAD for no object and where a required member could not be read."""
        if type(value) is not dict:
            words = "Input should be a valid dictionary or object to extract fields from"
            return notes.fail("model_attributes_type", loc, words, value)
        read = self.read_members(value, loc, notes)
        return read if len(read) == len(self.members) else UNREAD

    def read_members(self, value: Mapping[str, Json], loc: Loc, notes: Notes) -> dict[str, Json]:
        """Return the members in the order of declaration: what was not sent or could not be read has its default.

        A required member that is not there or could not be read is left out.
        """
        notes.lower(Grade.LAX)
        read: dict[str, Json] = {}
        for member in self.members:
            taken: Json = UNREAD
            if member.name in value:
                taken = member.reader.read(value[member.name], (*loc, member.name), notes)
            elif member.required:
                notes.fail("missing", (*loc, member.name), "Field required", value)
            if taken is not UNREAD:
                read[member.name] = taken
            elif not member.required:
                read[member.name] = member.fresh()
        self._refuse_others(value, loc, notes)
        return read

    def _refuse_others(self, value: Mapping[str, Json], loc: Loc, notes: Notes) -> None:
        known = () if self.open else {member.name for member in self.members}
        for name in () if self.open else value:
            if name not in known:
                notes.fail("extra_forbidden", (*loc, name), "Extra inputs are not permitted", value[name])


@dataclass(frozen=True, slots=True)
class Optional:
    """Null, or what another reader takes; errors are that one's."""

    inner: Reader

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return f"nullable[{self.inner.label}]"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - null, a value or UNREAD
        """Return null for null, else what the other reader returns."""
        return None if value is None else self.inner.read(value, loc, notes)


@dataclass(frozen=True, slots=True)
class Union:
    """One of several schemas: the first that fits exactly, else the first of those that fit best."""

    branches: tuple[Reader, ...]

    @property
    def label(self) -> str:
        """The name in errors of another union."""
        return f"union[{','.join(branch.label for branch in self.branches)}]"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a value or UNREAD
        """Return what the best branch returns, or UNREAD with the errors of every branch."""
        best: tuple[Grade, Json, Notes] | None = None
        tried: list[Notes] = []
        for branch in self.branches:
            own = Notes(notes.strict)
            taken = branch.read(value, (*loc, Branch(branch.label)), own)
            tried.append(own)
            if not own.details and (best is None or own.grade < best[0]):
                best = (own.grade, taken, own)
            if best is not None and best[0] is Grade.EXACT:
                break
        if best is None:
            notes.details.extend(detail for own in tried for detail in own.details)
            return UNREAD
        notes.lower(best[0])
        notes.lax.extend(best[2].lax)
        return best[1]


@dataclass(frozen=True, slots=True)
class TaggedUnion:
    """One of several models, told apart by a member. name: of that member. branches: the models by its value."""

    name: str
    branches: Mapping[str, Reader]

    @property
    def label(self) -> str:
        """The name in errors of a union."""
        return f"tagged-union[{','.join(branch.label for branch in self.branches.values())}]"

    def read(self, value: Json, loc: Loc, notes: Notes) -> Any:  # noqa: ANN401 - a dictionary or UNREAD
        """Return what the model of the tag returns, or UNREAD. The tag is required, whatever default the model has."""
        if type(value) is not dict:
            words = "Input should be a valid dictionary or object to extract fields from"
            return notes.fail("model_attributes_type", loc, words, value)
        named = repr(self.name)
        if self.name not in value:
            words = f"Unable to extract tag using discriminator {named}"
            return notes.fail("union_tag_not_found", loc, words, value, discriminator=named)
        tag = value[self.name]
        if type(tag) is str and tag in self.branches:
            return self.branches[tag].read(value, (*loc, Branch(tag)), notes)
        expected = ", ".join(map(repr, self.branches))
        words = f"Input tag '{tag}' found using {named} does not match any of the expected tags: {expected}"
        return notes.fail(
            "union_tag_invalid", loc, words, value, discriminator=named, tag=str(tag), expected_tags=expected
        )
