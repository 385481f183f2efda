"""The log's lines about the pipeline."""

import io
import json
from typing import Any

import pytest

from genmock.mockserver import Settings
from genmock.mockserver.log_pipeline import pipeline_logger_for
from genmock.mockserver.makers.pool import Made

MADE = Made("picture 512x512", 20, 0.25, 0.5)
FAILED = Made("picture 512x512", 20, 0.25, 0.5, "no such\ncolour")


def logged(*orders: Made, **settings: Any) -> str:
    stream = io.StringIO()
    log = pipeline_logger_for(Settings(**settings), stream)
    for made in orders:
        log(made)
    return stream.getvalue()


def test_a_picture_is_one_line() -> None:
    assert logged(MADE)[10:] == "pipeline picture 512x512  made  onnx  20 steps  0.50 s  waited 0.25 s\n"


def test_a_failure_is_told_on_one_line() -> None:
    assert "pipeline picture 512x512  no such\\ncolour  onnx" in logged(FAILED)


def test_a_quiet_log_tells_failures_only() -> None:
    assert logged(MADE, FAILED, quiet=True).count("\n") == 1


def test_a_json_log_has_one_object_for_each() -> None:
    told = json.loads(logged(MADE, log_format="json"))
    del told["time"]
    assert told == {
        "event": "made",
        "what": "picture 512x512",
        "engine": "onnx",
        "steps": 20,
        "ms": 500.0,
        "waited_ms": 250.0,
        "error": "",
    }


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_a_stream_that_was_closed_stops_nobody(log_format: Any) -> None:
    stream = io.StringIO()
    log = pipeline_logger_for(Settings(log_format=log_format), stream)
    stream.close()
    log(MADE)
