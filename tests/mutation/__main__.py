"""Plant defects in copies of the source, one at a time, and see which of them the laws catch.

python -m tests.mutation [--seed N] [--drawn 45] [--planted 15] [--limit 60] [--at-once 2], from the root of a checkout
"""
# ruff: noqa: T201 - it prints its table

import argparse
import json
import queue
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .defects import Defect, argument, drawn, planted, sites
from .trees import Tree, Verdict, write_broken


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status: 1 when a defect was missed that is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="what is drawn")
    parser.add_argument("--drawn", type=int, default=45, help="defects that are drawn")
    parser.add_argument("--planted", type=int, default=100, help="named defects, at most")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of a processor for each")
    parser.add_argument("--at-once", type=int, default=2, help="copies of the source")
    parser.add_argument("--lines", type=Path, help="where the lines that the laws execute are kept between runs")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        broken = write_broken(Path(folder) / "broken.json")
        trees = [Tree(Path(folder) / str(number), broken) for number in range(chosen.at_once)]
        executed = lines_of(trees[0], chosen.lines) if chosen.drawn else {}
        if executed:
            count = len(list(sites(trees[0].source, executed)))
            print(f"{sum(map(len, executed.values())):,} lines executed, {count:,} defects at them")
        named = random.Random(chosen.seed).sample(planted(), min(chosen.planted, len(planted())))
        print(f"seed {chosen.seed}", flush=True)
        defects = [*named, *drawn(trees[0].source, executed, seed=chosen.seed, count=chosen.drawn)]
        verdicts = list(judged(trees, defects, chosen.limit))
        missed = [verdict for verdict in verdicts if verdict.outcome != "caught"]
        whys = {verdict: argument_for(verdict.defect, trees[0].source) for verdict in missed}
        argued = sum(bool(why) for why in whys.values())
        print(f"caught {len(verdicts) - len(missed)} of {len(verdicts) - argued}, seed {chosen.seed}", end="")
        print(f"; {argued} make no difference" if argued else "")
        for verdict, why in whys.items():
            print(f"\n{verdict.outcome}: {verdict.defect.name}\n{diff_of(verdict.defect, trees[0].source)}")
            print(f"makes no difference: {why}" if why else "")
    return int(len(missed) > argued)


def lines_of(tree: Tree, kept: Path | None) -> dict[str, Sequence[int]]:
    """Return the lines that the laws execute, read from where they are kept when they are there."""
    if kept is not None and kept.exists():
        found: dict[str, Sequence[int]] = json.loads(kept.read_text())
        return found
    found = tree.executed()
    if kept is not None:
        kept.write_text(json.dumps(found))
    return found


def judged(trees: Sequence[Tree], defects: Sequence[Defect], limit_s: float) -> Iterator[Verdict]:
    """Yield what becomes of each defect, in their order, as many at once as there are trees."""
    free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def judge(defect: Defect) -> Verdict:
        tree = free.get()
        try:
            verdict = tree.judge(defect, limit_s)
        finally:
            free.put(tree)
        print(f"{verdict.outcome:<12}{verdict.took_s:5.0f} s  {defect.name}  {verdict.told}", flush=True)
        return verdict

    with ThreadPoolExecutor(len(trees)) as pool:
        yield from pool.map(judge, defects)


def argument_for(defect: Defect, root: Path) -> str:
    """Return why a defect makes no difference, or "". root: where the source is."""
    return argument(defect, (root / defect.file).read_text(encoding="utf-8"))


def diff_of(defect: Defect, root: Path) -> str:
    """Return the change that a defect is. root: where the source is."""
    return defect.diff((root / defect.file).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
