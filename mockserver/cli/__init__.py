"""The command line: ``genmock serve``, ``check``, ``try`` and ``specs``."""

from .main import main

__all__ = ["main"]
