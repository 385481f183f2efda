"""A pytest plugin that writes which lines of functions of the package were executed to the file GENMOCK_LINES."""

import inspect
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

PACKAGE = str(Path(__file__).parent / "genmock") + os.sep
EXECUTED: dict[str, set[int]] = {}
CALLS: Counter[CodeType] = Counter()
WATCHED = 500  # calls of a function; what it has not done by then it does too seldom to be waited for


def _entered(frame: FrameType, event: str, _: Any) -> Any:
    code = frame.f_code
    if not code.co_filename.startswith(PACKAGE) or not code.co_flags & inspect.CO_OPTIMIZED:
        return None
    CALLS[code] += 1
    if CALLS[code] > WATCHED:
        return None
    seen = EXECUTED.setdefault(code.co_filename.removeprefix(PACKAGE), set())

    def stepped(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            seen.add(frame.f_lineno)
        return stepped

    return stepped


def pytest_runtest_protocol() -> None:
    """Watch from here on: whatever looked on before may have been put aside."""
    threading.settrace(_entered)
    sys.settrace(_entered)


def pytest_sessionfinish() -> None:
    """Write the file."""
    sys.settrace(None)
    told = {file: sorted(lines) for file, lines in sorted(EXECUTED.items())}
    Path(os.environ["GENMOCK_LINES"]).write_text(json.dumps(told))
