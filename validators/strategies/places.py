"""Reading and changing the members of a message by the paths that rules have: ("controlNet", "[]", "endStep")."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..rules import ABSENT, Rule

Path = tuple[str, ...]


def lookup(item: Any, path: Sequence[str], index: int = 0) -> Any:  # noqa: ANN401 - any JSON value, or ABSENT
    """Return what stands at a path, or ABSENT. index: of the element that "[]" means."""
    for part in path:
        if part == "[]":
            item = item[index] if isinstance(item, list) and index < len(item) else ABSENT
        else:
            item = item.get(part, ABSENT) if isinstance(item, Mapping) else ABSENT
    return item


def put(item: Any, path: Path, index: int, value: Any) -> None:  # noqa: ANN401 - any JSON values
    """Set the member at a path, whose parent is there."""
    parent, last = lookup(item, path[:-1], index), path[-1]
    parent[index if last == "[]" else last] = value


def drop(item: Any, path: Path, index: int) -> None:  # noqa: ANN401 - any JSON value
    """Delete the member at a path."""
    del lookup(item, path[:-1], index)[path[-1]]


def bindings(rule: Rule, item: Mapping[str, Any]) -> Iterator[tuple[int, dict[Path, Any]]]:
    """Yield (array index, values by path) for each place of a message where a rule runs, defaults filled in."""
    paths = (*rule.needs, *rule.defaults)
    array = next((path[: path.index("[]")] for path in paths if "[]" in path), None)
    elements = [None] if array is None else lookup(item, array)
    for index in range(len(elements) if isinstance(elements, list) else 0):
        values = {path: lookup(item, path, index) for path in paths}
        for path, value in values.items():
            if value is ABSENT or value is None:
                values[path] = rule.defaults.get(path, ABSENT)
        if ABSENT not in values.values():
            yield index, values


def pointer(path: Path, index: int = 0) -> str:
    """Return the JSON pointer of a path. index: of the element that "[]" means."""
    parts = (str(index) if part == "[]" else part.replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in parts)
