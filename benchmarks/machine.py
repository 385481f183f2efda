"""The machine and the versions that figures belong to."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import wrk

PACKAGES = ("genmock", "uvicorn", "starlette", "uvloop", "httptools", "granian", "jsonschema-rs", "orjson", "pillow")


def facts() -> dict[str, object]:
    """Return what is to be known of the machine and of what was measured, by name."""
    return {
        "python": sys.version.split()[0],
        **{name: _version(name) for name in PACKAGES},
        "wrk": wrk.version() or "not installed",
        "kernel": platform.release(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load average at the start": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
