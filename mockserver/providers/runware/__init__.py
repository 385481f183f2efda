"""Runware: request arrays over REST, tasks over time, media, uploads and the platform's own tasks."""

from ..base import Provider
from .delivery import finish, pack
from .routes import routes

PROVIDER = Provider("runware", routes, pack, finish)

__all__ = ["PROVIDER"]
