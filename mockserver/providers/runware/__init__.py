"""Runware: request arrays over REST, tasks over time, media, uploads and the platform's own tasks."""

from ..base import Provider
from .at_once import expand
from .delivery import finish, pack
from .errors import trouble
from .greeting import about, example
from .handlers import HANDLERS
from .history import tasks
from .producing import producing
from .rest import ERROR_OF_STATUS
from .routes import not_found, routes
from .task import NAME

PROVIDER = Provider(
    NAME,
    routes,
    trouble,
    not_found,
    lambda _: HANDLERS,
    ERROR_OF_STATUS,
    pack,
    finish,
    about=about,
    example=example,
    tasks=tasks,
    producing=producing,
    expand=expand,
)

__all__ = ["PROVIDER"]
