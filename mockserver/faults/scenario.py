"""Scenarios: faults that belong together, in a YAML file. Some are shipped."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from genmock.validators import Violation, closest, shown

from .checking import FaultsRefused, read_faults
from .model import Fault

FOLDER = Path(__file__).with_name("scenarios")
MAX_CHARACTERS = 4 * 1024 * 1024  # as JSON: many times the 1,000 faults that a scenario may have
MEMBERS = ("description", "faults")
MAX_PREFIX = 40  # characters: an id has 64 at most
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
NEXT = "docs/faults.md tells the form of a scenario"


class ScenarioError(Exception):
    """A scenario cannot be used. The text says which, where its mistakes are, and what to do next."""

    def __init__(self, what: str, *rows: tuple[str, str]) -> None:
        super().__init__("\n".join([what, "", *(f"  {label:<10}{text}" for label, text in rows)]))


@dataclass(frozen=True, slots=True)
class Scenario:
    """Faults that belong together. name: of a shipped one, or the path of a file."""

    name: str
    description: str
    faults: tuple[Fault, ...]


def shipped_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that genmock ships, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_scenario(name_or_path: str | Path, *, codes: Collection[str]) -> Scenario:
    """Return a shipped scenario by its name, or the one in a YAML file.

    codes: the error codes that there are. Raises ScenarioError when there is no such scenario, and for every mistake
    in it.
    """
    name, codes = str(name_or_path), frozenset(codes)
    if name in shipped_scenarios():
        return _loaded(name, FOLDER / f"{name}.yaml", codes)
    path = Path(name)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # a name too long for a path, or with a null in it
        is_file = False
    if is_file:
        return _loaded(name, path, codes)
    shipped = ", ".join(shipped_scenarios())
    near = closest(name, shipped_scenarios())
    raise ScenarioError(
        f"there is no scenario {shown(name)}{f'; did you mean {near}?' if near else ''}",
        ("expected", f"the path of a YAML file, or one of {shipped}"),
        ("next", NEXT),
    )


def _loaded(name: str, path: Path, codes: frozenset[str]) -> Scenario:
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ScenarioError(f"cannot read the scenario {path}: {error}", ("next", NEXT)) from None
    return _parsed(name, str(path), text, codes)


@cache
def _parsed(name: str, path: str, text: str, codes: frozenset[str]) -> Scenario:
    import yaml  # here: most servers have no scenario

    try:
        value = json.loads(_as_json(yaml.safe_load(text)))
    except RecursionError:
        raise ScenarioError(
            f"cannot read the scenario {path}", ("why", "it is nested too deep"), ("next", NEXT)
        ) from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ScenarioError(f"cannot read the scenario {path}", ("why", _one_line(error)), ("next", NEXT)) from None
    found = list(_mistakes(value))
    if not found:
        try:
            faults = read_faults(value["faults"], codes=codes, prefix=f"{_short(path)}-")
            return Scenario(name, " ".join(value.get("description", "").split()), tuple(faults))
        except FaultsRefused as refused:
            found = [violation.moved("/faults") for violation in refused.violations]
    count = "a mistake" if len(found) == 1 else f"{len(found)} mistakes"
    places = [(f"line {line_of(text, each.pointer)}", f"{each.pointer or '/'}: {each.message}") for each in found]
    raise ScenarioError(f"cannot use the scenario {path}: it has {count}", *places, ("next", NEXT))


def _short(path: str) -> str:
    """Return a file's name as the ids of its faults begin: those of another file are others."""
    return _ODD.sub("-", Path(path).stem).strip("-._")[:MAX_PREFIX] or "scenario"


def _as_json(value: Any) -> str:  # noqa: ANN401
    """Return what a YAML file holds as JSON, aliases written out. Raises ValueError where that has no end."""
    parts, size = [], 0
    for part in json.JSONEncoder(default=str, allow_nan=False).iterencode(value):
        parts.append(part)
        size += len(part)
        if size > MAX_CHARACTERS:
            raise ValueError(f"with its aliases written out it has more than {MAX_CHARACTERS:,} characters")
    return "".join(parts)


def _mistakes(value: Any) -> list[Violation]:  # noqa: ANN401 - whatever a YAML file holds
    """Return what is wrong around the faults of a file."""
    if not isinstance(value, Mapping):
        return [Violation("type", "", "a scenario must be an object with the members description and faults")]
    found = []
    for name in value:
        if name not in MEMBERS:
            near = closest(name, MEMBERS)
            hint = f"; did you mean {near!r}?" if near else ""
            found.append(Violation("additionalProperties", f"/{name}", f"{name!r} is not a known member{hint}"))
    if not isinstance(value.get("description", ""), str):
        found.append(Violation("type", "/description", "'description' must be a string"))
    if not isinstance(value.get("faults"), list):
        found.append(Violation("required", "", "'faults' must be an array of faults"))
    return found


def line_of(text: str, pointer: str) -> int:
    """Return the line, from 1 on, on which a place of a YAML text begins: what a JSON Pointer names, or what is around.

    The text is YAML that can be read.
    """
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node is not None else 0
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == name), None)
        elif isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
            pair = (node.value[int(name)], node.value[int(name)])
        else:
            pair = None
        if pair is None:
            break
        line, node = pair[0].start_mark.line, pair[1]
    return line + 1


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
