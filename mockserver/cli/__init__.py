"""The command line: ``genmock serve``, ``check``, ``diff``, ``try``, ``worker``, ``fuzz`` and ``specs``.

``serve`` goes past typer and rich: loading them takes about as long as a quarter of the server's whole start.
"""

import io
import os
import sys
from collections.abc import Sequence

HELP = frozenset({"-h", "--help"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; it ends by raising SystemExit.

    arguments: sys.argv's unless given. A user's mistake ends with one clear block on stderr and status 2, never with a
    traceback.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not when something else stands in for it
            stream.reconfigure(errors="backslashreplace")
    try:
        if given[:1] == ["serve"] and HELP.isdisjoint(given):
            from .serve import run

            run(given[1:])
        else:
            from .commands import app

            app(given, prog_name="genmock")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has gone, as in: genmock specs list | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        from .console import MISTAKES, complain  # here: what it loads is for those who see it

        if not isinstance(error, MISTAKES):
            raise
        complain(str(error))
        sys.exit(2)


__all__ = ["main"]
