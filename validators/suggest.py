"""The closest known name: "did you mean ...?"."""

from collections.abc import Iterable

MAX_DISTANCE = 2


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name within edit distance 2 of ``name`` (the nearest, then the first), or None.

    A swap of two neighbours counts as one edit; upper and lower case do not differ. A name of up to three letters must
    be within one edit, since everything is near to "x".
    """
    limit = 1 if len(name) <= 3 else MAX_DISTANCE
    left = name.lower()
    near = [each for each in known if _is_near(left, each.lower(), limit)]
    ranked = sorted((distance(left, each.lower(), limit), index, each) for index, each in enumerate(near))
    return ranked[0][2] if ranked and ranked[0][0] <= limit else None


def _is_near(left: str, right: str, limit: int) -> bool:
    """Return False for most texts that are further apart than a limit: each edit changes at most one letter's count."""
    if abs(len(left) - len(right)) > limit:
        return False
    rest = right
    for letter in left:
        rest = rest.replace(letter, "", 1)
    return len(rest) <= limit


def distance(left: str, right: str, limit: int) -> int:
    """Return the optimal string alignment distance of two texts, or ``limit + 1`` when it is larger than ``limit``."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, previous, row = row, before, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
    return min(row[-1], limit + 1)
