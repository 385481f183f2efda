"""Defects to plant in a copy of the source: named ones from a file, others by operators at places that are drawn."""

import difflib
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .operators import changes

PLANTED = Path(__file__).with_name("planted.toml")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
DRAWN_FROM = ("validators/", "mockserver/")
# What judges: strategies, the fuzzers, the comparison of documents. And what serves nobody: commands, glyphs' making.
LEFT_OUT = (
    "validators/strategies/",
    "validators/difference",
    "mockserver/fuzzing/",
    "mockserver/cli/",
    "mockserver/pictures/glyphs/",
)


@dataclass(frozen=True, eq=False)
class Defect:
    """A change of one file. edits: (old text, new text), each old text standing there once."""

    name: str
    file: str
    edits: Sequence[tuple[str, str]]
    why: str = ""
    line: int = 0

    def applied(self, source: str) -> str:
        """Return the file with the defect. Raises ValueError when the file is not the one that it was made for."""
        for old, new in self.edits:
            if source.count(old) != 1:
                raise ValueError(f"{self.file} has {source.count(old)} times, not once: {old!r}")
            source = source.replace(old, new)
        return source

    def diff(self, source: str) -> str:
        """Return the change as a unified diff without context."""
        before, after = source.splitlines(), self.applied(source).splitlines()
        lines = list(difflib.unified_diff(before, after, self.file, self.file, lineterm="", n=0))
        return "\n".join(lines[2:])


def planted() -> list[Defect]:
    """Return the named defects."""
    listed = tomllib.loads(PLANTED.read_text(encoding="utf-8"))["defect"]
    return [
        Defect(each["name"], each["file"], [(each["old"], each["new"]), *map(tuple, each.get("also", ()))], each["why"])
        for each in listed
    ]


def arguments() -> dict[tuple[str, str, str], str]:
    """Return why a change makes no difference, by the file and the line before and after it, for those argued so."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", ())
    return {(each["file"], each["old"], each["new"]): each["why"] for each in listed}


def argument(defect: Defect, source: str) -> str:
    """Return why a defect makes no difference, or "" where nobody has argued that. source: the file without it."""
    changed = [line for line in defect.diff(source).splitlines() if not line.startswith("@@")]
    removed, added = ([line[1:].strip() for line in changed if line[0] == sign] for sign in "-+")
    return arguments().get((defect.file, "\n".join(removed), "\n".join(added)), "")


def sites(root: Path, executed: Mapping[str, Sequence[int]]) -> Iterator[Defect]:
    """Yield every defect that the operators know at lines that were executed. executed: lines by file."""
    for file, lines in sorted(executed.items()):
        if file.startswith(LEFT_OUT) or not file.startswith(DRAWN_FROM):
            continue
        source = (root / file).read_text(encoding="utf-8")
        for change in changes(source):
            if change.line in lines:
                whole = source[: change.start] + change.new + source[change.end :]
                yield Defect(f"{file}:{change.line} {change.operator}", file, [(source, whole)], line=change.line)


def drawn(root: Path, executed: Mapping[str, Sequence[int]], *, seed: int, count: int) -> list[Defect]:
    """Return so many of the operators' defects, drawn by a seed: first a line, each as likely, then one of its defects.

    So a table of numbers, where every one can be changed, is drawn no more often than its lines deserve.
    """
    at: dict[tuple[str, int], list[Defect]] = {}
    for defect in sites(root, executed):
        at.setdefault((defect.file, defect.line), []).append(defect)
    chance = random.Random(seed)
    return [chance.choice(at[line]) for line in chance.sample(sorted(at), min(count, len(at)))]
