"""``genmock worker``: makes pictures for servers on other machines, until it is stopped."""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..clock import RealClock
from ..configuration import load_settings
from ..conversion import SettingsError
from ..makers.choice import check_worker
from ..settings import Settings
from ..stores import without_password

EXAMPLES = """Examples:

\b
  genmock serve --mode pipeline --store redis://queue/0 --pipeline-workers 0     on one machine
  genmock worker --mode pipeline --store redis://queue/0                         on any number of others
  genmock worker --mode pipeline --store redis://queue/0 --pipeline-workers 4    four processes on this one"""
# The settings that a worker has a use for, in the order of its help.
TAKEN = (
    "mode",
    "store",
    "pipeline_engine",
    "pipeline_model",
    "pipeline_offload",
    "pipeline_workers",
    "pipeline_timeout",
    "quiet",
)


def work_with(options: Mapping[str, Any]) -> None:
    """Work with options, by setting name, until SIGINT or SIGTERM. Raises SettingsError, StoreError."""
    given = dict(options)
    file = given.pop("config", None)
    settings = load_settings(given, environ=os.environ, file=Path(file) if file else None, folder=Path.cwd())
    check(settings)
    logging.basicConfig(
        format="%(asctime)s %(message)s", level="ERROR" if settings.quiet else "INFO", stream=sys.stdout
    )
    logging.getLogger("saq").setLevel("ERROR")  # it tells every order with all that it holds
    count = max(settings.pipeline_workers, 1)
    shown = without_password(settings.store)
    logging.getLogger("genmock.worker").info(
        "takes orders from %s; %s, %d at once", shown, settings.pipeline_engine, count
    )
    from ..makers.hands import work  # here: it needs the extra queue

    asyncio.run(work(settings, RealClock()))


def check(settings: Settings) -> None:
    """Raise SettingsError for what no worker can do."""
    if settings.mode != "pipeline":
        raise SettingsError(
            "a worker makes pictures of the pipeline, and nothing else",
            where="--mode",
            expected="pipeline, for the worker and for its servers",
            advice="add --mode pipeline",
        )
    check_worker(settings)
