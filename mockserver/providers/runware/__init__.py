"""Runware: request arrays over REST, pictures, uploads and the platform's own tasks."""

from ..base import Provider
from .routes import routes

PROVIDER = Provider("runware", routes)

__all__ = ["PROVIDER"]
