"""The log's view of deliveries: one line for each attempt."""

import json
import time
from collections.abc import Callable
from typing import TextIO
from urllib.parse import urlsplit, urlunsplit

from .deliveries import Delivery, Job
from .deliveries.progress import wait_s
from .log import STYLES, clean
from .log_writers import Line, writer_for
from .settings import Settings

DeliveryLog = Callable[[Job, Delivery], None]


def delivery_logger_for(settings: Settings, stream: TextIO) -> DeliveryLog:
    """Return a function that logs the newest attempt of a delivery to a stream, as the settings say.

    quiet: only what failed. A stream whose reader has gone is written to no more.
    """
    as_json = settings.log_format == "json"
    write = writer_for("plain" if as_json else settings.log_format, stream)

    def log(job: Job, delivery: Delivery) -> None:
        if settings.quiet and not delivery.attempts[-1].error:
            return
        write([(record(job, delivery), "")] if as_json else line(job, delivery, wait_s(delivery, settings)))

    return log


def line(job: Job, delivery: Delivery, until_next_s: float) -> Line:
    """Return what the log says of a delivery's newest attempt. until_next_s: seconds to the next one, if any."""
    attempt, number = delivery.attempts[-1], len(delivery.attempts)
    told = f"{attempt.status or ''} {attempt.error}".strip() if attempt.error else str(attempt.status)
    style = STYLES["ok"] if not attempt.error else STYLES["warning" if delivery.state == "pending" else "error"]
    again = f"  again in {until_next_s:.2g} s" if delivery.state == "pending" else ""
    which = "repeated " if delivery.repeats else ""
    which += f"result {delivery.result} of " if delivery.result is not None else ""
    return [
        (f"{time.strftime('%H:%M:%S', time.localtime(attempt.at))}  ", "dim"),
        (f"{delivery.kind} ", "bold"),
        (clean(f"{which}{job.task_uuid} to {discreet_url(delivery.url)}  "), ""),
        (f"{delivery.state}  ", style),
        (clean(f"{told}  attempt {number}{again}"), ""),
    ]


def discreet_url(url: str) -> str:
    """Return a URL without its query and without a user's password, where tokens are; of no URL only the beginning."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{url.partition(':')[0][:20]}:..."
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "..." if parts.query else "", ""))


def record(job: Job, delivery: Delivery) -> str:
    """Return a delivery's newest attempt as one line of JSON."""
    attempt = delivery.attempts[-1]
    value = {
        "event": "delivery",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(attempt.at)),
        "kind": delivery.kind,
        "id": delivery.id,
        "taskUUID": job.task_uuid,
        "result": delivery.result,
        "url": discreet_url(delivery.url),
        "state": delivery.state,
        "attempt": len(delivery.attempts),
        "status": attempt.status,
        "error": attempt.error,
        "ms": round(attempt.duration_s * 1000, 1),
    }
    return json.dumps(value)
