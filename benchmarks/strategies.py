"""How many messages a second the strategies make of each document, valid ones and broken ones.

    python benchmarks/strategies.py [--count 1000]

Wall-clock time and the process's own (a busy machine makes the first worse), Hypothesis's whole run included: its cost
is that of about one choice for each value. Beside them what a valid message holds, and how many ways there are to break
one.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from genmock import strategies
from genmock.specs import load_catalog

OPERATIONS = {"kiapi-qwen": ("POST /v1/image/qwen/generate", "POST /v1/image/qwen/edit")}


def measured(strategy: Callable[[], st.SearchStrategy[Any]], count: int) -> tuple[float, float, list[Any]]:
    """Return (a second, a second of the process's time, the values)."""
    made = strategy()
    strategies.sample(made, 20)  # what is compiled late is compiled now
    wall, own = time.perf_counter(), time.process_time()
    found = strategies.sample(made, count, seed=1)
    return len(found) / (time.perf_counter() - wall), len(found) / (time.process_time() - own), found


def main() -> None:
    """Print a row for each document and operation."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="messages of each kind and document")
    count = parser.parse_args().count
    print(f"{'document':<44}{'valid/s':>9}{'own':>7}{'broken/s':>10}{'own':>7}{'ways':>6}{'bytes':>7}{'members':>9}")
    for document in load_catalog().documents:
        if document.entry.provider != "runware" and document.id not in OPERATIONS:
            continue
        for operation in OPERATIONS.get(document.id, (None,)):
            valid = measured(lambda d=document, o=operation: strategies.valid_items(d, operation=o), count)
            broken = measured(lambda d=document, o=operation: strategies.invalid_items(d, operation=o), count)
            ways = len(strategies.mutation_names(document, operation=operation))
            size = sum(len(json.dumps(item)) for item in valid[2]) / len(valid[2])
            members = sum(map(len, valid[2])) / len(valid[2])
            name = f"{document.id} {(operation or '').rpartition('/')[2]}"
            rates = f"{valid[0]:>9.0f}{valid[1]:>7.0f}{broken[0]:>10.0f}{broken[1]:>7.0f}"
            print(f"{name:<44}{rates}{ways:>6}{size:>7.0f}{members:>9.1f}")


if __name__ == "__main__":
    main()
