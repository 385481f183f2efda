"""Runware: request arrays over REST, tasks over time, media, uploads and the platform's own tasks."""

from ..base import Provider
from .delivery import finish, pack
from .routes import routes
from .task import NAME

PROVIDER = Provider(NAME, routes, pack, finish)

__all__ = ["PROVIDER"]
