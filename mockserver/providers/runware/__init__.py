"""Runware: request arrays over REST, tasks over time, media, uploads and the platform's own tasks."""

from ..base import Provider
from .delivery import finish, pack
from .errors import trouble
from .routes import not_found, routes
from .task import NAME

PROVIDER = Provider(NAME, routes, trouble, not_found, pack, finish)

__all__ = ["PROVIDER"]
