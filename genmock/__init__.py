"""genmock: a contract-testing mock server and schema validator for generative-image APIs.

This module is the lazy front door. Importing it loads nothing else of ours: it is the parent package of the pytest
plugin, so every line here is paid for at the start of every downstream test run.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genmock.fixtures import ALWAYS as ALWAYS
    from genmock.fixtures import MisuseError as MisuseError
    from genmock.fixtures import Mock as Mock
    from genmock.fixtures import PictureMismatch as PictureMismatch
    from genmock.fixtures import Tolerance as Tolerance
    from genmock.fixtures import Unmet as Unmet
    from genmock.fixtures import asgi_app as asgi_app
    from genmock.fixtures import assert_changed_only_inside as assert_changed_only_inside
    from genmock.fixtures import assert_dominant_colour as assert_dominant_colour
    from genmock.fixtures import assert_similar as assert_similar
    from genmock.fixtures import assert_size as assert_size
    from genmock.fixtures import current as current
    from genmock.fixtures import fuzz_replies as fuzz_replies
    from genmock.fixtures import running as running
    from genmock.fixtures import tolerance as tolerance
    from genmock.mockserver import Settings as Settings
    from genmock.mockserver import create_app as create_app
    from genmock.validators import Violation as Violation
    from genmock.validators import check_request as check_request
    from genmock.validators import check_response as check_response

__version__ = "0.1.0"
__all__ = [
    "ALWAYS",
    "MisuseError",
    "Mock",
    "PictureMismatch",
    "Settings",
    "Tolerance",
    "Unmet",
    "Violation",
    "__version__",
    "asgi_app",
    "assert_changed_only_inside",
    "assert_dominant_colour",
    "assert_similar",
    "assert_size",
    "check_request",
    "check_response",
    "create_app",
    "current",
    "fuzz_replies",
    "running",
    "strategies",
    "tolerance",
]
_HOME = {
    "ALWAYS": "fixtures",
    "MisuseError": "fixtures",
    "Mock": "fixtures",
    "PictureMismatch": "fixtures",
    "Settings": "mockserver",
    "Tolerance": "fixtures",
    "Unmet": "fixtures",
    "Violation": "validators",
    "asgi_app": "fixtures",
    "assert_changed_only_inside": "fixtures",
    "assert_dominant_colour": "fixtures",
    "assert_similar": "fixtures",
    "assert_size": "fixtures",
    "check_request": "validators",
    "check_response": "validators",
    "create_app": "mockserver",
    "current": "fixtures",
    "fuzz_replies": "fixtures",
    "running": "fixtures",
    "tolerance": "fixtures",
}
_FOLDERS = {"strategies": "validators"}  # whole folders, which need extras: this one genmock[fuzz]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module-level __getattr__ returns whatever was asked for
    """Import a public name from its room when it is first asked for."""
    from importlib import import_module

    if name in _FOLDERS:
        return import_module(f"genmock.{_FOLDERS[name]}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"genmock.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
