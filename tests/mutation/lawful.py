"""A pytest plugin that leaves only what judges defects: laws, and tests that are stated over inputs.

Of the tests beside a module those count that Hypothesis or a table gives inputs, or that run a store of each kind; an
example that somebody wrote down does not.
"""

import os
import time
from pathlib import Path

import pytest
from hypothesis import Phase, settings

# Whoever plants defects only wants to know that a test fails, not the smallest example of it.
settings.register_profile("judging", phases=[Phase.explicit, Phase.generate], database=None, deadline=None)
settings.load_profile("judging")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put all others aside."""
    lawful = [item for item in items if _is_law(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _is_law(item)])
    items[:] = lawful


def pytest_sessionfinish() -> None:
    """Write how long a processor was used to the file GENMOCK_USED, in seconds."""
    if "GENMOCK_USED" in os.environ:
        Path(os.environ["GENMOCK_USED"]).write_text(str(time.process_time()))


def _is_law(item: pytest.Item) -> bool:
    stated = hasattr(item, "callspec") or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return stated or item.nodeid.startswith("tests/laws/") or type(item).__name__ == "TestCaseFunction"
