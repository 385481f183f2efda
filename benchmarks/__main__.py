"""`python -m benchmarks`: genmock beside the anchors, in shuffled rounds, then everything else that is measured.

python -m benchmarks                     everything: about half an hour
python -m benchmarks --quick             a smoke run: everything once, and little of it
python -m benchmarks --only "one item"   one load, or one group of figures
python -m benchmarks --list              what there is
python -m benchmarks soak --minutes 10   a command of the suite that prints its own table
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from . import machine, peers, speed, suite
from .figures import Scale
from .loads import LoadError
from .progress import shown
from .report import Report, write_page


def main() -> None:
    """Measure what is asked for, print the tables, and write the files. The exit status says nothing of speed."""
    if sys.argv[1:] and sys.argv[1] in suite.COMMANDS:
        _command(sys.argv[1])
        return
    options = _options()
    if options.list:
        print(suite.listed())
        return
    try:
        with shown() as say:
            report = _measured(options, say)
    except LoadError as error:
        raise SystemExit(f"the run means nothing: {error}") from error
    print(report.as_text())
    if options.json:
        options.json.write_text(report.as_json(), "utf-8")
    if options.write_docs:
        write_page(report)


def _measured(options: argparse.Namespace, say: Callable[[str], None]) -> Report:
    rounds, seconds = (1, 1.0) if options.quick else (options.rounds, options.seconds)
    facts = machine.facts()
    wanted = options.only or [*speed.NAMES, *suite.FIGURES]
    loads = [name for name in speed.NAMES if name in wanted]
    others = peers.programs(options.peers, say) if options.peers and loads else []
    rows = speed.measured(speed.Plan(loads, rounds, seconds, options.seed, say, others)) if loads else []
    scale = Scale(options.quick, say)
    found = [figure for name, group in suite.FIGURES.items() if name in wanted for figure in group(scale)]
    return Report(facts, {"rounds": rounds, "seconds": seconds, "seed": options.seed}, rows, found)


def _command(name: str) -> None:
    """Run one of the commands, as if it were started by itself."""
    sys.argv = [f"python -m benchmarks {name}", *sys.argv[2:]]
    sys.path.insert(0, str(Path(__file__).parent))  # some import their neighbours by name
    sys.exit(importlib.import_module(f"benchmarks.{name}").main())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*speed.NAMES, *suite.FIGURES]
    parser.add_argument("--rounds", type=int, default=3, help="how often each server takes its turn [3]")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one load on one server [2]")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffled order [0]")
    parser.add_argument("--quick", action="store_true", help="one round of one second, and small figures")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help="this alone (repeatable)")
    parser.add_argument("--list", action="store_true", help="print what there is")
    parser.add_argument(
        "--peers",
        nargs="?",
        const=peers.FOLDER,
        type=Path,
        metavar="FOLDER",
        help=f"drive other mock servers too, installed with npm into this folder [{peers.FOLDER}]",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures, versions and machine facts")
    parser.add_argument("--write-docs", action="store_true", help="write the tables into docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
