"""kiapi: an open server of local image models, with jobs and files. Its documents say which endpoints there are."""

from collections.abc import Sequence

from ...runtime import Runtime
from ..base import Provider
from .beginning import begin
from .capability import unserved
from .disturbance import ERROR_OF_STATUS
from .errors import trouble
from .greeting import about, credentials, example
from .history import tasks
from .names import NAME
from .producing import producing
from .routes import not_found, operations, routes


def findings(runtime: Runtime) -> Sequence[str]:
    """Return what the user's own documents declare and nobody answers, one line each."""
    return unserved(runtime.catalog)


PROVIDER = Provider(
    NAME,
    routes,
    trouble,
    not_found,
    operations,
    ERROR_OF_STATUS,
    findings=findings,
    about=about,
    credentials=credentials,
    example=example,
    tasks=tasks,
    begin=begin,
    producing=producing,
)

__all__ = ["PROVIDER"]
