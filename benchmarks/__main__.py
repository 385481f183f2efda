"""`python -m benchmarks`: genmock beside the anchors, in shuffled rounds, as a table and as JSON.

python -m benchmarks                     everything
python -m benchmarks --quick             a smoke run of under a minute
python -m benchmarks --only "one item"   one load
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from . import machine, peers, speed, table
from .loads import LoadError


def main() -> None:
    """Measure what is asked for, print the table, and write the files."""
    options = _options()
    names = [name for name in speed.NAMES if not options.only or name in options.only]
    count, seconds = (1, 1.0) if options.quick else (options.rounds, options.seconds)
    facts = machine.facts()
    others = peers.programs(options.peers, _say) if options.peers else []
    try:
        found = speed.measured(speed.Plan(names, count, seconds, options.seed, _say, others))
    except LoadError as error:
        raise SystemExit(f"the run means nothing: {error}") from error
    _say("")
    print(table.aligned(table.HEADER, [table.cells(row) for row in found]))
    if options.json:
        run = {"rounds": count, "seconds": seconds, "seed": options.seed}
        written = {"machine": facts, "run": run, "loads": [asdict(row) for row in found]}
        options.json.write_text(json.dumps(written, indent=2) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each server takes its turn [3]")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one load on one server [2]")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffled order [0]")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this load (repeatable)")
    parser.add_argument(
        "--peers",
        nargs="?",
        const=peers.FOLDER,
        type=Path,
        metavar="FOLDER",
        help=f"beside other servers [{peers.FOLDER}]",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures, versions and machine facts")
    return parser.parse_args()


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
