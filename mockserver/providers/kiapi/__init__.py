"""kiapi: an open server of local image models, with jobs and files. Its documents say which endpoints there are."""

from ..base import Provider
from .errors import trouble
from .names import NAME
from .routes import not_found, routes

PROVIDER = Provider(NAME, routes, trouble, not_found)

__all__ = ["PROVIDER"]
